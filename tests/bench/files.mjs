// What moving large files costs: a real server, a real agent, and a real Chromium with the page of files.
//
//   node tests/bench/files.mjs [--mb N] [--runs N] [--rtt MS] [--apart] [--agent trellis|mesh] [--only relay|page|script|meshctrl|folder]
//
// Prints for both directions: what the relay alone carries (two raw clients, frames of 64 KiB, nothing
// read from disk), the same with the page as the viewer's end, which is what a browser leaves of it on this machine,
// what the page moves (from the click to the finished file, hash compared) and what a
// script moves by HTTP (curl), what `meshctrl` does, and how long a folder of 10,000 small files takes that is
// dragged into the page; processor seconds of server and agent; and the round trip of a control message at rest and meanwhile, as a program like any other sees it and, in brackets, as one that is given
// a processor before all others (chrt, for root). With --rtt the same over a line between server and both
// ends that adds so many milliseconds (slow_line.mjs, no limit to the rate). With --apart the browser and the other
// programs of who transfers have a processor of their own, as they have on a computer of their own, and server, agent
// and who asks share another one. Asserts nothing. Needs `npm ci` in
// tests/browser and tests/interop, a release build and curl.
import { execFileSync, spawn } from "node:child_process";
import { randomFillSync } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { Control } from "../harness/control.mjs";
import { MeshAgent, meshctrl } from "../harness/meshcentral.mjs";
import { until } from "../harness/process.mjs";
import { Agent, Trellis } from "../harness/trellis.mjs";
import { SlowLine } from "./slow_line.mjs";
import { FilesPage, sha256OfFile } from "../../plugins/files/tests/page.mjs";

const library = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../interop/node_modules/ws");
const option = (name, usual) => (process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : usual);
const kSize = Number(option("mb", 1024)) * 1024 * 1024;
const runs = Number(option("runs", 3));
const sorted = (list) => [...list].sort((a, b) => a - b);
const share = (list, part) => sorted(list)[Math.min(list.length - 1, Math.floor(list.length * part))];
const megabytes = (ms) => kSize / ms / 1000;

function cpuOf(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
const peakOf = (pid) => Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

/// One end of a raw relay in a process of its own: sends or takes kSize bytes in frames of 64 KiB.
const rawEnd = `
  const WebSocket = require(process.argv[1]);
  const [url, role, size] = process.argv.slice(2);
  const socket = new WebSocket(url, { rejectUnauthorized: false, perMessageDeflate: false });
  const block = Buffer.alloc(65536);
  let moved = 0;
  function send() {
    while (moved < size && socket.bufferedAmount < 4 * 1048576) { socket.send(block); moved += block.length; }
    if (moved < size) setImmediate(send);
  }
  let begun;
  socket.on("message", (data, isBinary) => {
    if (!isBinary) {
      const text = data.toString();
      if (text === "c" && url.includes("browser=1")) socket.send("5");
      if (text === (url.includes("browser=1") ? "c" : "5") && role === "send") send();
      return;
    }
    begun ??= performance.now();
    moved += data.length;
    if (moved >= size) { console.log(performance.now() - begun); process.exit(0); }
  });
  socket.on("error", (error) => { console.error(error.message); process.exit(1); });
`;

/// The viewer's end of a raw relay in the page: gives the time (ms) from the first byte to the last when it takes,
/// and nothing when it sends.
function rawEndOfPage([url, role, size]) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    const block = new Uint8Array(65536);
    let moved = 0, begun;
    const send = () => {
      while (moved < size && socket.bufferedAmount < 4 * 1048576) { socket.send(block); moved += block.length; }
      if (moved < size) setTimeout(send, 0);
      else resolve();
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") {
        if (data !== "c") return;
        socket.send("5");
        if (role === "send") send();
        return;
      }
      begun ??= performance.now();
      moved += data.byteLength;
      if (moved >= size) resolve(performance.now() - begun);
    };
    socket.onerror = () => reject(new Error("the page has lost the relay"));
  });
}

