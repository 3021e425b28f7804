// Files on Windows: the real MeshAgent for it, by Wine.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { Control } from "../../../tests/harness/control.mjs";
import { meshctrl, WindowsMeshAgent } from "../../../tests/harness/meshcentral.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { FilesPage } from "./page.mjs";
import { kPiece, rootOf, startAll } from "./agents.mjs";

const skip = !WindowsMeshAgent.isThere && "Wine is not installed";
const group = "Windows";
const key = "0123456789abcdef01234567";
let world;
let control;
let tunnel;
let count = 0;

before(async () => {
  if (skip) return;
  world = await startAll([[group, WindowsMeshAgent]]);
  control = await Control.open(world.server);
  tunnel = await control.tunnel(world.devices[group], 5);
});
after(async () => {
  tunnel?.close();
  control?.close();
  await world?.stop();
});

/** A folder on drive C: its name there and here. */
function place() {
  const name = `p${++count}`;
  const here = path.join(world.agents[group].drive, name);
  fs.mkdirSync(here);
  return { there: `C:\\${name}`, here };
}
async function ask(request) {
  const reqid = ++count;
  tunnel.binary({ ...request, reqid, answer: true });
  return tunnel.json({ action: "result", reqid });
}
const listed = (folder) => fs.readdirSync(folder, { recursive: true }).sort();

function fill(folder) {
  fs.mkdirSync(path.join(folder, "one/two/empty"), { recursive: true });
  fs.writeFileSync(path.join(folder, "one/a & b.txt"), "a");
  fs.writeFileSync(path.join(folder, "one/two/Ünï ☃.TXT"), randomBytes(700000));
}
const kFilled = ["one", "one/a & b.txt", "one/two", "one/two/empty", "one/two/Ünï ☃.TXT"].sort();

test("meshctrl's upload replaces a file and its download gives it back", { skip }, async () => {
  const { there, here } = place();
  const source = path.join(world.agents[group].folder, "it's a file.bin");
  for (const bytes of [Buffer.from("first"), randomBytes(300000)]) {
    fs.writeFileSync(source, bytes);
    const id = world.devices[group].split("/")[2];
    assert.match(await meshctrl(world.server, ["upload", "--id", id, "--file", source, "--target", there]), /Upload done/);
    assert.ok(fs.readFileSync(path.join(here, "it's a file.bin")).equals(bytes));
    assert.match(await meshctrl(world.server, ["download", "--id", id, "--file", `${there}\\it's a file.bin`, "--target", `${source}.back`]), /Download completed/);
    assert.ok(fs.readFileSync(`${source}.back`).equals(bytes));
  }
  assert.deepEqual(fs.readdirSync(here), ["it's a file.bin"]);
});

test("folders are copied, moved, listed, searched and removed with what is in them", { skip }, async () => {
  const { there, here } = place(), target = place();
  fill(here);
  assert.equal((await ask({ action: "copy", scpath: there, dspath: target.there, names: ["one"] })).error, undefined);
  assert.deepEqual(listed(target.here), kFilled);
  assert.ok(fs.readFileSync(path.join(target.here, "one/two/Ünï ☃.TXT")).equals(fs.readFileSync(path.join(here, "one/two/Ünï ☃.TXT"))));
  assert.match((await ask({ action: "copy", scpath: there, dspath: `${there}\\one\\two`, names: ["one"] })).error, /into itself/);
  assert.match((await ask({ action: "copy", scpath: there, dspath: there, names: ["one"] })).error, /already/);
  assert.deepEqual(listed(here), kFilled);

  tunnel.binary({ action: "findfile", path: there, filter: "*ï ?.txt", reqid: 900 });
  assert.equal((await tunnel.json({ action: "findfile", reqid: 900 })).r, "one\\two\\Ünï ☃.TXT");
  assert.equal((await tunnel.json({ action: "findfile", reqid: 900 })).r, null);

  tunnel.binary({ action: "tree", path: there, names: ["one"], reqid: 901, answer: true });
  const { dir, missing } = await tunnel.json({ action: "tree", reqid: 901 });
  assert.deepEqual(missing, [], "an empty folder isn't one that can't be read");
  assert.deepEqual(dir.map(({ n, t, s }) => `${t} ${n} ${s}`), ["2 one 0", "3 one/a & b.txt 1", "2 one/two 0", "2 one/two/empty 0", "3 one/two/Ünï ☃.TXT 700000"]);
  await tunnel.json({ action: "result", reqid: 901 });
  tunnel.binary({ action: "tree", path: there, names: ["gone"], reqid: 904, answer: true });
  assert.deepEqual((await tunnel.json({ action: "tree", reqid: 904 })).missing, [{ n: "gone", why: `no such file: ${there}\\gone` }]);
  await tunnel.json({ action: "result", reqid: 904 });

  assert.equal((await ask({ action: "rm", path: target.there, delfiles: ["one"], rec: true })).error, undefined);
  assert.deepEqual(listed(target.here), []);
  assert.equal((await ask({ action: "move", scpath: there, dspath: target.there, names: ["one"] })).error, undefined);
  assert.deepEqual([listed(here), listed(target.here)], [[], kFilled]);
});

