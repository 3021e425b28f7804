// What a large device list costs: a real server with many devices, its page in a real Chromium.
//
//   node tests/bench/device_list.mjs [--devices N] [--groups N] [--runs N]
//
// Prints figures, asserts nothing. Needs `npm ci` in tests/browser and a release build with the page.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openBrowser } from "../harness/browser.mjs";
import { run, until } from "../harness/process.mjs";
import { password, Trellis } from "../harness/trellis.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const option = (name, usual) => Number(process.argv[process.argv.indexOf(`--${name}`) + 1 || Infinity] ?? usual);
const devices = option("devices", 50_000);
const groups = option("groups", 200);
const runs = option("runs", 5);
const print = (what, value) => console.log(`${what.padEnd(56)} ${value}`);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const span = (list) => `${median(list).toFixed(0)} ms (${Math.min(...list).toFixed(0)} to ${Math.max(...list).toFixed(0)})`;

function residentMiB(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
  return (Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024).toFixed(1);
}

/** Processor time that a process has used, ms. */
function processorMs(pid) {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10; // in ticks of 10 ms
}

/** Processor time of the page's main thread, ms: what a machine that does nothing else would need. */
async function pageProcessor(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
  };
}

async function seed(server) {
  const result = await run("python3", [path.join(here, "seed_devices.py"), path.join(server.data, "trellis.db"), "user//admin",
                                       String(devices), String(groups)], { ms: 300_000 });
  if (result.code !== 0) throw new Error(result.output);
}

async function signedIn(browser, server) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } });
  const reply = await context.request.post(`${server.origin}/api/login`, { data: { name: "admin", password }, headers: { Origin: server.origin } });
  if (!reply.ok()) throw new Error(`login: ${reply.status()}`);
  return context;
}

/** ms from the beginning of the navigation: first row in the page; all devices there, the list drawn and idle. */
function load(page) {
  return page.evaluate((wanted) => new Promise((done) => {
    const result = {};
    const look = () => {
      const view = document.querySelector("devices-view");
      if (!result.first && document.querySelector("[data-testid=device-row]")) result.first = performance.now();
      const count = document.querySelector("[data-testid=device-count]")?.textContent.replace(/\D/g, "");
      const isWhole = Number(count) === wanted && !document.querySelector("[data-testid=device-count]").textContent.includes("…");
      if (isWhole && view) {
        result.all = performance.now();
        // A message passes the event loop after the frame in which the list was painted.
        requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = () => { result.painted = performance.now(); done(result); }; channel.port2.postMessage(0); });
      } else requestAnimationFrame(look);
    };
    look();
  }), devices);
}

/** ms from a key to the frame after it, for each letter of `text`. */
async function typing(page, text) {
  await page.focus("#device-search");
  const used = await pageProcessor(page);
  const before = await used();
  await page.evaluate(() => {
    globalThis.strokes = [];
    document.querySelector("#device-search").addEventListener("input", () => {
      const start = performance.now();
      requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = () => globalThis.strokes.push(performance.now() - start); channel.port2.postMessage(0); });
    }, { capture: true });
  });
  for (let at = 0; at < text.length; at++) {
    await page.keyboard.type(text[at]);
    await until(() => page.evaluate((count) => globalThis.strokes.length >= count, at + 1), "the letter is painted");
  }
  const strokes = await page.evaluate(() => globalThis.strokes);
  const processor = ((await used()) - before) / text.length;
  await page.fill("#device-search", "");
  return `${span(strokes)}; processor ${processor.toFixed(0)} ms each`;
}

/** Scrolls for `seconds` by a row and a half in every frame; gives the times between frames. */
function scrolling(page, seconds) {
  return page.evaluate((ms) => new Promise((done) => {
    const scroller = document.querySelector(".scroller");
    const gaps = [];
    let last;
    let begun;
    const step = (now) => {
      begun ??= now;
      if (last !== undefined) gaps.push(now - last);
      last = now;
      scroller.scrollTop += 51;
      if (now - begun < ms) requestAnimationFrame(step);
      else done(gaps);
    };
    requestAnimationFrame(step);
  }), seconds * 1000);
}

function printScrolling(gaps) {
  const dropped = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / (1000 / 60)) - 1), 0);
  print("scrolling 3 s: frames, dropped at 60/s, longest", `${gaps.length}, ${dropped}, ${Math.max(...gaps).toFixed(0)} ms`);
}

async function measurePage(browser, server) {
  const context = await signedIn(browser, server);
  const loads = [];
  let page;
  let decoded = 0;
  for (let i = 0; i < runs + 1; i++) {
    await page?.close();
    page = await context.newPage();
    if (i === 1) {
      const session = await context.newCDPSession(page);
      await session.send("Network.enable");
      session.on("Network.webSocketFrameReceived", ({ response }) => (decoded += response.payloadData.length));
    }
    const used = await pageProcessor(page);
    const before = processorMs(server.pid);
    await page.goto(`${server.origin}/#/devices`, { waitUntil: "commit" });
    const result = await load(page);
    result.server = processorMs(server.pid) - before;
    result.page = await used();
    if (i > 0) loads.push(result); // the first fills the browser's cache, as it is for somebody at work
  }
  print("navigation to the first rows", span(loads.map((one) => one.first)));
  print("navigation to the whole list, painted", span(loads.map((one) => one.painted)));
  print("processor time for it, page's main thread", span(loads.map((one) => one.page)));
  print("processor time for it, server", span(loads.map((one) => one.server)));
  print("text of the control channel for it", `${(decoded / 1024 / 1024).toFixed(1)} MiB`);
  await page.waitForTimeout(3000); // at rest
  for (const text of ["web-00", "os:debian tag:prod", "10.0.17"]) {
    print(`keystroke to painted, filter "${text}"`, await typing(page, text));
  }
  printScrolling(await scrolling(page, 3));
  const heap = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? 0);
  print("page's JavaScript heap", `${(heap / 1024 / 1024).toFixed(0)} MiB`);
  await context.close();
}

const server = await Trellis.start();
const browser = await openBrowser();
try {
  await server.addAdmin();
  await server.restart();
  print(`server's memory without devices`, `${residentMiB(server.pid)} MiB`);
  await server.process.stop();
  await seed(server);
  const begun = performance.now();
  await server.launch();
  print(`start with ${devices} devices in ${groups} groups`, `${(performance.now() - begun).toFixed(0)} ms`);
  print("server's memory with them", `${residentMiB(server.pid)} MiB`);
  await measurePage(browser, server);
  print("server's memory after the page was loaded " + (runs + 1) + " times", `${residentMiB(server.pid)} MiB`);
} finally {
  await browser.close();
  await server.stop();
}
