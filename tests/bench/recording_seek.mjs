// How long the player needs to jump in recordings of an hour: generated files, a real server, a real Chromium.
//
//   node tests/bench/recording_seek.mjs [--jumps N] [--opens N] [--only terminal,desktop,codec,files]
//
// From the press on the slider to the picture that the browser has painted. Prints figures, asserts nothing.
// Needs `npm ci` in tests/browser and a release build with the page.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { openBrowser, openPage, signIn } from "../harness/browser.mjs";
import { until } from "../harness/process.mjs";
import { descendants, Trellis } from "../harness/trellis.mjs";
import * as hours from "./recording_hours.mjs";

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : otherwise;
};
const jumps = Number(option("jumps", 40));
const opens = Number(option("opens", 8));
const kinds = option("only", "terminal,desktop,codec,files").split(",");
const kFramesPerKey = 60; // as key_frames.hpp asks for

const clockTicks = (pid) => {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0; // it has ended
  }
};
/** Milliseconds of processor time: the server's, and the browser's with all its processes. */
const processor = (server) => ({
  server: clockTicks(server.pid) * 10,
  page: descendants(process.pid).filter((each) => /chrom/.test(each.command)).reduce((sum, each) => sum + clockTicks(each.pid) * 10, 0),
});
const since = (server, before) => {
  const now = processor(server);
  return { server: now.server - before.server, page: now.page - before.page };
};

/** From now on every press on the slider is timed. */
const watch = (page) => page.getByTestId("player-seek").evaluate((slider) => {
  slider.addEventListener("pointerdown", (press) => {
    globalThis.shown = new Promise((done) => slider.addEventListener("seeked", () => requestAnimationFrame(() => {
      // The frame is painted when a task behind it runs.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => done(performance.now() - press.timeStamp);
      port2.postMessage(0);
    }), { once: true }));
  }, { capture: true });
});
async function jump(page, box, share) {
  await page.mouse.click(box.x + 10 + share * (box.width - 20), box.y + box.height / 2);
  return page.evaluate(() => globalThis.shown);
}
async function open(page, server, device) {
  await page.goto(`${server.origin}/#/page/recording/recordings`);
  await page.reload();
  const row = page.getByTestId("recording-row").filter({ hasText: device }).first();
  await row.waitFor({ timeout: 120_000 });
  await row.getByTestId("recording-play").click();
  const slider = page.getByTestId("player-seek");
  await slider.waitFor();
  await watch(page);
  return slider.boundingBox();
}

function print(what, times, used) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(0).padStart(4);
  const each = (ms) => (ms / times.length).toFixed(0).padStart(4);
  console.log(`${what.padEnd(44)} median ${at(0.5)} ms  p95 ${at(0.95)} ms  worst ${at(1)} ms  processor, each: server ${each(used.server)} ms, browser ${each(used.page)} ms`);
}

const data = fs.mkdtempSync(path.join(os.tmpdir(), "trellis-seek-"));
const server = await Trellis.start({ data, config: "plugins:\n  recording:\n    protocols: [terminal, desktop, files]\n    min_free_mib: 1\n" });
await server.addAdmin();
const browser = await openBrowser();
try {
  // Without an end they are taken in like what a server left that died: ended, indexed, listed.
  const live = path.join(data, "plugins/recording/live");
  const page = await openPage(browser);
  await page.goto(server.origin);
  const made = await hours.material(page, kFramesPerKey);
  const sizes = {};
  for (const kind of kinds) {
    const bytes = hours[kind](`bench-${kind}`, made);
    sizes[kind] = bytes.length / 1048576;
    fs.writeFileSync(path.join(live, `relaysession-2026-09-21-00-00-00-admin-bench-${kind}.mcrec.part`), bytes);
  }
  await server.restart();
  await signIn(page, server);
  for (const kind of kinds) {
    const share = (i) => ((i * 7919 + 333) % 1000) / 1000;
    let times = [];
    let used = { server: 0, page: 0 };
    for (let i = 0; i < opens; ++i) {
      const box = await open(page, server, `bench-${kind}`);
      const before = processor(server);
      times.push(await jump(page, box, share(i * 3)));
      const more = since(server, before);
      used = { server: used.server + more.server, page: used.page + more.page };
    }
    print(`${kind}, ${sizes[kind].toFixed(0)} MiB: first jump after opening`, times, used);
    await page.getByTestId("player-play").click(); // pause
    const box = await page.getByTestId("player-seek").boundingBox();
    times = [];
    const before = processor(server);
    for (let i = 0; i < jumps; ++i) times.push(await jump(page, box, share(i)));
    print(`${kind}: jump`, times, since(server, before));
    if (process.env.TRELLIS_SCREENSHOTS) await page.screenshot({ path: path.join(process.env.TRELLIS_SCREENSHOTS, `seek-${kind}.png`) });
  }
  await until(() => page.faults.length === 0, "no fault", 1000);
  console.log(`load of the machine: ${os.loadavg()[0].toFixed(1)}`);
} finally {
  await browser.close();
  await server.stop();
  fs.rmSync(data, { recursive: true, force: true });
}
