// Connections that are lost in the middle: transfers go on where they were. And ten thousand files at once.
import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { shot } from "../../../tests/harness/browser.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { kinds, startBoth } from "./agents.mjs";
import { FilesPage, readUpTo, sha256OfFile } from "./page.mjs";

const kSize = Number(process.env.TRELLIS_FILES_MB ?? 160) * 1024 * 1024 + 12345;
const kMany = Number(process.env.TRELLIS_FILES_MANY ?? 2000);
let world;
let files;
let source;

before(async () => {
  world = await startBoth();
  files = await FilesPage.open(world.server);
  source = path.join(files.folder, "large.bin");
  const out = fs.openSync(source, "w");
  const part = Buffer.alloc(1024 * 1024);
  for (let at = 0; at < kSize; at += part.length) fs.writeSync(out, randomFillSync(part), 0, Math.min(part.length, kSize - at));
  fs.closeSync(out);
});
after(async () => {
  await files?.close();
  await world?.stop();
});

/** Ends the agent, and starts it again, as soon as `isHalf` says so. */
async function cutInTheMiddle(group, isHalf) {
  const end = performance.now() + 60000;
  while (!isHalf()) { // looked at more often than until() does: the other half is over in no time
    if (performance.now() > end) throw new Error("half of it was never over");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const agent = world.agents[group];
  await agent.process.stop("SIGKILL");
  agent.launch();
}

// MeshAgent takes up to a minute and more to connect again, so that it is asked for by name.
for (const [group] of kinds.slice(0, process.env.TRELLIS_FILES_BOTH ? 2 : 1)) {
  test(`an upload and a download that are cut go on: ${group}`, { timeout: 240000 }, async () => {
    const at = files.place();
    await files.tab(world.devices[group]);
    await files.go(at);
    const part = () => fs.readdirSync(at).filter((name) => /^\.trellis-.*\.part$/.test(name)).map((name) => fs.statSync(path.join(at, name)).size)[0] ?? 0;
    await files.id("files-pick").setInputFiles(source);
    await cutInTheMiddle(group, () => part() > kSize / 2);
    assert.ok(!fs.existsSync(path.join(at, "large.bin")), "nothing under the final name");
    await files.done(1, 90000);
    assert.equal(await sha256OfFile(path.join(at, "large.bin")), await sha256OfFile(source));
    assert.deepEqual(fs.readdirSync(at), ["large.bin"]);
    await files.row("large.bin").click();
    const saved = files.saved(() => files.id("files-download").click());
    await cutInTheMiddle(group, () => readUpTo(world.agents[group].process.pid, path.join(at, "large.bin")) > kSize / 2);
    await files.done(2, 90000);
    assert.equal(await sha256OfFile(await saved), await sha256OfFile(source));
    await shot(files.page, `files-resumed-${group}`);
  });
}

test("an upload that is cancelled leaves nothing on the device", { timeout: 60000 }, async () => {
  const at = files.place();
  await files.page.reload(); // its list of transfers begins anew
  await files.tab(world.devices.Ours);
  await files.go(at);
  const parts = () => fs.readdirSync(at);
  await files.id("files-pick").setInputFiles(source);
  await until(() => parts().length === 1, "it has begun");
  await files.id("transfers-cancel").click();
  await until(() => parts().length === 0, "its part is gone", 10000);
  await files.transfers("cancelled").waitFor();
});

test("a folder of thousands of small files in one drag", { timeout: 120000 }, async () => {
  const { page } = files;
  const at = files.place();
  await page.reload(); // its list of transfers begins anew
  await files.tab(world.devices.Ours);
  await files.go(at);
  await page.evaluate((count) => {
    const file = (name, text) => ({ isFile: true, isDirectory: false, name, file: (done) => done(new File([text], name)) });
    const folder = (name, inside) => ({ isFile: false, isDirectory: true, name, createReader: () => {
      let at = 0;
      return { readEntries: (done) => done(inside.slice(at, (at += 100))) };
    } });
    const all = Array.from({ length: count }, (_, i) => file(`file ${i}.txt`, `content ${i}`));
    const root = folder("many", [folder("a", all.slice(0, count / 2)), folder("b", all.slice(count / 2)), folder("empty", [])]);
    const event = new Event("drop", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "dataTransfer", { value: { items: [{ webkitGetAsEntry: () => root }], types: ["Files"] } });
    document.querySelector(".place").shadowRoot.querySelector(".middle").dispatchEvent(event);
  }, kMany);
  const started = performance.now();
  await until(async () => new RegExp(`^${kMany.toLocaleString("en")} of `).test(await files.id("transfers-text").innerText()), "all are sent", 90000);
  console.log(`${kMany} files: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  assert.equal(fs.readdirSync(path.join(at, "many/a")).length + fs.readdirSync(path.join(at, "many/b")).length, kMany);
  assert.equal(fs.readFileSync(path.join(at, "many/b", `file ${kMany - 1}.txt`), "utf8"), `content ${kMany - 1}`);
  assert.ok(fs.statSync(path.join(at, "many/empty")).isDirectory());
  await until(async () => (await world.server.ctl("audit", "list", "--command", "files.upload", "--limit", "1000", "--json")).includes("many/"), "they are in the audit trail");
});

test("nothing broke on the way", () => {
  assert.deepEqual(files.page.faults, []);
});
