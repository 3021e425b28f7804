// meshctrl.js, unmodified: users, user groups and rights, as a site administrator, a limited user, a
// user who has rights through a user group alone, a locked user, and with login tokens and keys.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { meshctrl, packageFolder, startMeshctrl } from "../harness/meshcentral.mjs";
import { run, until } from "../harness/process.mjs";
import { Agent, Trellis } from "../harness/trellis.mjs";

const pass = "Another-pass-1!";
// meshctrl waits for ever for an answer that doesn't come: then it is ended, and has printed nothing.
const patience = 8000;
const as = (user) => ({ user, pass, ms: patience });

let server;
let agent;
let deviceId;
let labId;
const ctrl = (...args) => meshctrl(server, args);
const json = async (...args) => JSON.parse(await ctrl(...args, "--json"));
const by = (who, ...args) => meshctrl(server, args, who);
const shortId = (id) => id.split("/")[2];
const device = async () => (await json("listdevices")).find((entry) => entry._id === deviceId);
const group = async (id) => (await json("listdevicegroups")).find((entry) => entry._id === id);
const userGroup = async (id) => ((await json("listusergroups")) ?? {})[id];

async function addUserGroup(name) {
  assert.match(await ctrl("addusergroup", "--name", name), /^ok/m);
  return Object.values(await json("listusergroups")).find((entry) => entry.name === name)._id;
}

before(async () => {
  server = await Trellis.start();
  await server.addAdmin();
  agent = await Agent.start(server);
  [{ _id: deviceId }] = await until(async () => {
    const list = await json("listdevices");
    return list.length > 0 && list;
  }, "the device is listed");
  labId = (await json("listdevicegroups"))[0]._id;
  for (const user of ["lim", "member", "locked"]) await ctrl("adduser", "--user", user, "--pass", pass);
  await ctrl("edituser", "--userid", "locked", "--rights", "locked");
});
after(async () => {
  await agent?.stop();
  await server?.stop();
});

test("listusergroups prints null when there are none", async () => {
  assert.equal(await json("listusergroups"), null);
});

test("addusergroup, listusergroups and removeusergroup, for those who may", async () => {
  const id = await addUserGroup("Temps");
  assert.match(await by(as("lim"), "addusergroup", "--name", "Mine"), /Permission denied/);
  assert.match(await by(as("lim"), "removeusergroup", "--groupid", id), /Permission denied/);
  assert.deepEqual(JSON.parse(await by(as("lim"), "listusergroups", "--json")), { [id]: { name: "Temps" } });
  assert.ok(await userGroup(id));
  assert.match(await ctrl("removeusergroup", "--groupid", id), /^ok/m);
  assert.equal(await userGroup(id), undefined);
});

test("rights through a user group come with the membership and go with it", async () => {
  const id = await addUserGroup("Night shift");
  assert.match(await ctrl("addtousergroup", "--groupid", id, "--id", labId, "--rights", "4"), /Added user/);
  assert.deepEqual(JSON.parse(await by(as("member"), "listdevices", "--json")), []);
  assert.match(await by(as("member"), "addtousergroup", "--groupid", id, "--id", "user//member"), /Permission denied/);
  assert.match(await ctrl("addtousergroup", "--groupid", id, "--id", "user//member"), /^ok/m);
  assert.equal((await userGroup(id)).links["user//member"].rights, 1);
  assert.equal((await userGroup(id)).links[labId].rights, 4);

  assert.equal(JSON.parse(await by(as("member"), "listdevices", "--json"))[0]._id, deviceId);
  assert.match(await by(as("member"), "editdevice", "--id", deviceId, "--desc", "by a member"), /ok/);
  assert.equal((await device()).desc, "by a member");
  const refused = await by(as("member"), "addusertodevicegroup", "--id", shortId(labId), "--userid", "lim", "--fullrights");
  assert.match(refused, /Permission denied/);
  assert.equal((await group(labId)).links["user//lim"], undefined);

  assert.match(await ctrl("removefromusergroup", "--groupid", id, "--id", "user//member"), /^ok/m);
  assert.deepEqual(JSON.parse(await by(as("member"), "listdevices", "--json")), []);
  assert.doesNotMatch(await by(as("member"), "editdevice", "--id", deviceId, "--desc", "again"), /ok/);
  assert.equal((await device()).desc, "by a member");
  assert.match(await ctrl("removefromusergroup", "--groupid", id, "--id", labId), /^ok/m);
  assert.equal((await userGroup(id)).links[labId], undefined);
  await ctrl("removeusergroup", "--groupid", id);
});

