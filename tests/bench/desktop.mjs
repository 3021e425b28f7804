// What a desktop session costs: a real server, agent, X server and Chromium, 1920x1080.
//
//   node tests/bench/desktop.mjs [--peer | --peer-alone] [--markers N] [--clicks N] [--only latency,scenes,slow,idle]
//
// --peer: MeshCentral with its agent and its page is put through the same and printed beside. Prints
// figures, asserts nothing. Needs `npm ci` in tests/browser (and tests/interop for --peer), a release
// build with TRELLIS_TESTS, and the packages xvfb and openbox.
import fs from "node:fs";
import path from "node:path";
import { chromium } from "../browser/node_modules/playwright-core/index.mjs";
import { browserProgram } from "../harness/browser.mjs";
import { meshctrl, MeshAgent, MeshCentral } from "../harness/meshcentral.mjs";
import { Process, until } from "../harness/process.mjs";
import { Agent, bin, descendants, freePort, password, temporaryFolder, Trellis } from "../harness/trellis.mjs";
import { luma, similarity } from "./similarity.mjs";
import { SlowLine } from "./slow_line.mjs";

const kWidth = 1920;
const kHeight = 1080;
const has = (name) => process.argv.includes(`--${name}`);
const option = (name, usual) => (has(name) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : usual);
const markers = Number(option("markers", 100));
const clicks = Number(option("clicks", 15));
const only = option("only", "latency,scenes,idle,slow").split(",");
const scenes = [
  // what is shown, how often, where SSIM looks
  ["typing", 200, { x: 200, y: 144, width: 1200, height: 96 }],
  ["scrolling", 150, { x: 200, y: 144, width: 1200, height: 720 }],
  ["dragging", 400, { x: 96, y: 96, width: 1400, height: 800 }],
  ["video", 300, { x: 400, y: 248, width: 640, height: 360 }],
];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const sorted = (list) => [...list].sort((a, b) => a - b);
const share = (list, part) => sorted(list)[Math.min(list.length - 1, Math.floor(list.length * part))];

/** Waits in every frame until the pixel has the colour (about); gives the time, ms since 1970. */
function whenColour([canvasId, x, y, colour]) {
  const canvas = globalThis.benchCanvas ?? document.querySelector(canvasId);
  const context = canvas.getContext("2d");
  return new Promise((done, failed) => {
    const end = performance.now() + 20000;
    const look = () => {
      const { data } = context.getImageData(x, y, 1, 1);
      if (colour.every((value, at) => Math.abs(value - data[at]) < 24)) done(performance.timeOrigin + performance.now());
      else if (performance.now() > end) failed(new Error(`the colour did not come: ${data}`));
      else requestAnimationFrame(look);
    };
    look();
  });
}

/** An X server, a window manager and the scenes. */
class Stage {
  static async start() {
    const stage = new Stage();
    stage.server = new Process("Xvfb", ["-displayfd", "1", "-screen", "0", `${kWidth}x${kHeight}x24`, "-nolisten", "tcp", "-noreset"]);
    const [, number] = await stage.server.line(/^(\d+)$/m);
    stage.env = { DISPLAY: `:${number}` };
    const env = { ...process.env, ...stage.env };
    stage.manager = new Process("openbox", [], { env });
    stage.scene = new Process(path.join(bin, "bench-scene"), [], { env });
    await stage.scene.line(/still/);
    return stage;
  }
  /** Gives the time at which it was drawn. */
  async show(command) {
    const from = this.scene.output.length;
    this.scene.child.stdin.write(`${command}\n`);
    const word = command.split(" ")[0];
    const pattern = new RegExp(`^(?:${word}|still) ([\\d.]+)$`, "m");
    const match = await until(() => pattern.exec(this.scene.output.slice(from)), command, 60000);
    return Number(match[1]);
  }
  async stop() {
    for (const one of [this.scene, this.manager, this.server]) await one.stop("SIGTERM", 2000);
  }
}

class Ours {
  name = "Trellis";
  canvas = "[data-testid=desktop-picture]";
  async start(stage) {
    this.server = await Trellis.start();
    await this.server.addAdmin();
    this.agent = await Agent.start(this.server, "Lab", { env: stage.env });
    await this.agent.online(this.server);
    this.origin = this.server.origin;
    this.port = this.server.port;
    this.pid = this.agent.process.pid;
  }
  async open(page) {
    await page.goto(this.origin);
    await page.getByTestId("login-name").fill("admin");
    await page.getByTestId("login-password").fill(password);
    await page.getByTestId("login-submit").click();
    await page.getByTestId("device-row").first().click();
    await page.getByTestId("tab-desktop").click();
  }
  async stop() {
    await this.agent.stop();
    await this.server.stop();
  }
}

class Theirs {
  name = "MeshCentral";
  canvas = "#Desk";
  async start(stage) {
    this.port = await freePort();
    this.server = await MeshCentral.start({ port: this.port, accounts: { admin: password }, settings: { webRTC: false } });
    this.origin = this.server.origin;
    await meshctrl(this.server, ["adddevicegroup", "--name", "Lab"]);
    const [group] = JSON.parse(await meshctrl(this.server, ["listdevicegroups", "--json"]));
    this.agent = await MeshAgent.start(null, { settings: await this.server.settings(group._id), env: stage.env });
    this.pid = this.agent.process.pid;
  }
  async open(page) {
    await page.goto(this.origin);
    await page.fill("input[name=username]", "admin");
    await page.fill("input[name=password]", password);
    await page.press("input[name=password]", "Enter");
    await until(() => page.evaluate(() => globalThis.nodes?.length > 0 && (globalThis.nodes[0].conn & 1) !== 0), "the device is online");
    await page.evaluate(() => globalThis.gotoDevice(globalThis.nodes[0]._id, 11));
    await page.click("#connectbutton1");
  }
  async stop() {
    await this.agent.stop();
    await this.server.stop();
    this.server.remove();
  }
}

