// The same page on the real MeshAgent: tiles, and its own mouse, keyboard and clipboard.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { openPage, openSignedIn, signIn } from "../../../tests/harness/browser.mjs";
import { meshctrl, MeshAgent } from "../../../tests/harness/meshcentral.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { temporaryFolder, Trellis } from "../../../tests/harness/trellis.mjs";
import { click, dragWindow, openDesktop, Screen, sizeOf, startAgent, untilColour } from "./world.mjs";

const kBlue = "#204060";
const kGreen = "#206040";

let server;
let screen;
let agent;
let browser;
let page;
let folder;

before(async () => {
  folder = temporaryFolder("desktop");
  [server, screen] = await Promise.all([Trellis.start(), Screen.start()]);
  await server.addAdmin();
  await screen.paint(kBlue);
  agent = await startAgent(MeshAgent, server, screen, "Lab");
  await until(async () => {
    const list = JSON.parse((await meshctrl(server, ["listdevices", "--json"])) || "[]");
    return list.some((device) => (device.conn & 1) === 1 && (device.agent.caps & 1) === 1);
  }, "MeshAgent has the script of the desktop", 60000);
  ({ browser, page } = await openSignedIn(server, { clipboard: true }));
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await screen?.stop();
  await server?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

test("its tiles make the picture of the screen, and follow it", async () => {
  await openDesktop(page);
  assert.equal(await sizeOf(page), "1280x800");
  await untilColour(page, [1000, 700], kBlue, "the background is in the picture", 12);
  await screen.paint(kGreen);
  await untilColour(page, [1000, 700], kGreen, "its new colour is in the picture", 12);
});

test("typing, clicks and dragging reach the windows", async () => {
  const file = path.join(folder, "typed");
  const window = await screen.terminal("writing", `cat > ${file}`);
  const { X, Y, HEIGHT } = await screen.place(window);
  await untilColour(page, [X + 200, Y + HEIGHT - 40], "#ffffff", "the window is in the picture", 12);
  await click(page, X + 50, Y + 50);
  const text = "Hello {World} | 2 < 3 & \"x\" @ ~`^\\";
  await page.keyboard.type(`${text}\n`);
  await page.keyboard.press("Control+d");
  await until(() => fs.readFileSync(file, "utf8") === `${text}\n`, "the window got it");
  await screen.lastIsClosed();
});

test("a window is dragged by its title", async () => {
  await dragWindow(page, screen, await screen.terminal("dragged", "read line", "40x8+600+300"), 60, 80, 100);
});

test("clipboards go both ways", async () => {
  const choose = async (item) => {
    await page.getByTestId("desktop-clipboard").click();
    await page.getByTestId(item).click();
  };
  const text = "Zwischenablage ✓ 😀";
  await page.evaluate((value) => navigator.clipboard.writeText(value), text);
  await choose("desktop-clip-send");
  await until(async () => (await screen.output("xclip", "-o", "-selection", "clipboard")) === text, "the device has it");
  const owner = screen.open("xclip", "-i", "-selection", "clipboard", "-quiet");
  owner.child.stdin.end("from the device äöü");
  await until(async () => (await screen.output("xclip", "-o", "-selection", "clipboard")) === "from the device äöü", "something is copied there");
  await choose("desktop-clip-take");
  await until(async () => (await page.evaluate(() => navigator.clipboard.readText())) === "from the device äöü", "the page has it");
});

test("two viewers share one capture", async () => {
  const other = await openPage(browser);
  await signIn(other, server);
  await openDesktop(other);
  await screen.paint(kBlue);
  for (const each of [page, other]) await untilColour(each, [1200, 780], kBlue, "each sees it", 12);
  await other.context().close();
  await screen.paint(kGreen);
  await untilColour(page, [1200, 780], kGreen, "the first goes on when the second has left", 12);
});

test("nothing broke on the way", () => {
  assert.deepEqual(page.faults, []);
});
