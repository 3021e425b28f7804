// Tokens, limits and the event stream as a script meets them, against the real server.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { Trellis } from "../harness/trellis.mjs";
import { call, openEvents, send } from "./api.mjs";

let server;
let token;

const newToken = async (name, ...options) =>
  (await server.ctl("token", "add", name, "--user", "admin", ...options)).match(/trl_\S+/)[0];

before(async () => {
  server = await Trellis.start({ config: "limits:\n  commands_per_second: 20\n" });
  await server.addAdmin();
  token = await newToken("all", "--commands", "*");
});
after(() => server?.stop());

test("refusals have the status of their kind, and say code, text and field", async () => {
  const refusals = [
    [400, "invalid_argument", await call(server, token, "createmesh", { meshname: 5, meshtype: 2 })],
    [401, "unauthenticated", await call(server, "trl_0123456789abcdef_wrong", "nodes")],
    [401, "unauthenticated", await call(server, undefined, "nodes")],
    [403, "forbidden", await call(server, token, "tokens.list")],
    [404, "not_found", await call(server, token, "no.such")],
  ];
  for (const [status, code, reply] of refusals) {
    assert.equal(reply.status, status, reply.text);
    assert.equal(reply.json.error.code, code);
    assert.ok(reply.json.error.message);
  }
  assert.equal(refusals[0][2].json.error.field, "/meshname");
  const taken = await server.ctl("--json", "token", "add", "all", "--user", "admin", "--commands", "*").catch((e) => e.message);
  assert.match(taken, /"code":"conflict"/);
});

test("a body that is too large is 413, one that is no JSON 400", async () => {
  const big = await send(server.origin, "POST", "/api/v1/createmesh", { token, body: `{"meshname":"${"x".repeat(20_000_000)}"}` })
    .catch((error) => ({ status: 413, cut: error.code }));
  assert.equal(big.status, 413);
  if (big.json) assert.equal(big.json.error.code, "too_large");
  const broken = await send(server.origin, "POST", "/api/v1/createmesh", { token, body: "{" });
  assert.equal(broken.status, 400);
  const form = await send(server.origin, "POST", "/api/v1/createmesh", { token, body: "a=1", headers: { "Content-Type": "text/plain" } });
  assert.equal(form.status, 400);
});

test("one caller's flood is told when to come back, and delays nobody else", async () => {
  const flood = await newToken("flood", "--commands", "nodes");
  let refused;
  for (let i = 0; i < 2000 && !refused; i += 1) {
    const replies = await Promise.all(Array.from({ length: 10 }, () => call(server, flood, "nodes")));
    refused = replies.find((one) => one.status === 429);
  }
  assert.ok(refused, "429 came");
  assert.ok(Number(refused.headers["retry-after"]) >= 1);
  assert.equal(refused.json.error.code, "rate_limited");
  const other = await newToken("calm", "--commands", "nodes");
  assert.equal((await call(server, other, "nodes")).status, 200);
});

test("a token survives a restart, and ends with its removal; only its hash is on disk", async () => {
  const secret = await newToken("kept", "--commands", "nodes");
  await server.restart();
  assert.equal((await call(server, secret, "nodes")).status, 200);
  if (!process.env.TRELLIS_TEST_POSTGRESQL) {
    for (const file of fs.readdirSync(server.data).filter((name) => name.includes(".db"))) {
      assert.ok(!fs.readFileSync(path.join(server.data, file)).includes(secret), file);
    }
  }
  await server.ctl("token", "remove", "kept", "--user", "admin");
  assert.equal((await call(server, secret, "nodes")).status, 401);
});

test("the event stream resumes across a restart and ends within a second with its token", async () => {
  const reading = await newToken("reader", "--commands", "events");
  const first = await openEvents(server.origin, reading, "?action=createmesh");
  assert.equal(first.status, 200);
  await call(server, token, "createmesh", { meshname: "One", meshtype: 2 });
  const one = await first.next((frame) => frame.data.action === "createmesh");
  assert.ok(one.id);
  first.close();
  await call(server, token, "createmesh", { meshname: "Two", meshtype: 2 });
  await server.restart();
  const second = await openEvents(server.origin, reading, "?action=createmesh", { "Last-Event-ID": one.id });
  await call(server, token, "createmesh", { meshname: "Three", meshtype: 2 });
  const names = [];
  for (let i = 0; i < 2; i += 1) names.push((await second.next((frame) => frame.data.action === "createmesh")).data.msgArgs[0]);
  assert.deepEqual(names, ["Two", "Three"]);
  const since = Date.now();
  await server.ctl("token", "remove", "reader", "--user", "admin");
  const last = await second.next();
  assert.equal(last.event, "end");
  assert.equal(last.data.code, "access");
  assert.equal(await second.next(), null);
  assert.ok(Date.now() - since < 5000, "most of it is the command line's start");
});
