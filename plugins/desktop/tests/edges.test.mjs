// The desktop tab where it is less easy: small windows, other keyboards, browsers that refuse, devices that lie, a
// server that stops.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import zlib from "node:zlib";
import { openBrowser, openPage, shot, signIn } from "../../../tests/harness/browser.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Agent, temporaryFolder, Trellis } from "../../../tests/harness/trellis.mjs";
import { click, onPage, openDesktop, Screen, startAgent, untilColour } from "./world.mjs";

const kBlue = "#204060";
const kGreen = "#206040";
const kAlt = 1; // modifiers of Chromium's protocol
const kControl = 2;
const kMeta = 4;

let server;
let screen;
let agent;
let browser;
let folder;
let windows = 0;

const read = (name) => (fs.existsSync(path.join(folder, name)) ? fs.readFileSync(path.join(folder, name), "utf8") : "");
const copied = () => screen.output("timeout", "3", "xclip", "-o", "-selection", "clipboard");

/** A page of its own at the desktop. `init` runs in it first; `onSocket(socket)` gets between it and the device. */
async function open({ init, onSocket, view } = {}) {
  const page = await openPage(browser, view);
  if (init) await page.addInitScript(init);
  if (onSocket) await between(page, onSocket);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.origin });
  await signIn(page, server);
  await openDesktop(page);
  page.keys = await page.context().newCDPSession(page);
  return page;
}
async function between(page, onSocket) {
  await page.addInitScript(() => delete globalThis.WebSocketStream);
  await page.routeWebSocket(/meshrelay/, (socket) => {
    const device = socket.connectToServer();
    socket.onMessage((message) => device.send(message));
    device.onMessage((message) => socket.send(message));
    onSocket(socket);
  });
}
const close = (page) => page.context().close();

/** A window that writes what it gets to a file, in front and clicked at. */
async function terminal(page, before = "") {
  const name = `window-${++windows}`;
  const window = await screen.terminal(name, `stty raw -echo; ${before} cat > ${path.join(folder, name)}`);
  const { X, Y } = await screen.place(window);
  await untilColour(page, [X + 200, Y + 100], "#ffffff", "the window is in the picture");
  await click(page, X + 60, Y + 60);
  const end = async () => {
    await screen.output("xdotool", "windowkill", window);
    await screen.lastIsClosed();
  };
  return { X, Y, text: () => read(name), end };
}

/** Keys as a keyboard that isn't American tells them. `commands`: what the browser does besides. */
async function press(page, modifier, modifierKey, key, code, commands) {
  const about = { key, code, windowsVirtualKeyCode: code.startsWith("Key") ? code.charCodeAt(3) : 0, modifiers: modifier };
  await page.keys.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...modifierKey, modifiers: modifier });
  await page.keys.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...about, commands });
  await page.keys.send("Input.dispatchKeyEvent", { type: "keyUp", ...about });
  await page.keys.send("Input.dispatchKeyEvent", { type: "keyUp", ...modifierKey });
}
const alt = { key: "Alt", code: "AltLeft", windowsVirtualKeyCode: 18 };
const control = { key: "Control", code: "ControlLeft", windowsVirtualKeyCode: 17 };
const meta = { key: "Meta", code: "MetaLeft", windowsVirtualKeyCode: 91 };

