// The page in a real Chromium: list, search, player, export, and recordings that MeshCentral made.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { accessibilityFaults, openSignedIn, screenText, shot } from "../../../tests/harness/browser.mjs";
import { Control } from "../../../tests/harness/control.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { restUser } from "../../../tests/harness/rest.mjs";
import { Agent, Trellis } from "../../../tests/harness/trellis.mjs";
import { blocksOf, get, kvm, outputOf, recordingOf } from "./support.mjs";

const data = path.join(path.dirname(fileURLToPath(import.meta.url)), "data");
const config = "plugins:\n  recording:\n    protocols: [terminal, files]\n    min_free_mib: 1\n";
let server;
let agent;
let browser;
let page;
let blank;
let admin;

/** A session of one kind with these messages, until its recording is listed. */
async function record(control, deviceId, protocol, work) {
  const tunnel = await control.tunnel(deviceId, protocol);
  await work(tunnel);
  tunnel.close();
}
const says = (tunnel, text) => until(() => Buffer.concat(tunnel.messages.map((message) => message.data)).includes(text), text);
const look = async (name) => {
  await shot(page, `recording-${name}`);
  assert.deepEqual(await accessibilityFaults(page), [], name);
};
const position = async () => {
  const [minutes, seconds] = (await page.getByTestId("player-time").innerText()).split(" / ")[0].split(":").map(Number);
  return minutes * 60 + seconds;
};
const seek = (ms) => page.getByTestId("player-seek").evaluate((slider, to) => {
  slider.value = String(to);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}, ms);
/** Share of the canvas's pixels that are not black. */
const paint = () => page.locator("canvas").evaluate((canvas) => {
  const { data: pixels } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let lit = 0;
  for (let i = 0; i < pixels.length; i += 4) lit += pixels[i] + pixels[i + 1] + pixels[i + 2] > 30 ? 1 : 0;
  return { width: canvas.width, height: canvas.height, share: lit / (pixels.length / 4) };
});

/** Size, seconds, and a pixel near the beginning and near the end, of a video that this browser decodes. */
function videoFacts(bytes) {
  // A page of its own: the policy of ours lets nothing in but its own files.
  return blank.evaluate(async (text) => {
    const element = document.createElement("video");
    element.muted = true;
    element.src = URL.createObjectURL(new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))]));
    const on = (name) => new Promise((done, failed) => {
      element.addEventListener(name, done, { once: true });
      element.onerror = () => failed(new Error(element.error?.message));
    });
    await on("loadeddata");
    const pen = new OffscreenCanvas(element.videoWidth, element.videoHeight).getContext("2d");
    const colourAt = async (time) => {
      element.currentTime = time;
      await on("seeked");
      pen.drawImage(element, 0, 0);
      return [...pen.getImageData(100, 100, 1, 1).data].slice(0, 3);
    };
    const { videoWidth: width, videoHeight: height, duration } = element;
    return { width, height, duration, early: await colourAt(0.5), late: await colourAt(duration - 0.3) };
  }, bytes.toString("base64")).catch((error) => ({ error: error.message }));
}

before(async () => {
  server = await Trellis.start({ config });
  await server.addAdmin();
  agent = await Agent.start(server);
  await agent.online(server);
  admin = await restUser(server, "admin");
  const control = await Control.open(server);
  const deviceId = Object.values((await control.ask({ action: "nodes" })).nodes)[0][0]._id;
  await record(control, deviceId, 1, async (tunnel) => {
    tunnel.binary(Buffer.from("PS1='$ '; clear; printf 'haystack\\nneedle-%s\\n' $((6*7))\n"));
    await says(tunnel, "needle-42");
    tunnel.binary(Buffer.from("sleep 3; printf '\\033[2J\\033[Hlast-%s\\n' page\n"));
    await says(tunnel, "last-page");
  });
  await record(control, deviceId, 5, async (tunnel) => {
    tunnel.binary({ action: "ls", path: "/etc/apt", reqid: 1 });
    await tunnel.json({ reqid: 1 });
    tunnel.binary({ action: "put", path: "/tmp", name: "trellis-recorded", size: 3, root: "another", answer: true, reqid: 2 });
    tunnel.binary(Buffer.from([0, 1, 2, 3]));
    await tunnel.json({ reqid: 2 });
  });
  await until(async () => (await admin.call("recording.list")).total === 2, "both are listed");
  control.close();
  ({ browser, page } = await openSignedIn(server));
  blank = await browser.newPage();
  await page.goto(`${server.origin}/#/page/recording/recordings`);
  await page.getByTestId("recording-row").first().waitFor();
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await server?.stop();
});

