// Sessions with a real agent are recorded, listed, handed out and removed.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs";
import https from "node:https";
import path from "node:path";
import { after, before, test } from "node:test";
import { Control } from "../../../tests/harness/control.mjs";
import { meshctrl } from "../../../tests/harness/meshcentral.mjs";
import { run, until } from "../../../tests/harness/process.mjs";
import { restUser } from "../../../tests/harness/rest.mjs";
import { Agent, bin, temporaryFolder, Trellis } from "../../../tests/harness/trellis.mjs";
import { blocksOf, get, outputOf } from "./support.mjs";

const config = "plugins:\n  recording:\n    protocols: [terminal, files]\n    min_free_mib: 1\n";
const limited = { user: "lim", pass: "Another-pass-1!" };
let server;
let agent;
let admin; // REST
let control;
let deviceId;

/** The entry of the newest recording of a kind, once its session is over. */
const newest = (kind) => until(async () => (await admin.call("recording.list", { kind })).recordings[0], `a ${kind} recording`);
const fileOf = (entry) => get(server, `/plugins/recording/file/${entry.id}`, admin);
/** What is seen of a session: all binary frames of the device. */
function watch(tunnel) {
  const seen = [];
  tunnel.socket.on("message", (data, isBinary) => isBinary && seen.push(data));
  return () => Buffer.concat(seen);
}
async function shell() {
  const tunnel = await control.tunnel(deviceId, 1);
  const seen = watch(tunnel);
  return { tunnel, seen, says: (text) => until(() => (Buffer.concat([...tunnel.messages.filter((m) => m.isBinary).map((m) => m.data)]).includes(text)), `the shell says ${text}`) };
}

before(async () => {
  server = await Trellis.start({ config });
  await server.addAdmin();
  agent = await Agent.start(server);
  await agent.online(server);
  admin = await restUser(server, "admin");
  control = await Control.open(server);
  deviceId = Object.values((await control.ask({ action: "nodes" })).nodes)[0][0]._id;
});
after(async () => {
  control?.close();
  await agent?.stop();
  await server?.stop();
});

test("a terminal session is recorded to the byte", { timeout: 60000 }, async () => {
  const { tunnel, says } = await shell();
  tunnel.text({ ctrlChannel: "102938", type: "termsize", cols: 100, rows: 30 });
  tunnel.binary(Buffer.from("printf 'needle-%s\\n' $((6*7)); stty size\n"));
  await says("needle-42");
  await says("30 100");
  const live = (await admin.call("recording.list")).live;
  assert.equal(live.length, 1, "it is listed while it runs");
  const output = Buffer.concat(tunnel.messages.filter((message) => message.isBinary).map((message) => message.data));
  tunnel.close();
  const entry = await newest("terminal");
  const { status, body } = await fileOf(entry);
  assert.equal(status, 200);
  const blocks = blocksOf(body);
  const first = JSON.parse(blocks[0].data);
  assert.equal(blocks[0].type, 1);
  assert.deepEqual([first.magic, first.ver, first.userid, first.nodeid, first.protocol], ["MeshCentralRelaySession", 1, "user//admin", deviceId, 1]);
  assert.equal(blocks[1].data.toString(), "1", "the protocol number is the first message of this viewer");
  assert.ok(blocks.some((block) => block.flags === 2 && block.data.includes("termsize")));
  assert.ok(blocks.some((block) => block.flags === 3 && block.data.includes("printf")));
  assert.deepEqual(outputOf(blocks).subarray(0, output.length), output);
  assert.ok(blocks.every((block, i) => i === 0 || block.time >= blocks[i - 1].time));
  assert.equal(blocks.at(-1).data.toString(), "MeshCentralMCREC");
  assert.equal(entry.size, body.length);
  assert.equal(entry.sha256, createHash("sha256").update(body).digest("hex"));
  assert.match(entry.name, /^relaysession-\d{4}(-\d\d){5}-admin-.*\.mcrec$/);
});