/** The process and all below it. */
const family = (pid) => [pid, ...descendants(pid).map((one) => one.pid)];
function processorMs(pids) {
  return pids.reduce((sum, pid) => {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) * 10;
  }, 0);
}
const residentMiB = (pids) => pids.reduce((sum, pid) => sum + Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))[1]), 0) / 1024;

async function measure(subject) {
  const rows = [];
  const row = (what, value) => rows.push([what, value]);
  const stage = await Stage.start();
  const line = await new SlowLine(0).start();
  const folder = temporaryFolder("bench-desktop");
  let browser;
  try {
    await subject.start(stage);
    line.target = subject.port;
    browser = await chromium.launch({
      executablePath: browserProgram,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             `--host-resolver-rules=MAP localhost:${subject.port} 127.0.0.1:${line.port}`],
    });
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: kWidth, height: kHeight + 200 } });
    const page = await context.newPage();
    await subject.open(page);
    const canvas = page.locator(subject.canvas);
    await until(() => canvas.evaluate((one, wide) => one.width === wide, kWidth), "the picture has its size");
    await canvas.evaluate((one) => { globalThis.benchCanvas = one; });
    const colour = (x, y, wanted) => page.evaluate(whenColour, [subject.canvas, x, y, wanted]);
    await colour(kWidth - 48, 48, [192, 0, 0]);
    await pause(3000); // the first picture is over

    if (only.includes("latency")) {
      const times = [];
      for (let i = 0; i < markers; i++) {
        const wanted = [[255, 0, 0], [0, 0, 255], [0, 128, 0], [255, 255, 0]][i % 4];
        const seen = colour(48, 48, wanted);
        const drawn = await stage.show(`marker ${wanted.join(" ")}`);
        times.push((await seen) - drawn);
        await pause(100 + 37 * (i % 5));
      }
      row("marker drawn to seen, p50 / p95 / longest", `${share(times, 0.5).toFixed(0)} / ${share(times, 0.95).toFixed(0)} / ${Math.max(...times).toFixed(0)} ms`);
    }
    if (only.includes("idle")) {
      await pause(3000);
      const pids = family(subject.pid);
      const before = processorMs(pids);
      await pause(20000);
      row("agent, idle screen, processor", `${((processorMs(pids) - before) / 200).toFixed(2)} %`);
      row("agent with an open session, resident", `${residentMiB(pids).toFixed(1)} MiB in ${pids.length}`);
    }
    if (only.includes("scenes")) {
      const picture = async () => Buffer.from(await canvas.evaluate((one) => {
        const { data } = one.getContext("2d").getImageData(0, 0, one.width, one.height);
        let text = "";
        for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
        return btoa(text);
      }), "base64");
      for (const [scene, count, area] of scenes) {
        await stage.show("still");
        await pause(3000);
        const before = line.fromServer;
        const pids = family(subject.pid);
        const used = processorMs(pids);
        await stage.show(`${scene} ${count}`);
        await pause(150);
        const meanwhile = line.fromServer - before;
        const moving = await picture();
        await pause(3000);
        const after = line.fromServer;
        const processor = processorMs(pids) - used;
        const rest = await picture();
        const file = path.join(folder, "screen");
        await stage.show(`picture ${file}`);
        const truth = luma(fs.readFileSync(file), { red: 2, blue: 0 });
        const like = (one) => similarity(truth, luma(one), kWidth, area).toFixed(4);
        const kilo = (bytes) => (bytes / 1000).toFixed(0);
        row(`${scene}: received, with 3 s of rest; SSIM then; agent`,
            `${kilo(meanwhile)}, ${kilo(after - before)} kB; ${like(moving)}, ${like(rest)}; ${processor.toFixed(0)} ms`);
      }
    }
    if (only.includes("slow")) {
      await stage.show("still");
      await pause(2000);
      line.set({ bitsPerSecond: 256_000, roundTripMs: 200 });
      await pause(6000);
      const box = await canvas.boundingBox();
      const scale = box.width / kWidth;
      const times = [];
      for (let i = 0; i < clicks; i++) {
        const wanted = i % 2 === 0 ? [0, 192, 0] : [192, 0, 0];
        const seen = colour(kWidth - 24, 72, wanted);
        const at = Date.now();
        await page.mouse.click(box.x + (kWidth - 48) * scale, box.y + 48 * scale);
        times.push((await seen) - at);
        await pause(2000);
      }
      row("256 kbit/s, 200 ms: click to repaint, p50 / p95 / longest", `${share(times, 0.5).toFixed(0)} / ${share(times, 0.95).toFixed(0)} / ${Math.max(...times).toFixed(0)} ms`);
    }
  } finally {
    await browser?.close();
    line.stop();
    await subject.stop();
    await stage.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}

const results = [];
for (const subject of has("peer") ? [new Ours(), new Theirs()] : has("peer-alone") ? [new Theirs()] : [new Ours()]) {
  results.push({ name: subject.name, rows: await measure(subject) });
}
for (const { name, rows } of results) {
  console.log(`\n${name}`);
  for (const [what, value] of rows) console.log(`  ${what.padEnd(58)} ${value}`);
}