test("the list is filtered and searched", async () => {
  assert.equal(await page.getByTestId("recording-row").count(), 2);
  await look("list");
  await page.getByTestId("recordings-kind").selectOption("files");
  await until(async () => (await page.getByTestId("recording-row").count()) === 1, "one is left");
  await page.getByTestId("recordings-kind").selectOption("");
  await page.getByTestId("recordings-filter").fill("nobody has this name");
  await until(async () => (await page.getByTestId("recording-row").count()) === 0, "none is left");
  await page.getByTestId("recordings-filter").fill("");
  await page.getByTestId("recording-row").first().waitFor();
});

test("a found line opens the player at its place", async () => {
  await page.getByTestId("recordings-search").fill("needle-42");
  await page.getByTestId("search-hit").first().waitFor();
  await look("search");
  await page.getByTestId("search-hit").filter({ hasText: /^needle-42$/ }).first().click();
  await until(async () => /^needle-42$/m.test(await screenText(page)), "the screen of then");
  assert.ok(!(await screenText(page)).includes("last-page"), "and not of later");
  await look("terminal");
});

test("the terminal plays to its end, fast and without its pauses, and jumps back", async () => {
  await page.getByTestId("player-speed").selectOption("16");
  await page.getByTestId("player-skip").check();
  await page.getByTestId("player-play").click();
  await until(async () => (await screenText(page)).startsWith("last-page"), "the last screen");
  await until(async () => (await page.getByTestId("player-play").innerText()) === "Play", "it stops at the end");
  await seek(0);
  await until(async () => !(await screenText(page)).includes("needle-42") && (await position()) === 0, "the first screen");
});

test("the asciicast holds what the device sent, to the byte", async () => {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("player-export").click()]);
  const lines = fs.readFileSync(await download.path(), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines[0].version, 2);
  const [entry] = (await admin.call("recording.list", { kind: "terminal" })).recordings;
  const output = outputOf(blocksOf((await get(server, `/plugins/recording/file/${entry.id}`, admin)).body)).toString();
  assert.equal(lines.slice(1).filter((line) => line[1] === "o").map((line) => line[2]).join(""), output);
  await page.getByTestId("player-back").click();
});

test("a files session reads as what was done", async () => {
  await page.getByTestId("recording-row").filter({ hasText: "Files" }).getByTestId("recording-play").click();
  await page.getByTestId("log-row").filter({ hasText: "Lists /etc/apt" }).waitFor();
  await page.getByTestId("log-row").filter({ hasText: "Uploads /tmp/trellis-recorded (3 B)" }).first().waitFor();
  await page.getByTestId("log-row").filter({ hasText: /Failed: Uploads .tmp.trellis-recorded \(3 B\) - the device received something else/ }).waitFor();
  await look("files");
  await page.getByTestId("player-back").click();
});

test("MeshCentral's own recordings play from this computer", async () => {
  await page.getByTestId("recordings-file").setInputFiles(path.join(data, "meshcentral-terminal.mcrec"));
  await page.getByTestId("player-speed").selectOption("16");
  await until(async () => (await screenText(page)).includes("✓ grün"), "what it printed");
  await page.getByTestId("player-back").click();
  await page.getByTestId("recordings-file").setInputFiles(path.join(data, "meshcentral-desktop.mcrec"));
  await until(async () => (await paint()).share > 0.1, "a picture");
  // Behind the entry of the index, so that the picture is rebuilt from it.
  await seek(13000);
  const late = await until(async () => {
    const found = await paint();
    return found.share > 0.25 && found;
  }, "a whole picture after a jump");
  assert.deepEqual([late.width, late.height], [640, 480]);
  await look("desktop");
});

test("a desktop is saved as a video that plays", { timeout: 60000 }, async () => {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("player-export").click()]);
  assert.match(download.suggestedFilename(), /\.webm$/);
  const facts = await videoFacts(fs.readFileSync(await download.path()));
  assert.deepEqual([facts.width, facts.height], [640, 480], JSON.stringify(facts));
  assert.ok(facts.duration > 12 && facts.duration < 15, String(facts.duration));
  await page.getByTestId("player-back").click();
});

