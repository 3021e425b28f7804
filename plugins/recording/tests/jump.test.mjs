// What a jump shows is what playing until there shows: the server's states beside a player that has only the file.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, openPage, signIn } from "../../../tests/harness/browser.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Trellis } from "../../../tests/harness/trellis.mjs";
import { block, kvm, recordingOf } from "./support.mjs";

const config = "plugins:\n  recording:\n    protocols: [terminal, desktop, files]\n    min_free_mib: 1\n";
const kStart = 1_790_000_000_000;
const kTail = 32; // bytes of the last block
const [kWidth, kHeight] = [320, 240];
let server;
let browser;
let page;
const made = {};

/** A shell, an editor on the other screen, sizes, and more output than one state covers. */
function terminal() {
  const messages = [];
  const say = (ms, text) => messages.push([ms, Buffer.from(text)]);
  say(0, "$ ls\r\n\x1b[1;34mfolder\x1b[0m  \x1b[42mgreen\x1b[K\x1b[0m 漢字 e\u0301\r\n$ vi\r\n\x1b7");
  say(1000, "\x1b[?1049h\x1b[2J\x1b[3;8r\x1b[3;1Hone\r\ntwo\r\nthree\x1b[8;1H\n\x1b[7mstatus\x1b[m\x1b[1;70Hto the end of the line and on");
  say(1500, "\x1b[?25l\x1b[5;3H\x1b[2L\x1b(0lqqk\x1b(B\x1b[38;2;200;10;10mred \x1b[4:3mcurly\x1b[");
  say(2000, "0m plain\x1b[6;1H\x1b[3P\x1b[4hinserted\x1b[4l");
  say(3000, "\x1b[r\x1b[?1049l\x1b[?25h done\r\n");
  for (let i = 0; i < 110; ++i) {
    let text = "";
    for (let line = 0; line < 200; ++line) text += `\x1b[3${line % 8}m${i}.${line}\x1b[0m ${"some words of output ".repeat(1 + (line % 5))}\r\n`;
    say(4000 + i * 100, text);
  }
  say(16_000, "\x1b[H\x1b[J\x1b[10;20Hmiddle\x1b[1;1Htop\x1b[999;999H!");
  const file = recordingOf(1, messages, 20_000, "terminal");
  // Sizes come from the viewer.
  const size = (ms, cols, rows) => block(2, 2, kStart + ms, Buffer.from(JSON.stringify({ type: "termsize", cols, rows })));
  return insert(insert(insert(file, size(0, 80, 20)), size(2500, 100, 24)), size(15_500, 60, 15));
}
/** A block at its time. */
function insert(file, piece) {
  let at = 0;
  while (file.readUInt16BE(at) === 1 || (file.readUInt16BE(at) === 2 && file.readUIntBE(at + 10, 6) < piece.readUIntBE(10, 6))) at += 16 + file.readUInt32BE(at + 4);
  return Buffer.concat([file.subarray(0, at), piece, file.subarray(at)]);
}

/** JPEG and PNG tiles, and coded frames of a box that moves, from this browser. */
const paintings = () => page.evaluate(async ({ width, height }) => {
  const text = (bytes) => btoa(String.fromCharCode(...bytes));
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d");
  const tiles = [];
  for (let i = 0; i < 12; ++i) {
    const tile = new OffscreenCanvas(32 + (i % 3) * 16, 32);
    const ink = tile.getContext("2d");
    ink.fillStyle = `hsl(${i * 30} 80% 50%)`;
    ink.fillRect(0, 0, 80, 32);
    ink.fillStyle = "black";
    ink.fillText(`tile ${i}`, 2, 20);
    tiles.push(text(new Uint8Array(await (await tile.convertToBlob({ type: i % 2 ? "image/png" : "image/jpeg", quality: 0.7 })).arrayBuffer())));
  }
  const frames = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      frames.push({ isKey: chunk.type === "key", data: text(bytes) });
    },
    error: (error) => { throw error; },
  });
  encoder.configure({ codec: "vp09.00.10.08", width, height, bitrate: 400_000, latencyMode: "realtime" });
  for (let i = 0; i < 40; ++i) {
    pen.fillStyle = "#ddd";
    pen.fillRect(0, 0, width, height);
    pen.fillStyle = `hsl(${i * 9} 70% 40%)`;
    pen.fillRect(64 + i * 2, 64, 60, 60);
    const frame = new VideoFrame(canvas, { timestamp: i * 100_000 });
    encoder.encode(frame, { keyFrame: i === 0 || i === 25 });
    frame.close();
  }
  await encoder.flush();
  return { tiles, frames };
}, { width: kWidth, height: kHeight });

