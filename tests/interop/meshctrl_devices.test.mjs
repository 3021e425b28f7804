// meshctrl.js, unmodified: what it does with devices, checked on the agent's side.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { MeshAgent, meshctrl, packageFolder } from "../harness/meshcentral.mjs";
import { run, until } from "../harness/process.mjs";
import { restUser } from "../harness/rest.mjs";
import { Agent, bin, temporaryFolder, Trellis } from "../harness/trellis.mjs";

let server;
let agent; // ours
let peer; // MeshCentral's
let folder; // what the stand-ins write
const limited = { user: "lim", pass: "Another-pass-1!", ms: 8000 };
const ctrl = (...args) => meshctrl(server, args);
const json = async (...args) => JSON.parse(await ctrl(...args, "--json"));
const last = (id) => id.split("/").at(-1);
const written = (name) => { try { return fs.readFileSync(path.join(folder, name), "utf8"); } catch { return ""; } };
const deviceIn = async (group) => (await json("listdevices")).find((device) => device.groupname === group);
const groupId = async (name) => last((await json("listdevicegroups")).find((group) => group.name === name)._id);

/** Stands for a program of the device: notes its arguments. */
function fakeProgram(name) {
  const file = path.join(folder, "bin", name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `#!/bin/sh\necho "$@" >> "${folder}/${name}"\n`, { mode: 0o755 });
}
/** A script module of the device that notes what it is called with. */
function fakeModule(name, method) {
  return `exports.${method} = function () {
    var all = []; for (var i = 0; i < arguments.length; ++i) { all.push(arguments[i]); }
    require('fs').writeFileSync('${folder}/${name}', JSON.stringify(all));
    return { then: function () { }, display: ':0' };
  };`;
}

