// What programs of the device do for the files tab: changes, archives, rights. With our agent and with the real MeshAgent.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { Control } from "../../../tests/harness/control.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { temporaryFolder } from "../../../tests/harness/trellis.mjs";
import { kinds, startBoth } from "./agents.mjs";

let world;
let folder;
let control;
let count = 0;

before(async () => {
  folder = temporaryFolder("changes");
  world = await startBoth();
  control = await Control.open(world.server);
});
after(async () => {
  control?.close();
  await world?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const place = () => fs.mkdtempSync(path.join(folder, "p-"));
const names = (...where) => fs.readdirSync(path.join(...where)).sort();
const read = (...where) => fs.readFileSync(path.join(...where), "utf8");
const modes = (at, ...of) => of.map((name) => (fs.statSync(path.join(at, name)).mode & 0o7777).toString(8));

/** Makes files of `tree`: text, {} for folders, "-> x" for links. */
function make(at, tree) {
  for (const [name, what] of Object.entries(tree)) {
    const where = path.join(at, name);
    if (typeof what !== "string") { fs.mkdirSync(where, { recursive: true }); make(where, what); }
    else if (what.startsWith("-> ")) fs.symlinkSync(what.slice(3), where);
    else fs.writeFileSync(where, what);
  }
}

function ask(tunnel, request) {
  const reqid = ++count;
  tunnel.binary({ ...request, reqid, answer: true });
  return tunnel.json({ action: "result", reqid });
}

/** A disk of 2 MB, in `at`. */
async function onSmallDisk(t, at, act) {
  const disk = path.join(at, "disk");
  fs.mkdirSync(disk);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]).status !== 0) { t.skip("no disk can be mounted here"); return; }
  try { await act(disk); } finally { execFileSync("umount", ["-l", disk]); }
}

/** A folder whose copy takes a while. */
function makeMany(at) {
  fs.mkdirSync(path.join(at, "many"));
  for (let i = 0; i < 15000; i++) fs.writeFileSync(path.join(at, "many", `f${i}`), "");
}
const hasBegun = (at) => until(() => names(at).some((name) => name.startsWith(".trellis-")), "it has begun");

