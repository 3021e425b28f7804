// One file to many devices: from the page to the server, and from there to both agents.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { accessibilityFaults, shot } from "../../../tests/harness/browser.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { startBoth } from "./agents.mjs";
import { FilesPage, sha256 } from "./page.mjs";

let world;
let files;

before(async () => {
  world = await startBoth();
  files = await FilesPage.open(world.server);
});
after(async () => {
  await files?.close();
  await world?.stop();
});

/** What names the part of a push to `file` on a device. */
function tokenOf(file, device) {
  const program = "import json, sqlite3, sys; print(json.dumps([json.loads(row[0]) for row in sqlite3.connect(sys.argv[1]).execute('SELECT body FROM p_files_push')]))";
  const pushes = JSON.parse(execFileSync("python3", ["-c", program, path.join(world.server.data, "trellis.db")], { encoding: "utf8" }));
  return pushes.find((push) => push.path === path.dirname(file)).runs.find((run) => run.device === device).token;
}

const statusOf = async (push) => (await world.server.call("files.pushStatus", { push })).devices;

test("a file goes to both agents, and again where it failed", { timeout: 180000 }, async () => {
  const { page } = files;
  const bytes = randomBytes(5 * 1024 * 1024 + 3);
  const target = files.place();
  const there = path.join(target, "made", "for it");
  await page.goto(`${world.server.origin}/#/p/files/push`);
  await page.getByText("Send files").first().click();
  await files.id("push-file").setInputFiles({ name: "it's one.bin", mimeType: "application/octet-stream", buffer: bytes });
  await files.id("push-path").fill(there);
  await files.id("push-all").click();
  await until(async () => /^2 devices/.test(await files.id("push-count").innerText()), "two devices are meant");
  await files.id("push-send").click();
  const { pushes } = await until(async () => {
    const found = await world.server.call("files.pushes");
    return found.pushes.length > 0 && found;
  }, "the push is there");
  const [{ push }] = pushes;
  const over = await until(async () => {
    const devices = await statusOf(push);
    return devices.every((device) => !["queued", "running"].includes(device.state)) && devices;
  }, "both are over", 60000);
  // Both agents run on this machine and write to one folder: whoever is second finds the name taken.
  assert.deepEqual(over.map((device) => device.state).sort(), ["done", "failed"]);
  assert.match(over.find((device) => device.state === "failed").error, /exists already/);
  assert.equal(sha256(fs.readFileSync(path.join(there, "it's one.bin"))), sha256(bytes));
  await until(async () => (await files.id("push-run").filter({ hasText: "Failed" }).count()) === 1, "the page shows it");
  await shot(page, "files-push");
  assert.deepEqual(await accessibilityFaults(page), []);
  fs.rmSync(path.join(there, "it's one.bin"));
  await files.id("push-retry").click();
  await until(async () => (await statusOf(push)).every((device) => device.state === "done"), "done after trying again", 60000);
  assert.equal(sha256(fs.readFileSync(path.join(there, "it's one.bin"))), sha256(bytes));
  assert.deepEqual(fs.readdirSync(there), ["it's one.bin"]);
  const { records } = await world.server.call("audit.list", { limit: 50 });
  assert.ok(records.filter((record) => record.command === "files.push").length >= 3);
});

test("devices chosen in the list get a file from there, and who is away gets it when it is back", { timeout: 180000 }, async () => {
  const { page } = files;
  const bytes = randomBytes(70_001);
  const target = files.place();
  await world.agents.Ours.process.stop();
  const isOnline = async () => (await world.server.call("files.pushTargets")).devices.find(({ nodeid }) => nodeid === world.devices.Ours).online;
  await until(async () => !(await isOnline()), "it is away");
  await page.getByTestId("nav-devices").first().click();
  await page.getByTestId("select-all").check();
  await page.getByTestId("bulk-more").getByRole("button").click();
  await page.getByTestId("bulk-files-push-chosen").click();
  await until(async () => /^2 devices, 1 /.test(await files.id("push-count").innerText()), "both are meant");
  await files.id("push-file").setInputFiles({ name: "list.bin", mimeType: "application/octet-stream", buffer: bytes });
  await files.id("push-path").fill(target);
  await files.id("push-exists").selectOption("replace");
  await files.id("push-send").click();
  await files.id("push-run").filter({ hasText: "Done" }).waitFor();
  assert.equal(await files.id("push-run").filter({ hasText: "Waiting" }).count(), 1);
  assert.equal(await files.id("push-row").count(), 1, "what was sent before is not this dialog's");
  await shot(page, "files-push-dialog");
  assert.deepEqual(await accessibilityFaults(page), []);
  const file = path.join(target, "list.bin");
  assert.equal(sha256(fs.readFileSync(file)), sha256(bytes));
  fs.rmSync(file);
  // Somebody who may write to the folder lays a link where the part will be.
  const precious = path.join(files.place(), "precious"), part = path.join(target, `.trellis-${tokenOf(file, world.devices.Ours)}.part`);
  fs.writeFileSync(precious, "precious");
  fs.symlinkSync(precious, part);
  world.agents.Ours.launch();
  await until(async () => (await files.id("push-run").filter({ hasText: "Done" }).count()) === 2, "it came back and has it", 60000);
  assert.equal(sha256(fs.readFileSync(file)), sha256(bytes));
  assert.deepEqual([fs.readFileSync(precious, "utf8"), fs.lstatSync(file).isFile(), fs.readdirSync(target)], ["precious", true, ["list.bin"]]);
  await page.getByTestId("dialog-cancel").click();
});

test("a file that didn't reach the server is shown as that, with what the server says", { timeout: 60000 }, async () => {
  const { page } = files;
  const refusal = { status: 403, contentType: "application/json", body: JSON.stringify({ error: { code: "forbidden", message: "the address is no longer good" } }) };
  await page.route("**/plugins/files/push?t=*offset=2097152", (route) => route.fulfill(refusal));
  await page.goto(`${world.server.origin}/#/page/files/push`);
  await files.id("push-file").setInputFiles({ name: "cut.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(5 * 1024 * 1024) });
  await files.id("push-all").click();
  await until(async () => /^2 devices/.test(await files.id("push-count").innerText()), "two devices are meant");
  await files.id("push-send").click();
  await files.id("toast").getByText("the address is no longer good", { exact: true }).waitFor();
  const row = files.id("push-row").filter({ hasText: "cut.bin" });
  await row.getByText("The file has not arrived (2.1 MB of 5.2 MB)").waitFor();
  await row.getByText("send the file again").waitFor();
  await shot(page, "files-push-missing");
  assert.deepEqual(await accessibilityFaults(page), []);
  await row.getByTestId("push-cancel").click();
  await row.getByText("Cancelled 2").waitFor();
  assert.equal(await row.getByTestId("push-missing").count(), 0);
  await page.unroute("**/plugins/files/push?t=*offset=2097152");
});

test("addresses without their token give nothing", async () => {
  for (const address of ["/plugins/files/fetch?t=x", "/plugins/files/fetch"]) {
    assert.equal(await files.page.evaluate(async (url) => (await fetch(url)).status, address), 403);
  }
});

test("nothing broke on the way", () => {
  assert.deepEqual(files.page.faults, []);
});