function desktops({ tiles, frames }) {
  const place = (x, y) => Buffer.from([x >> 8, x & 255, y >> 8, y & 255]);
  const tile = (x, y, i) => kvm(3, place(x, y), Buffer.from(tiles[i % tiles.length], "base64"));
  const size = kvm(7, place(kWidth, kHeight));
  const cover = (ms) => Array.from({ length: 80 }, (_, i) => [ms, tile((i % 10) * 32, Math.floor(i / 10) * 32, i)]);
  const changes = (from, until, step) => Array.from({ length: Math.floor((until - from) / step) }, (_, i) => [from + i * step, tile(((i * 7) % 9) * 32 + (i % 2) * 8, ((i * 5) % 7) * 32, i * 5 + 1)]);
  const tilesOnly = [[0, size], ...cover(0), ...changes(500, 32_000, 370)];
  const number = (i) => Buffer.from([0, 0, 0, i + 1]);
  const coded = [[0, size], [0, kvm(200, "0200", place(kWidth, kHeight))]];
  frames.forEach(({ isKey, data }, i) => {
    const ms = 200 + i * 600;
    if (!isKey && i % 7 !== 0) coded.push([ms, kvm(207, number(i), place(64, 64), place(160, 64))]);
    coded.push([ms, kvm(201, number(i), Buffer.from([isKey ? 1 : 0, 0, 0, 0]), Buffer.from(data, "base64"))]);
    if (i % 3 === 0) coded.push([ms + 100, tile((i % 8) * 32, 32 + (i % 4) * 32, i)]);
  });
  coded.push(...cover(26_000), ...changes(27_000, 32_000, 300));
  return { tiles: recordingOf(2, tilesOnly, 33_000, "tiles"), coded: recordingOf(2, coded, 33_000, "coded") };
}

/** More folders than the list shows at once, and a download. */
function files() {
  const ask = (ms, message) => block(2, 3, kStart + ms, Buffer.from(JSON.stringify(message)));
  const file = recordingOf(5, Array.from({ length: 40 }, (_, i) => [8000 + i * 40, Buffer.concat([Buffer.from([1, 0, 0, i === 39 ? 1 : 0]), Buffer.alloc(5000, 65)])]), 10_000, "files");
  const first = 16 + file.readUInt32BE(4);
  const asked = Array.from({ length: 700 }, (_, i) => ask(i * 10, { action: "ls", path: `/etc/${i}` }));
  return Buffer.concat([file.subarray(0, first), ...asked, ask(7500, { action: "download", sub: "start", id: 1, path: "/srv/large" }), file.subarray(first)]);
}

/** What can be seen: the rows of a terminal with their looks, the pixels of a desktop, the lines of a list. */
const look = {
  terminal: () => page.locator(".xterm-rows").evaluate((rows) => rows.innerHTML.replaceAll(/ style="[^"]*"/g, "").replaceAll("</div>", "\n").replaceAll("<div>", "").trimEnd()),
  files: () => page.getByTestId("log-row").allTextContents(),
  desktop: () => page.locator(".stage canvas").evaluate(async (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
    return `${canvas.width}x${canvas.height} ${[...hash.slice(0, 8)].join(".")}`;
  }),
};
const seek = (ms) => page.getByTestId("player-seek").evaluate(async (slider, to) => {
  slider.value = String(to);
  const done = new Promise((shown) => slider.addEventListener("seeked", shown, { once: true }));
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  await done;
  for (let i = 0; i < 2; ++i) await new Promise(requestAnimationFrame); // it is painted
}, ms);
async function at(times, kind) {
  await page.getByTestId("player-play").waitFor();
  await page.getByTestId("player-play").click(); // pause
  const found = {};
  for (const time of times) {
    await seek(time);
    found[time] = await look[kind]();
  }
  await page.getByTestId("player-back").click();
  return found;
}

before(async () => {
  server = await Trellis.start({ config });
  await server.addAdmin();
  browser = await openBrowser();
  page = await openPage(browser);
  await page.goto(server.origin);
  made.terminal = terminal();
  Object.assign(made, desktops(await paintings()));
  made.files = files();
  // As a server leaves them that dies, most without their ends: it gives them an index.
  for (const [name, bytes] of Object.entries(made)) fs.writeFileSync(path.join(server.data, "plugins/recording/live", `relaysession-2026-09-21-00-00-00-admin-${name}.mcrec.part`), name === "files" ? bytes : bytes.subarray(0, -kTail));
  await server.restart();
  await signIn(page, server);
  await page.goto(`${server.origin}/#/page/recording/recordings`);
  await until(async () => (await page.getByTestId("recording-row").count()) === 4, "all are taken in");
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const [name, kind, times] of [
  ["terminal", "terminal", [1200, 19_999, 0, 1600, 2100, 2600, 9_000, 3500, 15_600, 14_000, 500]],
  ["tiles", "desktop", [31_000, 100, 15_000, 9_900, 10_500, 25_123, 2_000]],
  ["coded", "desktop", [12_000, 250, 25_900, 15_100, 20_000, 26_500, 30_000, 5_000, 0]],
  ["files", "files", [6_000, 100, 9_999, 7_600, 3_000]],
]) {
  test(`a jump shows what playing shows: ${name}`, { timeout: 60000 }, async () => {
    await page.goto(`${server.origin}/#/page/recording/recordings`);
    const local = { name: `${name}.mcrec`, mimeType: "application/octet-stream", buffer: made[name] };
    await page.getByTestId("recordings-file").setInputFiles(local);
    const played = await at(times, kind);
    const row = page.getByTestId("recording-row").filter({ hasText: name });
    await row.getByTestId("recording-play").click();
    const jumped = await at(times, kind);
    assert.deepEqual(jumped, played);
    assert.ok(new Set(Object.values(jumped).map(String)).size > 3, "and not always the same");
    assert.deepEqual(page.faults, []);
  });
}