test("a user group is given rights on one device", async () => {
  const id = await addUserGroup("Device people");
  await ctrl("addtousergroup", "--groupid", id, "--id", "user//member");
  assert.match(await ctrl("addtousergroup", "--groupid", id, "--id", deviceId, "--rights", "8"), /^ok/m);
  assert.equal(JSON.parse(await by(as("member"), "listdevices", "--json"))[0]._id, deviceId);
  assert.match(await ctrl("removefromusergroup", "--groupid", id, "--id", deviceId), /^ok/m);
  assert.deepEqual(JSON.parse(await by(as("member"), "listdevices", "--json")), []);
  await ctrl("removeusergroup", "--groupid", id);
});

test("removeallusersfromusergroup empties it, for those who may", async () => {
  const id = await addUserGroup("All");
  for (const user of ["lim", "member"]) await ctrl("addtousergroup", "--groupid", id, "--id", `user//${user}`);
  await by(as("lim"), "removeallusersfromusergroup", "--groupid", id);
  assert.equal(Object.keys((await userGroup(id)).links).length, 2);
  const output = await ctrl("removeallusersfromusergroup", "--groupid", id);
  assert.match(output, /Removing user\/\/lim/);
  assert.match(output, /^ok/m);
  assert.deepEqual((await userGroup(id)).links, {});
  await ctrl("removeusergroup", "--groupid", id);
});

test("edituser changes what it is given, and nothing without the right", async () => {
  assert.match(await ctrl("edituser", "--userid", "lim", "--realname", "Lim Ited", "--email", "lim@example.com"), /ok/);
  const find = async () => (await json("listusers")).find((user) => user._id === "user//lim");
  assert.equal((await find()).realname, "Lim Ited");
  assert.equal((await find()).email, "lim@example.com");
  assert.match(await ctrl("edituser", "--userid", "lim", "--realname", ""), /ok/);
  assert.equal((await find()).realname, undefined);
  assert.match(await by(as("lim"), "edituser", "--userid", "lim", "--rights", "full"), /Permission denied/);
  assert.equal((await find()).siteadmin, undefined);
});

test("listusersessions counts for managers alone", async () => {
  const watching = startMeshctrl(server, ["showevents"], as("lim"));
  try {
    await watching.line(/Connected/);
    const counts = await until(async () => {
      const now = await json("listusersessions");
      return now["user//lim"] && now;
    }, "the session is counted");
    assert.equal(counts["user//lim"], 1);
    assert.equal(await by(as("member"), "listusersessions", "--json").then((text) => text.trim()), "{}");
  } finally {
    await watching.stop("SIGKILL");
  }
});

test("broadcast reaches open connections, and only from managers", async () => {
  const watching = startMeshctrl(server, ["showevents"], as("member"));
  try {
    await watching.line(/Connected/);
    assert.match(await by(as("lim"), "broadcast", "--msg", "not allowed"), /Permission denied/);
    assert.match(await ctrl("broadcast", "--msg", "for lim", "--user", "user//lim"), /^ok/m);
    assert.match(await ctrl("broadcast", "--msg", "hello all"), /^ok/m);
    await watching.line(/hello all/);
    assert.doesNotMatch(watching.output, /not allowed|for lim/);
  } finally {
    await watching.stop("SIGKILL");
  }
});

test("addusertodevicegroup, listusersofdevicegroup, removeuserfromdevicegroup", async () => {
  const lab = shortId(labId);
  assert.match(await ctrl("addusertodevicegroup", "--id", lab, "--userid", "lim", "--remotecontrol"), /Added user lim/);
  assert.match(await ctrl("addusertodevicegroup", "--id", lab, "--userid", "nobody", "--remotecontrol"), /Nothing done/);
  assert.equal((await json("listusersofdevicegroup", "--id", lab))["user//lim"].rights, 8);
  assert.match(await by(as("lim"), "addusertodevicegroup", "--id", lab, "--userid", "member", "--remotecontrol"), /Permission denied/);
  assert.match(await by(as("lim"), "removeuserfromdevicegroup", "--id", lab, "--userid", "admin"), /Permission denied/);
  assert.match(await by(as("member"), "listusersofdevicegroup", "--id", lab), /Group id not found/);
  assert.match(await ctrl("removeuserfromdevicegroup", "--id", lab, "--userid", "lim"), /^ok/m);
  assert.equal((await json("listusersofdevicegroup", "--id", lab))["user//lim"], undefined);
});

