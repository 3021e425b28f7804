// The real MeshAgent against Trellis.
import assert from "node:assert/strict";
import fs from "node:fs";
import https from "node:https";
import { after, before, test } from "node:test";
import { meshctrl, MeshAgent } from "../harness/meshcentral.mjs";
import { until } from "../harness/process.mjs";
import { Trellis } from "../harness/trellis.mjs";

let server;
let agent;

async function devices() {
  return JSON.parse(await meshctrl(server, ["listdevices", "--json"]));
}
function onlineDevice() {
  return until(async () => (await devices()).find((device) => (device.conn & 1) === 1), "MeshAgent is online", 60000);
}
function metric(name) {
  return new Promise((resolve, reject) => {
    https.get(`${server.origin}/metrics`, { rejectUnauthorized: false }, (response) => {
      let text = "";
      response.on("data", (piece) => (text += piece));
      response.on("end", () => {
        const match = new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+]+)$`, "m").exec(text);
        resolve(match ? Number(match[1]) : 0);
      });
    }).on("error", reject);
  });
}

before(async () => {
  server = await Trellis.start({ config: "agents:\n  handshake_timeout_s: 10\n" });
  await server.addAdmin();
  agent = await MeshAgent.start(server);
});
after(async () => {
  await agent?.stop();
  await server?.stop();
});

test("it connects and shows name, system, address and version", async () => {
  const online = await onlineDevice();
  const device = await until(async () => {
    const found = (await devices()).find((entry) => entry._id === online._id);
    return found?.osdesc && found;
  }, "the agent has told its system");
  assert.equal(device.rname, (await fs.promises.readFile("/proc/sys/kernel/hostname", "utf8")).trim());
  assert.match(device.osdesc, /Debian|Linux/);
  assert.match(device.ip, /^(127\.0\.0\.1|::1)$/);
  assert.equal(device.agent.id, 6);
  assert.equal(typeof device.agent.ver, "number");
  assert.equal(device.agent.caps & 16, 16, "the pushed script runs");
});

test("runcommand --reply gives the output", async () => {
  const device = await onlineDevice();
  const output = await meshctrl(server, ["runcommand", "--id", device._id, "--run", "echo $((6*7)) from-agent", "--reply"]);
  assert.match(output, /42 from-agent/);
});

test("it survives a restart of the server, without a second signature", async () => {
  const before = await onlineDevice();
  await server.restart();
  const again = await onlineDevice();
  assert.equal(again._id, before._id);
  assert.equal(await metric("trellis_agent_signatures_total"), 0, "the pinned certificate needs no signature");
});

test("with a wrong ServerID it never shows as connected", async () => {
  const settings = fs.readFileSync(await server.settingsFile("Strangers"), "utf8")
    .replace(/^ServerID=([0-9A-F])/m, (_, digit) => `ServerID=${digit === "0" ? "1" : "0"}`);
  const stranger = await MeshAgent.start(server, { settings });
  try {
    // It stops at our signature; the server ends the handshake at its time limit and the agent tries
    // again. Two signatures show that a whole attempt has come to nothing.
    await until(async () => (await metric("trellis_agent_signatures_total")) > 1, "it has failed once", 90000);
    const list = await devices();
    assert.equal(list.filter((device) => device.groupname === "Strangers").length, 0);
  } finally {
    await stranger.stop();
  }
});
