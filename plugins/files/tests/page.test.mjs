// The files tab in a real Chromium, with our agent and with the real MeshAgent.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { accessibilityFaults, shot } from "../../../tests/harness/browser.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { kinds, startBoth } from "./agents.mjs";
import { FilesPage, readUpTo, sha256 } from "./page.mjs";

let world;
let files;

before(async () => {
  world = await startBoth();
  files = await FilesPage.open(world.server);
  files.page.setDefaultTimeout(6000);
});
after(async () => {
  await files?.close();
  await world?.stop();
});

const read = (...parts) => fs.readFileSync(path.join(...parts));

for (const [group] of kinds) {
  test(group, { timeout: 90000 }, async (t) => {
    const { page } = files;
    const at = files.place();
    await files.tab(world.devices[group]);

    await t.test("a folder is shown, also with odd names, and walked through by keyboard", async () => {
      fs.mkdirSync(path.join(at, "sub folder", "inner"), { recursive: true });
      for (const name of ["it's \"quoted\"", "two\nlines", "Grüße ☃ 日本", "abc\u202efdp.exe"]) fs.writeFileSync(path.join(at, name), "x");
      await files.go(at);
      await files.shows("sub folder", "abc⟨U+202E⟩fdp.exe", "Grüße ☃ 日本", "it's \"quoted\"", "two␊lines");
      await files.id("files-list").focus();
      await page.keyboard.press("Home");
      await page.keyboard.press("Enter");
      await files.shows("inner");
      await page.keyboard.press("Backspace");
      await until(async () => (await files.names()).length === 5, "back");
      assert.deepEqual(await accessibilityFaults(page), []);
      // Fetched and sent back, the names stay what they are.
      await page.keyboard.press("End");
      const saved = await files.saved(() => files.id("files-download").click());
      assert.equal(fs.readFileSync(saved, "utf8"), "x");
    });

    await t.test("files go to the device and back", async () => {
      const bytes = randomBytes(3 * 1024 * 1024 + 7);
      const small = Buffer.from("{\"begins\": \"with a brace\"}");
      await files.id("transfers-clear").click();
      await files.id("files-pick").setInputFiles([
        { name: "big.bin", mimeType: "application/octet-stream", buffer: bytes }, { name: "small.json", mimeType: "text/plain", buffer: small }, { name: "empty", mimeType: "text/plain", buffer: Buffer.alloc(0) }]);
      await files.done(3);
      assert.equal(sha256(read(at, "big.bin")), sha256(bytes));
      assert.ok(read(at, "small.json").equals(small));
      assert.equal(fs.statSync(path.join(at, "empty")).size, 0);
      assert.deepEqual(fs.readdirSync(at).filter((name) => name.includes("trellis")), []);
      await files.row("big.bin").click();
      assert.equal(sha256(fs.readFileSync(await files.saved(() => files.id("files-download").click()))), sha256(bytes));
      await shot(page, `files-${group}`);
      const mine = await until(async () => {
        const { records } = await world.server.call("audit.list", { limit: 50 });
        const found = records.filter((record) => JSON.stringify(record).includes(`${at}/big.bin`));
        return found.length >= 2 && found;
      }, "both are in the audit trail");
      assert.deepEqual(mine.map((record) => record.command).sort(), ["files.download", "files.upload"]);
      for (const entry of mine) assert.ok(JSON.stringify(entry).includes(sha256(bytes)), "with its hash");
    });

    await t.test("a name that is taken asks, and the answer is kept to", async () => {
      const again = (text) => files.id("files-pick").setInputFiles([{ name: "small.json", mimeType: "text/plain", buffer: Buffer.from(text) }]);
      await again("second");
      await files.id("dialog-skip").click();
      await until(async () => (await files.transfers("skipped").count()) === 1, "it is skipped");
      assert.match(read(at, "small.json").toString(), /brace/);
      await again("third");
      await files.id("dialog-rename").click();
      await until(() => fs.existsSync(path.join(at, "small (1).json")), "both are there");
      await again("fourth");
      await files.id("dialog-replace").click();
      await until(() => read(at, "small.json").toString() === "fourth", "it is replaced");
    });

    await t.test("create, rename, copy, move, search and delete", async () => {
      await files.id("files-new").click();
      await files.id("new-folder").click();
      await files.id("dialog-name").fill("a/b");
      await files.id("dialog-ok").click();
      await files.page.getByText("can't contain a slash").waitFor();
      await files.id("dialog-name").fill("new 'folder'");
      await files.id("dialog-ok").click();
      await files.row("new 'folder'").waitFor();
      await files.menu("small.json", "menu-copy");
      await files.row("new 'folder'").dblclick();
      await files.shows();
      await files.menu("", "menu-paste");
      await files.shows("small.json");
      await files.row("small.json").click();
      await page.keyboard.press("F2");
      await files.id("dialog-name").fill("-renamed.json");
      await page.keyboard.press("Enter");
      await files.shows("-renamed.json");
      assert.equal(read(at, "new 'folder'", "-renamed.json").toString(), "fourth");
      await page.keyboard.press("Alt+ArrowUp");
      await files.row("new 'folder'").waitFor();
      await files.id("files-search").click();
      await files.id("search-text").fill("RENAMED");
      await page.keyboard.press("Enter");
      await files.id("search-found").click();
      await files.shows("-renamed.json");
      await page.keyboard.press("Backspace");
      await files.row("new 'folder'").click();
      await page.keyboard.press("Delete");
      await files.page.getByText("Folders are deleted with everything in them").waitFor();
      await files.id("dialog-ok").click();
      await until(() => !fs.existsSync(path.join(at, "new 'folder'")), "the folder is gone");
      await until(async () => (await files.row("new 'folder'").count()) === 0, "and not shown");
    });

    await t.test("a text is edited in its place, and a change meanwhile is not lost", async () => {
      const file = path.join(at, "note.txt");
      fs.writeFileSync(file, "\ufeffeins\r\nzwei\r\n", { mode: 0o640 });
      await page.keyboard.press("F5");
      await files.row("note.txt").dblclick();
      await files.id("editor").fill("eins\nzwei\ndrei ☃\n");
      await shot(page, `files-edit-${group}`);
      await page.keyboard.press("Control+s");
      await until(() => read(file).toString() === "\ufeffeins\r\nzwei\r\ndrei ☃\r\n", "saved, with its mark and line ends");
      assert.equal(fs.statSync(file).mode & 0o777, 0o640);
      await files.id("editor").waitFor({ state: "detached" });
      await files.row("note.txt").dblclick();
      await files.id("editor").waitFor();
      fs.writeFileSync(file, "from elsewhere");
      await files.id("editor").fill("mine");
      await files.id("dialog-save").click();
      await files.page.getByText("changed meanwhile").waitFor();
      assert.equal(read(file).toString(), "from elsewhere");
      await files.id("dialog-ok").click();
      await until(() => read(file).toString() === "\ufeffmine", "replaced after all", 10000);
      await files.id("files-dialog").waitFor({ state: "detached" });
    });

    await t.test("each line of a text keeps its end, and what was changed is not thrown away unasked", async () => {
      const file = path.join(at, "mixed.txt");
      fs.writeFileSync(file, "one\r\ntwo\nthree\r\nfour\n");
      await page.keyboard.press("F5");
      await files.row("mixed.txt").dblclick();
      await files.id("editor").waitFor();
      await page.keyboard.press("Escape");
      await files.id("editor").waitFor({ state: "detached" });
      await files.row("mixed.txt").dblclick();
      await files.id("editor").press("Control+End");
      await files.id("editor").pressSequentially("five");
      const discard = page.getByTestId("files-dialog").filter({ hasText: "Discard the changes?" });
      for (let times = 0; times < 2; times++) {
        await page.keyboard.press("Escape");
        await discard.waitFor();
        await page.keyboard.press("Escape");
        await discard.waitFor({ state: "detached" });
      }
      await shot(page, `files-discard-${group}`);
      assert.equal(await files.id("editor").inputValue(), "one\ntwo\nthree\nfour\nfive");
      await page.keyboard.press("Control+s");
      await until(() => read(file).toString() === "one\r\ntwo\nthree\r\nfour\nfive", "saved, with its line ends");
      await files.id("editor").waitFor({ state: "detached" });
      await files.row("mixed.txt").dblclick();
      await files.id("editor").fill("nothing of this");
      await files.id("dialog-cancel").click();
      await discard.getByTestId("dialog-discard").click();
      await files.id("editor").waitFor({ state: "detached" });
      assert.match(read(file).toString(), /five$/);
      fs.rmSync(file);
      await page.keyboard.press("F5");
      await files.row("mixed.txt").waitFor({ state: "detached" });
    });

    await t.test("permissions, owner and checksums", async () => {
      const file = path.join(at, "note.txt");
      const mine = "\ufeffmine";
      await files.menu("note.txt", "menu-details");
      await files.id("compute").click();
      await until(async () => (await files.id("checksums").innerText()).includes(sha256(mine)), "SHA-256");
      assert.ok((await files.id("checksums").innerText()).includes(createHash("sha384").update(mine).digest("hex")));
      await files.id("mode-others-read").setChecked(true);
      assert.equal(await files.id("details-mode").inputValue(), "644");
      await files.id("details-owner").fill("nobody:nogroup");
      await shot(page, `files-details-${group}`);
      assert.deepEqual(await accessibilityFaults(page), []);
      await files.id("dialog-ok").click();
      const nobody = Number(execFileSync("id", ["-u", "nobody"]).toString());
      await until(() => fs.statSync(file).uid === nobody && (fs.statSync(file).mode & 0o777) === 0o644, "owner and mode are changed");
    });

    await t.test("a new owner leaves the bits that give the owner's rights", async () => {
      const file = path.join(at, "tool");
      fs.writeFileSync(file, "x");
      fs.chmodSync(file, 0o4755);
      await page.keyboard.press("F5");
      await files.menu("tool", "menu-details");
      await files.id("details-owner").fill("nobody:nogroup");
      await files.id("details-mode").fill("6711");
      await files.id("dialog-ok").click();
      await files.id("files-dialog").waitFor({ state: "detached" });
      await until(() => fs.statSync(file).uid !== 0 && (fs.statSync(file).mode & 0o7777) === 0o6711, "both are changed", 6000);
      await files.menu("tool", "menu-details");
      await files.id("details-owner").fill("root:root");
      fs.appendFileSync(file, "y");
      await files.id("dialog-ok").click();
      await until(() => fs.statSync(file).uid === 0 && (fs.statSync(file).mode & 0o7777) === 0o6711, "the mode is what it was", 6000);
      await files.row("tool").filter({ hasText: "2 B" }).waitFor();
    });

    await t.test("properties show what is known when the device can't say the owner", async () => {
      fs.rmSync(path.join(at, "tool"));
      await files.menu("tool", "menu-details");
      await files.page.getByText("not known: ").waitFor();
      await files.page.getByText("(2 B)").waitFor();
      await files.id("compute").waitFor();
      await files.id("dialog-cancel").click();
      await page.keyboard.press("F5");
      await files.row("tool").waitFor({ state: "detached" });
    });

    await t.test("zip at the device, and unzip", async () => {
      await files.menu("sub folder", "menu-zip");
      await files.id("dialog-name").fill("packed.zip");
      await files.id("dialog-ok").click();
      await until(() => fs.existsSync(path.join(at, "packed.zip")), "it is packed");
      await files.row("packed.zip").waitFor();
      await files.menu("packed.zip", "menu-unzip");
      await until(() => fs.existsSync(path.join(at, "packed", "sub folder", "inner")), "it is unpacked");
    });

    await t.test("an archive whose files are there already asks, and both can be kept", async () => {
      const file = path.join(at, "packed", "there");
      fs.writeFileSync(path.join(at, "there"), "new");
      fs.writeFileSync(file, "old");
      execFileSync("zip", ["-q", "packed.zip", "there"], { cwd: at });
      await files.menu("packed.zip", "menu-unzip");
      await files.id("files-dialog").filter({ hasText: "there is on the device already" }).waitFor();
      await files.id("dialog-rename").click();
      await until(() => fs.existsSync(path.join(at, "packed (1)", "there")), "it has a folder of its own");
      assert.equal(read(file).toString(), "old");
      await files.menu("packed.zip", "menu-unzip");
      await files.id("dialog-replace").click();
      await until(() => read(file).toString() === "new", "it is replaced");
      await files.row("packed (1)").waitFor();
    });

    await t.test("of several with different permissions only what is touched changes", async () => {
      const several = path.join(at, "several"), modes = () => ["key", "tool"].map((name) => (fs.statSync(path.join(several, name)).mode & 0o777).toString(8));
      fs.mkdirSync(several);
      for (const [name, mode] of [["key", 0o600], ["tool", 0o755]]) { fs.writeFileSync(path.join(several, name), ""); fs.chmodSync(path.join(several, name), mode); }
      await files.go(several);
      await files.shows("key", "tool");
      const properties = async () => {
        await files.id("files-list").focus();
        await page.keyboard.press("Control+a");
        await files.menu("", "menu-details");
      };
      await properties();
      assert.equal(await files.id("mode-group-read").evaluate((box) => box.indeterminate), true);
      await shot(page, `files-details-several-${group}`);
      assert.deepEqual(await accessibilityFaults(page), []);
      await files.id("details-owner").fill("nobody:nogroup");
      await files.id("dialog-ok").click();
      await until(() => fs.statSync(path.join(several, "tool")).uid !== 0, "they have another owner");
      await files.id("files-dialog").waitFor({ state: "detached" });
      assert.deepEqual(modes(), ["600", "755"]);
      await properties();
      await files.id("mode-group-read").setChecked(true);
      await files.id("dialog-ok").click();
      await until(() => modes().join() === "640,755", "the group may read");
      await files.id("files-dialog").waitFor({ state: "detached" });
      await files.go(at);
    });

    await t.test("a copy is in the list of transfers, and can be cancelled there", async () => {
      const many = path.join(at, "many"), target = path.join(at, "copies");
      for (const folder of [many, target]) fs.mkdirSync(folder);
      for (let i = 0; i < 30000; i++) fs.writeFileSync(path.join(many, `f${i}`), "");
      await files.id("files-refresh").click();
      await files.menu("many", "menu-copy");
      await files.go(target);
      await files.menu("", "menu-paste");
      await page.getByRole("button", { name: "Cancel Copy many" }).click();
      await files.transfers("cancelled").waitFor();
      await until(() => fs.readdirSync(target).length === 0, "nothing is left of it");
      await files.go(at);
      for (const folder of [many, target]) fs.rmSync(folder, { recursive: true });
      await files.id("files-list").focus();
    });

    await t.test("folders come as an archive", async () => {
      const tree = path.join(at, "tree");
      fs.mkdirSync(path.join(tree, "deep", "empty"), { recursive: true });
      const content = { "a b.txt": "one", "deep/ü.bin": randomBytes(2 * 1024 * 1024 + 5), "deep/none": "" };
      for (const [name, text] of Object.entries(content)) fs.writeFileSync(path.join(tree, name), text);
      fs.symlinkSync("/etc", path.join(tree, "link"));
      await page.keyboard.press("F5");
      await files.row("tree").click();
      const saved = await files.saved(() => files.menu("", "menu-download-zip"));
      const out = files.place();
      execFileSync("unzip", ["-q", saved, "-d", out]);
      for (const [name, text] of Object.entries(content)) assert.ok(read(out, "tree", name).equals(Buffer.from(text)), name);
      assert.deepEqual(fs.readdirSync(path.join(out, "tree")).sort(), ["a b.txt", "deep"]);
      assert.ok(fs.statSync(path.join(out, "tree/deep/empty")).isDirectory());
    });
  });
}

