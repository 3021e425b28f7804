// A real display manager: LightDM shows its greeter, and who logs in through the page lands in his session.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { openSignedIn, shot } from "../../../tests/harness/browser.mjs";
import { Trellis } from "../../../tests/harness/trellis.mjs";
import { Machine, ServiceAgent, skip as cannotIsolate, until } from "./machine.mjs";
import { click, openDesktop, untilColour, untilPicture } from "./world.mjs";

const skip = cannotIsolate || (fs.existsSync("/usr/sbin/lightdm") ? false : "lightdm is not installed");
const kPassword = "anna's secret 1";
const kRed = "#602020";
const kGreen = "#206040";

let server;
let machine;
let agent;
let manager;
let browser;
let page;
let typed;

/** Xvfb takes the place of the hardware's server and knows nothing of seats and consoles. */
const kServer = `#!/bin/sh
display=$1
while [ $# -gt 0 ]; do [ "$1" = -auth ] && auth=$2; shift; done
exec Xvfb "$display" -auth "$auth" -screen 0 800x600x24 -nolisten tcp
`;
const kSession = `#!/bin/sh
xsetroot -solid '${kGreen}'
exec xterm -geometry 100x20+0+0 -bg white -e sh -c 'cat > typed'
`;
async function startManager() {
  const put = (name, text, mode = 0o644) => {
    const file = path.join(machine.folder, name);
    fs.writeFileSync(file, text, { mode });
    return file;
  };
  for (const name of ["sessions", "log", "cache"]) fs.mkdirSync(path.join(machine.folder, name));
  put("sessions/lightdm-xsession.desktop", `[Desktop Entry]\nType=Application\nName=Plain\nExec=${put("session", kSession, 0o755)}\n`);
  const greeter = put("greeter.conf", `[greeter]\nbackground = ${kRed}\n`);
  const config = put("lightdm.conf", `
[LightDM]
logind-check-graphical=false
log-directory=${machine.folder}/log
cache-directory=${machine.folder}/cache
sessions-directory=${machine.folder}/sessions
[Seat:*]
xserver-command=${put("xserver", kServer, 0o755)}
greeter-session=lightdm-gtk-greeter
greeter-hide-users=true
user-session=lightdm-xsession
session-wrapper=/usr/bin/env
`);
  const made = await machine.run("root", ["sh", "-ec", `
    mount --bind ${greeter} /etc/lightdm/lightdm-gtk-greeter.conf
    mount -t tmpfs none /var/lib/lightdm-data
    mount -t tmpfs -o uid=lightdm,gid=lightdm none /var/lib/lightdm
    mkdir /run/dbus && dbus-daemon --system --fork`]);
  assert.equal(made.code, 0, made.output);
  manager = machine.open("root", ["lightdm", "--config", config, "--debug"]);
}
/** How often the manager has asked for something. */
const prompts = () => manager.output.split("Prompt greeter with").length - 1;

before(async () => {
  if (skip) return;
  server = await Trellis.start();
  await server.addAdmin();
  machine = await Machine.start(server, { people: { anna: kPassword } });
  typed = path.join(machine.people.anna.home, "typed");
  await startManager();
  agent = await ServiceAgent.start(server, machine);
  ({ browser, page } = await openSignedIn(server));
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await machine?.stop();
  await server?.stop();
});

test("the login screen is in the picture, and a name and password typed there log in", { skip }, async () => {
  await until(() => prompts() === 1, "the greeter asks for a name");
  await openDesktop(page);
  await untilColour(page, [780, 580], kRed, "its background is in the picture");
  await shot(page, "desktop-login-screen");
  await page.getByTestId("desktop-input").focus();
  await page.keyboard.type("anna\n");
  await until(() => prompts() === 2, "it asks for the password");
  await page.keyboard.type(`${kPassword}\n`);
  await untilColour(page, [780, 580], kGreen, "her session is in the picture");
  await untilPicture(page);
});

test("the session takes what is typed, and the login screen comes back when it ends", { skip }, async () => {
  await untilColour(page, [300, 200], "#ffffff", "her window is in the picture");
  await click(page, 300, 200);
  await page.keyboard.type("hello\n");
  await until(() => fs.existsSync(typed) && fs.readFileSync(typed, "utf8") === "hello\n", "her program got it");
  await page.keyboard.press("Control+d");
  await untilColour(page, [780, 580], kRed, "the login screen is back");
  await untilPicture(page);
});

test("nothing broke on the way", { skip }, () => {
  assert.deepEqual(page.faults, []);
});
