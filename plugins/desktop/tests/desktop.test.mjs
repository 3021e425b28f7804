// The desktop tab in a real Chromium, on our agent, with a real X server, window manager and programs.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { accessibilityFaults, openBrowser, openPage, shot, signIn } from "../../../tests/harness/browser.mjs";
import { Control } from "../../../tests/harness/control.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Agent, password, temporaryFolder, Trellis } from "../../../tests/harness/trellis.mjs";
import { click, dragWindow, onPage, openDesktop, Screen, sizeOf, startAgent, untilColour, untilPicture } from "./world.mjs";

const kBlue = "#204060";
const kGreen = "#206040";

let server;
let screen;
let agent;
let device;
let browser;
let page;
let folder;

const inFolder = (name) => path.join(folder, name);
const copied = () => screen.output("xclip", "-o", "-selection", "clipboard");
/** Somebody at the device copies a text. */
async function copy(text) {
  screen.open("xclip", "-i", "-selection", "clipboard", "-quiet").child.stdin.end(text);
  await until(async () => (await copied()) === text, "it is copied there");
}
const hold = (text) => page.evaluate((value) => navigator.clipboard.writeText(value), text);
const held = () => page.evaluate(() => navigator.clipboard.readText());
async function paste(text, key = "Control+v") {
  await hold(text);
  await page.getByTestId("desktop-input").focus();
  await page.keyboard.press(key);
}
const sentFrames = [];
/** The page's commands of one type, from now on. */
function sent(type) {
  const before = sentFrames.length;
  return () => sentFrames.slice(before).filter((data) => Buffer.isBuffer(data) && data.readUInt16BE(0) === type);
}
async function signInAs(other, name) {
  await other.goto(server.origin);
  await other.getByTestId("login-name").fill(name);
  await other.getByTestId("login-password").fill(password);
  await other.getByTestId("login-submit").click();
  await other.getByTestId("nav-devices").first().waitFor();
}
const read = (name) => (fs.existsSync(inFolder(name)) ? fs.readFileSync(inFolder(name), "utf8") : "");
const pick = async (menu, item) => {
  await page.getByTestId(menu).click();
  await page.getByTestId(item).click();
};

before(async () => {
  folder = temporaryFolder("desktop");
  [server, screen] = await Promise.all([Trellis.start(), Screen.start()]);
  await server.addAdmin();
  await screen.paint(kBlue);
  agent = await startAgent(Agent, server, screen, "Lab");
  [{ id: device }] = await agent.online(server);
  browser = await openBrowser();
  page = await openPage(browser);
  await page.addInitScript(() => {
    const { decode } = VideoDecoder.prototype;
    globalThis.decoded = 0;
    VideoDecoder.prototype.decode = function counted(chunk) {
      globalThis.decoded++;
      return decode.call(this, chunk);
    };
  });
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sentFrames.push(payload)));
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.origin });
  await signIn(page, server);
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await screen?.stop();
  await server?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

test("the picture is the screen, and follows it", async () => {
  await openDesktop(page);
  assert.equal(await sizeOf(page), "1280x800");
  await untilColour(page, [1000, 700], kBlue, "the background is in the picture");
  await screen.paint(kGreen);
  await untilColour(page, [1000, 700], kGreen, "its new colour is in the picture");
});

test("what is typed appears in the window and in the picture", async () => {
  const window = await screen.terminal("writing", `cat > ${inFolder("typed")}`);
  const { X, Y, WIDTH, HEIGHT } = await screen.place(window);
  await untilColour(page, [X + 200, Y + HEIGHT - 40], "#ffffff", "the window is in the picture");
  const dark = () => page.getByTestId("desktop-picture").evaluate((canvas, [x, y, width]) => {
    const { data } = canvas.getContext("2d").getImageData(x, y, width, 24);
    return data.filter((value, at) => at % 4 === 0 && value < 100).length;
  }, [X, Y, WIDTH]);
  const before = await dark();
  await click(page, X + 50, Y + 50);
  const text = "Hello {World} | 2 < 3 & \"x\" @ ä ß € é ~`^\\";
  await page.keyboard.type(`${text}\n`);
  await page.keyboard.press("Control+d");
  await until(() => read("typed") === `${text}\n`, `the window got it: ${read("typed")}`);
  await screen.lastIsClosed();
  assert.ok((await dark()) >= before);
});

test("what is typed appears whatever layout the device has", async (t) => {
  t.after(() => screen.output("setxkbmap", "us"));
  for (const layout of ["fr", "de", "ru"]) {
    await screen.output("setxkbmap", layout);
    const window = await screen.terminal(`layout ${layout}`, `cat > ${inFolder(layout)}`);
    const { X, Y } = await screen.place(window);
    await click(page, X + 50, Y + 50);
    const text = "quiz Zyx 0123456789 AM";
    await page.keyboard.type(`${text}\n`);
    await until(() => read(layout) === `${text}\n`, `the window got it: ${read(layout)}`);
    await screen.output("xdotool", "windowkill", window);
    await screen.lastIsClosed();
  }
});

