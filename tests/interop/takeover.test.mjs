// A real MeshCentral server is taken over while its agent runs: the agent comes back by itself.
import assert from "node:assert/strict";
import fs from "node:fs";
import https from "node:https";
import path from "node:path";
import { after, before, test } from "node:test";
import { MeshAgent, MeshCentral, meshctrl } from "../harness/meshcentral.mjs";
import { run, until } from "../harness/process.mjs";
import { totp as codeOf } from "../harness/totp.mjs";
import { Trellis, freePort, temporaryFolder } from "../harness/trellis.mjs";

const passwords = { ada: "Old pass.word 1", "b.ob": "Bobs own 22 pass", eve: "Eves own 33 pass", tom: "Toms own 44 pass" };
const secret = "ABCDEFGHIJKLMNOP";
const as = (user) => ({ user, pass: passwords[user] });
let old;
let agent;
let server;
let device;
let loginToken;
let dryRun;

const totp = (steps = 0) => codeOf(secret, steps);
const listDevices = async (where, user, ...args) => JSON.parse(await meshctrl(where, ["listdevices", "--json", ...args], as(user)));
const online = (where) => until(async () => (await listDevices(where, "ada")).find((entry) => (entry.conn & 1) === 1), "the agent is online");

/** MeshCentral's login form; gives status and whether a session began. */
function form(fields) {
  const body = new URLSearchParams({ action: "login", ...fields }).toString();
  return new Promise((resolve, reject) => {
    https.request(`${server.origin}/login`, {
      method: "POST", rejectUnauthorized: false,
      headers: { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": body.length },
    }, (response) => {
      let text = "";
      response.on("data", (piece) => (text += piece));
      response.on("end", () => resolve({ status: response.statusCode, text, isIn: (response.headers["set-cookie"] ?? []).length > 0 }));
    }).on("error", reject).end(body);
  });
}

/** The stored form of a password, from the database itself. */
async function storedHash(user) {
  const sql = `SELECT password_hash FROM users WHERE id='user//${user}'`;
  if (process.env.TRELLIS_TEST_POSTGRESQL) {
    const url = /url: "(.*)"/.exec(fs.readFileSync(path.join(server.data, "conf.d/database.yaml"), "utf8"))[1];
    return (await run("/usr/bin/psql", ["-qAt", "-c", sql, url])).output.trim();
  }
  const program = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])";
  return (await run("python3", ["-c", program, path.join(server.data, "trellis.db"), sql])).output.trim();
}

async function prepareOldServer() {
  old = await MeshCentral.start({
    port: await freePort(), accounts: passwords,
    settings: { agentPing: 45, maxInvalidLogin: { time: 5, count: 50 } }, domain: { title: "Old House" },
  });
  await meshctrl(old, ["adddevicegroup", "--name", "Lab"], as("ada"));
  await meshctrl(old, ["addusertodevicegroup", "--group", "Lab", "--userid", "b.ob", "--remotecontrol"], as("ada"));
  const [group] = JSON.parse(await meshctrl(old, ["listdevicegroups", "--json"], as("ada")));
  const made = await meshctrl(old, ["logintokens", "--add", "script", "--expire", "0"], as("ada"));
  loginToken = { user: /Username: (\S+)/.exec(made)[1], pass: /Password: (\S+)/.exec(made)[1] };
  agent = await MeshAgent.start(old, { settings: await old.settings(group._id) });
  device = await online(old);
  await meshctrl(old, ["editdevice", "--id", device._id, "--tags", "blue,green"], as("ada"));
  await old.stop();
  // What MeshCentral writes when somebody sets up an authenticator app.
  const file = path.join(old.data, "meshcentral.db");
  const lines = fs.readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
  const tom = { ...lines.filter((line) => line._id === "user//tom").pop(), otpsecret: secret, otpkeys: { keys: [{ p: 12345678, u: true }] } };
  fs.appendFileSync(file, `${JSON.stringify(tom)}\n`);
}

before(async () => {
  await prepareOldServer();
  server = new Trellis();
  Object.assign(server, { data: temporaryFolder("taken"), port: old.port, args: [], env: {} });
  if (process.env.TRELLIS_TEST_POSTGRESQL) await server.usePostgresql(process.env.TRELLIS_TEST_POSTGRESQL);
  const before = fs.readdirSync(server.data);
  dryRun = JSON.parse(await server.ctl("--json", "import", "meshcentral", old.data, "--dry-run"));
  assert.deepEqual(fs.readdirSync(server.data), before, "a dry run leaves nothing behind");
  await server.ctl("import", "meshcentral", old.data);
  await server.launch();
});
after(async () => {
  await agent?.stop();
  await server?.stop();
  await old?.stop();
  old?.remove();
});

