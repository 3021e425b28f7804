// The page on the real MeshAgent for Windows, by Wine: its tiles, and its own keyboard.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openSignedIn } from "../../../tests/harness/browser.mjs";
import { WindowsMeshAgent } from "../../../tests/harness/meshcentral.mjs";
import { Process, until } from "../../../tests/harness/process.mjs";
import { Trellis } from "../../../tests/harness/trellis.mjs";
import { click, openDesktop, Screen, sizeOf, untilColour } from "./world.mjs";

const skip = !WindowsMeshAgent.isThere && "Wine is not installed";
const kBlue = "#204060";
let server;
let screen;
let agent;
let notepad;
let browser;
let page;

before(async () => {
  if (skip) return;
  [server, screen] = await Promise.all([Trellis.start(), Screen.start()]);
  await server.addAdmin();
  await screen.paint(kBlue);
  agent = await WindowsMeshAgent.start(server, { env: { DISPLAY: screen.display } });
  await agent.ready(server);
  notepad = new Process("/usr/bin/wine", ["notepad.exe"], { env: agent.env });
  ({ browser, page } = await openSignedIn(server, { clipboard: true }));
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  notepad?.signalTo("SIGKILL");
  await screen?.stop();
  await server?.stop();
});

test("its picture is shown, and what is typed arrives", { skip }, async () => {
  const window = await screen.window("Notepad");
  await openDesktop(page);
  assert.equal(await sizeOf(page), "1280x800");
  await untilColour(page, [1250, 780], kBlue, "the background is in the picture", 12);
  await screen.output("xdotool", "windowactivate", "--sync", window);
  const { X, Y } = await screen.place(window);
  await untilColour(page, [X + 200, Y + 200], "#ffffff", "the window is in the picture", 12);
  await click(page, X + 200, Y + 200);
  const text = "Hello 123 {World} äöü ß € \"x\" <y> \\";
  await page.keyboard.type(text);
  const held = () => screen.output("xclip", "-o", "-selection", "clipboard");
  await until(async () => {
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Control+c");
    return (await held()) === text;
  }, "the program there has the text").catch(async (error) => { throw new Error(`${error.message}: ${await held()}`); });
  assert.deepEqual(page.faults, []);
});