/// Asks for a control message's round trip every 12 ms, in a process of its own, so that nothing that this one
/// does is in the figure. Answers `since` with those (ms) since it was asked last.
const pinger = `
  const WebSocket = require(process.argv[1]);
  const [url, token] = process.argv.slice(2);
  const socket = new WebSocket(url, { rejectUnauthorized: false, headers: { "x-meshauth": token } });
  let times = [], begun;
  const ask = () => { begun = performance.now(); socket.send('{"action":"ping"}'); };
  socket.on("message", (data) => {
    const text = data.toString();
    if (text.includes('"userinfo"')) ask();
    if (!text.includes('"pong"')) return;
    times.push(performance.now() - begun);
    setTimeout(ask, 12);
  });
  socket.on("error", (error) => { console.error(error.message); process.exit(1); });
  process.on("message", () => { process.send(times); times = []; });
  process.on("disconnect", () => process.exit(0));
`;

class Bench {
  pingers = [];
  async open() {
    this.server = await Trellis.start();
    await this.server.addAdmin();
    this.agent = await (option("agent", "trellis") === "mesh" ? MeshAgent.start(this.server, { group: "Ours" }) : Agent.start(this.server, "Ours"));
    this.control = await Control.open(this.server);
    this.device = await until(async () => {
      const { nodes } = await this.control.ask({ action: "nodes" });
      return Object.values(nodes ?? {}).flat().find((node) => node.conn & 1 && node.agent?.caps & 4)?._id;
    }, "the device is there");
    const { tokenUser, tokenPass } = await this.control.ask({ action: "createLoginToken", name: "bench", expire: 0 });
    this.token = `${tokenUser}:${tokenPass}`;
    const shown = [tokenUser, tokenPass].map((text) => Buffer.from(text).toString("base64")).join(",");
    for (const command of [[], ["chrt", "-f", "1"]]) {
      const [program, ...rest] = [...command, process.execPath, "-e", pinger, library, `${this.server.origin.replace("https", "wss")}/control.ashx`, shown];
      // One with real-time threads on a single processor waits for itself.
      const mayBeFirst = process.getuid() === 0 && !process.argv.includes("--apart");
      if (command.length === 0 || mayBeFirst) this.pingers.push(spawn(program, rest, { stdio: ["ignore", "inherit", "inherit", "ipc"] }));
    }
    await until(async () => (await this.times()).every((times) => times.length > 0), "the first round trip");
    if (process.argv.includes("--apart")) this.setApart();
    const rtt = Number(option("rtt", 0));
    this.line = rtt > 0 ? await new SlowLine(this.server.port, 64 * 1024 * 1024).start() : undefined;
    this.line?.set({ roundTripMs: rtt });
    const port = this.line?.port ?? this.server.port;
    this.origin = { port, text: `https://localhost:${port}` };
    this.files = await FilesPage.open({ port, origin: this.origin.text });
    this.folder = this.files.folder;
    this.source = path.join(this.folder, "large.bin");
    const out = fs.openSync(this.source, "w");
    const piece = randomFillSync(Buffer.alloc(1024 * 1024));
    for (let at = 0; at < kSize; at += piece.length) {
      piece.writeUInt32LE(at / piece.length, 0);
      fs.writeSync(out, piece);
    }
    fs.closeSync(out);
    this.hash = await sha256OfFile(this.source);
  }
  setApart() {
    const keep = (pid, processor) => execFileSync("taskset", ["-acp", String(processor), String(pid)], { stdio: "ignore" });
    for (const { pid } of [this.server.process, this.agent.process, ...this.pingers]) keep(pid, 0);
    keep(process.pid, 1); // what is started from now on inherits it
  }
  async close() {
    this.control.close();
    for (const one of this.pingers) one.disconnect();
    await this.files.close();
    await this.agent.stop();
    await this.server.stop();
    this.line?.stop();
  }
  /** Round trips of a control message since it was asked last, ms; a list for each who asks. */
  times() {
    return Promise.all(this.pingers.map((one) => new Promise((resolve) => {
      one.once("message", resolve);
      one.send("since");
    })));
  }
  static shown([usual, first]) {
    const [p50, p99] = [0.5, 0.99].map((part) => share(usual, part).toFixed(1) + (first ? ` (${share(first, part).toFixed(1)})` : ""));
    return `p50 ${p50} p99 ${p99} ms`;
  }
  async measure(name, work) {
    const took = [], trips = this.pingers.map(() => []), server = [], agent = [];
    for (let run = 0; run < runs; run++) {
      const before = [cpuOf(this.server.process.pid), cpuOf(this.agent.process.pid)];
      await this.times();
      const done = await work();
      took.push(done.took);
      for (const [index, times] of (await this.times()).entries()) trips[index].push(...times);
      server.push(cpuOf(this.server.process.pid) - before[0]);
      agent.push(cpuOf(this.agent.process.pid) - before[1]);
      if (done.file) await this.check(done.file);
    }
    const perGigabyte = (list) => ((share(list, 0.5) / kSize) * 1e9).toFixed(2);
    console.log(`${name.padEnd(28)} ${megabytes(share(took, 0.5)).toFixed(0).padStart(5)} MB/s   CPU s/GB: server ${perGigabyte(server)}, agent ${perGigabyte(agent)}   control ${Bench.shown(trips)}`);
  }
  async check(file) {
    if ((await sha256OfFile(file)) !== this.hash) throw new Error(`${file} is not what was sent`);
    fs.rmSync(file);
  }
  async curl(...args) {
    const begun = performance.now();
    const child = spawn("curl", ["-skf", "-H", `Authorization: Bearer ${this.token}`, ...args], { stdio: ["ignore", "ignore", "inherit"] });
    const code = await new Promise((resolve) => child.on("exit", resolve));
    if (code !== 0) throw new Error(`curl: ${code}`);
    return performance.now() - begun;
  }
  address(file) {
    return `${this.origin.text}/plugins/files/content?${new URLSearchParams({ nodeid: this.device, path: file })}`;
  }
  /** Both ends are raw clients of one user (agent-protocol specification, 6.4). */
  async byRelay() {
    const { cookie, rcookie } = await this.control.ask({ action: "authcookie" });
    const end = (port, query, role) => {
      const child = spawn(process.execPath, ["-e", rawEnd, library, `wss://localhost:${port}/meshrelay.ashx?${query}`, role, String(kSize)], { stdio: ["ignore", "pipe", "inherit"] });
      let out = "";
      child.stdout.on("data", (text) => (out += text));
      return { child, over: new Promise((resolve) => child.on("exit", () => resolve(Number(out)))) };
    };
    const ask = (query) => `browser=1&${query}&p=5&nodeid=${encodeURIComponent(this.device)}&auth=${encodeURIComponent(cookie)}`;
    const byProgram = (query, role) => end(this.origin.port, ask(query), role);
    const byPage = (query, role) => ({ over: this.files.page.evaluate(rawEndOfPage, [`wss://localhost:${this.origin.port}/meshrelay.ashx?${ask(query)}`, role, kSize]) });
    for (const [who, open] of [["alone", byProgram], ["and page", byPage]]) {
      for (const [way, role] of [["to", "send"], ["from", "take"]]) {
        await this.measure(`relay ${who}, ${way} the device`, async () => {
          const query = `id=bench${Math.random().toString(36).slice(2)}`;
          const device = end(this.server.port, `${query}&rauth=${encodeURIComponent(rcookie)}`, role === "send" ? "take" : "send");
          const viewer = open(query, role);
          const took = await (role === "send" ? device : viewer).over;
          for (const { child } of [device, viewer]) child?.kill();
          return { took };
        });
      }
    }
  }
  async byPage() {
    const { files } = this;
    await files.tab(this.device);
    const at = files.place();
    await files.go(at);
    let count = 0;
    const there = path.join(at, "large.bin");
    await this.measure("page, to the device", async () => {
      const begun = performance.now();
      await files.id("files-pick").setInputFiles(this.source);
      await files.done(++count, 300000);
      return { took: performance.now() - begun, file: there };
    });
    fs.copyFileSync(this.source, there);
    await files.go(this.folder);
    await files.go(at);
    await files.shows("large.bin");
    await this.measure("page, from the device", async () => {
      await files.row("large.bin").click();
      const begun = performance.now();
      const saved = await files.saved(() => files.id("files-download").click());
      const took = performance.now() - begun;
      await files.done(++count);
      return { took, file: saved };
    });
    fs.rmSync(there);
  }
  /** From the drop of a folder to the last file under its name; every content compared. */
  async byFolder() {
    const { files } = this;
    const kCount = 10000;
    const contentOf = (index) => `${index} `.repeat(1 + (index % 400));
    const dragged = path.join(this.folder, "many"), at = files.place();
    for (let index = 0; index < kCount; index++) {
      const folder = path.join(dragged, `part ${Math.floor(index / 500)}`);
      if (index % 500 === 0) fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(path.join(folder, `file ${index}.txt`), contentOf(index));
    }
    await files.tab(this.device);
    await files.go(at);
    const box = await files.id("files-list").boundingBox();
    const hands = await files.page.context().newCDPSession(files.page);
    const begun = performance.now();
    for (const type of ["dragEnter", "dragOver", "drop"]) {
      await hands.send("Input.dispatchDragEvent", { type, x: box.x + box.width / 2, y: box.y + box.height / 2,
        data: { items: [], files: [dragged], dragOperationsMask: 1 } });
    }
    const there = (folder) => (fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /^file \d+\.txt$/.test(entry.name)) : []);
    await until(() => there(path.join(at, "many")).length === kCount, "all files are there", 600000);
    const seconds = (performance.now() - begun) / 1000;
    for (let index = 0; index < kCount; index++) {
      const file = path.join(at, "many", `part ${Math.floor(index / 500)}`, `file ${index}.txt`);
      if (fs.readFileSync(file, "utf8") !== contentOf(index)) throw new Error(`${file} is not what was sent`);
    }
    console.log(`${"a folder of 10,000 files".padEnd(28)} ${seconds.toFixed(1)} s, ${(kCount / seconds).toFixed(0)} files/s`);
  }
  async byMeshctrl() {
    const id = this.device.split("/")[2], at = fs.mkdtempSync(path.join(this.folder, "m-")), back = path.join(this.folder, "back.bin");
    const run = async (...args) => {
      const begun = performance.now();
      const said = await meshctrl({ port: this.origin.port }, [...args, "--id", id], { ms: 900000 });
      if (!/Upload done|Download completed/.test(said)) throw new Error(said);
      return performance.now() - begun;
    };
    const there = path.join(at, "large.bin");
    await this.measure("meshctrl, to the device", async () => ({ took: await run("upload", "--file", this.source, "--target", at), file: there }));
    await this.measure("meshctrl, from the device", async () => ({ took: await run("download", "--file", this.source, "--target", back), file: back }));
  }
  async byScript() {
    const up = path.join(this.folder, "up.bin"), down = path.join(this.folder, "down.bin");
    await this.measure("curl, to the device", async () => {
      return { took: await this.curl("-T", this.source, this.address(up)), file: up };
    });
    await this.measure("curl, from the device", async () => {
      return { took: await this.curl("-o", down, this.address(this.source)), file: down };
    });
  }
}

const bench = new Bench();
await bench.open();
try {
  await bench.times();
  await new Promise((resolve) => setTimeout(resolve, 15000));
  const rest = await bench.times();
  console.log(`control at rest: ${Bench.shown(rest)}`);
  const parts = { relay: () => bench.byRelay(), page: () => bench.byPage(), script: () => bench.byScript(), meshctrl: () => bench.byMeshctrl(), folder: () => bench.byFolder() };
  const only = option("only");
  for (const [name, part] of Object.entries(parts)) if (only === undefined || only === name) await part();
  console.log(`most memory: server ${peakOf(bench.server.process.pid).toFixed(0)} MiB, agent ${peakOf(bench.agent.process.pid).toFixed(0)} MiB`);
} finally {
  await bench.close();
}
process.exit(0);