test("a dry run counts what will be taken", () => {
  assert.equal(dryRun.taken.account, 4);
  assert.equal(dryRun.taken.device, 1);
  assert.equal(dryRun.taken["device group"], 1);
  assert.equal(dryRun.taken["login token"], 1);
  assert.equal(dryRun.taken["second factor otpsecret"], 1);
  assert.ok(dryRun.taken.event > 3);
});

test("the agent that never stopped comes back with its id, and is driven", async () => {
  const back = await online(server);
  assert.equal(back._id, device._id);
  assert.deepEqual(back.tags, ["blue", "green"]);
  assert.equal(agent.process.hasExited, undefined, "it is the same process");
  const output = await meshctrl(server, ["runcommand", "--id", back._id, "--run", "echo $((6*7)) after", "--reply"], as("ada"));
  assert.match(output, /42 after/);
});

test("options are in the configuration file", () => {
  const text = fs.readFileSync(path.join(server.data, "trellis.yaml"), "utf8");
  for (const line of [/^ {2}port: \d+$/m, /^ {2}title: "Old House"$/m, /^ {2}ping_s: 45$/m, /^ {2}max_failures: 50$/m]) assert.match(text, line);
});

test("the old password signs in over the form, and is stored as argon2id from then on", async () => {
  assert.match(await storedHash("eve"), /^\$mc-pbkdf2-sha384\$/);
  assert.equal((await form({ username: "eve", password: "another one" })).isIn, false);
  assert.equal((await form({ username: "Eve", password: passwords.eve })).isIn, true);
  assert.match(await storedHash("eve"), /^\$argon2id\$/);
  assert.match(await storedHash("ada"), /^\$argon2id\$/, "also after unmodified meshctrl");
});

test("rights of others are what they were, and hold", async () => {
  const [seen] = await listDevices(server, "b.ob");
  assert.equal(seen._id, device._id);
  const refused = await meshctrl(server, ["runcommand", "--id", device._id, "--run", "echo $((6*7)) bob", "--reply"], as("b.ob"));
  assert.doesNotMatch(refused, /42 bob/);
  assert.match(await meshctrl(server, ["editdevicegroup", "--group", "Lab", "--desc", "mine"], as("b.ob")), /denied/i);
  assert.equal((await listDevices(server, "eve")).length, 0);
});

test("login tokens of scripts go on", async () => {
  const list = JSON.parse(await meshctrl(server, ["listdevices", "--json"], loginToken));
  assert.equal(list[0]._id, device._id);
});

test("whoever had a second factor does not sign in without it, at any door", async () => {
  const tool = (...more) => meshctrl(server, ["listdevices", "--json", ...more], as("tom"));
  assert.match(await tool(), /Authentication token required/);
  assert.match(await tool("--token", "000000"), /Authentication token required/);
  const asked = await form({ username: "tom", password: passwords.tom });
  assert.equal(asked.isIn, false);
  assert.match(asked.text, /second_factor_required/);
  const code = totp();
  assert.equal((await form({ username: "tom", password: passwords.tom, token: code })).isIn, true);
  assert.match(await tool("--token", code), /Authentication token required/, "a code counts once");
  // meshctrl reads a code as a number and loses a leading zero.
  const later = [1, 2].map(totp).find((text) => !text.startsWith("0"));
  if (later) assert.deepEqual(JSON.parse(await tool("--token", later)), []);
  assert.deepEqual(JSON.parse(await tool("--token", "12345678")), []);
  await server.restart();
  assert.match(await tool("--token", "12345678"), /Authentication token required/, "a backup code counts once, also after a restart");
});

test("without the plugin such an account stays shut until an administrator clears the factor", async () => {
  await server.ctl("plugin", "disable", "twofactor");
  const shut = await form({ username: "tom", password: passwords.tom, token: totp(2) });
  assert.equal(shut.isIn, false);
  assert.match(shut.text, /second_factor_unavailable/);
  await server.ctl("user", "clearfactors", "tom");
  assert.equal((await form({ username: "tom", password: passwords.tom })).isIn, true);
});

test("a second import is refused, and so is one beside a running server", async () => {
  await assert.rejects(server.ctl("import", "meshcentral", old.data), /a server runs on/);
  await assert.rejects(server.ctl("import", "meshcentral", old.data, "--dry-run"), /already/);
});
