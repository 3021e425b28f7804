// Transfers that are cut because the server or the device's agent dies: they are in the audit trail all the same.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { Control } from "../../../tests/harness/control.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { temporaryFolder } from "../../../tests/harness/trellis.mjs";
import { kinds, kPiece, startAll } from "./agents.mjs";

let world;
let folder;

before(async () => {
  folder = temporaryFolder("cut");
  world = await startAll(kinds.slice(0, 1));
});
after(async () => {
  await world?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const recordOf = (command, file, ms) => until(async () => (await world.server.call("audit.list", { limit: 200 })).records
  .find((each) => each.command === command && JSON.stringify(each).includes(file)), `${command} of ${file}`, ms);

/** A download and an upload that stay open, of which the server has heard. */
async function begin(control, name) {
  const at = fs.mkdtempSync(path.join(folder, "p-")), device = world.devices.Ours;
  fs.writeFileSync(path.join(at, name), Buffer.alloc(3 * kPiece));
  fs.writeFileSync(path.join(at, `small ${name}`), "x");
  const tunnel = await control.tunnel(device, 5), other = await control.tunnel(device, 5);
  tunnel.text({ action: "download", sub: "start", id: 1, path: path.join(at, name), window: 65536 });
  await tunnel.take((each) => each.isBinary && each.data[0] === 1, "a block");
  tunnel.binary({ action: "upload", path: at, name: `half ${name}`, size: 100, reqid: 1 });
  await tunnel.json({ action: "uploadstart", reqid: 1 });
  // The agent tells of all that it has to tell at once: this one is behind the two.
  other.text({ action: "download", sub: "start", id: 1, path: path.join(at, `small ${name}`), window: 65536 });
  await recordOf("files.download", `small ${name}`);
}

async function areAudited(name, why) {
  for (const [command, file] of [["files.download", `/${name}`], ["files.upload", `half ${name}`]]) {
    const record = JSON.stringify(await recordOf(command, file, 60000));
    assert.match(record, why);
    assert.match(record, /admin/);
  }
}

for (const signal of ["SIGTERM", "SIGKILL"]) {
  test(`the server ends by ${signal}: the agent reports when it is back`, async () => {
    const control = await Control.open(world.server);
    await begin(control, `server ${signal}`);
    control.close();
    await world.server.process.stop(signal);
    await world.server.launch();
    await areAudited(`server ${signal}`, /the session ended/);
  });
}

test("the agent is killed: what it has begun counts as cut off", async () => {
  const control = await Control.open(world.server);
  await begin(control, "agent");
  await world.agents.Ours.process.stop("SIGKILL");
  world.agents.Ours.launch();
  await areAudited("agent", /cut off/);
  control.close();
});
