// Folders that the agent may not look into: it runs as nobody.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { Process } from "../../../tests/harness/process.mjs";
import { Agent, bin } from "../../../tests/harness/trellis.mjs";
import { startAll } from "./agents.mjs";
import { FilesPage } from "./page.mjs";

const skip = process.getuid() !== 0 && "needs root";
const nobody = 65534;

class AgentOfNobody extends Agent {
  static start(server, { group }) {
    return super.start(server, group);
  }
  launch() {
    const settings = path.join(this.folder, "nobody.msh");
    fs.copyFileSync(this.settings, settings);
    execFileSync("chown", ["-R", `${nobody}:${nobody}`, this.folder]);
    this.process = new Process("setpriv", [`--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", path.join(bin, "trellis-agent"), "run", "--msh", settings, "--data", this.data], { env: this.env });
  }
}

let world;
let files;

before(async () => {
  if (skip) return;
  world = await startAll([["Nobody", AgentOfNobody]]);
  files = await FilesPage.open(world.server);
  fs.chmodSync(files.folder, 0o755);
});
after(async () => {
  await files?.close();
  await world?.stop();
});

test("a folder that can't be read is left out of what is fetched, and named", { skip, timeout: 60000 }, async () => {
  const at = files.place();
  fs.chmodSync(at, 0o755);
  for (const name of ["ok", "two\nlines", "passable", "listed"]) fs.mkdirSync(path.join(at, "share", name), { recursive: true });
  for (const name of ["ok/a", "two\nlines/b", "passable/c", "listed/d"]) fs.writeFileSync(path.join(at, "share", name), name);
  fs.chmodSync(path.join(at, "share/two\nlines"), 0o700);
  fs.chmodSync(path.join(at, "share/passable"), 0o711);
  await files.tab(world.devices.Nobody);
  await files.go(at);
  const fetched = async () => {
    const saved = await files.saved(() => files.menu("share", "menu-download-zip"));
    return execFileSync("unzip", ["-Z1", saved]).toString().split("\n").filter((name) => /[^/]$/.test(name)).sort();
  };
  assert.deepEqual(await fetched(), ["share/listed/d", "share/ok/a"]);
  await files.transfers("partial").waitFor();
  const words = await files.transfers("partial").innerText();
  assert.match(words, /2 left out: /);
  assert.match(words, /share\/two␊lines \(permission denied\)/);
  assert.match(words, /share\/passable \(permission denied\)/);
  // What was opened meanwhile comes with the next.
  for (const name of ["two\nlines", "passable"]) fs.chmodSync(path.join(at, "share", name), 0o755);
  assert.equal((await fetched()).length, 4);
  await files.done(1);
  assert.deepEqual(files.page.faults, []);
});