before(async () => {
  folder = temporaryFolder("device");
  fakeProgram("systemctl");
  const agents = path.join(packageFolder, "agents");
  server = await Trellis.start({ config: `agents:\n  path: ${agents}\n` });
  await server.addAdmin();
  const env = { PATH: `${folder}/bin:${process.env.PATH}` };
  agent = await Agent.start(server, "Lab", { env });
  await agent.online(server);
  peer = await MeshAgent.start(server, { group: "Peers", env, modules: {
    toaster: fakeModule("toast", "Toast"), "message-box": fakeModule("box", "create"),
    "monitor-info": fakeModule("screen", "getXInfo"),
    "user-sessions": "exports.consoleUid = function () { return 0; }; exports.isRoot = function () { return true; };" } });
  await agent.online(server, 2);
  await ctrl("adduser", "--user", "lim", "--pass", limited.pass);
  for (const group of ["Lab", "Peers"]) await ctrl("addusertodevicegroup", "--group", group, "--userid", "lim", "--limitedevents");
});
after(async () => {
  await peer?.stop();
  await agent?.stop();
  await server?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

test("listdevices --details", async () => {
  const list = JSON.parse(await ctrl("listdevices", "--details", "--json"));
  assert.deepEqual(list.map((entry) => entry.node.groupname).sort(), ["Lab", "Peers"]);
  const csv = (await ctrl("listdevices", "--details", "--csv")).trim().split("\r\n");
  assert.equal(csv.length, 3);
  for (const line of csv) assert.equal(line.split(",").length, 42);
  const hidden = JSON.parse(await meshctrl(server, ["listdevices", "--details", "--json"], limited));
  assert.ok(hidden.every((entry) => entry.sys === undefined && entry.net === undefined));
});

test("devicepower --off reaches systemctl on both agents, --wake the neighbours", async () => {
  for (const group of ["Lab", "Peers"]) {
    const device = await deviceIn(group);
    assert.match(await ctrl("devicepower", "--id", device._id, "--off"), /^ok/m);
    await until(() => written("systemctl") === "poweroff\n", `${group} is switched off`);
    fs.rmSync(path.join(folder, "systemctl"));
    await until(async () => /Used [12] device/.test(await ctrl("devicepower", "--id", device._id, "--wake")), "it is woken");
  }
});

test("devicepower is refused without the right", async () => {
  const device = await deviceIn("Lab");
  assert.match(await meshctrl(server, ["devicepower", "--id", device._id, "--off"], limited), /Access denied/);
  assert.match(await meshctrl(server, ["devicepower", "--id", device._id, "--wake"], limited), /Invalid nodeid/);
  assert.match(await ctrl("devicepower", "--id", device._id, "--reset"), /^ok/m);
  await until(() => written("systemctl") !== "", "the later order has arrived");
  assert.equal(written("systemctl"), "reboot\n"); // and the refused one has not
});

test("deviceopenurl, devicemessage and devicetoast reach the person, and nobody without the right", async () => {
  const { _id: id } = await deviceIn("Peers");
  const commands = [
    ["box", ["devicemessage", "--id", id, "--msg", "hello", "--title", "From"], /"hello"/, /OK/],
    ["toast", ["devicetoast", "--id", id, "--msg", "notice"], /"notice"/, /ok/],
    ["screen", ["deviceopenurl", "--id", id, "--openurl", "https://example.org/"], /\d/, /OK/],
  ];
  for (const [file, args, seen, answer] of commands) {
    assert.match(await meshctrl(server, args, limited), /Unable to route|Access Denied/);
    assert.equal(written(file), "");
    assert.match(await ctrl(...args), answer);
    await until(() => seen.test(written(file)), `${args[0]} arrives`);
  }
  await until(async () => (await ctrl("listevents", "--id", id)).includes("Opening: https://example.org/"), "the device tells");
});

test("groupmessage and grouptoast reach every device of a group", async () => {
  for (const name of ["box", "toast"]) fs.rmSync(path.join(folder, name), { force: true });
  const id = await groupId("Peers");
  assert.match(await ctrl("groupmessage", "--id", id, "--msg", "to all"), /ok/);
  await until(() => written("box").includes("to all"), "the message arrives");
  assert.match(await ctrl("grouptoast", "--id", id, "--msg", "notice to all"), /ok/);
  await until(() => written("toast").includes("notice to all"), "the notice arrives");
  for (const name of ["box", "toast"]) fs.rmSync(path.join(folder, name), { force: true });
  await meshctrl(server, ["groupmessage", "--id", id, "--msg", "refused"], limited);
  assert.match(await meshctrl(server, ["grouptoast", "--id", id, "--msg", "refused"], limited), /Access Denied/);
  assert.equal(written("box") + written("toast"), "");
});

test("addlocaldevice and addamtdevice", async () => {
  await ctrl("adddevicegroup", "--name", "Local", "--agentless");
  await ctrl("adddevicegroup", "--name", "Amt", "--amtonly");
  const local = ["addlocaldevice", "--id", await groupId("Local"), "--devicename", "printer", "--hostname", "10.0.0.7", "--type", "6"];
  const amt = ["addamtdevice", "--id", await groupId("Amt"), "--devicename", "vpro", "--hostname", "10.0.0.8", "--user", "admin", "--pass", "P@ssw0rd"];
  for (const command of [local, amt]) {
    assert.doesNotMatch(await meshctrl(server, command, limited), /^ok/m);
    assert.match(await ctrl(...command), /^ok/m);
  }
  assert.equal((await deviceIn("Local")).host, "10.0.0.7");
  assert.equal((await deviceIn("Amt")).intelamt.user, "admin");
  assert.ok(!(await ctrl("listdevices", "--json")).includes("P@ssw0rd"));
  local[2] = await groupId("Lab");
  assert.match(await ctrl(...local), /agentless mesh only/);
});

test("editdevice, movetodevicegroup", async () => {
  const device = await deviceIn("Lab");
  assert.match(await meshctrl(server, ["editdevice", "--id", device._id, "--name", "stolen"], limited), /Access Denied/);
  assert.match(await ctrl("editdevice", "--id", device._id, "--icon", "4", "--consent", "7"), /ok/);
  const changed = await deviceIn("Lab");
  assert.deepEqual([changed.icon, changed.consent, changed.name], [4, 7, device.name]);
  await ctrl("adddevicegroup", "--name", "Elsewhere");
  assert.doesNotMatch(await meshctrl(server, ["movetodevicegroup", "--group", "Elsewhere", "--devid", device._id], limited), /^ok/m);
  assert.match(await ctrl("movetodevicegroup", "--group", "Elsewhere", "--devid", device._id), /ok/);
  assert.equal((await deviceIn("Elsewhere"))._id, device._id);
  assert.match(await ctrl("movetodevicegroup", "--id", await groupId("Local"), "--devid", device._id), /different types/);
  assert.match(await ctrl("movetodevicegroup", "--group", "Lab", "--devid", device._id), /ok/);
});

test("agentdownload hands out agents with the group's settings in them", async () => {
  const id = await groupId("Lab");
  for (const [type, original] of [["6", "meshagent_x86-64"], ["26", "meshagent_aarch64"], ["4", "MeshService64.exe"]]) {
    const into = temporaryFolder("download");
    const { output } = await run(process.execPath, [`${packageFolder}/meshctrl.js`, "agentdownload", "--type", type, "--id", id,
      "--installflags", "2", "--url", `wss://localhost:${server.port}`, "--loginuser", "admin", "--loginpass", "correct horse 42 battery"], { cwd: into });
    assert.match(output, /Downloaded/);
    const [name] = fs.readdirSync(into);
    const file = fs.readFileSync(path.join(into, name));
    assert.equal(file.subarray(-16).toString("hex"), "b996015880544a19b7f7e9be44914c19");
    const size = file.readUInt32BE(file.length - 20);
    const settings = file.subarray(file.length - 20 - size, file.length - 20).toString();
    assert.match(settings, new RegExp(`MeshServer=wss://localhost:${server.port}/agent.ashx`));
    assert.match(settings, /InstallFlags=2/);
    const before = fs.readFileSync(path.join(packageFolder, "agents", original));
    if (!original.endsWith(".exe")) {
      const digest = (bytes) => createHash("sha384").update(bytes).digest("hex");
      assert.equal(digest(file.subarray(0, before.length)), digest(before));
    }
    fs.rmSync(into, { recursive: true });
  }
  const refused = await run("curl", ["-sk", "-o", "/dev/null", "-w", "%{http_code}", `${server.origin}/meshagents?id=6&meshid=${"x".repeat(64)}`]);
  assert.equal(refused.output, "401");
});

test("our agent finds the settings in itself", async () => {
  const into = temporaryFolder("download");
  const id = await groupId("Lab");
  const file = path.join(into, "trellis-agent");
  const { output } = await run("curl", ["-sSk", "-o", file, `${server.origin}/meshagents?id=6&agent=trellis&meshid=${encodeURIComponent(id)}`]);
  assert.equal(output, "");
  const original = fs.readFileSync(path.join(bin, "trellis-agent"));
  assert.ok(fs.readFileSync(file).subarray(0, original.length).equals(original));
  fs.chmodSync(file, 0o755);
  const other = new Agent();
  other.folder = into;
  const { Process } = await import("../harness/process.mjs");
  other.process = new Process(file, ["run", "--data", path.join(into, "data")]);
  try {
    await agent.online(server, 3);
  } finally {
    await other.stop();
  }
});

test("report", async () => {
  await restUser(server, "admin"); // a person's login; those of scripts on the control channel are not listed
  assert.match(await ctrl("report", "--type", "logins"), /^group,time,ip,browser,os,twofactor,msg\nuser\/\/admin,/m);
  assert.match(await ctrl("report", "--type", "sessions", "--groupby", "day"), /^group,time,nodeid,meshid,userid,protocol,length/m);
  assert.match(await ctrl("report", "--type", "traffic"), /^group,userid,length,bytesin,bytesout/m);
  assert.match(await ctrl("report", "--type", "db"), /0,devices,\d+/);
  assert.match(await meshctrl(server, ["report", "--type", "db"], limited), /^group,\s*$/);
  assert.doesNotMatch(await meshctrl(server, ["report", "--type", "logins"], limited), /user\/\/admin/);
});

test("generateinvitelink opens a page, sendinviteemail is refused", async () => {
  const output = await ctrl("generateinvitelink", "--group", "Lab", "--hours", "1");
  const url = /https:\S+/.exec(output)[0];
  const page = await run("curl", ["-sk", url]);
  assert.match(page.output, /Lab/);
  assert.doesNotMatch(await meshctrl(server, ["generateinvitelink", "--group", "Elsewhere", "--hours", "1"], limited), /https:/);
  assert.match(await ctrl("sendinviteemail", "--group", "Lab", "--email", "a@example.com"), /Unsupported feature/);
});
