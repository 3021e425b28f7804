// Two tenants on one server besides the default one: each with unmodified meshctrl.js and an agent, and
// nothing of one to be seen or reached from another.
import assert from "node:assert/strict";
import fs from "node:fs";
import https from "node:https";
import { after, before, test } from "node:test";
import { meshctrl } from "../harness/meshcentral.mjs";
import { until } from "../harness/process.mjs";
import { Agent, password, Trellis } from "../harness/trellis.mjs";

const tenants = ["", "acme", "beta"];
let server;
const agents = {};
const devices = {};
const ctrl = (tenant, ...args) => meshctrl(server, args, { tenant, ms: 20000 });
const json = async (tenant, ...args) => JSON.parse(await ctrl(tenant, ...args, "--json"));
const last = (id) => id.split("/").at(-1);

/** One request; `host` stands for the name that a browser asked for. */
function ask(method, path, { host = "localhost", body, headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? "" : JSON.stringify(body);
    const request = https.request({ port: server.port, host: "127.0.0.1", method, path, rejectUnauthorized: false,
      servername: "localhost", headers: { Host: `${host}:${server.port}`, ...(text ? { "Content-Type": "application/json" } : {}), ...headers } });
    request.on("error", reject).on("response", (response) => {
      let data = "";
      response.setEncoding("utf8").on("data", (piece) => (data += piece)).on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, text: data,
          json: (() => { try { return JSON.parse(data); } catch { return {}; } })() }));
    });
    request.end(text);
  });
}
const signIn = async (path, options) => {
  const reply = await ask("POST", `${path}/api/login`, { ...options, body: { name: "admin", password } });
  assert.equal(reply.status, 200, reply.text);
  return { cookie: reply.headers["set-cookie"][0].split(";")[0], csrf: reply.json.csrf, user: reply.json.user };
};

before(async () => {
  server = await Trellis.start({ config: "domains:\n  acme:\n    title: Acme\n    password_min_length: 14\n    max_accounts: 3\n" +
    "  beta: {}\n  gamma:\n    dns: gamma.example\n" });
  for (const tenant of [...tenants, "gamma"]) await server.addAdmin("admin", tenant);
  for (const tenant of tenants) {
    agents[tenant] = await Agent.start(server, `Lab ${tenant}`.trim(), { tenant });
    devices[tenant] = (await agents[tenant].online(server))[0];
  }
});
after(async () => {
  for (const agent of Object.values(agents)) await agent.stop();
  await server?.stop();
});

test("each tenant sees its own users, groups and devices and no others", async () => {
  for (const tenant of tenants) {
    const users = await json(tenant, "listusers");
    assert.deepEqual(users.map((user) => user._id), [`user/${tenant}/admin`]);
    const groups = await json(tenant, "listdevicegroups");
    assert.deepEqual(groups.map((group) => group.name), [`Lab ${tenant}`.trim()]);
    assert.ok(groups[0]._id.startsWith(`mesh/${tenant}/`));
    const list = await json(tenant, "listdevices");
    assert.deepEqual(list.map((device) => device._id), [devices[tenant].id]);
    assert.ok(devices[tenant].id.startsWith(`node/${tenant}/`));
    const info = await json(tenant, "serverinfo");
    assert.equal(info.domain, tenant);
  }
});

test("meshctrl runs commands on a tenant's own agent and on no other", async () => {
  for (const tenant of tenants) {
    assert.match(await ctrl(tenant, "runcommand", "--id", devices[tenant].id, "--run", "echo in-$((40+2))", "--reply"), /in-42/);
    for (const other of tenants.filter((each) => each !== tenant)) {
      for (const id of [devices[other].id, last(devices[other].id)]) {
        if (last(devices[other].id) === last(devices[tenant].id)) continue;
        assert.doesNotMatch(await ctrl(tenant, "runcommand", "--id", id, "--run", "echo x$((1+1))y", "--reply"), /x2y/);
        assert.doesNotMatch(await ctrl(tenant, "deviceinfo", "--id", id), /Lab/);
        assert.doesNotMatch(await ctrl(tenant, "removedevice", "--id", id), /^ok/m);
      }
    }
  }
  for (const tenant of tenants) assert.equal((await json(tenant, "listdevices")).length, 1);
});

test("a terminal goes through the tenant's own relay", async () => {
  const { cookie, csrf } = await signIn("/acme");
  const opened = await ask("POST", "/acme/api/v1/tunnel.open", { headers: { Cookie: cookie, "X-CSRF-Token": csrf },
    body: { nodeid: devices.acme.id, protocol: 1 } });
  assert.equal(opened.status, 200, opened.text);
  assert.ok(opened.json.path.startsWith("/acme/meshrelay.ashx?"), opened.json.path);
  const stolen = await ask("POST", "/acme/api/v1/tunnel.open", { headers: { Cookie: cookie, "X-CSRF-Token": csrf },
    body: { nodeid: devices.beta.id, protocol: 1 } });
  assert.equal(stolen.status, 404);
});

test("a login counts in its tenant only, whatever it is called", async () => {
  const acme = await signIn("/acme");
  const main = await signIn("");
  assert.match(acme.cookie, /^__Host-trellis-acme=/);
  assert.equal(acme.user.id, "user/acme/admin");
  const status = async (path, cookie) => (await ask("GET", `${path}/api/session`, { headers: { Cookie: cookie } })).status;
  assert.equal(await status("/acme", acme.cookie), 200);
  assert.equal(await status("", acme.cookie), 401);
  assert.equal(await status("/beta", acme.cookie), 401);
  assert.equal(await status("/acme", main.cookie), 401);
  const secret = acme.cookie.split("=")[1];
  for (const [path, name] of [["", "__Host-trellis"], ["/beta", "__Host-trellis-beta"]]) {
    assert.equal(await status(path, `${name}=${secret}`), 401); // the secret of one under the name of another
  }
  assert.match(await meshctrl(server, ["listusers"], { tenant: "beta", user: "nobody", pass: password }), /Invalid login/);
});

