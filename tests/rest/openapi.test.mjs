// The description of the REST interface: sound by a public linter, complete, and good enough that a client
// generated from it works.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import createClient from "openapi-fetch";
import openapiTS, { astToString } from "openapi-typescript";
import { Trellis, temporaryFolder } from "../harness/trellis.mjs";
import { send, trustingFetch } from "./api.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
let server;
let document;
let secret;

before(async () => {
  server = await Trellis.start();
  await server.addAdmin();
  document = (await send(server.origin, "GET", "/api/openapi.json")).json;
  secret = JSON.parse(await server.ctl("--json", "call", "tokens.create", "user=admin", "name=client",
                                       'commands=["*"]')).secret;
});
after(() => server?.stop());

const lint = async (value) => {
  const config = await createConfig({ extends: ["recommended"] });
  const problems = await lintFromString({ source: JSON.stringify(value), absoluteRef: "openapi.json", config });
  return problems.map((one) => `${one.severity} ${one.ruleId}: ${one.message} ${one.location[0]?.pointer ?? ""}`);
};

test("a public linter finds nothing", async () => {
  assert.deepEqual(await lint(document), []);
  const broken = structuredClone(document);
  broken.paths["/api/v1/nodes"].post.operationId = "meshes";
  assert.notDeepEqual(await lint(broken), [], "the linter looks");
});

test("every registered command is in it, and each is reachable", async () => {
  const listed = Object.keys(document.paths).filter((one) => document.paths[one].post)
    .map((one) => one.slice("/api/v1/".length));
  const known = JSON.parse(await server.ctl("--json", "call", "server.commands")).commands.map((one) => one.name);
  assert.deepEqual(listed.sort(), known.sort());
  for (const command of listed) {
    // Without a sign-in nothing runs; what isn't there is told from what isn't allowed.
    const { status, json } = await send(server.origin, "POST", `/api/v1/${command}`, { body: {} });
    assert.equal(status, 401, command);
    assert.equal(json.error.code, "unauthenticated", command);
  }
});

test("no command fails inside when it gets nothing, or nonsense", async () => {
  const promised = new Set([200, 400, 401, 403, 404, 409, 429, 503]);
  for (const command of Object.keys(document.paths).filter((one) => document.paths[one].post)) {
    for (const body of [{}, { nodeid: "node//x", meshid: "mesh//x", nodeids: ["node//x"], name: 1, id: [] }]) {
      let reply;
      do {
        reply = await send(server.origin, "POST", command, { token: secret, body });
      } while (reply.status === 429);
      assert.ok(promised.has(reply.status), `${command}: ${reply.status} ${reply.text}`);
      if (reply.status !== 200) assert.ok(reply.json.error.code && reply.json.error.message, `${command}: ${reply.text}`);
    }
  }
});

test("a client generated from it calls the server and is refused in the promised form", async () => {
  const folder = temporaryFolder("client");
  try {
    fs.writeFileSync(path.join(folder, "package.json"), '{"type": "module"}');
    const types = astToString(await openapiTS(document));
    fs.writeFileSync(path.join(folder, "trellis.d.ts"), types);
    fs.symlinkSync(path.join(here, "node_modules"), path.join(folder, "node_modules"));
    fs.copyFileSync(path.join(here, "client.ts"), path.join(folder, "client.ts"));
    // The calls have to fit the types that were generated.
    execFileSync(path.join(here, "node_modules/.bin/tsc"),
                 ["--strict", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext",
                  "--lib", "es2022,dom", "--skipLibCheck", path.join(folder, "client.ts")], { cwd: folder, stdio: "pipe" });
    const { listDevices, nameDevice } = await import(path.join(folder, "client.js"));
    const client = createClient({ baseUrl: server.origin, fetch: trustingFetch,
                                  headers: { Authorization: `Bearer ${secret}` } });
    const good = await listDevices(client);
    assert.equal(good.response.status, 200);
    assert.deepEqual(good.data.devices, []);
    const refused = await nameDevice(client, "node//nothing");
    assert.equal(refused.response.status, 404);
    assert.equal(refused.error.error.code, "not_found");
    assert.equal(refused.error.error.field, "/nodeid");
  } catch (error) {
    throw error.stdout ? new Error(String(error.stdout)) : error;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
