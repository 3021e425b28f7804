// The page in a real Chromium: list, search, player, export, and recordings that MeshCentral made.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { accessibilityFaults, openPage, openSignedIn, screenText, shot, signIn } from "../../../tests/harness/browser.mjs";
import { Control } from "../../../tests/harness/control.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { restUser } from "../../../tests/harness/rest.mjs";
import { Agent, Trellis } from "../../../tests/harness/trellis.mjs";
import { blocksOf, get, kvm, outputOf, recordingOf, withSetNumber } from "./support.mjs";

const data = path.join(path.dirname(fileURLToPath(import.meta.url)), "data");
const config = "plugins:\n  recording:\n    protocols: [terminal, files]\n    min_free_mib: 1\n";
let server;
let agent;
let browser;
let page;
let blank;
let admin;
let list;

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

/** Size, seconds, and pixels [seconds, x, y] of a video that this browser decodes. */
function videoFacts(bytes, places = []) {
  // A page of its own: the policy of ours lets nothing in but its own files.
  return blank.evaluate(async ([text, wanted]) => {
    const element = document.createElement("video");
    element.muted = true;
    element.src = URL.createObjectURL(new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))]));
    const on = (name) => new Promise((done, failed) => {
      element.addEventListener(name, done, { once: true });
      element.onerror = () => failed(new Error(element.error?.message));
    });
    await on("loadeddata");
    const pen = new OffscreenCanvas(element.videoWidth, element.videoHeight).getContext("2d");
    const pixels = [];
    for (const [time, x, y] of wanted) {
      element.currentTime = time;
      await on("seeked");
      pen.drawImage(element, 0, 0);
      pixels.push([...pen.getImageData(x, y, 1, 1).data].slice(0, 3));
    }
    const { videoWidth: width, videoHeight: height, duration } = element;
    return { width, height, duration, pixels };
  }, [bytes.toString("base64"), places]).catch((error) => ({ error: error.message }));
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
  list = `${server.origin}/#/page/recording/recordings`;
  await page.goto(list);
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
});

test("the list is as it was left, and the browser's Back and a reload stay with it", async () => {
  const isPlaying = () => until(async () => /^(needle-42|last-page)/m.test(await screenText(page)), "the terminal");
  await page.getByTestId("player-back").click();
  await page.getByTestId("search-hit").first().waitFor();
  assert.equal(await page.getByTestId("recordings-search").inputValue(), "needle-42");
  await page.goBack();
  await isPlaying();
  await page.reload();
  await isPlaying();
  assert.ok(!(await screenText(page)).includes("last-page"), "at the found line again");
  await page.goBack();
  await page.getByTestId("search-hit").first().waitFor();
  await page.goForward();
  await isPlaying();
  await page.getByTestId("player-back").click();
  await page.getByTestId("recordings-search").fill("");
  await page.getByTestId("recordings-kind").selectOption("terminal");
  await until(async () => (await page.getByTestId("recording-row").count()) === 1, "the terminal is left");
  await page.reload();
  await page.getByTestId("recording-row").first().waitFor();
  assert.equal(await page.getByTestId("recordings-kind").inputValue(), "terminal");
  assert.equal(await page.getByTestId("recording-row").count(), 1);
  await page.getByTestId("recordings-kind").selectOption("");
  await until(async () => (await page.getByTestId("recording-row").count()) === 2, "all are back");
});

test("a recording that is not there any more is said to be gone, and the list comes", async () => {
  await page.goto(`${list}?kind=files&play=0123456789abcdef`);
  await page.getByTestId("toast").filter({ hasText: "The recording is not there any more." }).waitFor();
  await page.getByTestId("recording-row").first().waitFor();
  assert.equal(new URL(page.url()).hash, "#/page/recording/recordings?kind=files");
  await page.route("**/plugins/recording/file/*", (route) => route.fulfill({ status: 503 }), { times: 1 });
  await page.getByTestId("recording-play").first().click();
  await page.getByTestId("toast").filter({ hasText: "The server can't give the recording at present (HTTP 503)." }).waitFor();
  await page.goto(list);
  await until(async () => (await page.getByTestId("recording-row").count()) === 2, "both");
});

for (const [name, protocol, messages] of [["terminal", 1, [[0, Buffer.from("a terminal\r\n")]]], ["desktop", 2, [[0, kvm(7, "014000f0")]]]]) {
  test(`keys work in a ${name} where the focus is, also after a click into it`, async () => {
    await page.goto(list);
    await page.getByTestId("recordings-file").setInputFiles({ name: "keys.mcrec", mimeType: "application/octet-stream", buffer: recordingOf(protocol, messages, 60000) });
    const play = page.getByTestId("player-play");
    await play.filter({ hasText: "Pause" }).waitFor();
    const isFocused = (wanted) => page.evaluate((test) => {
      const { activeElement } = document.activeElement?.shadowRoot ?? document;
      return test === activeElement?.dataset.testid || activeElement?.closest(test) !== null;
    }, wanted);
    assert.ok(await isFocused("player-play"), "the focus is on the button");
    await page.keyboard.press("Space");
    await play.filter({ hasText: "Play" }).waitFor();
    await seek(10000);
    await until(async () => (await position()) === 10, "ten seconds");
    await page.keyboard.press("ArrowRight");
    await until(async () => (await position()) === 15, "five more");
    await page.keyboard.press("ArrowLeft");
    await until(async () => (await position()) === 10, "and back");
    await page.locator(".stage").click();
    assert.ok(await isFocused(".stage"), "the picture has the focus");
    await page.keyboard.press("ArrowRight");
    await until(async () => (await position()) === 15, "five more from the picture");
    await page.keyboard.press("Space");
    await play.filter({ hasText: "Pause" }).waitFor();
    await page.keyboard.press("Space");
    await play.filter({ hasText: "Play" }).waitFor();
    const before = await position();
    await page.getByTestId("player-speed").focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await position(), before, "the speed keeps its own keys");
    await page.getByTestId("player-back").click();
  });
}

