// `meshctrl upload` and `download`, unmodified, with our agent and with the real MeshAgent. With
// TRELLIS_FILES_LARGE=1 a file of 1 GB, too.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { meshctrl } from "../../../tests/harness/meshcentral.mjs";
import { temporaryFolder } from "../../../tests/harness/trellis.mjs";
import { kinds, startBoth } from "./agents.mjs";

let world;
let folder;
const large = process.env.TRELLIS_FILES_LARGE ? [["1 GB.bin", 1024 ** 3]] : [];
const ctrl = (...args) => meshctrl(world.server, args, { ms: large.length ? 900000 : 60000 });
const shortId = (group) => world.devices[group].split("/")[2];
const leftOvers = (place) => fs.readdirSync(place).filter((name) => name.includes("trellis"));

before(async () => {
  folder = temporaryFolder("files");
  world = await startBoth();
});
after(async () => {
  await world?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** A file of `size` bytes; blocks of meshctrl begin with 0 and with "{" in turn. */
function sample(name, size) {
  const bytes = randomBytes(size);
  for (let at = 0; at < size; at += 65564) bytes[at] = (at / 65564) % 2 ? 0 : 0x7b;
  const file = path.join(folder, name);
  fs.writeFileSync(file, bytes);
  return { file, bytes };
}

for (const [group] of kinds) {
  for (const [name, size] of [["empty.bin", 0], ["1 KB.bin", 1024], ["exact.bin", 16380 * 4], ["10 MB.bin", 10 * 1024 * 1024],
    [`it's "quoted" & $HOME.bin`, 700], ["Grüße ☃ 日本.bin", 300], ...large]) {
    test(`${name} goes to the device and back: ${group}`, async () => {
      const { file, bytes } = sample(name, size);
      const target = path.join(folder, group);
      fs.mkdirSync(target, { recursive: true });
      assert.match(await ctrl("upload", "--id", shortId(group), "--file", file, "--target", target), /Upload done/);
      const there = path.join(target, name);
      assert.ok(fs.readFileSync(there).equals(bytes), "the same bytes");
      assert.deepEqual(leftOvers(target), []);
      const back = path.join(folder, "back.bin");
      assert.match(await ctrl("download", "--id", shortId(group), "--file", there, "--target", back), /Download completed/);
      assert.ok(fs.readFileSync(back).equals(bytes), "the same bytes back");
    });
  }

  test(`what can't be read or written is said: ${group}`, async () => {
    const { file } = sample("small.bin", 10);
    const missing = path.join(folder, "missing");
    assert.match(await ctrl("upload", "--id", shortId(group), "--file", file, "--target", missing), /Upload error/);
    assert.equal(fs.existsSync(missing), false);
    for (const source of [missing, folder, "/dev/zero"]) {
      assert.match(await ctrl("download", "--id", shortId(group), "--file", source, "--target", path.join(folder, "no")), /Download canceled/);
    }
  });

  test(`an upload replaces a file and keeps its mode: ${group}`, async () => {
    const { file, bytes } = sample("script.sh", 100);
    const target = fs.mkdtempSync(path.join(folder, "mode-"));
    fs.writeFileSync(path.join(target, "script.sh"), "old", { mode: 0o750 });
    await ctrl("upload", "--id", shortId(group), "--file", file, "--target", target);
    assert.ok(fs.readFileSync(path.join(target, "script.sh")).equals(bytes));
    assert.equal(fs.statSync(path.join(target, "script.sh")).mode & 0o777, 0o750);
  });
}

test("what passes leaves nothing in a device's memory", async () => {
  const { file } = sample("passes.bin", 60 * 1024 * 1024);
  for (const [group] of kinds) {
    const target = fs.mkdtempSync(path.join(folder, "passes-"));
    const usedKiB = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${world.agents[group].process.pid}/status`, "utf8"))[1]);
    const pass = async () => {
      assert.match(await ctrl("upload", "--id", shortId(group), "--file", file, "--target", target), /Upload done/);
      assert.match(await ctrl("download", "--id", shortId(group), "--file", file, "--target", path.join(target, "back")), /Download completed/);
    };
    await pass();
    const before = usedKiB();
    for (let count = 0; count < 2; count++) await pass();
    assert.ok(usedKiB() - before < 1500, `${group}: ${before} KiB, then ${usedKiB()} KiB`);
  }
});

test("without the right to files neither works", async () => {
  const pass = "Another-pass-1!";
  await ctrl("adduser", "--user", "nofiles", "--pass", pass);
  for (const [group] of kinds) {
    await ctrl("addusertodevicegroup", "--group", group, "--userid", "nofiles", "--remotecontrol", "--nofiles");
    const { file } = sample("secret.bin", 10);
    const who = { user: "nofiles", pass, ms: 5000 };
    const target = fs.mkdtempSync(path.join(folder, "refused-"));
    await meshctrl(world.server, ["upload", "--id", shortId(group), "--file", file, "--target", target], who);
    assert.deepEqual(fs.readdirSync(target), []);
    await meshctrl(world.server, ["download", "--id", shortId(group), "--file", file, "--target", path.join(target, "x")], who);
    assert.deepEqual(fs.readdirSync(target), []);
  }
});
