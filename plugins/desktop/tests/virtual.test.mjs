// A device without a screen: the page says so and starts a virtual one.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { openSignedIn, shot } from "../../../tests/harness/browser.mjs";
import { Control, Tunnel } from "../../../tests/harness/control.mjs";
import { Process, run } from "../../../tests/harness/process.mjs";
import { Agent, bin, descendants, Trellis } from "../../../tests/harness/trellis.mjs";
import WebSocket from "../../../tests/interop/node_modules/ws/wrapper.mjs";
import { sizeOf, untilPicture } from "./world.mjs";

/** Sees no process and no socket but its own, so no X server of this machine. */
const kAlone = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
/** Inside: the server's port, carried out of the namespace through a socket that is a file; then the agent. */
const kInside = `
  const [carrier, port, program, ...args] = process.argv.slice(1);
  const net = require("node:net");
  const { execFileSync, spawn } = require("node:child_process");
  execFileSync("ip", ["link", "set", "lo", "up"]);
  const join = (near) => { const far = net.connect(carrier); near.pipe(far).pipe(near); for (const each of [near, far]) each.on("error", () => near.destroy()); };
  net.createServer(join).listen(Number(port), "127.0.0.1", () => spawn(program, args, { stdio: "inherit" }));
`;
class LoneAgent extends Agent {
  launch() {
    const { DISPLAY, ...env } = this.env;
    const port = new URL(/^MeshServer=(.*)$/m.exec(fs.readFileSync(this.settings, "utf8"))[1]).port;
    const carrier = path.join(this.data, "carrier");
    this.carrier = net.createServer((near) => {
      const far = net.connect(Number(port), "127.0.0.1");
      near.pipe(far).pipe(near);
      for (const each of [near, far]) each.on("error", () => near.destroy());
    }).listen(carrier);
    const agent = [path.join(bin, "trellis-agent"), "run", "--msh", this.settings, "--data", this.data];
    this.process = new Process("unshare", [...kAlone, process.execPath, "-e", kInside, carrier, port, ...agent], { env });
  }
  async stop() {
    this.carrier.close();
    // The first process of the namespace ends with it, and with that all the others.
    await this.process.stop("SIGKILL");
    await super.stop();
  }
}

const canIsolate = (await run("unshare", [...kAlone, "true"])).code === 0;
const skip = canIsolate ? false : "this account may not make a process namespace";

let server;
let agent;
let browser;
let page;

before(async () => {
  if (skip) return;
  server = await Trellis.start();
  await server.addAdmin();
  agent = await LoneAgent.start(server);
  await agent.online(server);
  ({ browser, page } = await openSignedIn(server));
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await server?.stop();
});

test("no screen is said to be no screen, and a virtual one takes its place", { skip }, async () => {
  await page.getByTestId("device-row").first().click();
  await page.getByTestId("tab-desktop").click();
  await page.getByTestId("desktop-virtual").waitFor();
  assert.match(await page.getByTestId("desktop-overlay").innerText(), /No screen runs on this device/);
  await shot(page, "desktop-noscreen");
  await page.getByTestId("desktop-virtual").click();
  await untilPicture(page);
  assert.match(await sizeOf(page), /^\d{3,4}x\d{3,4}$/);
  await page.getByTestId("desktop-disconnect").click();
});

/** A viewer that wants a virtual screen as our page does, whatever it may. */
async function openVirtual(control, device, startVirtual) {
  const { cookie, rcookie } = await control.ask({ action: "authcookie" });
  const id = randomBytes(6).toString("hex");
  control.send({ action: "msg", type: "tunnel", nodeid: device, usage: 2, value: `*/meshrelay.ashx?p=2&nodeid=${device}&id=${id}&rauth=${rcookie}` });
  const url = `wss://localhost:${control.server.port}/meshrelay.ashx?browser=1&p=2&nodeid=${encodeURIComponent(device)}&id=${id}&auth=${cookie}`;
  const tunnel = new Tunnel(new WebSocket(url, { rejectUnauthorized: false }), (data, isBinary) => ({
    isBinary, data, json: data[0] === 0x7b ? JSON.parse(data.toString()) : undefined }));
  await tunnel.take((each) => /^cr?$/.test(each.data.toString()), "the tunnel is joined");
  tunnel.text({ ctrlChannel: "102938", type: "options", desktop: { version: 1, codecs: [], startVirtual } });
  tunnel.text("2");
  return tunnel;
}

test("none is started where the configuration forbids it", { skip }, async (t) => {
  const strict = await Trellis.start({ config: "plugins:\n  desktop:\n    virtual_display: false\n" });
  t.after(() => strict.stop());
  await strict.addAdmin();
  const lone = await LoneAgent.start(strict);
  t.after(() => lone.stop());
  const [{ id: device }] = await lone.online(strict);
  const control = await Control.open(strict);
  const refused = await openVirtual(control, device, true);
  assert.equal(await refused.closed, 1008);
  // The agent has read all of the first session when it answers the second.
  const second = await openVirtual(control, device, false);
  assert.equal((await second.json({ type: "desktop" })).error, "nodisplay");
  assert.ok(!descendants(lone.process.pid).some(({ command }) => command.includes("Xvfb")), "no X server was started");
  for (const each of [second, control]) each.close();
});

test("nothing broke on the way", { skip }, () => {
  assert.deepEqual(page.faults, []);
});
