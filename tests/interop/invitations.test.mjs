// From an invitation code to a device that leaves no trace: the page, its command line, the real agent.
import assert from "node:assert/strict";
import fs from "node:fs";
import { request } from "node:https";
import { after, before, test } from "node:test";
import { Control } from "../harness/wire.mjs";
import { meshctrl } from "../harness/meshcentral.mjs";
import { Process, until } from "../harness/process.mjs";
import { temporaryFolder, Trellis } from "../harness/trellis.mjs";

let server;
let admin;
let tmp;
const ctrl = (...args) => meshctrl(server, args);
const plain = (text) => text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function http(method, target, body = "") {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "localhost", port: server.port, path: target, method, rejectUnauthorized: false,
      headers: body ? { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(body) } : {} }, (answer) => {
      let text = "";
      answer.on("data", (piece) => { text += piece; });
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
const enter = (code) => http("POST", "/invite", `inviteCode=${encodeURIComponent(code)}`);
const lines = (page) => [...page.matchAll(/<pre[^>]*>([^<]*)<\/pre>/g)].map((match) => plain(match[1]));
const devices = async () => Object.values((await admin.ask({ action: "nodes" })).nodes).flat();

before(async () => {
  tmp = temporaryFolder("tmp");
  server = await Trellis.start();
  await server.addAdmin();
  admin = await Control.open(server);
  await ctrl("adddevicegroup", "--name", "Visitors");
});
after(async () => {
  admin?.close();
  await server?.stop();
  fs.rmSync(tmp, { recursive: true, force: true });
});

test("codes of meshctrl lead to the group's page, with what their flags allow", async () => {
  assert.match(await ctrl("editdevicegroup", "--group", "Visitors", "--invitecodes", "Blue Whale", "--backgroundonly"), /ok/i);
  const moved = await enter("  bluewhale ");
  assert.equal(moved.status, 303);
  const page = await http("GET", `/${moved.headers.location}`);
  assert.equal(page.status, 200);
  assert.equal(page.headers["cache-control"], "no-store");
  assert.match(page.text, /Visitors/);
  assert.deepEqual(lines(page.text).map((line) => /-install'$/.test(line)), [true]);
  assert.match(page.text, /no agent for Windows/);
  assert.equal((await enter("blue whales")).status, 404);
});

test("a device connects for once and leaves nothing, neither there nor here", async () => {
  await ctrl("editdevicegroup", "--group", "Visitors", "--invitecodes", "whale", "--interactiveonly");
  const page = await http("GET", `/${(await enter("WHALE")).headers.location}`);
  const [line] = lines(page.text);
  assert.match(line, /connect'$/);
  assert.doesNotMatch(line, /sudo/);
  const agent = new Process("sh", ["-c", `exec ${line}`], { env: { ...process.env, TMPDIR: tmp }, detached: true });
  const [device] = await until(async () => {
    const found = await devices();
    return found.length === 1 && (found[0].conn & 1) && found;
  }, "the device is there");
  assert.ok(device.agent.caps & 32, "it is marked as temporary");
  assert.ok(fs.readdirSync(tmp).length > 0, "it works in folders of its own");
  process.kill(-agent.pid, "SIGINT"); // as Ctrl+C does: to all of them
  await agent.exited;
  await until(() => fs.readdirSync(tmp).length === 0, "its folders are gone");
  await until(async () => (await devices()).length === 0, "the device is forgotten", 150000);
});

test("guessing ends after ten", async () => {
  let answer;
  for (let i = 0; i < 12; ++i) answer = await enter(`guess ${i}`);
  assert.equal(answer.status, 429);
  assert.match(answer.text, /Wait \d+ minutes?/);
  assert.ok(Number(answer.headers["retry-after"]) > 0);
});
