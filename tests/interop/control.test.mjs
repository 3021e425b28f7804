// Raw clients of control.ashx: what is refused, what only some may see, and what isn't a message.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Control } from "../harness/control.mjs";
import { MeshAgent, meshctrl } from "../harness/meshcentral.mjs";
import { until } from "../harness/process.mjs";
import { Trellis } from "../harness/trellis.mjs";

const pass = "Another-pass-1!";
const rid = { responseid: "r" };
let server;
let agent;
let deviceId;
let groupId;
const controls = {};

before(async () => {
  server = await Trellis.start();
  await server.addAdmin();
  agent = await MeshAgent.start(server);
  controls.admin = await Control.open(server);
  deviceId = await until(async () => {
    const { nodes } = await controls.admin.ask({ action: "nodes", ...rid });
    return Object.values(nodes).flat().find((node) => node.conn === 1 && (node.agent.caps & 4) === 4)?._id;
  }, "the device is online with its script", 60000);
  groupId = (await controls.admin.ask({ action: "meshes" })).meshes[0]._id;
  // "viewer" has remote control of the device, not its console; "nobody" has nothing.
  for (const name of ["viewer", "nobody", "manager"]) {
    await controls.admin.ask({ action: "adduser", username: name, pass, siteadmin: name === "manager" ? 2 : 0, ...rid });
  }
  await controls.admin.ask({ action: "addmeshuser", meshid: groupId, usernames: ["viewer"], meshadmin: 8, ...rid });
  for (const name of ["viewer", "nobody", "manager"]) controls[name] = await Control.open(server, { user: name, pass });
});
after(async () => {
  for (const control of Object.values(controls)) control.close();
  await agent?.stop();
  await server?.stop();
});

const resultOf = async (who, message, action) => (await controls[who].ask({ ...message, ...rid }, action)).result;

test("what a command prints is shown to who ran it and to nobody else", async () => {
  await Promise.all(Object.values(controls).map((control) => control.settle()));
  assert.equal(await resultOf("admin", { action: "runcommands", nodeids: [deviceId], type: 0, cmds: "echo se'cret'" }), "OK");
  await controls.admin.take((m) => m.type === "console" && String(m.value).includes("secret"), "the output");
  controls.admin.send({ action: "runcommands", nodeids: [deviceId], type: 0, cmds: "echo se'cret'", reply: true, ...rid });
  await controls.admin.take((m) => m.type === "runcommands" && m.result.includes("secret"), "the reply");
  for (const who of ["viewer", "nobody", "manager"]) {
    assert.doesNotMatch(JSON.stringify(await controls[who].settle()), /secret/, who);
  }
});

test("refusals have the wire's words, also for what one can't see", async () => {
  const own = (message) => resultOf("nobody", message);
  const command = { action: "runcommands", nodeids: [deviceId], type: 0, cmds: "id" };
  assert.equal(await own(command), "Invalid nodeid"); // has no link to anything
  assert.equal(await resultOf("viewer", command), "Access denied");
  assert.equal(await own({ action: "deletemesh", meshid: groupId }), "Access denied");
  assert.equal(await own({ action: "addmeshuser", meshid: groupId, usernames: ["nobody"], meshadmin: -1 }), "Permission denied");
  assert.equal(await own({ action: "removemeshuser", meshid: groupId, userid: "viewer" }), "Permission denied");
  assert.equal(await own({ action: "removedevices", nodeids: [deviceId] }), "Denied");
  assert.equal(await own({ action: "changedevice", nodeid: deviceId, name: "x" }), "Access Denied");
  assert.equal(await own({ action: "changedevice", nodeid: "no-such-device", name: "x" }), "Access Denied");
  assert.equal(await own({ action: "msg", nodeid: deviceId, type: "ps" }), "Unable to route");
  assert.equal(await own({ action: "uninstallagent", nodeids: [deviceId] }), "Access denied");
  assert.deepEqual((await controls.nobody.ask({ action: "events", nodeid: deviceId })).events, []);
  const { _id } = (await controls.admin.ask({ action: "meshes" })).meshes[0];
  assert.equal(_id, groupId);
});

test("ids of another tenant", async () => {
  const node = `node/other/${deviceId.split("/")[2]}`;
  assert.equal(await resultOf("admin", { action: "removedevices", nodeids: [node] }), "Invalid domain");
  assert.equal(await resultOf("admin", { action: "runcommands", nodeids: [node], type: 0, cmds: "id" }), "Invalid domain");
  assert.equal(await resultOf("admin", { action: "wakedevices", nodeids: [node] }), "Invalid domain");
  assert.equal(await resultOf("admin", { action: "deleteuser", userid: "user/other/viewer" }), "User does not exists");
  assert.match(await resultOf("admin", { action: "addmeshuser", meshid: groupId, userids: ["user/other/viewer"], meshadmin: 8 }), /Mismatch domains/);
});

test("refusals of devices without an agent come as changeDeviceMesh", async () => {
  const add = { action: "addlocaldevice", meshid: groupId, devicename: "d", hostname: "h", type: 6 };
  assert.equal(await resultOf("admin", add, "changeDeviceMesh"), "Local device agentless mesh only allowed");
  assert.equal(await resultOf("nobody", { ...add, type: 5 }, "changeDeviceMesh"), "Invalid type");
});

test("what isn't a message changes nothing, and the connection goes on", async () => {
  const { viewer } = controls;
  for (const text of ["", "{", "[]", "5", "null", "[".repeat(20000), '{"action":5}', '{"action":"__proto__"}', '{"action":"nosuch","responseid":"r"}']) {
    viewer.send(text);
  }
  viewer.socket.send(Buffer.from([0xff, 0xfe, 0x7b]));
  viewer.socket.send(Buffer.from('{"action":"meshes","tag":"binary"}'));
  assert.equal((await viewer.take((m) => m.action === "meshes", "an answer to a binary frame")).tag, "binary");
  for (const message of [{ action: "events", userid: 5 }, { action: "events", nodeid: {} }, { action: "previousLogins", userid: 5 },
    { action: "powertimeline", nodeid: [] }, { action: "webrelay", nodeid: deviceId, port: 80, appid: 1 }]) {
    viewer.send({ ...message, ...rid }); // these end the process of others
  }
  await viewer.settle();
  assert.match(await meshctrl(server, ["serverinfo"]), /port/);
});

test("a user manager reads the events of users, others only their own", async () => {
  await controls.viewer.ask({ action: "events", userid: "user//viewer" });
  assert.equal((await controls.viewer.ask({ action: "events", userid: "user//admin", ...rid })).events, undefined);
  assert.ok((await controls.manager.ask({ action: "events", userid: "user//viewer" })).events.length > 0);
});

test("an agent in the foreground doesn't remove itself", async () => {
  assert.equal(await resultOf("admin", { action: "uninstallagent", nodeids: [deviceId] }), "ok");
  await controls.admin.take((m) => m.type === "console" && /not removed/.test(m.value), "the device says so");
});
