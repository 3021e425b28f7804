// meshctrl.js, unmodified: each command, checked for what it did.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { meshctrl, startMeshctrl } from "../harness/meshcentral.mjs";
import { until } from "../harness/process.mjs";
import { Agent, Trellis } from "../harness/trellis.mjs";

let server;
let agent;
const ctrl = (...args) => meshctrl(server, args);
const json = async (...args) => JSON.parse(await ctrl(...args, "--json"));

before(async () => {
  server = await Trellis.start();
  await server.addAdmin();
  agent = await Agent.start(server);
  await agent.online(server);
});
after(async () => {
  await agent?.stop();
  await server?.stop();
});

test("a wrong password is refused", async () => {
  const output = await meshctrl(server, ["serverinfo"], { pass: "wrong" });
  assert.match(output, /Invalid login/);
});

test("serverinfo and userinfo", async () => {
  const info = await json("serverinfo");
  assert.equal(info.port, server.port);
  assert.match(info.agentCertHash, /^[A-Za-z0-9@$]{64}$/);
  assert.match(info.tlshash, /^[0-9A-F]{96}$/);
  const user = await json("userinfo");
  assert.equal(user._id, "user//admin");
  assert.equal(user.siteadmin, 4294967295);
  assert.equal(user.hash, undefined);
  assert.equal(user.salt, undefined);
});

test("adduser, listusers, removeuser", async () => {
  assert.match(await ctrl("adduser", "--user", "Eve", "--pass", "Another-pass-1!", "--email", "eve@example.com"), /ok/);
  assert.ok((await json("listusers")).some((user) => user._id === "user//eve" && user.email === "eve@example.com"));
  assert.equal((await meshctrl(server, ["userinfo", "--json"], { user: "eve", pass: "Another-pass-1!" })).includes('"user//eve"'), true);
  assert.doesNotMatch(await ctrl("adduser", "--user", "eve", "--pass", "Another-pass-1!"), /^ok/m);
  assert.match(await ctrl("removeuser", "--userid", "user//eve"), /ok/);
  assert.ok(!(await json("listusers")).some((user) => user._id === "user//eve"));
});

test("an ordinary user sees and does nothing of others", async () => {
  await ctrl("adduser", "--user", "lim", "--pass", "Another-pass-1!");
  const as = { user: "lim", pass: "Another-pass-1!" };
  const list = await meshctrl(server, ["listdevices", "--json"], as);
  assert.deepEqual(JSON.parse(list || "[]") ?? [], []);
  const refused = await meshctrl(server, ["adduser", "--user", "x1", "--pass", "Another-pass-1!"], as);
  assert.doesNotMatch(refused, /^ok/m);
  assert.ok(!(await json("listusers")).some((user) => user._id === "user//x1"));
  const [device] = await json("listdevices");
  const run = await meshctrl(server, ["runcommand", "--id", device._id, "--run", "id", "--reply"], { ...as, ms: 5000 });
  assert.doesNotMatch(run, /uid=/);
});

test("adddevicegroup, listdevicegroups, editdevicegroup, removedevicegroup", async () => {
  const created = await ctrl("adddevicegroup", "--name", "Office", "--desc", "first floor");
  const id = /ok (mesh\/\/\S+)/.exec(created)[1];
  const group = (await json("listdevicegroups")).find((entry) => entry._id === id);
  assert.equal(group.name, "Office");
  assert.equal(group.desc, "first floor");
  assert.match(await ctrl("editdevicegroup", "--id", id.split("/")[2], "--name", "Office 2"), /ok/);
  assert.equal((await json("listdevicegroups")).find((entry) => entry._id === id).name, "Office 2");
  assert.match(await ctrl("removedevicegroup", "--id", id.split("/")[2]), /ok/);
  assert.ok(!(await json("listdevicegroups")).some((entry) => entry._id === id));
});

test("listdevices, deviceinfo, editdevice", async () => {
  const [device] = await json("listdevices");
  assert.equal(device.conn, 1);
  assert.equal(device.groupname, "Lab");
  const text = await ctrl("deviceinfo", "--id", device._id);
  assert.match(text, /Agent/);
  assert.match(text, new RegExp(device.name));
  assert.match(await ctrl("editdevice", "--id", device._id, "--name", "renamed", "--desc", "by test", "--tags", "a,b"), /ok/);
  const changed = (await json("listdevices")).find((entry) => entry._id === device._id);
  assert.equal(changed.name, "renamed");
  assert.equal(changed.desc, "by test");
  assert.deepEqual(changed.tags, ["a", "b"]);
});

test("runcommand with --reply and without", async () => {
  const [device] = await json("listdevices");
  assert.match(await ctrl("runcommand", "--id", device._id, "--run", "echo $((6*7))", "--reply"), /42/);
  assert.match(await ctrl("runcommand", "--id", device._id, "--run", "true"), /OK/);
});

test("showevents prints what happens", async () => {
  const events = startMeshctrl(server, ["showevents"]);
  try {
    await events.line(/Connected/);
    const created = await ctrl("adddevicegroup", "--name", "Evented");
    await events.line(/createmesh/);
    await ctrl("removedevicegroup", "--id", /ok mesh\/\/(\S+)/.exec(created)[1]);
    await events.line(/deletemesh/);
  } finally {
    await events.stop("SIGKILL");
  }
});

test("removedevice takes an offline device out", async () => {
  const [device] = await json("listdevices");
  await agent.process.stop();
  await until(async () => (await json("listdevices"))[0].conn !== 1, "the device is offline");
  assert.match(await ctrl("removedevice", "--id", device._id), /ok/);
  const text = await ctrl("listdevices", "--json");
  assert.ok(!text.includes(device._id));
});

test("--loginkey signs in as the key's user", async () => {
  const key = (await server.ctl("server", "loginkey")).trim();
  const { run } = await import("../harness/process.mjs");
  const { packageFolder } = await import("../harness/meshcentral.mjs");
  const { output } = await run(process.execPath, [`${packageFolder}/meshctrl.js`, "userinfo", "--json", "--url",
    `wss://localhost:${server.port}`, "--loginuser", "admin", "--loginkey", key]);
  assert.equal(JSON.parse(output)._id, "user//admin");
});