test("a search that finds more says so", async () => {
  const other = await openPage(browser);
  await other.routeWebSocket(/control\.ashx/, (socket) => {
    const upstream = socket.connectToServer();
    upstream.onMessage((message) => {
      const told = JSON.parse(String(message));
      const answer = told.result?.hits ? told.result : told;
      if (answer.hits) answer.more = true;
      socket.send(JSON.stringify(told));
    });
  });
  await signIn(other, server);
  await other.goto(`${list}?search=needle-42`);
  const said = other.getByTestId("search-more");
  await said.waitFor();
  const count = await other.getByTestId("search-hit").count();
  assert.equal(await said.innerText(), `The first ${count} lines; there are more. A longer text finds fewer.`);
  await shot(other, "recording-search-more");
  assert.deepEqual(await accessibilityFaults(other), []);
  await other.context().close();
  assert.equal(await page.getByTestId("search-more").count(), 0);
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

const kRed = [200, 30, 30];
const kBlue = [30, 30, 200];
const kGreen = [1, 255, 2];
const isNear = (found, wanted) => found.every((value, i) => Math.abs(value - wanted[i]) < 25);

/** Frames of one colour each, 100 ms apart, as the agent would send them: red, then blue. Undefined: not encoded here. */
async function codedFrames(codec, count, keyEvery = count) {
  const frames = await page.evaluate(async ([name, many, every]) => {
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
    for (let i = 0; i < many; ++i) {
      pen.fillStyle = i < many / 2 ? "rgb(200, 30, 30)" : "rgb(30, 30, 200)";
      pen.fillRect(0, 0, 320, 240);
      const frame = new VideoFrame(canvas, { timestamp: i * 100_000 });
      encoder.encode(frame, { keyFrame: i % every === 0 });
      frame.close();
    }
    await encoder.flush();
    return chunks;
  }, [codec, count, keyEvery]);
  return frames?.map(({ isKey, text }) => ({ isKey, data: Buffer.from(text, "base64") }));
}
const screenSize = kvm(7, "014000f0");
const stream = (number) => kvm(200, `0${number}00`, "014000f0");
const coded = ({ isKey, data: bytes }, i) => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(i + 1, 0);
  head[4] = isKey ? 1 : 0;
  return kvm(201, head, bytes);
};
/** A lossless tile of 16 x 16 in the corner. */
async function cornerTile(colour) {
  const png = await page.evaluate(async ([red, green, blue]) => {
    const tile = new OffscreenCanvas(16, 16);
    const pen = tile.getContext("2d");
    pen.fillStyle = `rgb(${red}, ${green}, ${blue})`;
    pen.fillRect(0, 0, 16, 16);
    return btoa(String.fromCharCode(...new Uint8Array(await (await tile.convertToBlob({ type: "image/png" })).arrayBuffer())));
  }, colour);
  return kvm(3, "00000000", Buffer.from(png, "base64"));
}
async function openFile(buffer) {
  await page.goto(list);
  await page.getByTestId("recordings-file").setInputFiles({ name: "coded.mcrec", mimeType: "application/octet-stream", buffer });
  await page.getByTestId("player-play").waitFor();
}
/** What the page saves of the recording that is open. */
async function savedVideo(extension) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("player-export").click()]);
  assert.equal(download.suggestedFilename(), `coded.${extension}`);
  return fs.readFileSync(await download.path());
}
const pixel = (x, y) => page.locator("canvas").evaluate((canvas, [left, top]) => [...canvas.getContext("2d").getImageData(left, top, 1, 1).data].slice(0, 3), [x, y]);
/** The pixels of a video, with their seconds, are near what is wanted. */
async function shows(bytes, seconds, wanted) {
  const facts = await videoFacts(bytes, wanted.map(([time, [x, y]]) => [time, x, y]));
  assert.deepEqual([facts.width, facts.height], [320, 240], JSON.stringify(facts));
  assert.ok(Math.abs(facts.duration - seconds) < 0.05, String(facts.duration));
  wanted.forEach(([time, , colour], i) => assert.ok(isNear(facts.pixels[i], colour), `at ${time} s ${facts.pixels[i]}, not ${colour}`));
}
const middle = [100, 100];
const corner = [5, 5];

