// The wire of file sessions (agent-protocol 7.3) with our agent and with the real MeshAgent.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { Control } from "../../../tests/harness/control.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { temporaryFolder } from "../../../tests/harness/trellis.mjs";
import { kinds, kPiece, rootOf, startBoth } from "./agents.mjs";

let world;
let folder;
let control;

before(async () => {
  folder = temporaryFolder("files");
  world = await startBoth();
  control = await Control.open(world.server);
});
after(async () => {
  control?.close();
  await world?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const kKey = "0123456789abcdef01234567";
const place = () => fs.mkdtempSync(path.join(folder, "p-"));
const names = (where) => fs.readdirSync(where).sort();

for (const [group] of kinds) {
  const each = (name, body) => test(`${name}: ${group}`, async () => {
    const tunnel = await control.tunnel(world.devices[group], 5);
    try { await body(tunnel, place()); } finally { tunnel.close(); }
  });

  each("ls tells folders, files, sizes and links to nowhere, in text and in binary", async (tunnel, at) => {
    fs.mkdirSync(path.join(at, "größe"));
    fs.writeFileSync(path.join(at, 'a "b".txt'), "12345");
    fs.symlinkSync("/nowhere/at/all", path.join(at, "broken"));
    for (const send of ["text", "binary"]) {
      tunnel[send]({ action: "ls", path: at, reqid: 7 });
      const answer = await tunnel.json({ reqid: 7 });
      assert.equal(answer.path, at);
      assert.deepEqual(answer.dir.map((entry) => [entry.n, entry.t, entry.s ?? null]).sort(),
                       [['a "b".txt', 3, 5], ["broken", 3, 0], ["größe", 2, null]]);
      assert.match(answer.dir.find((entry) => entry.t === 2).d, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    }
    tunnel.text({ action: "ls", path: path.join(at, "missing"), reqid: 8 });
    assert.equal((await tunnel.json({ reqid: 8 })).dir, null);
    tunnel.text({ action: "ls", path: "", reqid: 9 });
    assert.ok((await tunnel.json({ reqid: 9 })).dir.some((entry) => entry.n === "tmp" && entry.t === 2));
  });

  each("mkdir, rename, copy, move and rm; links are not followed", async (tunnel, at) => {
    const outside = place();
    fs.writeFileSync(path.join(outside, "keep"), "x");
    tunnel.binary({ action: "mkdir", path: path.join(at, "one") });
    await until(() => names(at).includes("one"), "the folder is made");
    fs.writeFileSync(path.join(at, "one", "f"), "f");
    fs.symlinkSync(outside, path.join(at, "one", "link"));
    tunnel.binary({ action: "rename", path: at, oldname: "one", newname: "-two's" });
    await until(() => names(at).includes("-two's"), "it is renamed");
    tunnel.binary({ action: "mkdir", path: path.join(at, "target") });
    tunnel.binary({ action: "copy", scpath: at, dspath: path.join(at, "target"), names: ["-two's"] });
    await tunnel.json({ action: "refresh" });
    assert.deepEqual(names(path.join(at, "target", "-two's")), ["f", "link"]);
    assert.ok(fs.lstatSync(path.join(at, "target", "-two's", "link")).isSymbolicLink());
    tunnel.binary({ action: "move", scpath: path.join(at, "target", "-two's"), dspath: at, names: ["f"] });
    await tunnel.json({ action: "refresh" });
    assert.deepEqual(names(at), ["-two's", "f", "target"]);
    tunnel.binary({ action: "rm", path: at, delfiles: ["target"] });
    assert.match((await tunnel.json({ type: "console" })).msg, /target/);
    tunnel.binary({ action: "rm", path: at, delfiles: ["target", "-two's", "f"], rec: true });
    await tunnel.json({ action: "refresh" });
    assert.deepEqual([names(at), names(outside)], [[], ["keep"]]);
  });

  each("a rename doesn't replace, and names with slashes or dots are refused", async (tunnel, at) => {
    for (const name of ["a", "b"]) fs.writeFileSync(path.join(at, name), name);
    const refused = [{ action: "rename", path: at, oldname: "a", newname: "b" }, { action: "rename", path: at, oldname: "a", newname: "../c" },
      { action: "rm", path: at, delfiles: [".."], rec: true }, { action: "rm", path: at, delfiles: "a" },
      { action: "rm", path: at, delfiles: ["a/../b"] }, { action: "copy", scpath: at, dspath: path.join(at, "a"), names: ["b"] },
      { action: "mkdir", path: 5 }, { action: "findfile", path: at, filter: 5 }];
    for (const request of refused) {
      tunnel.binary(request);
      assert.match((await tunnel.json({ type: "console" })).msg, /./);
    }
    assert.deepEqual(names(at).map((name) => fs.readFileSync(path.join(at, name), "utf8")), ["a", "b"]);
  });

  each("findfile gives paths below the start and then null", async (tunnel, at) => {
    fs.mkdirSync(path.join(at, "x/y"), { recursive: true });
    fs.writeFileSync(path.join(at, "x/y/Ünï.txt"), "");
    fs.writeFileSync(path.join(at, "no.bin"), "");
    tunnel.binary({ action: "findfile", path: at, filter: "*.TXT", reqid: 3 });
    assert.equal((await tunnel.json({ action: "findfile", reqid: 3 })).r, "x/y/Ünï.txt");
    assert.equal((await tunnel.json({ action: "findfile", reqid: 3 })).r, null);
  });

  each("zip and unzip", async (tunnel, at) => {
    fs.mkdirSync(path.join(at, "in"));
    fs.writeFileSync(path.join(at, "in", "f"), "packed");
    tunnel.binary({ action: "zip", path: at, files: ["in"], output: "out.zip" });
    await tunnel.json({ action: "dialogmessage", msg: "zipping" });
    await tunnel.json({ action: "refresh" });
    tunnel.binary({ action: "unzip", input: path.join(at, "out.zip"), dest: path.join(at, "again") });
    await tunnel.json({ action: "refresh" });
    assert.equal(fs.readFileSync(path.join(at, "again/in/f"), "utf8"), "packed");
  });

  each("upload: zero in front is dropped, done is answered, the hash is told", async (tunnel, at) => {
    tunnel.binary({ action: "upload", path: at, name: "u", size: 10, reqid: 1 });
    await tunnel.json({ action: "uploadstart", reqid: 1 });
    tunnel.binary(Buffer.from([0, 0, 1, 2, 3, 4]));
    await tunnel.json({ action: "uploadack", reqid: 1 });
    assert.deepEqual(names(at).filter((name) => !name.startsWith(".trellis-")), []);
    tunnel.binary(Buffer.from("hello"));
    await tunnel.json({ action: "uploadack", reqid: 1 });
    tunnel.binary({ action: "uploaddone" });
    await tunnel.json({ action: "uploaddone", reqid: 1 });
    const bytes = Buffer.from([0, 1, 2, 3, 4, 0x68, 0x65, 0x6c, 0x6c, 0x6f]);
    assert.ok(fs.readFileSync(path.join(at, "u")).equals(bytes));
    tunnel.binary({ action: "uploadhash", path: at, name: "u", tag: { n: 1 }, reqid: 2 });
    const { hash, tag } = await tunnel.json({ action: "uploadhash", reqid: 2 });
    assert.deepEqual([hash, tag], [createHash("sha384").update(bytes).digest("hex").toUpperCase(), { n: 1 }]);
    tunnel.binary({ action: "uploadhash", path: at, name: "none", reqid: 3 });
    assert.equal((await tunnel.json({ action: "uploadhash", reqid: 3 })).hash, null);
    tunnel.binary({ action: "upload", path: at, name: "u", size: 3, append: true, reqid: 4 });
    await tunnel.json({ action: "uploadstart", reqid: 4 });
    tunnel.binary(Buffer.from("end"));
    tunnel.binary({ action: "uploaddone" });
    await tunnel.json({ action: "uploaddone", reqid: 4 });
    assert.ok(fs.readFileSync(path.join(at, "u")).equals(Buffer.concat([bytes, Buffer.from("end")])));
  });

  each("an upload that is cancelled, cut off, too long, too short or too large for the disk leaves nothing", async (tunnel, at) => {
    fs.writeFileSync(path.join(at, "f"), "old");
    const start = async (on, size, where = at) => {
      on.binary({ action: "upload", path: where, name: "f", size, reqid: 1 });
      await on.json({ action: "uploadstart" });
      on.binary(Buffer.from("new"));
      await on.json({ action: "uploadack" });
    };
    await start(tunnel, 100);
    tunnel.binary({ action: "uploadcancel" });
    await tunnel.json({ action: "uploadcancel", reqid: 1 });
    await start(tunnel, 5);
    tunnel.binary(Buffer.from("more than that"));
    await tunnel.json({ action: "uploaderror", reqid: 1 });
    await start(tunnel, 5);
    tunnel.binary({ action: "uploaddone" });
    await tunnel.json({ action: "uploaderror", reqid: 1 });
    const other = await control.tunnel(world.devices[group], 5);
    await start(other, 100);
    other.close();
    await until(() => names(at).length === 1, "the half file is gone");
    assert.equal(fs.readFileSync(path.join(at, "f"), "utf8"), "old");
    tunnel.binary({ action: "upload", path: "/dev", name: "full", size: 3, reqid: 2 });
    await tunnel.json({ action: "uploaderror", reqid: 2 });
  });

  each("download: blocks of 16380 bytes, one for each acknowledgement, an empty one at the end", async (tunnel, at) => {
    const bytes = Buffer.alloc(16380 * 2, "ab");
    fs.writeFileSync(path.join(at, "d"), bytes);
    tunnel.text({ action: "download", sub: "start", id: 55, path: path.join(at, "d") });
    const started = await tunnel.take((each) => each.json?.sub === "start", "it starts");
    assert.equal(started.isBinary, false);
    tunnel.text({ action: "download", sub: "startack", id: 55, ack: 1 });
    const blocks = [];
    for (let i = 0; i < 3; ++i) {
      const { data } = await tunnel.take((each) => each.isBinary && each.data[0] === 1, "a block");
      assert.equal(tunnel.messages.length, 0, "no block ahead");
      blocks.push(data);
      tunnel.text({ action: "download", sub: "ack", id: 55 });
    }
    assert.deepEqual(blocks.map((block) => [block.length, block.readUInt32BE(0)]), [[16384, 0x01000000], [16384, 0x01000000], [4, 0x01000001]]);
    assert.ok(Buffer.concat(blocks.map((block) => block.subarray(4))).equals(bytes));
    tunnel.text({ action: "download", sub: "start", id: 56, path: path.join(at, "missing") });
    await tunnel.json({ action: "download", sub: "cancel", id: 56 });
    assert.match((await tunnel.json({ type: "console" })).msg, /no such file/);
  });

  each("download: for a viewer that names no number of blocks more are under way, the more it acknowledges", async (tunnel, at) => {
    const bytes = randomBytes(16380 * 300 + 5), blocks = [];
    fs.writeFileSync(path.join(at, "d"), bytes);
    tunnel.text({ action: "download", sub: "start", id: 1, path: path.join(at, "d") });
    await tunnel.take((each) => each.json?.sub === "start", "it starts");
    tunnel.text({ action: "download", sub: "startack", id: 1 });
    for (let isLast = false; !isLast;) {
      if (blocks.length === 100) await until(() => tunnel.messages.length >= 16, "more than eight blocks without an acknowledgement");
      const { data } = await tunnel.take((each) => each.isBinary && each.data[0] === 1, "a block");
      blocks.push(data);
      isLast = data[3] === 1;
      if (!isLast) tunnel.text({ action: "download", sub: "ack", id: 1 });
    }
    assert.ok(Buffer.concat(blocks.map((block) => block.subarray(4))).equals(bytes));
  });

  each("what is put onto a link goes where it leads", async (tunnel, at) => {
    const real = path.join(place(), "real"), link = path.join(at, "link"), written = () => fs.readFileSync(real, "utf8");
    fs.writeFileSync(real, "old");
    fs.chmodSync(real, 0o640);
    fs.symlinkSync(real, link);
    tunnel.binary({ action: "upload", path: at, name: "link", size: 3, reqid: 1 });
    await tunnel.json({ action: "uploadstart", reqid: 1 });
    tunnel.binary(Buffer.from("new"));
    await tunnel.json({ action: "uploadack", reqid: 1 });
    assert.equal(written(), "new");
    tunnel.binary({ action: "put", path: at, name: "link", size: 5, root: rootOf(Buffer.from("newer")), exists: "replace", reqid: 2, answer: true });
    tunnel.binary(Buffer.from("\0newer"));
    assert.deepEqual(await tunnel.json({ action: "result", reqid: 2 }), { action: "result", reqid: 2, path: link });
    assert.equal(written(), "newer");
    assert.ok(fs.lstatSync(link).isSymbolicLink());
    assert.equal(fs.statSync(real).mode & 0o777, 0o640);
    assert.deepEqual([names(at), names(path.dirname(real))], [["link"], ["real"]]);
  });

  each("an upload goes on behind whole pieces of what is there", async (tunnel, at) => {
    const bytes = randomBytes(kPiece + 500000), part = path.join(at, `.trellis-${kKey}.part`);
    fs.writeFileSync(part, bytes.subarray(0, kPiece + 77));
    tunnel.binary({ action: "upload", path: at, name: "file", size: bytes.length, key: kKey, resume: true, exists: "fail", reqid: 1 });
    const { at: from, root } = await tunnel.json({ action: "uploadstart", reqid: 1 });
    assert.deepEqual([from, root], [kPiece, rootOf(bytes.subarray(0, kPiece))]);
    for (let sent = from; sent < bytes.length; sent += 60000) tunnel.binary(Buffer.concat([Buffer.alloc(1), bytes.subarray(sent, sent + 60000)]));
    tunnel.binary({ action: "uploaddone", root: rootOf(bytes), reqid: 1 });
    await tunnel.json({ action: "uploaddone", reqid: 1 });
    assert.deepEqual(names(at), ["file"]);
    assert.ok(fs.readFileSync(path.join(at, "file")).equals(bytes));
  });

  each("a transfer that is replaced is told so; an upload that nobody wants leaves nothing", async (tunnel, at) => {
    const large = path.join(at, "large");
    fs.writeFileSync(large, Buffer.alloc(3 * kPiece));
    for (const id of [1, 2]) tunnel.text({ action: "download", sub: "start", id, path: large, window: 65536 });
    assert.equal((await tunnel.json({ action: "download", sub: "cancel", id: 1 })).code, "replaced");
    const start = (name, reqid, key) => tunnel.binary({ action: "upload", path: at, name, size: 100, key, resume: false, exists: "fail", reqid });
    start("a", 3, kKey);
    await tunnel.json({ action: "uploadstart", reqid: 3 });
    start("b", 4, kKey.replace("0", "f"));
    assert.equal((await tunnel.json({ action: "uploaderror", reqid: 3 })).code, "replaced");
    tunnel.binary({ action: "uploaddrop", path: at, key: kKey, reqid: 5, answer: true });
    await tunnel.json({ action: "result", reqid: 5 });
    const other = await control.tunnel(world.devices[group], 5);
    other.binary({ action: "uploaddrop", path: at, key: kKey.replace("0", "f"), reqid: 6, answer: true });
    assert.equal((await tunnel.json({ action: "uploaderror", reqid: 4 })).code, "cancelled");
    await other.json({ action: "result", reqid: 6 });
    other.close();
    tunnel.binary({ action: "uploaddone", root: "", reqid: 7 });
    await tunnel.json({ action: "uploaderror", reqid: 7 });
    assert.deepEqual(names(at), ["large"]);
  });

  test(`what the end of a session cuts is in the audit trail, whatever its id: ${group}`, async () => {
    const at = place(), tunnel = await control.tunnel(world.devices[group], 5, `cut@$${group}`);
    fs.writeFileSync(path.join(at, "secret"), Buffer.alloc(3 * kPiece));
    tunnel.text({ action: "download", sub: "start", id: 1, path: path.join(at, "secret"), window: 65536 });
    await tunnel.take((each) => each.isBinary && each.data[0] === 1, "a block");
    tunnel.binary({ action: "upload", path: at, name: "half", size: 100, key: kKey, resume: false, exists: "fail", reqid: 1 });
    await tunnel.json({ action: "uploadstart", reqid: 1 });
    tunnel.close();
    for (const [command, file] of [["files.download", "secret"], ["files.upload", "half"]]) {
      const record = await until(async () => (await world.server.call("audit.list", { limit: 50 })).records
        .find((each) => each.command === command && JSON.stringify(each).includes(path.join(at, file))), `the ${command} is there`);
      assert.match(JSON.stringify(record), /the session ended/);
    }
  });

  test(`sessions that end while something is hashed leave no file open: ${group}`, async () => {
    const at = place(), large = path.join(at, "large"), { pid } = world.agents[group].process;
    fs.writeFileSync(large, "");
    fs.truncateSync(large, 4 * 1024 * kPiece);
    const open = () => fs.readdirSync(`/proc/${pid}/fd`).filter((fd) => { try { return fs.readlinkSync(`/proc/${pid}/fd/${fd}`) === large; } catch { return false; } }).length;
    const tunnel = await control.tunnel(world.devices[group], 5);
    for (let reqid = 1; reqid <= 10; reqid++) tunnel.binary({ action: "checksum", path: large, reqid, answer: true });
    assert.match((await tunnel.json({ action: "result", reqid: 9 })).error, /too many/);
    assert.equal(open(), 8);
    tunnel.close();
    await until(() => open() === 0, "all are closed");
  });

  each("files that tell no size, or a wrong one, are read as far as they go", async (tunnel) => {
    for (const file of ["/proc/sys/kernel/ostype", "/proc/cpuinfo", "/sys/kernel/uevent_seqnum"]) {
      tunnel.text({ action: "download", sub: "start", id: 1, path: file, window: 65536 });
      const { size, root } = await tunnel.json({ action: "download", sub: "done", id: 1 });
      const { data } = await tunnel.take((each) => each.isBinary && each.data[0] === 1, "a block");
      if (file !== "/proc/cpuinfo") assert.equal(data.subarray(4).toString(), fs.readFileSync(file, "utf8"));
      assert.deepEqual([size, root], [data.length - 4, rootOf(data.subarray(4))]);
    }
  });

  each("a download begins at a byte of the file, and at nothing else", async (tunnel, at) => {
    const file = path.join(at, "file");
    fs.writeFileSync(file, Buffer.alloc(kPiece));
    for (const offset of [0.5, -1, "x", 1e300]) {
      tunnel.text({ action: "download", sub: "start", id: 1, path: file, window: 65536, offset, tail: true });
      assert.ok((await tunnel.json({ action: "download", sub: "cancel", id: 1 })).error, String(offset));
    }
    tunnel.text({ action: "download", sub: "start", id: 2, path: file, window: 65536, offset: kPiece - 1, tail: true });
    assert.equal((await tunnel.json({ action: "download", sub: "done", id: 2 })).size, kPiece);
  });

  each("a tree says what it lacks", async (tunnel, at) => {
    fs.mkdirSync(path.join(at, "there"));
    tunnel.binary({ action: "tree", path: at, names: ["there", "gone"], reqid: 1, answer: true });
    const { dir, missing } = await tunnel.json({ action: "tree", reqid: 1 });
    assert.deepEqual(dir.map(({ n }) => n), ["there"]);
    assert.match(missing[0].why, /gone.*No such file/);
    assert.equal((await tunnel.json({ action: "result", reqid: 1 })).error, undefined);
    tunnel.binary({ action: "tree", path: at, names: ["there"], reqid: 2, answer: true });
    assert.deepEqual((await tunnel.json({ action: "tree", reqid: 2 })).missing, []);
  });

  each("what isn't a message ends its session and no other", async (tunnel, at) => {
    const others = ["{broken", `{"action":"ls","path":"${"x".repeat(70000)}"}`];
    for (const text of others) {
      const bad = await control.tunnel(world.devices[group], 5);
      bad.binary(Buffer.from(text));
      await bad.closed;
    }
    for (const text of ['{"action":"nosuch"}', '{"action":"__proto__"}', '{"action":5}', '{"action":"ls"}', "stray"]) tunnel.binary(Buffer.from(text));
    tunnel.binary({ action: "ls", path: at, reqid: 1 });
    assert.deepEqual((await tunnel.json({ reqid: 1 })).dir, []);
  });
}

test("what was done is in the device's events", async () => {
  for (const [group] of kinds) {
    const { events } = await control.ask({ action: "events", nodeid: world.devices[group], limit: 1000 });
    for (const pattern of [/^Create folder: /, /^Delete recursive: /, /^Rename: /, /^Copy: /, /^Move: /, /^Download: /, /^Upload: /]) {
      assert.ok(events.some((event) => pattern.test(event.msg) && event.userid === "user//admin"), `${pattern} of ${group}`);
    }
  }
});