test("a folder that somebody has opened is shown, though the list was renewed meanwhile", { timeout: 60000 }, async () => {
  const at = files.place(), { pid } = world.agents.Ours.process;
  fs.mkdirSync(path.join(at, "inner"));
  fs.writeFileSync(path.join(at, "inner", "there"), "x");
  await files.tab(world.devices.Ours);
  await files.go(at);
  await files.shows("inner");
  process.kill(pid, "SIGSTOP");
  try {
    await files.row("inner").dblclick();
    await files.id("files-refresh").click();
  } finally { process.kill(pid, "SIGCONT"); }
  await files.shows("there");
});

test("a folder that changes while it is fetched", { timeout: 180000 }, async (t) => {
  const { page } = files;
  const at = files.place();
  const tree = path.join(at, "tree");
  const large = path.join(tree, "growing.bin");
  const kLarge = 200 * 1024 * 1024; // takes long enough to do something meanwhile
  const pid = () => world.agents.Ours.process.pid;
  fs.mkdirSync(path.join(tree, "deep"), { recursive: true });
  for (const name of ["a.txt", "deep/b.txt", "z.txt"]) fs.writeFileSync(path.join(tree, name), name);
  fs.writeFileSync(large, "");
  const several = path.join(at, "several");
  const parts = Array.from({ length: 2 }, (_, i) => path.join(several, `${i}.bin`));
  fs.mkdirSync(several);
  for (const part of parts) {
    fs.writeFileSync(part, "");
    fs.truncateSync(part, kLarge);
  }
  fs.writeFileSync(path.join(at, "note.txt"), "a note");
  const begun = (...of) => until(() => of.some((file) => readUpTo(pid(), file) > 0), "the device reads it");
  /** The device stands still in the middle of one of these files while something is done. */
  const inTheMiddle = async (of, act) => {
    await begun(...of);
    process.kill(pid(), "SIGSTOP");
    try { await act(); } finally { process.kill(pid(), "SIGCONT"); }
  };
  const grow = () => begun(large).then(() => fs.appendFileSync(large, "more"));
  // A folder in the browser's own storage stands for one that the person has chosen.
  await page.addInitScript(() => {
    window.showDirectoryPicker = async () => (await navigator.storage.getDirectory()).getDirectoryHandle("chosen", { create: true });
  });
  await page.reload(); // its list of transfers begins anew
  await files.tab(world.devices.Ours);
  await files.go(at);
  // What is pressed while much is fetched may have to wait for a processor.
  page.setDefaultTimeout(30000);
  t.after(() => page.setDefaultTimeout(6000));

  await t.test("one that is cancelled leaves no bytes to the next", async () => {
    fs.truncateSync(large, kLarge);
    await files.menu("tree", "menu-download-zip");
    const saved = await files.saved(() => inTheMiddle([large], async () => {
      await files.row("note.txt").click();
      await files.id("files-download").click();
      await until(async () => (await files.transfers().count()) === 2, "both are in the list");
      await page.getByRole("button", { name: "Cancel tree.zip" }).click();
      await files.transfers("cancelled").waitFor();
    }));
    assert.equal(fs.readFileSync(saved, "utf8"), "a note");
  });

  await t.test("a text is opened and saved meanwhile, and both come to their end", async () => {
    const saved = files.saved(() => files.menu("several", "menu-download-zip"));
    await inTheMiddle(parts, async () => {
      await files.row("note.txt").dblclick();
      await files.id("toast").filter({ hasText: "the text is next" }).waitFor();
    });
    await files.id("editor").fill("another note");
    await files.id("dialog-save").click();
    await until(() => read(at, "note.txt").toString() === "another note", "it is saved");
    execFileSync("unzip", ["-tq", await saved]);
    await files.done(2);
  });

  await t.test("its archive is whole without the file, and says so", async () => {
    fs.truncateSync(large, kLarge);
    const [saved] = await Promise.all([files.saved(() => files.menu("tree", "menu-download-zip")), grow()]);
    execFileSync("unzip", ["-tq", saved]);
    const names = execFileSync("unzip", ["-Z1", saved]).toString().trim().split("\n").filter((name) => !name.endsWith("/"));
    assert.deepEqual(names.sort(), ["tree/a.txt", "tree/deep/b.txt", "tree/z.txt"]);
    await files.transfers("partial").waitFor();
    assert.match(await files.transfers("partial").innerText(), /1 left out: tree\/growing\.bin \(the file changed/);
    await shot(page, "files-partial");
    assert.deepEqual(await accessibilityFaults(page), []);
  });

  await t.test("into a folder of this computer come all others, and nothing under its name", async () => {
    await files.id("transfers-clear").click();
    fs.truncateSync(large, kLarge);
    await files.menu("tree", "menu-download-folder");
    await grow();
    await files.transfers("partial").waitFor();
    const names = () => page.evaluate(async () => {
      const found = [];
      const walk = async (folder, where) => {
        for await (const [name, handle] of folder.entries()) {
          if (handle.kind === "directory") await walk(handle, `${where}${name}/`);
          else found.push(`${where}${name}: ${await (await handle.getFile()).slice(0, 20).text()}`);
        }
      };
      await walk(await window.showDirectoryPicker(), "");
      return found.sort();
    });
    // Chromium takes its time to remove what it wrote beside the file that was given up.
    const expected = ["tree/a.txt: a.txt", "tree/deep/b.txt: deep/b.txt", "tree/z.txt: z.txt"];
    await until(async () => (await names()).join() === expected.join(), "all others are there, and nothing else").catch(async () => assert.deepEqual(await names(), expected));
  });
});

test("what is in a folder of this computer is replaced only by who says so", { timeout: 60000 }, async () => {
  const { page } = files;
  const at = files.place();
  fs.mkdirSync(path.join(at, "src"));
  fs.writeFileSync(path.join(at, "src", "keep.txt"), "the device's");
  await page.addInitScript(() => {
    window.showDirectoryPicker = async () => (await navigator.storage.getDirectory()).getDirectoryHandle("here", { create: true });
  });
  await page.reload();
  await files.tab(world.devices.Ours);
  await files.go(at);
  await page.evaluate(async () => {
    const folder = await (await window.showDirectoryPicker()).getDirectoryHandle("src", { create: true });
    const file = await (await folder.getFileHandle("keep.txt", { create: true })).createWritable();
    await file.write("mine");
    await file.close();
  });
  const kept = (folder) => page.evaluate(async (name) => {
    const file = await (await (await window.showDirectoryPicker()).getDirectoryHandle(name)).getFileHandle("keep.txt");
    return (await file.getFile()).text();
  }, folder).catch(() => "");
  const ask = async (answer) => {
    await files.menu("src", "menu-download-folder");
    await files.id("files-dialog").filter({ hasText: "in the chosen folder already" }).waitFor();
    if (answer === "rename") await shot(page, "files-taken-here");
    await files.id(`dialog-${answer}`).click();
  };
  await ask("cancel");
  await ask("skip");
  await ask("rename");
  await files.done(1);
  assert.deepEqual([await kept("src"), await kept("src (2)")], ["mine", "the device's"]);
  await ask("replace");
  await files.done(2);
  assert.equal(await kept("src"), "the device's");
  assert.equal(await files.transfers().count(), 2);
});

test("who leaves is asked as long as something is under way", { timeout: 60000 }, async () => {
  const { page } = files;
  const at = files.place(), { pid } = world.agents.Ours.process, large = path.join(at, "large.bin");
  fs.writeFileSync(large, "");
  fs.truncateSync(large, 6 * 1024 * 1024);
  await page.goto(`${world.server.origin}/#/events`); // what is before it in the history
  await files.tab(world.devices.Ours);
  await files.go(at);
  const asked = page.locator("leave-dialog dialog");
  process.kill(pid, "SIGSTOP");
  try {
    await files.row("large.bin").click();
    await files.id("files-download").click();
    await files.transfers("running").waitFor();
    await page.getByTestId("tab-general").click();
    await page.getByTestId("tab-files").click();
    assert.equal(await asked.count(), 0, "another tab of the device loses nothing");
    for (const leave of [() => page.getByTestId("nav-devices").first().click(), () => page.evaluate(() => history.back())]) {
      const before = page.url();
      await leave();
      await asked.filter({ hasText: "still under way (1)" }).waitFor();
      await shot(page, "leave");
      await asked.getByTestId("dialog-cancel").click();
      await asked.waitFor({ state: "detached" });
      await until(() => page.url() === before, "the address is what it was");
      await files.transfers("running").waitFor();
    }
    const question = page.waitForEvent("dialog");
    const reload = page.reload().catch(() => undefined);
    const dialog = await question;
    assert.equal(dialog.type(), "beforeunload");
    await dialog.dismiss();
    await reload;
    await files.transfers("running").waitFor();
    await page.getByTestId("nav-devices").first().click();
    await asked.getByTestId("dialog-submit").click();
    await page.getByTestId("device-row").first().waitFor();
  } finally { process.kill(pid, "SIGCONT"); }
  await files.tab(world.devices.Ours);
  await page.getByTestId("nav-devices").first().click();
  await page.getByTestId("device-row").first().waitFor();
  assert.equal(await asked.count(), 0, "nobody is asked when nothing would be lost");
});

test("a name is searched for as it is written", { timeout: 60000 }, async () => {
  const at = files.place();
  for (const name of ["report[1].txt", "report1.txt", "back\\slash", "[x].log"]) fs.writeFileSync(path.join(at, name), "x");
  await files.tab(world.devices.Ours);
  await files.go(at);
  const found = async (text) => {
    await files.id("files-search").click();
    await files.id("search-text").fill(text);
    await files.page.keyboard.press("Enter");
    await files.id("search-status").filter({ hasText: /\d found\./ }).waitFor();
    const names = await files.id("search-found").allInnerTexts();
    await files.id("dialog-cancel").click();
    return names.sort();
  };
  assert.deepEqual(await found("report[1]"), ["report[1].txt"]);
  assert.deepEqual(await found("k\\s"), ["back\\slash"]);
  assert.deepEqual(await found("[?].*"), ["[x].log"]);
});

test("with a finger names open, boxes choose several, and the menu all", { timeout: 60000 }, async () => {
  const at = files.place();
  fs.mkdirSync(path.join(at, "dir", "inner"), { recursive: true });
  for (const name of ["a.txt", "b.txt"]) fs.writeFileSync(path.join(at, name), name);
  const phone = await FilesPage.open(world.server, { width: 390, height: 740, touch: true });
  try {
    await phone.tab(world.devices.Ours);
    await phone.go(at);
    const chosen = (text) => phone.id("files-summary").filter({ hasText: text }).waitFor();
    await phone.row("a.txt").getByTestId("files-box").tap();
    await phone.row("b.txt").getByTestId("files-box").tap();
    await chosen("2 of 3");
    await shot(phone.page, "files-touch");
    await phone.row("a.txt").getByTestId("files-box").tap();
    await chosen("1 of 3");
    await phone.id("files-more").tap();
    await phone.id("menu-all").tap();
    await chosen("3 of 3");
    await phone.id("files-more").tap();
    await phone.id("menu-none").tap();
    await chosen("3 entries");
    await phone.row("dir").locator("bdi").tap();
    await phone.shows("inner");
    assert.equal(await phone.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "nothing is wider than the screen");
    assert.deepEqual(await accessibilityFaults(phone.page), []);
  } finally {
    await phone.close();
  }
});

test("more than the device takes or finds at once is said", { timeout: 60000 }, async () => {
  const { page } = files;
  const at = files.place();
  for (let i = 0; i < 10001; i++) fs.writeFileSync(path.join(at, `file ${i}`), "");
  await files.tab(world.devices.Ours);
  await files.go(at);
  await until(async () => /10,?001 entries/.test(await files.id("files-summary").innerText()), "all are shown");
  await files.id("files-list").focus();
  await page.keyboard.press("Control+a");
  await files.menu("", "menu-zip");
  await files.id("toast").filter({ hasText: "One archive takes up to 1,000 entries" }).waitFor();
  assert.equal(await files.id("files-dialog").count(), 0);
  await files.id("files-search").click();
  await files.id("search-text").fill("file");
  await page.keyboard.press("Enter");
  await until(async () => /ended at 10,000 findings/.test(await files.id("search-status").innerText()), "the search says that it ended");
  await files.id("dialog-cancel").click();
  assert.match(await files.id("files-state").innerText(), /Connected/);
});

test("on a phone, and in the dark", async () => {
  const phone = await FilesPage.open(world.server, { width: 360, height: 740, scheme: "dark" });
  try {
    await phone.tab(world.devices.Ours);
    await phone.go("/etc");
    // What is typed slowly is several words to the list; a busy machine may make it so.
    const isShown = async () => (await phone.names()).includes("hostname");
    for (let tries = 0; tries < 4 && !(await isShown()); tries++) {
      await phone.id("files-list").focus();
      await phone.page.keyboard.type("hostn");
      await until(isShown, "a file", tries < 3 ? 4000 : 30000).catch((error) => { if (tries === 3) throw error; });
    }
    assert.ok(await isShown());
    assert.equal(await phone.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "nothing is wider than the screen");
    await shot(phone.page, "files-phone");
    assert.deepEqual(await accessibilityFaults(phone.page), []);
  } finally {
    await phone.close();
  }
});

test("nothing broke on the way", () => {
  assert.deepEqual(files.page.faults, []);
});