test("a tenant with a host name of its own is there and nowhere else", async () => {
  const gamma = await signIn("", { host: "gamma.example" });
  assert.equal(gamma.user.id, "user/gamma/admin");
  assert.equal((await ask("GET", "/api/session", { host: "GAMMA.example.", headers: { Cookie: gamma.cookie } })).status, 200);
  assert.equal((await ask("GET", "/api/session", { headers: { Cookie: gamma.cookie } })).status, 401);
  assert.notEqual((await ask("POST", "/gamma/api/login", { body: { name: "admin", password } })).status, 200);
  // Below its name neither the default tenant nor another one is reached.
  assert.notEqual((await ask("POST", "/acme/api/login", { host: "gamma.example", body: { name: "admin", password } })).status, 200);
  const link = await ask("POST", "/api/v1/group.add", { host: "gamma.example", headers: { Cookie: gamma.cookie, "X-CSRF-Token": gamma.csrf }, body: { name: "G" } });
  assert.equal(link.status, 403); // the server's own commands are the default tenant's
  const settings = await server.ctl("--domain", "gamma", "group", "settings", "G", "--create", "--host", `localhost:${server.port}`);
  assert.match(settings, new RegExp(`^MeshServer=wss://gamma\\.example:${server.port}/agent\\.ashx$`, "m"));
});

test("an agent is let in by the door of its group's tenant and refused at others", async () => {
  const text = fs.readFileSync(agents.acme.settings, "utf8");
  assert.match(text, /^MeshServer=wss:\/\/localhost:\d+\/acme\/agent\.ashx$/m);
  await agents.acme.process.stop();
  await until(async () => !(await json("acme", "listdevices"))[0].conn, "it has left");
  for (const door of ["beta/", ""]) {
    const file = agents.acme.settings.replace(/\.msh$/, ".wrong.msh");
    fs.writeFileSync(file, text.replace("/acme/agent.ashx", `/${door}agent.ashx`));
    const real = agents.acme.settings;
    agents.acme.settings = file;
    const refusals = () => server.process.output.split("unknown device group").length;
    const before = refusals();
    agents.acme.launch();
    await until(() => refusals() > before, "it is held");
    await agents.acme.process.stop();
    agents.acme.settings = real;
  }
  for (const tenant of ["", "beta"]) assert.equal((await json(tenant, "listdevices")).length, 1);
  agents.acme.launch();
  await until(async () => (await json("acme", "listdevices"))[0].conn, "it is back");
});

test("accounts follow the tenant's own rules", async () => {
  assert.match(await ctrl("acme", "adduser", "--user", "kim", "--pass", "Thirteen-ch1r"), /[Pp]assword/);
  assert.match(await ctrl("acme", "adduser", "--user", "kim", "--pass", "fifteen-chars-1"), /ok/);
  assert.match(await ctrl("beta", "adduser", "--user", "kim", "--pass", "Twelve-chr-1"), /ok/);
  assert.match(await ctrl("acme", "adduser", "--user", "lee", "--pass", "fifteen-chars-1"), /ok/);
  assert.match(await ctrl("acme", "adduser", "--user", "max", "--pass", "fifteen-chars-1"), /maxUsersExceed/);
  assert.match(await ctrl("acme", "adduser", "--user", "eve", "--pass", "fifteen-chars-1", "--domain", "beta"), /Invalid domain/);
  assert.match(await ctrl("", "adduser", "--user", "ann", "--pass", "fifteen-chars-1", "--domain", "nowhere"), /Invalid domain/);
  assert.match(await ctrl("", "adduser", "--user", "ann", "--pass", "fifteen-chars-1", "--domain", "beta"), /ok/);
  assert.deepEqual((await json("beta", "listusers")).map((user) => user._id).sort(), ["user/beta/admin", "user/beta/ann", "user/beta/kim"]);
  assert.equal((await json("", "listusers")).length, 1);
});

test("events, statistics and the server's own matters stay apart", async () => {
  const acme = await ctrl("acme", "listevents");
  assert.match(acme, /kim/);
  assert.doesNotMatch(acme, /ann/);
  assert.doesNotMatch(await ctrl("", "listevents"), /user\/acme|user\/beta/);
  const { cookie, csrf } = await signIn("/acme");
  const run = (command, body = {}) => ask("POST", `/acme/api/v1/${command}`, { headers: { Cookie: cookie, "X-CSRF-Token": csrf }, body });
  for (const [command, body] of [["servererrors"], ["serverconsole", { value: "info" }], ["plugin.list"], ["server.status"]]) {
    assert.equal((await run(command, body)).status, 403, command);
  }
  const numbers = await run("serverstats", { interval: 5000 });
  assert.equal(numbers.json.values.ServerState.UserAccounts, 3);
  assert.equal(numbers.json.values.ServerState.AgentSessions, 1);
});

test("trellisctl works in a tenant and says so of one that is not there", async () => {
  assert.match(await server.ctl("--domain", "beta", "user", "list"), /user\/beta\/ann/);
  await assert.rejects(server.ctl("--domain", "betta", "user", "list"), /no tenant "betta"/);
  assert.match(await server.ctl("--domain", "acme", "why", "admin", devices.acme.id, "terminal"), /^yes: admin, terminal/);
  await assert.rejects(server.ctl("--domain", "acme", "why", "admin", devices.beta.id, "terminal"), /no device/);
});
