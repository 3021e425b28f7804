// Who may run and who may see, through REST, with real users and a real agent.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { restUser } from "../../../tests/harness/rest.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Agent, password, Trellis } from "../../../tests/harness/trellis.mjs";
import { finished, runOne } from "./support.mjs";

const kRemoteCommand = 131072, kRemoteControl = 8;
let server;
let agent;
let admin;
let device;

before(async () => {
  server = await Trellis.start();
  await server.addAdmin();
  for (const name of ["runner", "viewer", "stranger"]) await server.ctlWithInput(`${password}\n`, "user", "add", name, "--password-stdin");
  agent = await Agent.start(server);
  [device] = await agent.online(server);
  admin = await restUser(server, "admin");
  for (const [userid, meshadmin] of [["user//runner", kRemoteCommand], ["user//viewer", kRemoteControl]]) {
    await admin.call("addmeshuser", { meshid: device.groupId ?? (await admin.call("scripts.targets", { targets: { all: true } })).groups[0].id, userids: [userid], usernames: [userid.slice(6)], meshadmin });
  }
});
after(async () => {
  await agent?.stop();
  await server?.stop();
});

const code = (wanted) => (error) => error.code === wanted || assert.fail(`${error.code}: ${error.message}`);

test("the right to run commands is needed to run, and to see what was printed", { timeout: 120000 }, async () => {
  const runner = await restUser(server, "runner");
  const viewer = await restUser(server, "viewer");
  const stranger = await restUser(server, "stranger");
  const run = await runOne(runner, device.id, { text: "echo private" });
  assert.equal(run.stdout, "private\n");
  const args = { interpreter: "sh", text: "id", targets: { devices: [device.id] } };
  await assert.rejects(viewer.call("scripts.run", args), code("forbidden"));
  await assert.rejects(stranger.call("scripts.run", args), code("not_found"));
  for (const who of [viewer, stranger]) {
    await assert.rejects(who.call("scripts.output", { job: run.job, nodeid: device.id }), (error) => ["forbidden", "not_found"].includes(error.code));
    await assert.rejects(who.call("scripts.job", { job: run.job }), code("not_found"));
    assert.deepEqual((await who.call("scripts.jobs")).jobs, []);
    await assert.rejects(who.call("scripts.cancel", { job: run.job }), code("not_found"));
  }
  assert.equal((await admin.call("scripts.output", { job: run.job, nodeid: device.id })).stdout, "private\n");
});

test("a right that is taken away counts for what still waits", { timeout: 180000 }, async () => {
  const runner = await restUser(server, "runner");
  await agent.process.stop();
  await until(async () => !(await server.call("device.list")).devices[0].online, "the device is away");
  const { job } = await runner.call("scripts.run", { interpreter: "sh", text: "id", ttl_s: 3600, targets: { devices: [device.id] } });
  const { groups } = await admin.call("scripts.targets", { targets: { all: true } });
  await admin.call("removemeshuser", { meshid: groups[0].id, userid: "user//runner" });
  agent.launch();
  const over = await finished(admin, job, 90000);
  assert.equal(over.runs[0].state, "denied");
});

test("bad arguments are named and change nothing", async () => {
  const before = (await admin.call("scripts.jobs")).jobs.length;
  const targets = { devices: [device.id] };
  for (const [args, field] of [
    [{ targets }, "/script"],
    [{ text: "id", targets }, "/interpreter"],
    [{ text: "id", interpreter: "perl", targets }, "/interpreter"],
    [{ text: "id", interpreter: "sh", targets: {} }, "/targets"],
    [{ text: "id", interpreter: "sh", targets, parameters: { LD_PRELOAD: "x" } }, "/parameters/LD_PRELOAD"],
    [{ text: "id", interpreter: "sh", targets, timeout_s: 0 }, "/timeout_s"],
    [{ text: "id", interpreter: "sh", targets: { devices: ["node//nobody"] } }, "/targets/devices/0"],
  ]) {
    await assert.rejects(admin.call("scripts.run", args), (error) => assert.equal(error.field, field) ?? true);
  }
  assert.equal((await admin.call("scripts.jobs")).jobs.length, before);
});