for (const [codec, number, copies] of [["vp09.00.10.08", 2, false], ["avc1.42001f", 1, true]]) {
  test(`pictures of ${codec} play, and ${copies ? "are copied" : "are encoded anew"} where tiles only sharpen them`, { timeout: 60000 }, async (t) => {
    const frames = await codedFrames(codec, 30);
    if (!frames) return t.skip(`this browser does not encode ${codec}`);
    const messages = [[0, screenSize], [0, stream(number)], ...frames.map((frame, i) => [i * 100, coded(frame, i)])];
    await openFile(recordingOf(2, [...messages, [3000, await cornerTile(kGreen)]], 3100));
    await seek(1000);
    await until(async () => isNear(await pixel(...middle), kRed), "the first colour");
    await seek(2500);
    await until(async () => isNear(await pixel(...middle), kBlue) && isNear(await pixel(...corner), kBlue), "the second colour");
    await seek(3100);
    await until(async () => isNear(await pixel(...corner), kGreen), "the sharp tile on it");
    assert.ok(isNear(await pixel(...middle), kBlue));
    await seek(0);
    await until(async () => isNear(await pixel(...middle), kRed), "back at the beginning");
    await page.getByTestId("player-play").click();
    await until(async () => isNear(await pixel(...corner), kGreen), "it plays on from there to the end");
    const decoded = await pixel(...middle);
    await shows(await savedVideo("webm"), 3.1, [[0.5, middle, kRed], [2.7, corner, kBlue], [3.05, corner, kGreen], [3.05, middle, kBlue]]);
    await page.getByTestId("player-back").click();
    await openFile(recordingOf(2, [...messages, [3000, await cornerTile(decoded)]], 30000));
    await shows(await savedVideo(copies ? "mp4" : "webm"), 30, [[0.5, middle, kRed], [2.7, middle, kBlue], [29.5, middle, kBlue]]);
    await page.getByTestId("player-back").click();
  });

  test(`what is typed on pictures of ${codec} is in the video, when it was typed`, { timeout: 60000 }, async (t) => {
    const frames = await codedFrames(codec, 2);
    if (!frames) return t.skip(`this browser does not encode ${codec}`);
    const [green, blue] = await Promise.all([cornerTile(kGreen), cornerTile(kBlue)]);
    await openFile(recordingOf(2, [[0, screenSize], [0, green], [4000, stream(number)], [4010, coded(frames[0], 0)], [8000, green], [12000, blue], [16000, green]], 20000));
    await shows(await savedVideo("webm"), 20, [[2, corner, kGreen], [3.8, middle, [0, 0, 0]], [5, corner, kRed], [7.8, corner, kRed], [8.3, corner, kGreen], [8.3, middle, kRed], [12.3, corner, kBlue], [16.3, corner, kGreen], [19.5, middle, kRed]]);
    await page.getByTestId("player-back").click();
  });
}

test("the last change of a video does not wait for its end", { timeout: 60000 }, async () => {
  await openFile(recordingOf(2, [[0, screenSize], [10, await cornerTile(kRed)], [7000, await cornerTile(kGreen)]], 12000));
  await shows(await savedVideo("webm"), 12, [[0.5, corner, kRed], [6.8, corner, kRed], [7.3, corner, kGreen], [11.5, corner, kGreen]]);
  await page.getByTestId("player-back").click();
});

for (const [count, what, entry] of [[3, "head", "avc1"], [40, "frames", "avc3"]]) {
  test(`key frames with parameter sets of their own play from an MP4 that has them in its ${what}`, { timeout: 60000 }, async (t) => {
    const frames = await codedFrames("avc1.42001f", count, 1);
    if (!frames) return t.skip("this browser does not encode H.264");
    // There are 32 numbers.
    const numbered = frames.map((frame, i) => coded({ ...frame, data: withSetNumber(frame.data, i % 32) }, i));
    await openFile(recordingOf(2, [[0, screenSize], [0, stream(1)], ...numbered.map((frame, i) => [i * 100, frame])], count * 100 + 1000));
    const bytes = await savedVideo("mp4");
    assert.ok(bytes.includes(`${entry}\0\0\0`), `it has ${entry}`);
    await shows(bytes, count / 10 + 1, [[0.05, middle, kRed], [count / 10 - 0.05, middle, kBlue], [count / 10 + 0.9, middle, kBlue]]);
    await page.getByTestId("player-back").click();
  });
}

test("a video that nobody wants any more is not written", async () => {
  await openFile(recordingOf(2, [[0, screenSize], [10, await cornerTile(kRed)]], 36_000_000));
  let saved = 0;
  const count = () => ++saved;
  page.on("download", count);
  const button = page.getByTestId("player-export");
  await button.evaluate((made) => {
    new MutationObserver((_, watcher) => {
      if (!/[1-9] %: cancel/.test(made.textContent)) return;
      watcher.disconnect();
      made.click();
    }).observe(made, { childList: true });
    made.click();
  });
  await button.filter({ hasText: "Save as video" }).waitFor();
  page.off("download", count);
  assert.equal(saved, 0);
  await page.getByTestId("player-back").click();
});

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
