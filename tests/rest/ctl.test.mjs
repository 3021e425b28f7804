// trellisctl: JSON everywhere, exit statuses, other servers, --watch and the completion of real shells.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import tls from "node:tls";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Process, run, until } from "../harness/process.mjs";
import { bin, Trellis } from "../harness/trellis.mjs";

const program = path.join(bin, "trellisctl");
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
let server;
let token;
let certificate;

const ctl = (args, options = {}) => run(program, args, options);
const local = (...args) => ctl(["--data", server.data, ...args]);
const remote = (args, extra = {}) =>
  ctl(["--url", server.origin, ...args], { env: { ...process.env, TRELLIS_TOKEN: token, ...extra } });

before(async () => {
  server = await Trellis.start();
  await server.addAdmin();
  await server.ctl("group", "add", "Lab one");
  token = (await server.ctl("token", "add", "far", "--user", "admin", "--commands", "*")).match(/trl_\S+/)[0];
  certificate = await new Promise((resolve, reject) => {
    const socket = tls.connect({ host: "localhost", port: server.port, rejectUnauthorized: false }, () => {
      resolve(new X509Certificate(socket.getPeerCertificate().raw));
      socket.destroy();
    });
    socket.once("error", reject);
  });
});
after(() => server?.stop());

test("every command answers with JSON when asked to", async () => {
  const commands = [
    ["user", "list"], ["group", "list"], ["group", "settings", "Lab one"], ["device", "list"],
    ["plugin", "list"], ["plugin", "disable", "webhooks"], ["plugin", "enable", "webhooks"], ["token", "list"], ["server", "status"],
    ["server", "loginkey"], ["config", "check"], ["config", "show"], ["config", "schema"], ["completion", "bash"],
    ["call", "serverversion"],
  ];
  for (const command of commands) {
    // Standard output alone: what plugins say of themselves goes to the other.
    const { stdout } = await promisify(execFile)(program, ["--data", server.data, "--json", ...command]);
    assert.doesNotThrow(() => JSON.parse(stdout), `${command}: ${stdout}`);
  }
});

test("exit statuses tell what happened", async () => {
  const cases = [
    [0, ["server", "status"]], [64, ["nonsense"]], [64, ["user", "list", "more"]],
    [66, ["user", "remove", "nobody"]], [73, ["token", "add", "far", "--user", "admin", "--commands", "*"]],
    [64, ["call", "group.add", "name=5"]], [66, ["call", "no.such"]], [75, ["device", "wait", "--timeout", "1"]],
  ];
  for (const [status, args] of cases) {
    const { code, output } = await local(...args);
    assert.equal(code, status, `${args}: ${output}`);
  }
  const none = await ctl(["--data", "/nonexistent/trellis", "--json", "user", "list"]);
  assert.equal(none.code, 69);
  assert.equal(JSON.parse(none.output).error.code, "unavailable");
});

test("call passes arguments of every kind, from words, a file and standard input", async () => {
  const made = await local("call", "group.add", "name=From words");
  assert.equal(made.code, 0, made.output);
  const file = path.join(server.data, "args.json");
  fs.writeFileSync(file, JSON.stringify({ name: "From a file" }));
  assert.equal((await local("call", "group.add", "--data", `@${file}`)).code, 0);
  const input = await ctl(["--data", server.data, "call", "group.add", "--data", "-"],
                          { input: '{"name":"From input"}' });
  assert.equal(input.code, 0, input.output);
  const groups = JSON.parse((await local("--json", "group", "list")).output).groups.map((one) => one.name);
  for (const name of ["From words", "From a file", "From input"]) assert.ok(groups.includes(name), name);
});

test("a server elsewhere is reached with a token and a certificate that is known", async () => {
  const untrusted = await remote(["server", "status"]);
  assert.equal(untrusted.code, 69, untrusted.output);
  const pin = createHash("sha256").update(certificate.raw).digest("hex");
  const pinned = await remote(["--pin", pin, "--json", "server", "status"]);
  assert.equal(pinned.code, 0, pinned.output);
  assert.ok(JSON.parse(pinned.output).version);
  const colons = await remote(["--pin", certificate.fingerprint256, "server", "status"]);
  assert.equal(colons.code, 0, colons.output);
  const wrong = await remote(["--pin", "0".repeat(64), "server", "status"]);
  assert.equal(wrong.code, 69);
  assert.match(wrong.output, /not the pinned one/);
  const denied = await remote(["--pin", pin, "token", "list"]);
  assert.equal(denied.code, 64, "commands for the server itself say so");
  const refused = await remote(["--pin", pin, "call", "tokens.list"]);
  assert.equal(refused.code, 77);
  const guess = await remote(["--pin", pin, "server", "status"], { TRELLIS_TOKEN: "trl_0123456789abcdef_x" });
  assert.equal(guess.code, 77);
  const nothing = await remote(["--pin", pin, "server", "status"], { TRELLIS_TOKEN: "" });
  assert.equal(nothing.code, 64);
});

