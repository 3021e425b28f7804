// Files of devices by plain HTTP, as scripts use it and the page does for large ones.
import assert from "node:assert/strict";
import { createHash, randomBytes, randomFillSync } from "node:crypto";
import fs from "node:fs";
import https from "node:https";
import path from "node:path";
import { after, before, test } from "node:test";
import { Control } from "../../../tests/harness/control.mjs";
import { meshctrl } from "../../../tests/harness/meshcentral.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { restUser } from "../../../tests/harness/rest.mjs";
import { temporaryFolder } from "../../../tests/harness/trellis.mjs";
import { kinds, startBoth } from "./agents.mjs";

const kSize = 40 * 1024 * 1024 + 12345;
let world;
let folder;
let source;
let control;
let token;

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const hashOf = (file) => sha256(fs.readFileSync(file));
const place = () => fs.mkdtempSync(path.join(folder, "p-"));
const parts = (at) => fs.readdirSync(at).filter((name) => name.startsWith(".trellis-"));

before(async () => {
  folder = temporaryFolder("files");
  source = path.join(folder, "large.bin");
  fs.writeFileSync(source, randomFillSync(Buffer.alloc(kSize)));
  world = await startBoth();
  control = await Control.open(world.server);
  const { tokenUser, tokenPass } = await control.ask({ action: "createLoginToken", name: "script", expire: 0 });
  token = `Bearer ${tokenUser}:${tokenPass}`;
});
after(async () => {
  control?.close();
  await world?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Begins a request; `answer` resolves with its head. */
function ask(method, group, query, { headers = {}, authorization = token } = {}) {
  const url = new URL(`${world.server.origin}/plugins/files/content`);
  for (const [name, value] of Object.entries({ nodeid: world.devices[group], ...query })) url.searchParams.set(name, value);
  const request = https.request(url, { method, rejectUnauthorized: false, headers: { ...(authorization ? { authorization } : {}), ...headers } });
  const answer = new Promise((resolve, reject) => request.on("response", resolve).on("error", reject));
  answer.catch(() => undefined);
  return { request, answer };
}
async function whole(response) {
  const all = [];
  for await (const piece of response) all.push(piece);
  return Buffer.concat(all);
}
async function get(group, query, options) {
  const key = randomBytes(12).toString("hex");
  const { request, answer } = ask("GET", group, { transfer: key, ...query }, options);
  request.end();
  const response = await answer;
  const body = await whole(response).catch(async (error) => {
    throw new Error(`${error.message}: ${JSON.stringify(await transfer(query.transfer ?? key))}`);
  });
  return { status: response.statusCode, headers: response.headers, body };
}
async function put(group, query, bytes, options) {
  const { request, answer } = ask("PUT", group, query, { ...options, headers: { "content-length": bytes.length, ...options?.headers } });
  request.end(bytes);
  const response = await answer;
  return { status: response.statusCode, body: JSON.parse(await whole(response)) };
}
const transfer = (key) => world.server.call("files.transfer", { transfer: key });

for (const [group] of kinds) {
  test(`a file comes and goes: ${group}`, async () => {
    const at = place();
    const name = `it's "odd" & ☃.bin`;
    const sent = await put(group, { path: path.join(at, name) }, fs.readFileSync(source));
    assert.equal(sent.status, 201, JSON.stringify(sent.body));
    assert.deepEqual(sent.body, { path: path.join(at, name), sizeBytes: kSize, sha256: hashOf(source) });
    assert.equal(hashOf(path.join(at, name)), hashOf(source));
    assert.deepEqual(fs.readdirSync(at), [name]);
    const got = await get(group, { path: path.join(at, name) });
    assert.equal(got.status, 200);
    assert.equal(Number(got.headers["content-length"]), kSize);
    assert.equal(got.headers["content-disposition"], `attachment; filename*=UTF-8''${encodeURIComponent(name).replaceAll("'", "%27")}`);
    assert.equal(sha256(got.body), hashOf(source));
    assert.equal((await put(group, { path: path.join(at, "empty") }, Buffer.alloc(0))).status, 201);
    const empty = await get(group, { path: path.join(at, "empty") });
    assert.deepEqual([empty.status, empty.body.length], [200, 0]);
  });

  test(`part of a file, if it is still the same: ${group}`, async () => {
    const file = path.join(place(), "part.bin");
    fs.copyFileSync(source, file);
    const bytes = fs.readFileSync(file);
    const { headers } = await get(group, { path: file });
    const range = { range: `bytes=${kSize - 1500001}-` };
    const rest = await get(group, { path: file }, { headers: { ...range, "if-range": headers.etag } });
    assert.equal(rest.status, 206);
    assert.equal(rest.headers["content-range"], `bytes ${kSize - 1500001}-${kSize - 1}/${kSize}`);
    assert.ok(rest.body.equals(bytes.subarray(kSize - 1500001)));
    for (const at of [kSize, kSize + 1, kSize * 3]) {
      const beyond = await get(group, { path: file }, { headers: { range: `bytes=${at}-` } });
      assert.deepEqual([beyond.status, beyond.headers["content-range"]], [416, `bytes */${kSize}`]);
      const whole = await get(group, { path: file }, { headers: { range: `bytes=${at}-`, "if-range": headers.etag } });
      assert.deepEqual([whole.status, whole.body.length], [200, kSize]);
    }
    fs.appendFileSync(file, "more");
    const changed = await get(group, { path: file }, { headers: { ...range, "if-range": headers.etag } });
    assert.equal(changed.status, 200);
    assert.equal(changed.body.length, kSize + 4);
  });
}

test("an upload that is stopped leaves nothing", async () => {
  const at = place(), key = randomBytes(12).toString("hex");
  const { request, answer } = ask("PUT", "Ours", { path: path.join(at, "stopped"), transfer: key }, { headers: { "content-length": kSize } });
  request.write(Buffer.alloc(300000));
  await until(() => parts(at).length === 1, "it has begun");
  await world.server.call("files.transferStop", { transfer: key });
  assert.equal((await answer).statusCode, 409);
  request.destroy();
  await until(() => fs.readdirSync(at).length === 0, "nothing is left of it");
});

test("an upload that was cut is continued, and nothing is there before", async () => {
  const file = path.join(place(), "cut.bin");
  const bytes = fs.readFileSync(source);
  const key = "0123456789abcdef01234567";
  const cut = ask("PUT", "Ours", { path: file, key }, { headers: { "content-length": kSize } });
  cut.request.write(bytes.subarray(0, kSize >> 1));
  const kept = () => parts(path.dirname(file)).map((name) => fs.statSync(path.join(path.dirname(file), name)).size)[0] ?? 0;
  await until(() => kept() >= kSize >> 1, "half of it is there");
  cut.request.destroy();
  const wrong = await put("Ours", { path: file, key, offset: 1048576 }, bytes.subarray(1048576));
  assert.equal(wrong.status, 409);
  const [, at] = /first (\d+) bytes/.exec(wrong.body.error.message);
  assert.ok(Number(at) > 1048576 && Number(at) <= kSize >> 1);
  assert.equal(fs.existsSync(file), false);
  const done = await put("Ours", { path: file, key, offset: at }, bytes.subarray(Number(at)));
  assert.equal(done.status, 201, JSON.stringify(done.body));
  assert.equal(hashOf(file), hashOf(source));
  assert.deepEqual(fs.readdirSync(path.dirname(file)), ["cut.bin"]);
});

test("a download goes on when the device comes back", { timeout: 60000 }, async () => {
  const key = "fedcba9876543210fedcba98";
  const { request, answer } = ask("GET", "Ours", { path: source, transfer: key });
  request.end();
  const response = await answer;
  const all = [];
  let size = 0;
  let isCut = false;
  for await (const piece of response) {
    all.push(piece);
    size += piece.length;
    if (isCut || size < kSize / 3) continue;
    isCut = true;
    const agent = world.agents.Ours;
    await agent.process.stop("SIGKILL");
    agent.launch();
  }
  assert.ok(isCut);
  assert.equal(sha256(Buffer.concat(all)), hashOf(source));
  await until(async () => (await transfer(key)).state === "done", "it is done");
  assert.equal((await transfer(key)).sha256, hashOf(source));
});

test("a file that changes meanwhile is not taken for whole", async () => {
  const file = path.join(place(), "log.bin");
  fs.copyFileSync(source, file);
  const { request, answer } = ask("GET", "Ours", { path: file });
  request.end();
  const response = await answer;
  await assert.rejects(async () => {
    let isFirst = true;
    for await (const piece of response) {
      if (isFirst && piece.length > 0) fs.truncateSync(file, kSize - 5);
      isFirst = false;
    }
  }, /aborted|socket hang up/);
});

test("what is refused says why and leaves nothing", async () => {
  const at = place();
  const file = path.join(at, "there");
  fs.writeFileSync(file, "old");
  const missing = await get("Ours", { path: path.join(at, "missing") });
  assert.deepEqual([missing.status, JSON.parse(missing.body).error.code], [404, "not_found"]);
  const taken = await put("Ours", { path: file, exists: "fail" }, Buffer.from("new"));
  assert.deepEqual([taken.status, taken.body.error.field], [409, "/exists"]);
  assert.equal((await put("Ours", { path: file, exists: "rename" }, Buffer.from("new"))).body.path, path.join(at, "there (1)"));
  const nowhere = await put("Ours", { path: path.join(at, "no", "folder") }, Buffer.from("new"));
  assert.deepEqual([nowhere.status, nowhere.body.error.field], [409, "/refused"]);
  assert.equal((await put("Ours", { path: "" }, Buffer.from("new"))).status, 400);
  assert.equal((await put("Ours", { path: file, transfer: "x" }, Buffer.from("new"))).status, 400);
  assert.equal((await put("Ours", { path: file, offset: "-1" }, Buffer.from("new"))).status, 400);
  assert.equal((await put("Ours", { path: file, exists: "maybe" }, Buffer.from("new"))).status, 400);
  assert.equal((await get("Ours", { path: file }, { headers: { "sec-fetch-site": "cross-site" } })).status, 403);
  assert.equal((await get("Ours", { path: file }, { authorization: "" })).status, 401);
  assert.equal((await get("Ours", { path: file, nodeid: "node//" + "A".repeat(64) })).status, 404);
  assert.deepEqual(fs.readdirSync(at).sort(), ["there", "there (1)"]);
  assert.equal(fs.readFileSync(file, "utf8"), "old");
});

test("nobody without the right, and no look at what others transfer", async () => {
  await meshctrl(world.server, ["adduser", "--user", "bob", "--pass", "correct horse 42 battery"]);
  const bob = await Control.open(world.server, { user: "bob" });
  const { tokenUser, tokenPass } = await bob.ask({ action: "createLoginToken", name: "x", expire: 0 });
  const authorization = `Bearer ${tokenUser}:${tokenPass}`;
  assert.equal((await get("Ours", { path: source }, { authorization })).status, 404);
  const key = "00112233445566778899aabb";
  assert.equal((await get("Ours", { path: source, transfer: key })).status, 200);
  assert.equal((await transfer(key)).state, "done");
  const other = await restUser(world.server, "bob");
  await assert.rejects(other.call("files.transfer", { transfer: key }), /no such transfer/);
  await assert.rejects(other.call("files.transferStop", { transfer: key }), /no such transfer/);
  bob.close();
});

test("who agreed to a session is not asked again for its files", { timeout: 60000 }, async () => {
  const tunnel = await control.tunnel(world.devices.Ours, 5);
  const id = /[?&]id=([^&]+)/.exec(tunnel.socket.url)[1];
  tunnel.text(JSON.stringify({ action: "ls", reqid: 1, path: folder }));
  tunnel.binary({ action: "ls", reqid: 2, path: folder });
  await tunnel.json({ reqid: 2 });
  // From now on the device's people are asked, and nobody is there to answer.
  await world.server.call("editmesh", { meshid: (await control.ask({ action: "meshes" })).meshes.find((mesh) => mesh.name === "Ours")._id, consent: 32 });
  const alone = await get("Ours", { path: source });
  assert.equal(alone.status, 503, "the question could not be shown");
  const other = await get("Ours", { path: source, session: "another" });
  assert.equal(other.status, 503);
  const companion = await get("Ours", { path: source, session: id });
  assert.equal(companion.status, 200);
  assert.equal(sha256(companion.body), hashOf(source));
  tunnel.close();
});