test("the wire lists it and tells its end", async () => {
  const entry = await newest("terminal");
  const answer = await control.ask({ action: "recordings", limit: 5, tag: "t" });
  assert.equal(answer.tag, "t");
  const [found] = answer.events;
  assert.deepEqual(
    [found.filename, found.size, found.nodeid, found.protocol, found.userids, found.present, found.startTime],
    [entry.name, entry.size, deviceId, 1, ["user//admin"], 1, entry.startMs]);
  assert.match(found.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const events = await control.ask({ action: "events", limit: 50 });
  const told = events.events.find((event) => event.action === "recording");
  assert.deepEqual([told.etype, told.filename, told.nodeid, told.icon], ["relay", entry.name, deviceId, 1]);
  assert.equal(told.meshid, found.meshid);
  assert.match(told.meshid, /^mesh\/\//);
});

test("ranges are served, and the wire's own path", async () => {
  const entry = await newest("terminal");
  const whole = (await fileOf(entry)).body;
  const part = await get(server, `/plugins/recording/file/${entry.id}`, admin, { Range: "bytes=16-31" });
  assert.deepEqual([part.status, part.headers["content-range"]], [206, `bytes 16-31/${whole.length}`]);
  assert.deepEqual(part.body, whole.subarray(16, 32));
  assert.equal((await get(server, `/plugins/recording/file/${entry.id}`, admin, { Range: `bytes=${whole.length}-` })).status, 416);
  const byName = await get(server, `/recordings.ashx?file=${encodeURIComponent(entry.name)}`, admin);
  assert.deepEqual(byName.body, whole);
  assert.match(byName.headers["content-disposition"], /^attachment; filename="relaysession-/);
  for (const name of ["../live/x.mcrec", "relaysession-none.mcrec", "..%2f..%2ftrellis.yaml"]) {
    assert.equal((await get(server, `/recordings.ashx?file=${name}`, admin)).status, 404, name);
  }
});

test("what was printed is found", async () => {
  const entry = await newest("terminal");
  const { hits } = await admin.call("recording.search", { text: "NEEDLE-42" });
  assert.deepEqual(hits.map((hit) => [hit.id, hit.line]), [[entry.id, "needle-42"]]);
  assert.ok(hits[0].atMs <= entry.endMs - entry.startMs);
  assert.deepEqual((await admin.call("recording.search", { text: "needle%42" })).hits, [], "text, not a pattern");
});

test("a files session is recorded", { timeout: 60000 }, async () => {
  const folder = temporaryFolder("files");
  fs.writeFileSync(path.join(folder, "hello.txt"), "content");
  const tunnel = await control.tunnel(deviceId, 5);
  tunnel.binary({ action: "ls", path: folder, reqid: 1 });
  await tunnel.json({ reqid: 1 });
  tunnel.close();
  const blocks = blocksOf((await fileOf(await newest("files"))).body);
  assert.ok(blocks.some((block) => block.flags === 3 && block.data.includes(folder)));
  assert.ok(blocks.some((block) => block.flags === 1 && block.data.includes("hello.txt")));
  fs.rmSync(folder, { recursive: true });
});

/** Blocks of the files recording in which the viewer said `text`, once that session is over. */
const recordedWith = (text) => until(async () => {
  for (const entry of (await admin.call("recording.list", { kind: "files" })).recordings) {
    const blocks = blocksOf((await fileOf(entry)).body);
    if (blocks.some((block) => block.flags === 3 && block.data.includes(text))) return blocks;
  }
}, `a recording of ${text}`);

test("a list of several MB is recorded as one message, and the session goes on", { timeout: 60000 }, async () => {
  const folder = temporaryFolder("files");
  for (let i = 0; i < 12000; ++i) fs.writeFileSync(path.join(folder, `${i}-`.padEnd(200, "x")), "");
  const tunnel = await control.tunnel(deviceId, 5);
  tunnel.binary({ action: "ls", path: folder, reqid: 1 });
  assert.equal((await tunnel.json({ reqid: 1 })).dir.length, 12000);
  tunnel.binary({ action: "ls", path: "/dev/fd", reqid: 2 });
  await tunnel.json({ reqid: 2 });
  tunnel.close();
  const list = (await recordedWith(folder)).find((block) => block.flags === 1 && block.data.includes('"dir"'));
  assert.ok(list.data.length > 2 * 1024 * 1024);
  assert.equal(JSON.parse(list.data).dir.length, 12000);
  fs.rmSync(folder, { recursive: true });
});

test("a file that goes by HTTP is a recording of its own", { timeout: 60000 }, async () => {
  const folder = temporaryFolder("files");
  const contents = Buffer.alloc(20 * 1024 * 1024, "content of the file ");
  const { tokenUser, tokenPass } = await control.ask({ action: "createLoginToken", name: "script", expire: 0 });
  const url = new URL(`${server.origin}/plugins/files/content`);
  for (const [name, value] of Object.entries({ nodeid: deviceId, path: path.join(folder, "sent.bin") })) url.searchParams.set(name, value);
  const status = await new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${tokenUser}:${tokenPass}`, "content-length": contents.length };
    https.request(url, { method: "PUT", rejectUnauthorized: false, headers }, (answer) => answer.resume().on("end", () => resolve(answer.statusCode)))
      .on("error", reject).end(contents);
  });
  assert.equal(status, 201);
  assert.deepEqual(fs.readFileSync(path.join(folder, "sent.bin")), contents);
  const blocks = await recordedWith("sent.bin");
  const ask = JSON.parse(blocks.find((block) => block.flags === 3 && block.data.includes("sent.bin")).data);
  assert.deepEqual([ask.action, path.join(ask.path, ask.name), ask.size], ["upload", path.join(folder, "sent.bin"), contents.length]);
  const data = blocks.filter((block) => block.flags === 3 && block.data[0] !== 0x7b);
  assert.deepEqual(Buffer.concat(data.map((block) => (block.data[0] === 0 ? block.data.subarray(1) : block.data))), contents);
  fs.rmSync(folder, { recursive: true });
});

test("who reads parts of a recording is in the audit trail", async () => {
  const entry = await newest("terminal");
  await get(server, `/recordings.ashx?file=${entry.name}`, admin, { Range: "bytes=1-" });
  const { records } = await server.call("audit.list", { limit: 200 });
  const record = records.find((each) => each.command === "recording.read" && each.target === entry.id);
  assert.deepEqual([record?.userId, record?.arguments.file], [admin.id, entry.name]);
});

test("who lacks the right sees nothing", { timeout: 60000 }, async () => {
  await meshctrl(server, ["adduser", "--user", limited.user, "--pass", limited.pass]);
  const user = await restUser(server, limited.user, limited.pass);
  const entry = await newest("terminal");
  for (const [command, args] of [["recording.list", {}], ["recording.search", { text: "needle" }], ["recording.open", { id: entry.id }], ["recording.remove", { id: entry.id }]]) {
    await assert.rejects(user.call(command, args), { status: 403 }, command);
  }
  for (const url of [`/plugins/recording/file/${entry.id}`, `/plugins/recording/state/${entry.id}?ms=0`, `/plugins/recording/digest/${entry.id}`, `/recordings.ashx?file=${entry.name}`]) {
    assert.equal((await get(server, url, user)).status, 403, url);
    assert.equal((await get(server, url)).status, 401, url);
  }
  await meshctrl(server, ["edituser", "--userid", limited.user, "--rights", "recordings"]);
  const viewer = await restUser(server, limited.user, limited.pass);
  assert.equal((await viewer.call("recording.list")).total, (await admin.call("recording.list")).total);
  await assert.rejects(viewer.call("recording.remove", { id: entry.id }), { status: 403 });
});

/** The server reads its configuration again; `seen` says that it has. */
async function reload(text, seen) {
  fs.writeFileSync(path.join(server.data, "trellis.yaml"), text);
  process.kill(server.pid, "SIGHUP");
  await until(seen, "the configuration is read");
}

test("changed options leave a session that is recorded", { timeout: 60000 }, async () => {
  const file = path.join(server.data, "trellis.yaml");
  const before = fs.readFileSync(file, "utf8");
  const { tunnel, says } = await shell();
  tunnel.binary(Buffer.from("echo early-$((1+1))\n"));
  await says("early-2");
  await reload(before.replace("[terminal, files]", "[files]"), async () => (await admin.call("recording.list")).recorded.join() === "files");
  tunnel.binary(Buffer.from("echo late-$((1+1))\n"));
  await says("late-2");
  assert.equal((await admin.call("recording.list")).live.length, 1);
  tunnel.close();
  const entry = await until(async () => {
    const [hit] = (await admin.call("recording.search", { text: "late-2" })).hits;
    return hit && (await admin.call("recording.list", { kind: "terminal" })).recordings.find((each) => each.id === hit.id);
  }, "the recording");
  assert.equal(entry.state, "done");
  assert.ok(outputOf(blocksOf((await fileOf(entry)).body)).includes("early-2"));
  await reload(before, async () => (await admin.call("recording.list")).recorded.length === 2);
});

test("a server that is killed leaves a recording that plays", { timeout: 90000 }, async () => {
  const { tunnel, says } = await shell();
  tunnel.binary(Buffer.from("echo before-$((1+1))\n"));
  await says("before-2");
  const folder = path.join(server.data, "plugins/recording/live");
  await until(() => fs.readdirSync(folder).some((name) => fs.readFileSync(path.join(folder, name)).includes("before-2")), "it is on the disk");
  await server.process.stop("SIGKILL");
  tunnel.close();
  control.close();
  await server.launch();
  admin = await restUser(server, "admin");
  const entry = await until(async () => (await admin.call("recording.list")).recordings.find((each) => each.state === "cut"), "it is taken in");
  const blocks = blocksOf((await fileOf(entry)).body);
  assert.ok(outputOf(blocks).includes("before-2"));
  assert.equal(blocks.at(-1).data.toString(), "MeshCentralMCREC");
  assert.equal((await admin.call("recording.search", { text: "before-2" })).hits.length > 0, true);
  control = await Control.open(server);
  await agent.online(server);
});

test("a changed file is found out, and a removed one is gone and noted", { timeout: 60000 }, async () => {
  const [entry] = (await admin.call("recording.list", { kind: "terminal" })).recordings;
  assert.equal((await admin.call("recording.check", { id: entry.id })).unchanged, true);
  const file = path.join(server.data, "plugins/recording/files", entry.name);
  fs.appendFileSync(file, "x");
  assert.equal((await admin.call("recording.check", { id: entry.id })).unchanged, false);
  const index = path.join(server.data, "plugins/recording/indexes", entry.name);
  await admin.call("recording.open", { id: entry.id });
  await until(() => fs.existsSync(index), "what makes jumps short is kept");
  await admin.call("recording.remove", { id: entry.id });
  assert.equal(fs.existsSync(file) || fs.existsSync(index), false);
  assert.equal((await fileOf(entry)).status, 404);
  const wire = (await control.ask({ action: "recordings" })).events.find((each) => each.filename === entry.name);
  assert.equal(wire.present, undefined, "the wire's list still has it");
});

test("a server that has to record does not start when it can't", { timeout: 60000 }, async () => {
  await server.process.stop("SIGTERM");
  const file = path.join(server.data, "trellis.yaml");
  const before = fs.readFileSync(file, "utf8");
  fs.writeFileSync(file, before.replace("min_free_mib: 1", "required: true\n    min_free_mib: some"));
  const { code, output } = await run(path.join(bin, "trellisd"), ["--data", server.data, "--port", String(server.port)]);
  assert.equal(code, 78);
  assert.match(output, /recording is required and misconfigured: .*trellis\.yaml:\d+:\d+: plugins\.recording\.min_free_mib/);
  fs.writeFileSync(file, before.replace("min_free_mib: 1", "required: true\n    min_free_mib: 1"));
  await server.launch();
  await assert.rejects(server.ctl("plugin", "disable", "recording"), /required in the configuration/);
});
