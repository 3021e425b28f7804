// Locking a session from the page, and what a technician meets behind it: a lock, a screen saver.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { openPage, openSignedIn, shot, signIn } from "../../../tests/harness/browser.mjs";
import { Trellis } from "../../../tests/harness/trellis.mjs";
import { Machine, ServiceAgent, skip, until } from "./machine.mjs";
import { click, openDesktop, untilColour, untilPicture } from "./world.mjs";

const kPassword = "anna's secret 1";
const kGreen = "#206040";
const kLocked = "#a3a3a3"; // as i3lock has it
const kAside = [780, 580];
const kWindow = [300, 200];

let server;
let machine;
let agent;
let browser;
let page;
let env;
let typed;

const read = () => (fs.existsSync(typed) ? fs.readFileSync(typed, "utf8") : "");
const pick = async (item) => {
  await page.getByTestId("desktop-more").click();
  await page.getByTestId(item).click();
  await page.keyboard.press("Escape");
};
const lockers = async () => (await machine.run("root", ["pgrep", "-r", "S,R", "-u", "anna", "-x", "i3lock"])).output.trim();
async function unlock() {
  await page.getByTestId("desktop-input").focus();
  await page.keyboard.type(`${kPassword}\n`);
  await untilColour(page, kAside, kGreen, "the session is in the picture");
  assert.equal(await lockers(), "");
}

before(async () => {
  if (skip) return;
  server = await Trellis.start();
  await server.addAdmin();
  machine = await Machine.start(server, { people: { anna: kPassword } });
  const screen = await machine.screen("root", "/run/key");
  env = await machine.giveKey("anna", screen);
  await machine.paint("anna", env, kGreen);
  typed = path.join(machine.people.anna.home, "typed");
  machine.terminal("anna", env, typed);
  agent = await ServiceAgent.start(server, machine);
  ({ browser, page } = await openSignedIn(server));
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await machine?.stop();
  await server?.stop();
});

test("the page locks the session, sees the lock, and opens it with the password", { skip }, async () => {
  await openDesktop(page);
  await untilColour(page, kAside, kGreen, "the session is in the picture");
  await pick("desktop-lock");
  await untilColour(page, kAside, kLocked, "the lock is in the picture");
  assert.notEqual(await lockers(), "");
  await unlock();
  await click(page, ...kWindow);
  await page.keyboard.type("open\n");
  await until(() => read() === "open\n", "her program gets what is typed, and has heard no password");
});

test("a session that is to be locked at the end is, and opens for who comes back", { skip }, async () => {
  await pick("desktop-autolock");
  await page.getByTestId("desktop-disconnect").click();
  await until(lockers, "it is locked");
  await page.getByTestId("desktop-reconnect").click();
  await untilPicture(page);
  await untilColour(page, kAside, kLocked, "the lock is in the picture");
  await shot(page, "desktop-locked");
  await unlock();
});

test("a screen saver goes when somebody comes to look, also second", { skip }, async () => {
  const { output } = await machine.run("anna", ["sh", "-c", "xset s noblank; xset s activate"], { env });
  assert.equal(output, "");
  await untilColour(page, kWindow, kGreen, "nothing but the background is left");
  const other = await openPage(browser);
  await signIn(other, server);
  await openDesktop(other);
  await untilColour(other, kWindow, "#ffffff", "the second sees her window");
  await untilColour(page, kWindow, "#ffffff", "the first sees it again");
  await other.context().close();
});

test("the monitors are dark while the page wants it, and not longer than its session", { skip }, async () => {
  const isDark = async () => (await machine.run("anna", ["xrandr", "--verbose"], { env })).output.includes("Brightness: 0.0");
  await machine.run("anna", ["xrandr", "--output", "screen", "--brightness", "1"], { env });
  assert.equal(await isDark(), false);
  await pick("desktop-blank");
  await page.getByTestId("desktop-badge-blank").waitFor();
  await until(isDark, "they are dark");
  await untilColour(page, kAside, kGreen, "the picture goes on");
  await page.getByTestId("desktop-more").click();
  await shot(page, "desktop-blank");
  await page.keyboard.press("Escape");
  await pick("desktop-blank");
  await until(async () => !(await isDark()), "they are light");
  await pick("desktop-blank");
  await until(isDark, "they are dark again");
  // Even if the program that shows the screen is ended by force.
  await machine.run("root", ["pkill", "-KILL", "-f", "^trellis-agent desktop$"]);
  await until(async () => !(await isDark()), "they are light without it");
  await page.getByTestId("desktop-reconnect").click();
  await untilPicture(page);
});

test("where nothing could lock, the page is told", { skip }, async () => {
  await machine.run("root", ["sh", "-c", "for each in i3lock xscreensaver-command; do mount --bind /dev/null /usr/bin/$each; done"]);
  await pick("desktop-lock");
  await page.getByText(/no program (of this machine|that locks)/).first().waitFor();
  await untilColour(page, kAside, kGreen, "the session is still in the picture");
});

test("nothing broke on the way", { skip }, () => {
  assert.deepEqual(page.faults, []);
});
