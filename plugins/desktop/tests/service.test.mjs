// The agent as a service: root, without a display in its environment. Screens belong to others, whose keys it finds.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { openSignedIn, shot } from "../../../tests/harness/browser.mjs";
import { Control } from "../../../tests/harness/control.mjs";
import { descendants, Trellis } from "../../../tests/harness/trellis.mjs";
import { Machine, ServiceAgent, skip, until } from "./machine.mjs";
import { click, openDesktop, untilColour, untilPicture } from "./world.mjs";

const kRed = "#602020";
const kGreen = "#206040";
const kBlue = "#204060";

let server;
let machine;
let agent;
let browser;
let page;
let screen;
let hers;

const inHome = (name, file) => path.join(machine.people[name].home, file);
const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "");
const xdotool = async (...args) => (await machine.run("anna", ["xdotool", ...args], { env: hers })).output;
/** Accounts that run the desktop program. */
const shownBy = () => descendants(agent.process.pid).filter((each) => / desktop$/.test(each.command))
  .map((each) => fs.statSync(`/proc/${each.pid}`).uid);

before(async () => {
  if (skip) return;
  server = await Trellis.start();
  await server.addAdmin();
  machine = await Machine.start(server, { people: { anna: "anna's secret", eve: "eve's secret" }, services: ["greeter"] });
  agent = await ServiceAgent.start(server, machine);
  ({ browser, page } = await openSignedIn(server, { clipboard: true }));
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await machine?.stop();
  await server?.stop();
});

test("a session that can't be shown is said to be one", { skip }, async () => {
  const socket = `/run/user/${machine.people.anna.id}/wayland-0`;
  const compositor = machine.open("anna", [process.execPath, "-e", `require("node:net").createServer().listen("${socket}", () => console.log("listens"))`]);
  await compositor.line(/^listens$/m);
  await page.getByTestId("device-row").first().click();
  await page.getByTestId("tab-desktop").click();
  await page.getByText(/runs on Wayland, which can't be shown/).first().waitFor();
  await compositor.stop();
  await page.getByTestId("nav-devices").first().click();
});

test("a person's own X server is shown, typed into, and shares the clipboard", { skip }, async () => {
  screen = await machine.screen("anna", inHome("anna", ".Xauthority"));
  const env = hers = await machine.giveKey("anna", screen);
  await machine.paint("anna", env, kBlue);
  const typed = inHome("anna", "typed");
  machine.terminal("anna", env, typed);
  await openDesktop(page);
  await untilColour(page, [400, 550], kBlue, "her background is in the picture");
  await untilColour(page, [300, 200], "#ffffff", "her window is in the picture");
  await click(page, 300, 200);
  await page.keyboard.type("Grüße\n");
  await until(() => read(typed) === "Grüße\n", "her program got what was typed");
  assert.deepEqual(shownBy(), [machine.people.anna.id]);
  await page.evaluate(() => navigator.clipboard.writeText("for anna"));
  await page.getByTestId("desktop-input").focus();
  await page.keyboard.press("Control+v");
  const clip = () => machine.run("anna", ["xclip", "-o", "-selection", "clipboard"], { env });
  await until(async () => (await clip()).output === "for anna", "her clipboard has it");
  machine.open("anna", ["xclip", "-i", "-selection", "clipboard", "-quiet"], env).child.stdin.end("from anna");
  await until(async () => (await page.evaluate(() => navigator.clipboard.readText())) === "from anna", "the page has hers");
  await page.getByTestId("desktop-disconnect").click();
});

test("she is asked on her own screen before it is shown", { skip }, async () => {
  const control = await Control.open(server);
  const [{ id }] = await agent.online(server);
  control.send({ action: "changedevice", nodeid: id, consent: 8 });
  await control.settle();
  const tunnel = await control.tunnel(id, 2);
  await tunnel.json({ msgid: 1 });
  const question = await until(async () => /^\d+$/m.exec(await xdotool("search", "--onlyvisible", "--name", "Remote access"))?.[0], "the question is there");
  const { HEIGHT } = Object.fromEntries((await xdotool("getwindowgeometry", "--shell", question)).split("\n").map((line) => line.split("=")));
  assert.ok(!tunnel.messages.some((each) => each.isBinary), "nothing of the screen was shown");
  await xdotool("mousemove", "--window", question, "25", String(HEIGHT - 16), "click", "1");
  await tunnel.take((each) => each.isBinary && each.data.readUInt16BE(0) === 7, "the screen");
  tunnel.close();
  control.close();
});

test("a bar on her screen tells who looks on, until she ends it", { skip }, async () => {
  const control = await Control.open(server);
  const [{ id }] = await agent.online(server);
  control.send({ action: "changedevice", nodeid: id, consent: 64 });
  await control.settle();
  await page.getByTestId("desktop-reconnect").click();
  await untilPicture(page);
  const bar = await until(async () => /^\d+$/m.exec(await xdotool("search", "--onlyvisible", "--name", "admin"))?.[0], "the bar is there");
  await untilColour(page, [400, 2], "#1f2937", "it is in the picture");
  await shot(page, "desktop-privacy-bar");
  const { WIDTH } = Object.fromEntries((await xdotool("getwindowgeometry", "--shell", bar)).split("\n").map((line) => line.split("=")));
  await xdotool("mousemove", "--window", bar, String(WIDTH - 8), "8", "click", "1");
  await page.getByTestId("desktop-reconnect").waitFor();
  await until(async () => (await xdotool("search", "--onlyvisible", "--name", "admin")) === "", "the bar is gone");
  control.close();
  await screen.server.stop();
});

test("from the login screen the picture goes to the session on another display, and back when it ends", { skip }, async () => {
  // As a display manager does it: X servers of root, their keys for root alone, copies for whose windows are there.
  const login = await machine.screen("root", "/run/login-key");
  const greeter = await machine.giveKey("greeter", login);
  await machine.paint("greeter", greeter, kRed);
  const secret = inHome("greeter", "typed");
  machine.terminal("greeter", greeter, secret);
  // Someone without its key, who says that he is there.
  machine.open("eve", ["sleep", "1000"], { DISPLAY: login.display });
  await page.getByTestId("desktop-reconnect").click();
  await untilPicture(page);
  await untilColour(page, [400, 550], kRed, "the login screen is in the picture");
  assert.deepEqual(shownBy(), [machine.people.greeter.id]);
  await click(page, 300, 200);
  await page.keyboard.type("anna\n");
  await until(() => read(secret) === "anna\n", "the login screen got what was typed");

  const session = await machine.screen("root", "/run/session-key", { size: "1024x600" });
  const env = await machine.giveKey("anna", session);
  await machine.paint("anna", env, kGreen);
  const typed = inHome("anna", "second");
  machine.terminal("anna", env, typed);
  await untilColour(page, [1000, 550], kGreen, "the session is in the picture");
  await untilPicture(page);
  await until(async () => /^\d+$/m.test((await machine.run("anna", ["xdotool", "search", "--onlyvisible", "--name", "admin"], { env })).output), "and the bar with it");
  assert.deepEqual(await until(() => shownBy().length === 1 && shownBy(), "one program is left"), [machine.people.anna.id]);
  await untilColour(page, [300, 200], "#ffffff", "its window is in the picture");
  await click(page, 300, 200);
  await page.keyboard.type("follows\n");
  await until(() => read(typed) === "follows\n", "the session got what was typed");

  await session.server.stop();
  await untilColour(page, [400, 550], kRed, "the login screen is back");
  await untilPicture(page);
});

test("nothing broke on the way", { skip }, () => {
  assert.deepEqual(page.faults, []);
});