before(async () => {
  folder = temporaryFolder("edges");
  [server, screen] = await Promise.all([Trellis.start(), Screen.start({ size: "1920x1080" })]);
  await server.addAdmin();
  await screen.paint(kBlue);
  agent = await startAgent(Agent, server, screen, "Lab");
  await agent.online(server);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await screen?.stop();
  await server?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

test("all of the screen is shown, and the pointer reaches its last pixel", async () => {
  const page = await open();
  for (const [width, height] of [[390, 844], [1280, 800], [1600, 700]]) {
    await page.setViewportSize({ width, height });
    const picture = page.getByTestId("desktop-picture");
    const { shown, place } = await until(() => picture.evaluate((canvas) => {
      const [shown, place] = [canvas, canvas.parentElement].map((one) => one.getBoundingClientRect().toJSON());
      const isFit = shown.width > place.width - 2 || shown.height > place.height - 2;
      return isFit && { shown, place };
    }), "the picture fills its place");
    for (const side of ["left", "top"]) assert.ok(shown[side] >= place[side], `${width}: ${side}`);
    for (const side of ["right", "bottom"]) assert.ok(shown[side] <= place[side], `${width}: ${side}`);
    for (const [x, y, wanted] of [[Math.ceil(shown.left), Math.ceil(shown.top), /^x:0 y:0 /], [Math.ceil(shown.right) - 1, Math.ceil(shown.bottom) - 1, /^x:1919 y:1079 /]]) {
      await page.mouse.move(x, y);
      await until(async () => wanted.test(await screen.output("xdotool", "getmouselocation")), `the corner ${wanted} at ${width}`);
    }
    await shot(page, `desktop-fit-${width}`);
  }
  await close(page);
});

test("a Mac's Option writes signs, its Cmd edits, and its Ctrl+V brings the clipboard too", async () => {
  const page = await open({ init: () => Object.defineProperty(navigator, "platform", { get: () => "MacIntel" }) });
  const window = await terminal(page);
  for (const [key, code] of [["@", "KeyL"], ["[", "Digit5"], ["|", "Digit7"], ["€", "KeyE"], ["~", "KeyN"]]) await press(page, kAlt, alt, key, code);
  await until(() => window.text() === "@[|€~", `the signs arrive: ${JSON.stringify(window.text())}`);
  const hold = (text) => page.evaluate((value) => navigator.clipboard.writeText(value), text);
  await hold("with Cmd");
  await press(page, kMeta, meta, "v", "KeyV", ["paste"]);
  await until(async () => (await copied()) === "with Cmd" && window.text().endsWith("~\u0016"), "Cmd+V is Ctrl+V there");
  await hold("with Ctrl");
  await press(page, kControl, control, "v", "KeyV");
  await page.keyboard.press("x");
  await until(async () => (await copied()) === "with Ctrl" && window.text().endsWith("\u0016\u0016x"), "so is Ctrl+V");
  await window.end();
  assert.deepEqual(page.faults, []);
  await close(page);
});

test("Ctrl+V brings the clipboard along on a keyboard without Latin letters", async () => {
  const page = await open();
  await page.evaluate(() => navigator.clipboard.writeText("from Cyrillic"));
  await press(page, kControl, control, "м", "KeyV", ["paste"]);
  await until(async () => (await copied()) === "from Cyrillic", "the device has it");
  await close(page);
});

test("what was copied on the device is not lost to an old text where the browser won't take it", async () => {
  const page = await open({ init: () => (navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError"))) });
  const window = await terminal(page);
  const paste = async (text) => {
    await page.getByTestId("desktop-input").evaluate((field, value) => {
      const key = { key: "v", code: "KeyV", ctrlKey: true, bubbles: true, cancelable: true };
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", value);
      field.dispatchEvent(new KeyboardEvent("keydown", key));
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
      field.dispatchEvent(new KeyboardEvent("keyup", key));
    }, text);
  };
  // No Ctrl was pressed before.
  const pasted = (times) => until(() => window.text() === "v".repeat(times), "the key arrives");
  await paste("here");
  await until(async () => (await copied()) === "here", "the device has it");
  await pasted(1);
  screen.open("xclip", "-i", "-selection", "clipboard", "-quiet").child.stdin.end("there");
  await until(async () => (await copied()) === "there", "it is copied there");
  // The page knows of it: it would put it into the clipboard here.
  await page.getByTestId("desktop-clipboard").click();
  await page.getByTestId("desktop-clip-take").click();
  await page.getByTestId("toasts").getByText("did not allow writing").waitFor();
  await paste("here");
  await pasted(2);
  assert.equal(await copied(), "there");
  await paste("new here");
  await until(async () => (await copied()) === "new here", "another text is given");
  await window.end();
  await close(page);
});

test("Ctrl and Shift of the key bar hold for one letter of an on-screen keyboard", async () => {
  const page = await open();
  const window = await terminal(page);
  await page.getByTestId("desktop-keys").click();
  const button = (name) => page.getByTestId("desktop-keybar").getByText(name, { exact: true });
  const write = (text) => page.keys.send("Input.insertText", { text });
  await button("Ctrl").click();
  await write("a");
  await until(async () => (await button("Ctrl").getAttribute("aria-pressed")) === "false", "Ctrl is let go");
  await write("b");
  await button("Shift").click();
  await write("c");
  await until(async () => (await button("Shift").getAttribute("aria-pressed")) === "false", "Shift is let go");
  await write("d");
  await until(() => window.text() === "\u0001bCd", `Ctrl+A and the letters arrive: ${JSON.stringify(window.text())}`);
  await window.end();
  await close(page);
});

test("a button whose end the browser didn't tell is let go", async () => {
  const page = await open();
  const window = await terminal(page, "printf '\\033[?1003h\\033[?1006h';");
  const at = await onPage(page, window.X + 100, window.Y + 100);
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await until(() => /\[<0;\d+;\d+M$/.test(window.text()), "the button is down");
  await page.keys.send("Input.dispatchMouseEvent", { type: "mouseMoved", x: at.x + 60, y: at.y, button: "none", buttons: 0 });
  await until(() => /\[<0;\d+;\d+m/.test(window.text()), "it is up");
  await page.mouse.up();
  await window.end();
  await close(page);
});

/** One command of the device; the lengths of long ones are in a second header (section 7.2). */
function command(type, payload) {
  const size = payload.length + 4;
  const header = Buffer.alloc(size > 65500 ? 12 : 4);
  if (size > 65500) {
    header.writeUInt16BE(27, 0);
    header.writeUInt16BE(8, 2);
    header.writeUInt32BE(size, 4);
  }
  header.writeUInt16BE(type, header.length - 4);
  header.writeUInt16BE(size > 65500 ? 0 : size, header.length - 2);
  return Buffer.concat([header, payload]);
}
/** A PNG of one colour, far smaller than its pixels. */
function bomb(side) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(zlib.crc32(body), out.length - 4);
    return out;
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  const pixels = zlib.deflateSync(Buffer.alloc((side / 8 + 1) * side));
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

/** What a device sends beside what it should; `decoded` counts the images that the page decodes. */
async function openAgainst(onSocket) {
  let device;
  const page = await open({
    onSocket: (socket) => (device = socket),
    init: () => {
      const { createImageBitmap } = globalThis;
      globalThis.largest = 0;
      globalThis.createImageBitmap = async (...args) => {
        const picture = await createImageBitmap(...args);
        globalThis.largest = Math.max(globalThis.largest, picture.width);
        return picture;
      };
    },
  });
  await onSocket(device);
  return page;
}
const overlay = (page, text) => page.getByTestId("desktop-overlay").getByText(text).waitFor();

test("a device's huge images are never decoded", async () => {
  const huge = bomb(16000);
  const page = await openAgainst(async (device) => {
    for (let count = 0; count < 20; count++) device.send(command(205, Buffer.concat([Buffer.alloc(4), huge])));
    for (let count = 0; count < 60; count++) device.send(command(3, Buffer.concat([Buffer.alloc(4), huge])));
  });
  await overlay(page, "The device sent something that cannot be read. The session was ended.");
  assert.equal(await page.getByTestId("desktop-picture").evaluate((canvas) => canvas.style.cursor), "default");
  assert.ok((await page.evaluate(() => globalThis.largest)) <= 1920 + 32, "nothing larger than the screen was decoded");
  await shot(page, "desktop-malformed");
  assert.deepEqual(page.faults, []);
  await close(page);
});

test("a session goes on after strange displays, and ends with words after what the page can't handle", async () => {
  let device;
  const page = await openAgainst(async (socket) => {
    device = socket;
    device.send(JSON.stringify({ ctrlChannel: "102938", type: "desktop", version: 1, codec: "", displays: [null], features: [null] }));
  });
  await screen.paint(kGreen);
  await untilColour(page, [1000, 900], kGreen, "the picture follows");
  device.send('{"ctrlChannel":{"toString":1}}');
  await overlay(page, "The page could not handle what came in this session, and ended it.");
  assert.equal(await page.getByTestId("desktop-state").innerText(), "Closed");
  assert.deepEqual(page.faults, []);
  await close(page);
});

test("a hidden tab gets no pictures, and all of them when it is seen again", async () => {
  const hide = (isHidden) => {
    Object.defineProperty(document, "hidden", { get: () => isHidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  };
  const [page, other] = [await open(), await open()];
  await untilColour(page, [1000, 900], kGreen, "the picture is there");
  /** The device has done all that the page sent before. */
  const settle = async (x) => {
    const at = await onPage(page, x, 500);
    await page.mouse.move(at.x, at.y);
    await until(async () => Math.abs(/x:(\d+)/.exec(await screen.output("xdotool", "getmouselocation"))[1] - x) < 3, "the pointer moves");
  };
  await page.evaluate(hide, true);
  await settle(400);
  await screen.paint(kBlue);
  await untilColour(other, [1000, 900], kBlue, "who looks sees it");
  await settle(600);
  await untilColour(page, [1000, 900], kGreen, "who doesn't has the old picture");
  await page.evaluate(hide, false);
  await untilColour(page, [1000, 900], kBlue, "and then the new one", 0);
  for (const each of [page, other]) await close(each);
});

test("a server that stops says so, in the page's language", async () => {
  const pages = [await open()];
  const german = await openPage(browser, { locale: "de-DE" });
  pages.push(german);
  await signIn(german, server);
  await german.getByTestId("device-row").first().click();
  await german.getByTestId("tab-desktop").click();
  await until(async () => (await german.getByTestId("desktop-state").innerText()) === "Verbunden", "the picture is shown");
  await server.process.stop();
  await overlay(pages[0], "The server was stopped or restarted.");
  await overlay(german, "Der Server wurde beendet oder neu gestartet.");
  for (const each of pages) assert.deepEqual(each.faults, []);
});