test("a copy that is cancelled leaves nothing", { skip }, async () => {
  const { there, here } = place(), target = place();
  fs.writeFileSync(path.join(here, "large"), "");
  fs.truncateSync(path.join(here, "large"), 400 * kPiece);
  tunnel.binary({ action: "copy", scpath: there, dspath: target.there, names: ["large"], reqid: 904, answer: true });
  await until(() => fs.readdirSync(target.here).length > 0, "it has begun");
  tunnel.binary({ action: "cancel", of: 904 });
  assert.equal((await tunnel.json({ action: "result", reqid: 904 })).error, "cancelled");
  assert.deepEqual(fs.readdirSync(target.here), []);
});

test("an upload that was cut goes on behind whole pieces; one that nobody wants leaves nothing", { skip }, async () => {
  const { there, here } = place(), bytes = randomBytes(kPiece + 500000), part = path.join(here, `.trellis-${key}.part`);
  fs.writeFileSync(path.join(here, "file"), "old");
  fs.writeFileSync(part, bytes.subarray(0, kPiece + 77));
  tunnel.binary({ action: "upload", path: there, name: "file", size: bytes.length, key, resume: true, exists: "replace", reqid: 902 });
  const { at, root } = await tunnel.json({ action: "uploadstart", reqid: 902 });
  assert.deepEqual([at, root], [kPiece, rootOf(bytes.subarray(0, kPiece))]);
  for (let from = at; from < bytes.length; from += 60000) tunnel.socket.send(Buffer.concat([Buffer.alloc(1), bytes.subarray(from, from + 60000)]));
  tunnel.binary({ action: "uploaddone", root: rootOf(bytes), reqid: 902 });
  await tunnel.json({ action: "uploaddone", reqid: 902 });
  assert.ok(fs.readFileSync(path.join(here, "file")).equals(bytes));
  tunnel.binary({ action: "upload", path: there, name: "other", size: bytes.length, key, resume: false, exists: "fail", reqid: 903 });
  await tunnel.json({ action: "uploadstart", reqid: 903 });
  await until(() => fs.existsSync(part), "it has begun");
  assert.equal((await ask({ action: "uploaddrop", path: there, name: "other", key })).error, undefined);
  assert.equal((await tunnel.json({ action: "uploaderror", reqid: 903 })).code, "cancelled");
  assert.deepEqual(fs.readdirSync(here), ["file"]);
});

test("the page sends, shows, fetches and removes", { skip }, async () => {
  const files = await FilesPage.open(world.server);
  try {
    const { there, here } = place(), bytes = randomBytes(9 * kPiece);
    fill(here);
    await files.tab(world.devices[group]);
    await files.go(there, path.basename(here));
    await files.id("files-pick").setInputFiles([{ name: "large.bin", mimeType: "application/octet-stream", buffer: bytes },
      { name: "medium.bin", mimeType: "application/octet-stream", buffer: bytes.subarray(0, kPiece + 5) }, { name: "small.txt", mimeType: "text/plain", buffer: Buffer.from("small") }]);
    await files.done(3);
    assert.ok(fs.readFileSync(path.join(here, "large.bin")).equals(bytes));
    assert.ok(fs.readFileSync(path.join(here, "medium.bin")).equals(bytes.subarray(0, kPiece + 5)));
    assert.equal(fs.readFileSync(path.join(here, "small.txt"), "utf8"), "small");
    await files.row("large.bin").click();
    assert.ok(fs.readFileSync(await files.saved(() => files.id("files-download").click())).equals(bytes));
    await files.row("one").first().click();
    const archive = await files.saved(() => files.id("files-download").click());
    assert.match(execFileSync("unzip", ["-l", archive], { encoding: "utf8" }), /one\/two\/empty\/[^]*700000 .*one\/two\//);
    await files.row("one").first().click();
    await files.page.keyboard.press("Delete");
    await files.id("dialog-ok").click();
    await files.shows("large.bin", "medium.bin", "small.txt");
    assert.deepEqual([listed(here), files.page.faults], [["large.bin", "medium.bin", "small.txt"], []]);
  } finally { await files.close(); }
});
