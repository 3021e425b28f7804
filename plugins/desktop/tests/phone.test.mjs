// The desktop on a phone: fingers, the key bar, an on-screen keyboard; and the plugin switched off meanwhile.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { accessibilityFaults, openBrowser, shot, signIn } from "../../../tests/harness/browser.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Agent, temporaryFolder, Trellis } from "../../../tests/harness/trellis.mjs";
import { onPage, openDesktop, Screen, startAgent, untilColour } from "./world.mjs";

let server;
let screen;
let agent;
let browser;
let page;
let fingers;
let folder;
let window;

const read = (name) => {
  const file = path.join(folder, name);
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
};
const touch = (type, ...points) => fingers.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(({ x, y }, id) => ({ x, y, id })) });
const beside = ({ x, y }, right, down) => ({ x: x + right, y: y + down });
const width = () => page.getByTestId("desktop-picture").evaluate((canvas) => canvas.getBoundingClientRect().width);

before(async () => {
  folder = temporaryFolder("phone");
  [server, screen] = await Promise.all([Trellis.start(), Screen.start({ size: "800x600" })]);
  await server.addAdmin();
  agent = await startAgent(Agent, server, screen, "Lab");
  await agent.online(server);
  browser = await openBrowser();
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(error.message));
  fingers = await context.newCDPSession(page);
  await signIn(page, server);
  await openDesktop(page);
  const script = `stty raw -echo; printf '\\033[?1002h\\033[?1006h'; cat > ${path.join(folder, "mouse")}`;
  window = await screen.terminal("touched", script, "60x20+100+100");
  const { X, Y } = await screen.place(window);
  await untilColour(page, [X + 200, Y + 100], "#ffffff", "the window is in the picture");
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await screen?.stop();
  await server?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

test("a tap clicks, a long press is the right button, a finger drags", async () => {
  const { X, Y } = await screen.place(window);
  const at = await onPage(page, X + 100, Y + 100);
  await touch("touchStart", at);
  await touch("touchEnd");
  await until(() => /\[<0;\d+;\d+M\u001b\[<0;\d+;\d+m/.test(read("mouse")), "a click");
  await touch("touchStart", at);
  await until(() => /\[<2;\d+;\d+M/.test(read("mouse")), "the right button");
  await touch("touchEnd");
  await touch("touchStart", at);
  for (const step of [12, 24, 36]) await touch("touchMove", beside(at, step, 0));
  await touch("touchEnd");
  await until(() => /\[<32;\d+;\d+M.*\[<0;\d+;\d+m$/.test(read("mouse")), "a drag with the button down");
});

test("two fingers turn the wheel, and enlarge the picture", async () => {
  const { X, Y } = await screen.place(window);
  // The wheel turns where the fingers are by then, higher up and still in the window.
  const at = await onPage(page, X + 100, Y + 200);
  const both = (apart, down) => [beside(at, -apart, down), beside(at, apart, down)];
  await touch("touchStart", ...both(40, 0));
  for (const down of [-20, -45, -80]) await touch("touchMove", ...both(40, down));
  await touch("touchEnd");
  await until(() => read("mouse").includes("[<65;"), "the wheel, towards the person");
  const before = await width();
  await touch("touchStart", ...both(40, 0));
  for (const apart of [50, 60, 70, 80]) await touch("touchMove", ...both(apart, 0));
  await touch("touchEnd");
  await until(async () => (await width()) > before * 1.7, "the picture is larger");
  await shot(page, "desktop-phone-enlarged");
  await page.getByTestId("desktop-fit").click();
  assert.equal(await width(), before);
});

test("the key bar holds Ctrl for one key, and an on-screen keyboard writes", async () => {
  const start = read("mouse").length;
  await page.getByTestId("desktop-input").blur();
  await page.getByTestId("desktop-typing").tap();
  await page.getByTestId("desktop-keybar").getByText("Ctrl", { exact: true }).tap();
  await page.keyboard.press("a");
  // What on-screen keyboards do: no key, only the text.
  await fingers.send("Input.insertText", { text: "ünter" });
  await page.getByTestId("desktop-keybar").getByText("F5", { exact: true }).click();
  await until(() => read("mouse").slice(start) === "\u0001ünter\u001b[15~", "Ctrl+A, the text and F5 arrived");
  assert.deepEqual(await accessibilityFaults(page), []);
  await shot(page, "desktop-phone");
});

test("switching the plugin off ends its sessions, and nothing else", async () => {
  await server.ctl("plugin", "disable", "desktop");
  await page.getByTestId("tab-desktop").waitFor({ state: "detached" });
  await server.ctl("plugin", "enable", "desktop");
  await page.getByTestId("tab-desktop").click();
  await page.getByTestId("desktop-picture").waitFor();
  await until(async () => (await page.getByTestId("desktop-state").innerText()) === "Connected", "a new session");
});

test("nothing broke on the way", () => {
  assert.deepEqual(page.faults, []);
});