/** Frames of one colour each, as the agent would send them, and a lossless tile at the end. */
async function codedDesktop(codec, number) {
  const made = await page.evaluate(async (name) => {
    const chunks = [];
    const encoder = new VideoEncoder({
      output: (chunk) => {
        const bytes = new Uint8Array(chunk.byteLength);
        chunk.copyTo(bytes);
        chunks.push({ isKey: chunk.type === "key", text: btoa(String.fromCharCode(...bytes)) });
      },
      error: (error) => { throw error; },
    });
    const options = { codec: name, width: 320, height: 240, bitrate: 400_000, ...(name.startsWith("avc1") ? { avc: { format: "annexb" } } : {}) };
    if (!(await VideoEncoder.isConfigSupported(options)).supported) return undefined;
    encoder.configure(options);
    const canvas = new OffscreenCanvas(320, 240);
    const pen = canvas.getContext("2d");
    for (let i = 0; i < 30; ++i) {
      pen.fillStyle = i < 15 ? "rgb(200, 30, 30)" : "rgb(30, 30, 200)";
      pen.fillRect(0, 0, 320, 240);
      const frame = new VideoFrame(canvas, { timestamp: i * 100_000 });
      encoder.encode(frame, { keyFrame: i === 0 });
      frame.close();
    }
    await encoder.flush();
    pen.fillStyle = "rgb(1, 255, 2)";
    pen.fillRect(0, 0, 16, 16);
    const tile = new OffscreenCanvas(16, 16);
    tile.getContext("2d").drawImage(canvas, 0, 0);
    const png = new Uint8Array(await (await tile.convertToBlob({ type: "image/png" })).arrayBuffer());
    return { chunks, png: btoa(String.fromCharCode(...png)) };
  }, codec);
  if (!made) return undefined;
  const messages = [[0, kvm(7, "014000f0")], [0, kvm(200, `0${number}00`, "014000f0")]];
  made.chunks.forEach(({ isKey, text }, i) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(i + 1, 0);
    head[4] = isKey ? 1 : 0;
    messages.push([i * 100, kvm(201, head, Buffer.from(text, "base64"))]);
  });
  messages.push([3000, kvm(3, "00000000", Buffer.from(made.png, "base64"))]);
  return recordingOf(2, messages, 3100);
}
const pixel = (x, y) => page.locator("canvas").evaluate((canvas, [left, top]) => [...canvas.getContext("2d").getImageData(left, top, 1, 1).data].slice(0, 3), [x, y]);
const isNear = (found, wanted) => found.every((value, i) => Math.abs(value - wanted[i]) < 25);

for (const [codec, number, extension] of [["vp09.00.10.08", 2, "webm"], ["avc1.42001f", 1, "mp4"]]) {
  test(`coded pictures play and are copied into ${extension}`, { timeout: 60000 }, async (t) => {
    const buffer = await codedDesktop(codec, number);
    if (!buffer) return t.skip(`this browser does not encode ${codec}`);
    await page.getByTestId("recordings-file").setInputFiles({ name: "coded.mcrec", mimeType: "application/octet-stream", buffer });
    await page.getByTestId("player-play").waitFor();
    await seek(1000);
    await until(async () => isNear(await pixel(100, 100), [200, 30, 30]), "the first colour");
    await seek(2500);
    await until(async () => isNear(await pixel(100, 100), [30, 30, 200]) && isNear(await pixel(5, 5), [30, 30, 200]), "the second colour");
    await seek(3100);
    await until(async () => isNear(await pixel(5, 5), [1, 255, 2]), "the sharp tile on it");
    assert.ok(isNear(await pixel(100, 100), [30, 30, 200]));
    await seek(0);
    await until(async () => isNear(await pixel(100, 100), [200, 30, 30]), "back at the beginning");
    await page.getByTestId("player-play").click();
    await until(async () => isNear(await pixel(5, 5), [1, 255, 2]), "it plays on from there to the end");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("player-export").click()]);
    assert.equal(download.suggestedFilename(), `coded.${extension}`);
    const facts = await videoFacts(fs.readFileSync(await download.path()));
    assert.deepEqual([facts.width, facts.height], [320, 240], JSON.stringify(facts));
    assert.ok(facts.duration > 2.8 && facts.duration < 3.3, String(facts.duration));
    assert.ok(isNear(facts.early, [200, 30, 30]) && isNear(facts.late, [30, 30, 200]), JSON.stringify(facts));
    await page.getByTestId("player-back").click();
  });
}

test("what is no recording is said to be none", async () => {
  await page.getByTestId("recordings-file").setInputFiles({ name: "notes.mcrec", mimeType: "application/octet-stream", buffer: Buffer.from("not at all a recording, only text") });
  await page.getByTestId("toast").filter({ hasText: "notes.mcrec is not a recording." }).waitFor();
  await page.getByTestId("recording-row").first().waitFor();
});

test("it works on a phone, in the dark", async () => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 360, height: 740 });
  await look("list-narrow");
  const width = () => page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok((await width()) <= 360);
  await page.getByTestId("recording-row").filter({ hasText: "Terminal" }).getByTestId("recording-play").click();
  await page.getByTestId("player-play").waitFor();
  await until(async () => (await screenText(page)).length > 0, "the terminal");
  await look("terminal-narrow");
  assert.ok((await width()) <= 360);
  await page.getByTestId("player-back").click();
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("a file is checked and removed", async () => {
  const row = page.getByTestId("recording-row").filter({ hasText: "Files" });
  await row.getByTestId("recording-check").click();
  await page.getByTestId("toast").filter({ hasText: "The file is as it was recorded." }).waitFor();
  await row.getByTestId("recording-remove").click();
  await row.getByTestId("recording-remove").click();
  await until(async () => (await page.getByTestId("recording-row").count()) === 1, "it is gone");
});

test("nothing broke on the way", () => {
  assert.deepEqual(page.faults, []);
});