for (const [group] of kinds) {
  const each = (name, body) => test(`${name}: ${group}`, async (t) => {
    const tunnel = await control.tunnel(world.devices[group], 5);
    try { await body(tunnel, place(), t); } finally { tunnel.close(); }
  });

  each("of a mode only the bits that are meant are changed, and never through a link", async (tunnel, at) => {
    make(at, { key: "k", tool: "t", outside: { secret: "s" }, in: {}, "to-key": "-> key", "to-outside": "-> outside" });
    fs.symlinkSync("../key", path.join(at, "in", "link"));
    for (const [name, mode] of [["key", 0o600], ["tool", 0o4755], ["outside", 0o700], ["outside/secret", 0o600]]) fs.chmodSync(path.join(at, name), mode);
    const change = (more) => ask(tunnel, { action: "chmod", path: at, ...more });
    assert.equal((await change({ names: ["key", "tool", "to-outside"], mode: "0040", mask: "0042" })).error, undefined);
    assert.deepEqual(modes(at, "key", "tool", "outside"), ["640", "4755", "700"]);
    assert.match((await change({ names: ["to-key"], mode: "777" })).error, /link/);
    assert.match((await change({ names: ["to-outside"], mode: "777", recursive: true })).error, /link/);
    assert.equal((await change({ names: ["in"], mode: "777", recursive: true })).error, undefined);
    assert.deepEqual(modes(at, "key", "in", "outside", "outside/secret"), ["640", "777", "700", "600"]);
    assert.equal((await change({ names: ["tool"], mode: "711" })).error, undefined);
    assert.deepEqual(modes(at, "tool"), ["711"]);
    for (const wrong of [{ mask: "0000" }, { mask: 5 }, { mask: "u+x" }]) assert.match((await change({ names: ["key"], mode: "777", ...wrong })).error, /expected/);
  });

  each("in a tree folders get a mode as it is, and files an x only where they have one", async (tunnel, at) => {
    make(at, { tree: { sub: { text: "t", tool: "x" } } });
    for (const [name, mode] of [["tree", 0o700], ["tree/sub", 0o2700], ["tree/sub/text", 0o600], ["tree/sub/tool", 0o4700]]) fs.chmodSync(path.join(at, name), mode);
    const all = ["tree", "tree/sub", "tree/sub/text", "tree/sub/tool"];
    assert.equal((await ask(tunnel, { action: "chmod", path: at, names: ["tree"], mode: "755", recursive: true })).error, undefined);
    assert.deepEqual(modes(at, ...all), ["755", "2755", "644", "4755"]);
    assert.equal((await ask(tunnel, { action: "chmod", path: at, names: ["tree"], mode: "0010", mask: "0011", recursive: true })).error, undefined);
    assert.deepEqual(modes(at, ...all), ["754", "2754", "644", "4754"]);
  });

  each("a new owner leaves every file the bits that give the owner's rights", async (tunnel, at) => {
    const outside = place();
    make(outside, { kept: "k" });
    make(at, { tree: { "set user": "u", group: "g", plain: "p", link: `-> ${outside}` }, one: "1" });
    for (const [name, mode] of [["tree/set user", 0o4750], ["tree/group", 0o2711], ["tree/plain", 0o600], ["one", 0o6755]]) fs.chmodSync(path.join(at, name), mode);
    assert.equal((await ask(tunnel, { action: "chown", path: at, names: ["tree"], owner: "nobody:nogroup", recursive: true })).error, undefined);
    assert.equal((await ask(tunnel, { action: "chown", path: at, names: ["one"], owner: "nobody:nogroup" })).error, undefined);
    assert.deepEqual(modes(at, "tree/set user", "tree/group", "tree/plain", "one"), ["4750", "2711", "600", "6755"]);
    for (const name of ["tree", "tree/set user", "tree/group", "tree/plain", "tree/link", "one"]) assert.notEqual(fs.lstatSync(path.join(at, name)).uid, 0, name);
    assert.deepEqual([fs.statSync(outside).uid, fs.statSync(path.join(outside, "kept")).uid], [0, 0]);
    make(at, { folder: { in: "x" } });
    assert.equal((await ask(tunnel, { action: "chown", path: at, names: ["folder"], owner: "nobody" })).error, undefined);
    assert.deepEqual([fs.statSync(path.join(at, "folder")).uid > 0, fs.statSync(path.join(at, "folder/in")).uid], [true, 0]);
  });

  each("modes and owners of several are told, links not followed", async (tunnel, at) => {
    make(at, { a: "a", b: {}, c: "-> b" });
    fs.chmodSync(path.join(at, "a"), 0o640);
    const { all } = await ask(tunnel, { action: "stats", path: at, names: ["a", "b", "c", "gone"] });
    assert.deepEqual(all.map(({ mode, user, kind }) => [mode, user, kind]), [["640", "root", "regular file"], ["755", "root", "directory"], ["777", "root", "symbolic link"]]);
  });

  each("a copy, a move and an archive that don't fit leave what was there, and nothing else", async (tunnel, at, t) => onSmallDisk(t, at, async (disk) => {
    fs.writeFileSync(path.join(at, "big"), randomBytes(4e6));
    fs.writeFileSync(path.join(disk, "big"), "old");
    execFileSync("zip", ["-q", "-0", "big.zip", "big"], { cwd: at });
    for (const action of ["copy", "move"]) assert.match((await ask(tunnel, { action, scpath: at, dspath: disk, names: ["big"] })).error, /No space left/);
    assert.deepEqual([names(disk), read(disk, "big"), fs.statSync(path.join(at, "big")).size], [["big"], "old", 4e6]);
    for (const dest of ["new", ""]) assert.match((await ask(tunnel, { action: "unzip", input: path.join(at, "big.zip"), dest: path.join(disk, dest) })).error, /no space left/);
    assert.deepEqual([names(disk), read(disk, "big")], [["big"], "old"]);
    fs.writeFileSync(path.join(disk, "half"), randomBytes(1.2e6));
    assert.match((await ask(tunnel, { action: "zip", path: disk, files: ["half"], output: "half.zip" })).error, /no space left/);
    assert.deepEqual(names(disk), ["big", "half"]);
  }));

  each("what is moved to another disk is there with its mode, and gone here", async (tunnel, at, t) => onSmallDisk(t, at, async (disk) => {
    make(at, { tree: { ".hidden": "h", "-sub": { f: "f" }, link: "-> /nowhere" }, file: "new" });
    fs.chmodSync(path.join(at, "tree/-sub/f"), 0o4711);
    fs.writeFileSync(path.join(disk, "file"), "old");
    assert.equal((await ask(tunnel, { action: "move", scpath: at, dspath: disk, names: ["tree", "file"] })).error, undefined);
    assert.deepEqual([names(at), names(disk), names(disk, "tree"), read(disk, "file")], [["disk"], ["file", "tree"], ["-sub", ".hidden", "link"], "new"]);
    assert.deepEqual([modes(disk, "tree/-sub/f"), fs.readlinkSync(path.join(disk, "tree/link"))], [["4711"], "/nowhere"]);
  }));

  each("a copy takes the place of a link, not of what it leads to", async (tunnel, at) => {
    const outside = place();
    make(outside, { precious: "precious", folder: { kept: "kept" } });
    make(at, { from: { w: "new", d: "new", folder: { kept: "new" } }, to: { w: `-> ${outside}/precious`, d: `-> ${outside}/folder` } });
    const copy = (of) => ask(tunnel, { action: "copy", scpath: path.join(at, "from"), dspath: path.join(at, "to"), names: of });
    assert.equal((await copy(["w", "d"])).error, undefined);
    assert.deepEqual([read(at, "to/w"), read(at, "to/d"), read(outside, "precious"), names(outside, "folder")], ["new", "new", "precious", ["kept"]]);
    fs.symlinkSync(path.join(outside, "folder"), path.join(at, "to/folder"));
    assert.match((await copy(["folder"])).error, /not a folder/);
    assert.deepEqual([names(at, "to"), read(outside, "folder/kept")], [["d", "folder", "w"], "kept"]);
  });

  each("a folder that is copied onto one of its name brings its files into it", async (tunnel, at) => {
    make(at, { from: { d: { "a b": "new", ".dot": "new", sub: { "*": "new" }, fresh: { f: "f" } } }, to: { d: { "a b": "old", other: "other", sub: { deep: "deep" } } } });
    const copy = () => ask(tunnel, { action: "copy", scpath: path.join(at, "from"), dspath: path.join(at, "to"), names: ["d"] });
    assert.equal((await copy()).error, undefined);
    assert.deepEqual([names(at, "to/d"), names(at, "to/d/sub"), read(at, "to/d/a b"), read(at, "to/d/sub/*"), read(at, "to/d/fresh/f"), names(at, "to")],
                     [[".dot", "a b", "fresh", "other", "sub"], ["*", "deep"], "new", "new", "f", ["d"]]);
    fs.rmSync(path.join(at, "to/d/.dot"));
    make(at, { "to/d/.dot": {} });
    fs.writeFileSync(path.join(at, "to/d/a b"), "old");
    assert.match((await copy()).error, /a folder is in its place/);
    assert.equal(read(at, "to/d/a b"), "old", "nothing is replaced before all can be");
  });

  each("nothing is copied or moved into itself or onto itself", async (tunnel, at) => {
    make(at, { self: { f: "f", in: {} }, around: "-> self/in" });
    for (const action of ["copy", "move"]) {
      for (const to of ["self", "self/in", "around"]) {
        assert.match((await ask(tunnel, { action, scpath: at, dspath: path.join(at, to), names: ["self"] })).error, /into itself/, `${action} to ${to}`);
      }
      assert.match((await ask(tunnel, { action, scpath: at, dspath: at, names: ["self"] })).error, /there already/);
    }
    assert.deepEqual([names(at), names(at, "self"), names(at, "self/in")], [["around", "self"], ["f", "in"], []]);
  });

  each("a copy that is cancelled, or whose session ends, leaves nothing; on the wire it goes on", async (tunnel, at) => {
    makeMany(at);
    const to = (name) => { fs.mkdirSync(path.join(at, name)); return path.join(at, name); };
    const request = (dspath) => ({ action: "copy", scpath: at, dspath, names: ["many"], reqid: ++count, answer: true });
    const first = request(to("a"));
    tunnel.binary(first);
    await hasBegun(first.dspath);
    tunnel.binary({ action: "cancel" });
    tunnel.binary({ action: "cancel", of: first.reqid + 1 });
    tunnel.binary({ action: "cancel", of: first.reqid });
    assert.equal((await tunnel.json({ action: "result", reqid: first.reqid })).error, "cancelled");
    assert.deepEqual(names(first.dspath), []);
    const other = await control.tunnel(world.devices[group], 5), second = request(to("b"));
    other.binary(second);
    await hasBegun(second.dspath);
    other.close();
    await until(() => !names(second.dspath).some((name) => name.startsWith(".trellis-")), "it is over");
    assert.deepEqual(names(second.dspath), []);
    const wire = await control.tunnel(world.devices[group], 5), third = to("c");
    wire.binary({ action: "copy", scpath: at, dspath: third, names: ["many"] });
    await hasBegun(third);
    wire.close();
    await until(() => names(third).join() === "many", "it is there");
    assert.equal(names(third, "many").length, 15000);
    assert.equal(names(at, "many").length, 15000);
  });

  each("an archive asks before it replaces, for who wants that", async (tunnel, at) => {
    make(at, { in: { a: "new", sub: { b: "new" } }, out: { a: "old", mine: "mine" }, elsewhere: {}, link: "-> elsewhere" });
    execFileSync("zip", ["-q", "-r", "../in.zip", "."], { cwd: path.join(at, "in") });
    const input = path.join(at, "in.zip"), unzip = (dest, exists) => ask(tunnel, { action: "unzip", input, dest: path.join(at, dest), exists });
    const refused = await unzip("out", "fail");
    assert.deepEqual([refused.code, refused.names, names(at, "out"), read(at, "out/a")], ["exists", ["a"], ["a", "mine"], "old"]);
    assert.equal((await unzip("out", "rename")).error, undefined);
    assert.deepEqual([read(at, "out/a"), read(at, "out (1)/a"), names(at, "out (1)")], ["old", "new", ["a", "sub"]]);
    assert.equal((await unzip("out", "replace")).error, undefined);
    assert.deepEqual([names(at, "out"), read(at, "out/a"), read(at, "out/sub/b")], [["a", "mine", "sub"], "new", "new"]);
    assert.equal((await unzip("new", "fail")).error, undefined);
    assert.equal(read(at, "new/sub/b"), "new");
    fs.rmSync(path.join(at, "out/a"));
    fs.rmSync(path.join(at, "out/sub"), { recursive: true });
    assert.equal((await unzip("out", "fail")).error, undefined, "nothing of it is there");
    assert.match((await unzip("link", "fail")).error, /not a folder/);
    assert.deepEqual(names(at, "elsewhere"), []);
    fs.writeFileSync(path.join(at, "out/a"), "old");
    const wire = await control.tunnel(world.devices[group], 5);
    wire.binary({ action: "unzip", input, dest: path.join(at, "out") });
    await wire.json({ action: "refresh" });
    wire.close();
    assert.equal(read(at, "out/a"), "new", "MeshCentral's page replaces");
    assert.match((await ask(tunnel, { action: "unzip", input: path.join(at, "in/a"), dest: path.join(at, "bad"), exists: "fail" })).error, /./);
    assert.deepEqual(names(at), ["elsewhere", "in", "in.zip", "link", "new", "out", "out (1)"]);
  });

  each("an archive is made without what can't be packed, and says so", async (tunnel, at) => {
    make(at, { tree: { a: "a" } });
    const server = net.createServer().listen(path.join(at, "tree/socket"));
    await new Promise((resolve) => server.on("listening", resolve));
    execFileSync("mkfifo", [path.join(at, "tree/pipe")]);
    try {
      const { error, missing } = await ask(tunnel, { action: "zip", path: at, files: ["tree"], output: "tree.zip" });
      assert.deepEqual([error, missing.map(({ name }) => name).sort()], [undefined, ["tree/pipe", "tree/socket"]]);
    } finally { server.close(); }
    assert.equal(execFileSync("unzip", ["-p", path.join(at, "tree.zip"), "tree/a"]).toString(), "a");
    assert.deepEqual(names(at), ["tree", "tree.zip"]);
  });

  each("an archive that is cancelled leaves nothing", async (tunnel, at) => {
    fs.writeFileSync(path.join(at, "large"), randomBytes(60e6));
    for (const how of [{}, { of: 1 }]) {
      tunnel.binary({ action: "zip", path: at, files: ["large"], output: "x.zip", reqid: 1, answer: true });
      await hasBegun(at);
      tunnel.binary({ action: "cancel", ...how });
      assert.equal((await tunnel.json({ action: "result", reqid: 1 })).error, "cancelled");
      assert.deepEqual(names(at), ["large"]);
    }
  });

  each("what an agent left behind is removed after a day, a folder as well", async (tunnel, at) => {
    const part = (digit) => `.trellis-${String(digit).repeat(24)}.part`;
    make(at, { [part(1)]: { f: "f" }, [part(2)]: { f: "f" } });
    fs.utimesSync(path.join(at, part(1)), 1000, 1000);
    assert.deepEqual((await ask(tunnel, { action: "list", path: at })).dir, []);
    await until(() => names(at).join() === part(2), "the old one is gone");
  });

  each("a name that isn't UTF-8 is still there when it can't be deleted, and that is said", async (tunnel, at) => {
    fs.writeFileSync(Buffer.concat([Buffer.from(`${at}/caf`), Buffer.from([0xe9]), Buffer.from(".txt")]), "x");
    fs.writeFileSync(path.join(at, "café"), "x");
    const { dir } = await ask(tunnel, { action: "list", path: at }), odd = dir.map(({ n }) => n).find((name) => name !== "café");
    for (const rec of [true, false]) assert.match((await ask(tunnel, { action: "rm", path: at, delfiles: [odd], rec })).error, /still there/, `rec: ${rec}`);
    assert.equal((await ask(tunnel, { action: "rm", path: at, delfiles: ["café"], rec: true })).error, undefined);
    assert.equal(fs.readdirSync(at).length, 1);
    const { events } = await control.ask({ action: "events", nodeid: world.devices[group], limit: 1000 });
    assert.ok(!events.some(({ msg }) => msg.includes(`${at}/${odd}`)), "nor logged as done");
  });
}