test("--ca trusts the server's own authority, and the name still has to fit", async () => {
  const folder = path.join(server.data, "certs");
  const roots = fs.readdirSync(folder).filter((name) => /\.(crt|pem)$/.test(name)).map((name) => path.join(folder, name));
  const results = [];
  for (const file of roots) results.push((await remote(["--ca", file, "server", "status"])).code);
  assert.ok(results.includes(0), `one of ${roots} vouches for it: ${results}`);
  const good = roots[results.indexOf(0)];
  const other = await ctl(["--url", `https://127.0.0.2:${server.port}`, "--ca", good, "server", "status"],
                          { env: { ...process.env, TRELLIS_TOKEN: token } });
  assert.equal(other.code, 69, other.output);
});

test("--watch writes a line for each change and ends with Ctrl-C", async () => {
  const watching = new Process(program, ["--data", server.data, "--json", "--watch", "group", "list"]);
  const lines = () => watching.output.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  await until(() => lines().length === 1, "the first listing");
  await server.ctl("group", "add", "While watching");
  await until(() => lines().length === 2, "the second listing");
  assert.ok(lines()[1].groups.some((one) => one.name === "While watching"));
  assert.equal(await watching.stop("SIGINT"), 0);
  assert.equal((await local("--watch", "server", "loginkey")).code, 64, "only what reads");
});

/** What a shell that has the script loaded offers for a line. */
const bash = async (line) => {
  const script = `source <("${program}" completion bash)
COMP_WORDS=(${line.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _trellisctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { code, output } = await run("/bin/bash", ["--norc", "-c", script], { cwd: "/" });
  assert.equal(code, 0, output);
  return output.trim().split("\n");
};

test("bash completes commands, options, ids, names and commands of the API", async () => {
  const data = ["--data", server.data];
  assert.deepEqual(await bash([program, "us"]), ["user"]);
  assert.deepEqual(await bash([program, "user", ""]), ["add", "clearfactors", "list", "password", "remove"]);
  assert.ok((await bash([program, "user", "add", "--"])).includes("--password-stdin"));
  assert.deepEqual(await bash([program, ...data, "plugin", "disable", "term"]), ["terminal"]);
  assert.deepEqual(await bash([program, ...data, "group", "settings", "Lab"]), ["Lab\\ one"], "quoted for the shell");
  assert.ok((await bash([program, ...data, "call", "run"])).includes("runcommands"));
  assert.deepEqual(await bash([program, "completion", ""]), ["bash", "fish", "zsh"]);
});

for (const shell of ["zsh", "fish"]) {
  test(`${shell} completes from the same words`, { skip: !fs.existsSync(`/usr/bin/${shell}`) && `no ${shell} here` }, async () => {
    const folder = fs.mkdtempSync(path.join(server.data, "shell-"));
    fs.symlinkSync(program, path.join(folder, "trellisctl"));
    const script = path.join(folder, "script");
    fs.writeFileSync(script, await server.ctl("completion", shell));
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, HOME: folder };
    const { output } = shell === "fish"
      ? await run("/usr/bin/fish", ["--no-config", "-c", `source ${script}; complete -C 'trellisctl user '`], { env })
      : await run("/usr/bin/zsh", ["-f", "-c", `compdef() { }; compadd() { shift; print -l -- "$@" }; source ${script}
words=(trellisctl user ""); CURRENT=3; _trellisctl`], { env });
    assert.deepEqual(output.trim().split("\n").sort(), ["add", "clearfactors", "list", "password", "remove"]);
  });
}

test("the manual is the one that the program writes", async () => {
  const { output } = await ctl(["__reference"]);
  const file = path.join(root, "docs/admin/trellisctl.md");
  if (process.env.TRELLIS_UPDATE) fs.writeFileSync(file, output);
  assert.equal(fs.readFileSync(file, "utf8"), output, "run again with TRELLIS_UPDATE=1");
  const help = (await ctl(["--help"])).output;
  for (const group of ["user", "group", "device", "plugin", "token", "config", "server", "db", "call", "completion"]) {
    assert.ok(help.includes(`  ${group} `), group);
    const { code } = await local(group, "no-such-verb");
    assert.notEqual(code, 0, group);
  }
});