test("addusertodevice and removeuserfromdevice", async () => {
  assert.match(await ctrl("addusertodevice", "--id", deviceId, "--userid", "lim", "--remotecontrol"), /ok/);
  assert.equal((await device()).links["user//lim"].rights, 8);
  assert.match(await by(as("lim"), "addusertodevice", "--id", deviceId, "--userid", "member", "--remotecontrol"), /Permission denied/);
  assert.match(await by(as("member"), "removeuserfromdevice", "--id", deviceId, "--userid", "lim"), /Permission denied/);
  assert.match(await ctrl("removeuserfromdevice", "--id", deviceId, "--userid", "lim"), /ok/);
  assert.equal((await device()).links?.["user//lim"], undefined);
});

test("movetodevicegroup needs the rights on both groups", async () => {
  const id = /ok (mesh\/\/\S+)/.exec(await ctrl("adddevicegroup", "--name", "Office"))[1];
  await ctrl("addusertodevicegroup", "--id", shortId(labId), "--userid", "lim", "--managedevices", "--editgroup");
  await by(as("lim"), "movetodevicegroup", "--id", shortId(id), "--devid", deviceId);
  assert.equal((await device()).meshid, labId);
  assert.match(await ctrl("movetodevicegroup", "--id", shortId(id), "--devid", deviceId), /^ok/m);
  assert.equal((await device()).meshid, id);
  await ctrl("movetodevicegroup", "--id", shortId(labId), "--devid", deviceId);
  await ctrl("removeuserfromdevicegroup", "--id", shortId(labId), "--userid", "lim");
});

test("a locked user gets nowhere", async () => {
  for (const command of [["listdevices"], ["listusergroups"], ["logintokens"]]) {
    assert.match(await by(as("locked"), ...command), /Invalid login/);
  }
});

test("a lock ends what is open", async () => {
  await ctrl("adduser", "--user", "soon", "--pass", pass);
  const watching = startMeshctrl(server, ["showevents"], as("soon"));
  await watching.line(/Connected/);
  await ctrl("edituser", "--userid", "soon", "--rights", "locked");
  await until(() => watching.hasExited, "the connection is cut");
});

function tokenFrom(output) {
  return { user: /Username:\s*(\S+)/.exec(output)[1], pass: /Password:\s*(\S+)/.exec(output)[1], ms: patience };
}

test("logintokens are made, used, listed and removed, and make no others", async () => {
  const token = tokenFrom(await by(as("lim"), "logintokens", "--add", "script", "--expire", "10"));
  assert.equal(JSON.parse(await by(token, "userinfo", "--json"))._id, "user//lim");
  assert.match(await by(as("lim"), "logintokens"), /script/);
  await by(token, "logintokens", "--add", "more", "--expire", "0");
  assert.doesNotMatch(await by(as("lim"), "logintokens"), /more/);
  assert.match(await by({ ...token, pass: "wrong" }, "userinfo"), /Invalid login/);
  const watching = startMeshctrl(server, ["showevents"], token);
  await watching.line(/Connected/);
  await by(as("lim"), "logintokens", "--remove", token.user);
  await until(() => watching.hasExited, "the token's connection is cut");
  assert.match(await by(token, "userinfo"), /Invalid login/);
});

test("an expired token is refused and its connection cut", async () => {
  // Fractions of a minute are no argument of ours: the shortest token lives for one.
  const token = tokenFrom(await by(as("member"), "logintokens", "--add", "short", "--expire", "1"));
  const watching = startMeshctrl(server, ["showevents"], token);
  await watching.line(/Connected/);
  await until(() => watching.hasExited, "the connection ends with its token", 90000);
  assert.match(await by(token, "userinfo"), /Invalid login/);
  assert.doesNotMatch(await by(as("member"), "logintokens"), /short/);
});

async function withKey(key, user, ...args) {
  const { output } = await run(process.execPath, [`${packageFolder}/meshctrl.js`, ...args, "--url",
    `wss://localhost:${server.port}`, "--loginuser", user, "--loginkey", key], { ms: patience });
  return output;
}

test("--loginkey opens accounts that exist and are not locked", async () => {
  const key = (await server.ctl("server", "loginkey")).trim();
  assert.equal(JSON.parse(await withKey(key, "lim", "userinfo", "--json"))._id, "user//lim");
  for (const user of ["locked", "nobody", "Lim"]) assert.match(await withKey(key, user, "userinfo"), /Invalid login/);
  const other = (key.startsWith("0") ? "1" : "0") + key.slice(1);
  assert.match(await withKey(other, "lim", "userinfo"), /Invalid login/);
  assert.match(await withKey("rubbish", "lim", "userinfo"), /Invalid login/);
});
