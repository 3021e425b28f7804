// Webhooks of the real server to real receivers on this machine: signature, repetition across a restart,
// TLS, and addresses that are refused.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac, timingSafeEqual } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import path from "node:path";
import { after, before, test } from "node:test";
import { until } from "../../../tests/harness/process.mjs";
import { Trellis, temporaryFolder } from "../../../tests/harness/trellis.mjs";
import { call } from "../../../tests/rest/api.mjs";

let server;
let token;
let folder;
const receivers = [];

/** Collects requests; `status(n)` says how the n-th is answered. */
async function receiver({ tls, host = "127.0.0.1", status = () => 200, headers = {} } = {}) {
  const taken = [];
  const listener = (tls ? https.createServer(tls) : http.createServer()).on("request", async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    taken.push({ body, headers: request.headers, json: JSON.parse(body) });
    response.writeHead(status(taken.length), headers).end("ok");
  });
  await new Promise((resolve) => listener.listen(0, host, resolve));
  receivers.push(listener);
  return { taken, listener, port: listener.address().port };
}

/** As docs/integrator/api.md shows it to receivers. */
function isGenuine(secret, header, body, now = Date.now() / 1000) {
  const { t, v1 } = Object.fromEntries(header.split(",").map((part) => part.split("=")));
  if (Math.abs(now - Number(t)) > 300) return false;
  const expected = createHmac("sha256", secret).update(`${t}.${body}`).digest();
  const given = Buffer.from(v1, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const ctl = async (...args) => JSON.parse(await server.ctl("--json", "call", ...args));
const subscribe = (url, events = ["event.createmesh"]) =>
  ctl("webhooks.add", "name=test", `url=${url}`, `events=${JSON.stringify(events)}`);
const happen = async (name) => {
  const reply = await call(server, token, "createmesh", { meshname: name, meshtype: 2 });
  assert.equal(reply.status, 200, reply.text);
};
const log = async (id) => (await ctl("webhooks.log.list", `id="${id}"`)).attempts;

before(async () => {
  folder = temporaryFolder("hooks");
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                           "-addext", "subjectAltName=DNS:localhost", "-keyout", path.join(folder, "key.pem"),
                           "-out", path.join(folder, "cert.pem")], { stdio: "pipe" });
  server = await Trellis.start({ config: `plugins:
  webhooks:
    allow_http: true
    allow_networks: ["127.0.0.1", "::1"]
    ca_file: ${path.join(folder, "cert.pem")}
    timeout_s: 2
` });
  await server.addAdmin();
  token = (await server.ctl("token", "add", "test", "--user", "admin", "--commands", "createmesh")).match(/trl_\S+/)[0];
});
after(async () => {
  for (const one of receivers) one.close();
  await server?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

test("an event arrives signed, and what is changed or old is told from it", async () => {
  const one = await receiver();
  const { id, secret } = await subscribe(`http://127.0.0.1:${one.port}/hook?x=1`);
  await happen("First");
  await until(() => one.taken.length === 1, "the delivery");
  const { headers, body, json } = one.taken[0];
  assert.equal(json.event, "event.createmesh");
  assert.equal(json.data.msgArgs[0], "First");
  assert.equal(headers["trellis-delivery"], json.id);
  const signature = headers["trellis-signature"];
  assert.ok(isGenuine(secret, signature, body));
  assert.ok(!isGenuine(secret, signature, `${body} `));
  assert.ok(!isGenuine("whsec_other", signature, body));
  assert.ok(!isGenuine(secret, signature, body, Date.now() / 1000 + 1000), "replayed later");
  assert.equal((await ctl("webhooks.list")).subscriptions[0].secret, undefined);
  await ctl("webhooks.remove", `id="${id}"`);
});

test("what was not taken comes again, in order, also after a restart", async () => {
  let isUp = false;
  const one = await receiver({ status: () => (isUp ? 200 : 503) });
  const { id } = await subscribe(`http://127.0.0.1:${one.port}/`);
  await happen("A");
  await happen("B");
  await until(async () => (await log(id)).length > 0, "the first attempt");
  isUp = true;
  await server.restart();
  await until(() => one.taken.filter((request) => request.json.data.msgArgs[0] === "B").length === 1, "both", 60_000);
  const names = one.taken.map((request) => request.json.data.msgArgs[0]);
  assert.deepEqual(names.slice(-2), ["A", "B"]);
  assert.ok(Number(one.taken.at(-2).headers["trellis-attempt"]) >= 2);
  await ctl("webhooks.remove", `id="${id}"`);
});

test("https needs a certificate that is vouched for and names the host", async () => {
  const tls = { key: fs.readFileSync(path.join(folder, "key.pem")), cert: fs.readFileSync(path.join(folder, "cert.pem")) };
  const one = await receiver({ tls, host: "localhost" });
  const byName = await subscribe(`https://localhost:${one.port}/`);
  const { address, family } = one.listener.address();
  const byAddress = await subscribe(`https://${family === "IPv6" ? `[${address}]` : address}:${one.port}/`);
  await happen("Secure");
  const named = (await until(async () => (await log(byName.id)).length > 0 && log(byName.id), "an attempt"))[0];
  const numbered = (await until(async () => (await log(byAddress.id)).length > 0 && log(byAddress.id), "an attempt"))[0];
  assert.equal(named.status, 200, named.problem);
  assert.equal(one.taken.length, 1);
  assert.notEqual(numbered.status, 200, "the certificate is for localhost");
  assert.match(numbered.problem, /certificate/i);
  for (const { id } of [byName, byAddress]) await ctl("webhooks.remove", `id="${id}"`);
});

test("no redirect is followed, and no address that only the server reaches", async () => {
  const target = await receiver();
  const redirecting = await receiver({ status: () => 302, headers: { Location: `http://127.0.0.1:${target.port}/` } });
  const one = await subscribe(`http://127.0.0.1:${redirecting.port}/`);
  const inner = [];
  for (const host of ["127.0.0.2", "169.254.169.254", "10.0.0.1", "0x7f000002", "2130706434"]) {
    inner.push(await subscribe(`http://${host}:${target.port}/`).catch((error) => ({ refused: error.message })));
  }
  await happen("Inside");
  await until(async () => (await log(one.id)).length > 0, "an attempt");
  assert.match((await log(one.id))[0].problem, /redirects/);
  for (const { id, refused } of inner) {
    if (refused) continue;
    await until(async () => (await log(id)).length > 0, "an attempt");
    const attempt = (await log(id))[0];
    assert.equal(attempt.status, 0);
    assert.match(attempt.problem, /public|not found|resolve/i);
    await ctl("webhooks.remove", `id="${id}"`);
  }
  assert.equal(target.taken.length, 0);
  await ctl("webhooks.remove", `id="${one.id}"`);
});

test("a receiver that answers a byte now and then holds nothing up", async () => {
  const slow = http.createServer();
  slow.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.write("HTTP/1.1 200 OK\r\nX-");
    const drip = setInterval(() => socket.write("a"), 500);
    socket.on("close", () => clearInterval(drip));
  });
  await new Promise((resolve) => slow.listen(0, "127.0.0.1", resolve));
  receivers.push(slow);
  const { id } = await subscribe(`http://127.0.0.1:${slow.address().port}/`);
  await happen("Slow");
  const attempt = (await until(async () => (await log(id)).length > 0 && log(id), "the attempt ends"))[0];
  assert.notEqual(attempt.problem, "");
  assert.ok(attempt.took_ms < 15_000, `${attempt.took_ms} ms`);
  slow.closeAllConnections?.();
  await ctl("webhooks.remove", `id="${id}"`);
});