test("buttons, the wheel and keys with modifiers reach programs", async () => {
  const script = `stty raw -echo; printf '\\033[?1000h\\033[?1006h'; cat > ${inFolder("mouse")}`;
  const window = await screen.terminal("mouse", script, "60x16+500+60");
  const { X, Y } = await screen.place(window);
  await untilColour(page, [X + 100, Y + 100], "#ffffff", "the window is in the picture");
  const middle = await onPage(page, X + 100, Y + 100);
  await page.mouse.click(middle.x, middle.y);
  await page.mouse.click(middle.x, middle.y, { button: "right" });
  await page.mouse.wheel(0, -100);
  await page.mouse.wheel(0, 100);
  await page.mouse.wheel(-100, 0);
  await page.mouse.wheel(100, 0);
  await page.keyboard.press("Control+a");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("F5");
  await until(() => read("mouse").includes("[15~"), "the last key has come");
  const got = read("mouse");
  for (const [name, pattern] of Object.entries({ left: /\[<0;\d+;\d+M/, right: /\[<2;\d+;\d+M/, up: /\[<64;/, down: /\[<65;/, aside: /\[<66;[^m]*[mM](.|\n)*\[<67;/, "Ctrl+A": /\u0001/, arrow: /\u001b(\[|O)A/ })) {
    assert.match(got, pattern, name);
  }
});

test("a window is dragged by its title", async () => {
  await dragWindow(page, screen, await screen.window("mouse"), 100, 80, 200);
});

test("clipboards go both ways", async () => {
  const text = "Zwischenablage ✓ 剪贴板 😀";
  await hold(text);
  await pick("desktop-clipboard", "desktop-clip-send");
  await until(async () => (await copied()) === text, "the device has it");
  const back = "from the device äöü";
  await copy(back);
  await until(async () => (await held()) === back, "the page has it");
});

test("the longest clipboard arrives whole", async () => {
  const text = "0123456789".repeat(100_000);
  await hold(text);
  await pick("desktop-clipboard", "desktop-clip-send");
  await until(async () => (await copied()) === text, "the device has it");
});

test("what the device copied before can be pasted again", async () => {
  await copy("first there");
  await until(async () => (await held()) === "first there", "the page has it");
  for (const text of ["then here", "first there"]) {
    await paste(text);
    await until(async () => (await copied()) === text, `the device has "${text}"`);
  }
});

test("fetching the device's clipboard is always answered", async () => {
  await copy("to be fetched");
  await until(async () => (await held()) === "to be fetched", "the page has it");
  const toast = (text) => page.getByTestId("toasts").getByText(text).waitFor();
  await hold("other");
  await pick("desktop-clipboard", "desktop-clip-take");
  await toast("Copied from the device");
  assert.equal(await held(), "to be fetched");
  await paste("own");
  await until(async () => (await copied()) === "own", "the device has it");
  await hold("mine");
  agent.process.child.kill("SIGSTOP");
  try {
    await pick("desktop-clipboard", "desktop-clip-take");
    await toast("The device did not answer");
  } finally {
    agent.process.child.kill("SIGCONT");
  }
  await until(async () => (await held()) === "own", "the late answer is there");
});

test("Ctrl+V brings the clipboard along, and its text can be typed", async () => {
  const pasted = "pasted_by_key";
  await paste(pasted);
  await until(async () => (await copied()) === pasted, "the device has it");
  const window = await screen.terminal("typing", `cat > ${inFolder("byclip")}`, "60x10+40+500");
  const { X, Y } = await screen.place(window);
  await untilColour(page, [X + 200, Y + 100], "#ffffff", "the window is in the picture");
  await click(page, X + 50, Y + 50);
  const text = `one\n${"two Ünï ".repeat(20)}\n`;
  await hold(text);
  await pick("desktop-clipboard", "desktop-clip-type");
  // Keys that are pressed meanwhile come behind the text.
  await page.keyboard.press("x");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+d");
  await screen.lastIsClosed();
  assert.equal(read("byclip"), `${text}x\n`);
});

test("keys whose end macOS tells nothing of are let go", async () => {
  const keys = sent(1);
  await page.getByTestId("desktop-input").focus();
  for (const key of ["Meta", "v"]) await page.keyboard.down(key);
  await page.keyboard.up("Meta");
  await until(() => keys().length >= 4, "all are sent");
  assert.deepEqual(keys().map((each) => [...each.subarray(4)]), [[4, 0x5b], [0, 0x56], [1, 0x56], [3, 0x5b]]);
  await page.keyboard.up("v");
});

test("moving pictures come as video, and what rests is exact", async () => {
  const before = await page.evaluate(() => globalThis.decoded);
  await screen.paint(kGreen);
  const window = await screen.terminal("moving", "while :; do head -c 9000 /dev/urandom | base64 -w 0; done", "140x50+20+20");
  await until(async () => (await page.evaluate(() => globalThis.decoded)) > before + 10, "coded frames are decoded");
  await page.getByTestId("desktop-more").click();
  await until(async () => /H\.264|VP9/.test(await page.getByTestId("figure-codec").innerText()), "the figures name the codec");
  await page.keyboard.press("Escape");
  await screen.output("xdotool", "windowkill", window);
  await untilColour(page, [1000, 30], kGreen, "what was below is exact", 0);
});

test("a screenshot is the screen, as PNG", async () => {
  const downloading = page.waitForEvent("download");
  await pick("desktop-more", "desktop-screenshot");
  const download = await downloading;
  const file = await download.path();
  assert.match(download.suggestedFilename(), /\.png$/);
  const bytes = fs.readFileSync(file);
  assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [1280, 800]);
  await page.keyboard.press("Escape");
});

test("two viewers see each other, and the same screen", async () => {
  const other = await openPage(browser);
  await signIn(other, server);
  await openDesktop(other);
  for (const each of [page, other]) {
    await until(async () => (await each.getByTestId("desktop-people-count").innerText()) === "2", "two are on");
  }
  await screen.paint(kBlue);
  await untilColour(other, [1200, 780], kBlue, "the second sees it");
  await untilColour(page, [1200, 780], kBlue, "the first sees it");
  await other.context().close();
  await until(async () => (await server.call("desktop.sessions", { nodeid: device })).sessions.length === 1, "one is left");
  await until(async () => (await page.getByTestId("desktop-people-count").innerText()) === "1", "the first is told");
});

test("who chose to look on reaches nothing, and it shows", async () => {
  const window = await screen.terminal("watched", `cat > ${inFolder("watched")}`, "40x6+800+600");
  await pick("desktop-more", "desktop-viewonly");
  await page.getByTestId("desktop-badge-viewonly").waitFor();
  await shot(page, "desktop-viewonly");
  const { X, Y } = await screen.place(window);
  const mouse = sent(2);
  const start = Date.now();
  await click(page, X + 30, Y + 30);
  await page.keyboard.type("no\n");
  // The server hears now and then that somebody is there, and lets nothing through.
  await until(async () => {
    const at = await onPage(page, X + 30 + (Date.now() % 50), Y + 30);
    await page.mouse.move(at.x, at.y, { steps: 5 });
    return mouse().length > 0;
  }, "the server hears of a movement");
  assert.ok(mouse().length <= 1 + (Date.now() - start) / 5000, `${mouse().length} movements`);
  assert.ok(mouse().every((each) => each.length === 10 && each[5] === 0), "movements only");
  const { sessions } = await server.call("desktop.sessions", { nodeid: device });
  assert.equal(sessions[0].viewOnly, true);
  await pick("desktop-more", "desktop-viewonly");
  await click(page, X + 30, Y + 30);
  await page.keyboard.type("yes\n");
  await until(() => read("watched") === "yes\n", "only what was typed with input arrived");
});

test("the server drops input of those who may only look, whatever their page sends", async () => {
  await server.ctlWithInput("correct horse 42 battery\n", "user", "add", "watcher", "--password-stdin");
  const admin = await Control.open(server);
  const before = fs.statSync(inFolder("watched")).size;
  admin.send({ action: "adddeviceuser", nodeid: device, usernames: ["watcher"], rights: 8 | 256 });
  const watcher = await Control.open(server, { user: "watcher" });
  const tunnel = await until(async () => watcher.tunnel(device, 2), "the watcher may look");
  const key = (vk, up) => Buffer.from([0, 1, 0, 6, up, vk]);
  await tunnel.take((each) => each.isBinary && each.data.readUInt16BE(0) === 7, "a screen size");
  for (const up of [0, 1]) tunnel.socket.send(key(0x5a, up));
  tunnel.socket.send(Buffer.from([0, 6, 0, 4]));
  await tunnel.take((each) => each.isBinary && [3, 27].includes(each.data.readUInt16BE(0)), "the picture anew");
  await page.keyboard.type("end\n");
  await until(() => read("watched").endsWith("end\n"), "who may is served");
  assert.equal(read("watched").slice(before), "end\n");
  tunnel.socket.send(Buffer.from([0, 1, 0, 2]));
  assert.equal(await tunnel.closed, 1008);
  assert.equal(await page.getByTestId("desktop-state").innerText(), "Connected");
  for (const each of [tunnel, watcher, admin]) each.close();
});

test("limited input has no shortcuts, and nothing is typed in their place", async () => {
  await server.ctlWithInput("correct horse 42 battery\n", "user", "add", "limited", "--password-stdin");
  const admin = await Control.open(server);
  admin.send({ action: "adddeviceuser", nodeid: device, usernames: ["limited"], rights: 8 | 4096 });
  await admin.settle();
  admin.close();
  const window = await screen.terminal("limited", `cat > ${inFolder("limited")}`, "40x6+500+400");
  const { X, Y } = await screen.place(window);
  const theirs = await openPage(browser);
  await theirs.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.origin });
  await signInAs(theirs, "limited");
  await openDesktop(theirs);
  await theirs.getByTestId("desktop-badge-limited").waitFor();
  await click(theirs, X + 30, Y + 30);
  await theirs.evaluate(() => navigator.clipboard.writeText("given"));
  for (const key of ["Control+s", "Alt+x", "Control+v"]) await theirs.keyboard.press(key);
  await until(async () => (await copied()) === "given", "the clipboard arrives");
  await theirs.keyboard.type("Only 1 text\n");
  await until(() => read("limited").endsWith("\n"), "the window got it");
  assert.equal(read("limited"), "Only 1 text\n");
  assert.deepEqual(theirs.faults, []);
  await theirs.context().close();
  await screen.output("xdotool", "windowkill", window);
});

test("a second monitor can be chosen", async () => {
  await screen.output("xrandr", "--setmonitor", "left", "640/200x800/200+0+0", "screen");
  await screen.output("xrandr", "--setmonitor", "right", "640/200x800/200+640+0", "none");
  const displays = page.getByTestId("desktop-displays");
  await until(async () => (await displays.locator("option").count()) >= 3, "both monitors are offered");
  await displays.selectOption({ label: (await displays.locator("option").allInnerTexts()).find((label) => label.startsWith("Screen 2")) });
  await until(async () => (await sizeOf(page)) === "640x800", "the picture is the second monitor");
  await click(page, 100, 750);
  await until(async () => /x:7(39|40|41) y:7(49|50|51)/.test(await screen.output("xdotool", "getmouselocation")), "the pointer is on it");
  await displays.selectOption({ label: "All screens" });
  await until(async () => (await sizeOf(page)) === "1280x800", "the picture is everything again");
});

test("another resolution is followed", async () => {
  for (const name of ["left", "right"]) await screen.output("xrandr", "--delmonitor", name);
  await screen.output("xrandr", "--newmode", "small", "63.5", "1024", "1072", "1176", "1328", "768", "771", "775", "798");
  await screen.output("xrandr", "--addmode", "screen", "small");
  await screen.output("xrandr", "--output", "screen", "--mode", "small");
  await until(async () => (await sizeOf(page)) === "1024x768", "the picture has the new size");
  await untilPicture(page);
});

test("full screen shows the picture alone, real size its pixels", async () => {
  const box = () => page.getByTestId("desktop-picture").boundingBox();
  await page.getByTestId("desktop-actual").click();
  assert.deepEqual([(await box()).width, (await box()).height], [1024, 768]);
  await page.getByTestId("desktop-fit").click();
  await page.getByTestId("desktop-full").click();
  await until(() => page.evaluate(() => document.fullscreenElement !== null), "full screen");
  await until(async () => (await box()).height > 780, "the picture has all of the height");
  await shot(page, "desktop-full");
  await page.mouse.move(640, 2); // the controls come when the pointer is at the edge
  await page.getByTestId("desktop-full").click();
  await until(() => page.evaluate(() => document.fullscreenElement === null), "no full screen");
});

test("keyboard out of the picture, no faults for those who can't see, light and dark and on a phone", async () => {
  await page.getByTestId("desktop-input").focus();
  await page.keyboard.press("Control+F6");
  assert.equal(await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.getAttribute("data-testid")), "desktop-fit");
  await page.getByTestId("desktop-more").click();
  await until(async () => / ms$/.test(await page.getByTestId("figure-rtt").innerText()), "figures are shown");
  for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["light", 360]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 760 });
    assert.deepEqual(await accessibilityFaults(page), [], `${scheme} ${width}`);
    await shot(page, `desktop-${scheme}-${width}`);
  }
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 360), "nothing sticks out");
});

test("who ends the session can begin another; who leaves ends it", async () => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.keyboard.press("Escape");
  await page.getByTestId("desktop-disconnect").click();
  await page.getByTestId("desktop-reconnect").click();
  await untilPicture(page);
  await page.getByTestId("nav-devices").first().click();
  await until(async () => (await server.call("desktop.sessions", { nodeid: device })).sessions.length === 0, "nobody is left");
});

test("nothing broke on the way", () => {
  assert.deepEqual(page.faults, []);
});
