// The base of the agent's script, run in a bare context with stand-ins for the agent's modules.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const source = readFileSync(new URL("../../../core/agent/script/base.js", import.meta.url), "utf8");

class Emitter {
  constructor() { this.handlers = {}; }
  on(name, f) { (this.handlers[name] ??= []).push(f); return this; }
  emit(name, ...args) { for (const f of this.handlers[name] ?? []) f.apply(this, args); }
}
class Stream extends Emitter {
  written = []; ended = false; paused = 0;
  write(x) { this.written.push(x); }
  end() { this.ended = true; this.emit("end"); }
  pause() { this.paused = 1; }
  resume() { this.paused = 0; }
  control() { return this.written.filter((x) => typeof x === "string").map((x) => JSON.parse(x)); }
}

/** A device: the script is loaded, the channel is up. */
function device({ parts = {}, modules = {}, msh = {}, meshExtras = {}, versions } = {}) {
  const out = { sent: [], requests: [], timers: [] };
  const mesh = {
    ServerUrl: "wss://server.example:4433/agent.ashx", isControlChannelConnected: true,
    ServerInfo: { ControlChannelCertificate: { digest: "AA:BB", fingerprint: "CC:DD" } },
    SendCommand: (x) => out.sent.push(JSON.parse(JSON.stringify(x))),
    AddCommandHandler: (f) => { out.command = f; },
    AddConnectHandler: (f) => { out.connect = f; },
    ...meshExtras,
  };
  const known = {
    MeshAgent: mesh,
    http: {
      parseUri: (url) => ({ url }),
      request: (options) => {
        const request = new Emitter();
        request.end = () => {};
        out.requests.push({ options, request });
        return request;
      },
    },
    os: { name: () => ({ then: (f) => f("Debian GNU/Linux 12") }), networkInterfaces: () => ({ lo: [] }) },
    "user-sessions": { isRoot: () => true, consoleUid: () => 1000 },
    ...modules,
  };
  const context = vm.createContext({
    require: (name) => { if (name in known) return known[name]; throw new Error("no module " + name); },
    process: { platform: "linux", env: {}, versions }, Buffer, _MSH: () => msh,
    setTimeout: (f, ms) => { const timer = { f, ms }; out.timers.push(timer); return timer; },
    clearTimeout: (timer) => { timer.isOver = true; }, setImmediate: (f) => f(), console,
  });
  vm.runInContext(source, context);
  for (const [id, text] of Object.entries(parts)) {
    vm.runInContext(`trellis.part(${JSON.stringify(id)}, ${JSON.stringify(text)});`, context);
  }
  vm.runInContext("trellis.start();", context);
  out.connect(1);
  /** A tunnel up to the point where the viewer speaks. */
  out.tunnel = (request = {}) => {
    out.command({ action: "msg", type: "tunnel", value: "*/meshrelay.ashx?p=1&id=a", rights: 0xffffffff,
      sessionid: "user//a/0", userid: "user//a", username: "a", consent: 0, ...request });
    const last = out.requests.at(-1);
    const stream = new Stream();
    if (last) last.request.emit("upgrade", {}, stream, null);
    return { stream, say: (x) => stream.emit("data", x), request: last };
  };
  return out;
}

const terminal = `
  trellis.protocol({ numbers: [1, 8], need: 8, forbid: 512, notify: 2, ask: 16, kind: 'terminal', caps: 2 },
    function (tunnel) {
      tunnel.stream.write('opened ' + tunnel.protocol + ' ' + tunnel.options.cols);
      tunnel.onControl = function (m) { tunnel.stream.write('control ' + m.type); };
      tunnel.onData = function (b) { tunnel.stream.write('data ' + b.length); };
      tunnel.onClose = function () { trellis.send({ action: 'closed' }); };
    });`;

test("it names the release of the agent, which the handshake of a MeshAgent doesn't", () => {
  const coreOf = (options) => device(options).sent.find((x) => x.action === "coreinfo").value;
  assert.equal(coreOf({ versions: { commitDate: "2022-11-03T06:01:45.000Z" } }), "Trellis 1, MeshAgent of 2022-11-03");
  assert.equal(coreOf({ meshExtras: { product: "trellis-agent", version: "0.1.0" } }), "Trellis 1, trellis-agent 0.1.0");
});

test("it tells what the device is, with the capabilities of its parts", () => {
  const { sent, timers } = device({ parts: { terminal } });
  const info = sent.find((x) => x.action === "coreinfo" && x.osdesc);
  assert.deepEqual(info, { action: "coreinfo", value: "Trellis 1, MeshAgent", caps: 26, osdesc: "Debian GNU/Linux 12", root: true });
  timers[0].f();
  assert.deepEqual(sent.at(-1), { action: "netinfo", netif2: { lo: [] } });
});

test("a part with a syntax error or a throw costs only itself", () => {
  const d = device({ parts: { a_bad: "this is no script", b_throws: "throw 'x';", terminal } });
  const { stream, say } = d.tunnel();
  say("c"); say("1");
  assert.equal(stream.written[0], "opened 1 undefined");
  d.command({ action: "msg", type: "console", value: "parts", rights: 24, sessionid: "s" });
  const parts = JSON.parse(d.sent.at(-1).value);
  assert.match(parts.a_bad, /^failed: SyntaxError/);
  assert.equal(parts.b_throws, "failed: x");
  assert.equal(parts.terminal, "running");
});

test("a tunnel connects to the same server with escaped marks and checks who answers", () => {
  const d = device({ parts: { terminal } });
  const { request } = d.tunnel({ value: "*/meshrelay.ashx?id=a@b$c", servertlshash: "eeff" });
  assert.equal(request.options.url, "wss://server.example:4433/meshrelay.ashx?id=a%40b%24c");
  const check = request.options.checkServerIdentity;
  check([{ digest: "AA:BB", fingerprint: "x" }]);
  check([{ digest: "x", fingerprint: "CC:DD" }]);
  check([{ digest: "EE:FF", fingerprint: "x" }]);
  assert.throws(() => check([{ digest: "11:22", fingerprint: "x" }]), /BadCert/);
});

test("a connection that fails or hangs gets another try, and the viewer hears of the last one", () => {
  const d = device({ parts: { terminal } });
  d.command({ action: "msg", type: "tunnel", value: "*/meshrelay.ashx?p=1&id=a", rights: 0xffffffff, sessionid: "s", userid: "user//a" });
  const due = () => d.timers.filter((timer) => !timer.isOver).at(-1);
  const first = d.requests.at(-1).request;
  due().f(); // no answer in time
  due().f(); // the pause is over
  const second = d.requests.at(-1).request;
  assert.notEqual(second, first);
  const late = new Stream();
  first.emit("upgrade", {}, late, null);
  assert.equal(late.ended, true, "one that comes after all is not used");
  second.emit("error", "refused");
  due().f();
  const third = d.requests.at(-1).request;
  assert.notEqual(third, second);
  const stream = new Stream();
  third.emit("upgrade", {}, stream, null);
  stream.emit("data", "c");
  stream.emit("data", "1");
  assert.equal(stream.written[0], "opened 1 undefined");
  const wait = due();
  assert.ok(wait.ms !== 8000, "nothing is waited for any more");

  d.command({ action: "msg", type: "tunnel", value: "*/meshrelay.ashx?p=1&id=b", rights: 0xffffffff, sessionid: "s", userid: "user//a" });
  for (let count = 0; count < 3; ++count) {
    d.requests.at(-1).request.emit("error", "refused");
    if (count < 2) due().f();
  }
  assert.match(d.sent.at(-1).value, /Session could not connect: refused/);
  assert.equal(d.requests.length, 6);
});

test("start, options and number come in order; everything before the start is ignored", () => {
  const d = device({ parts: { terminal } });
  const { stream, say } = d.tunnel();
  say("1");
  say('{"type":"options","cols":7}');
  assert.deepEqual(stream.written, []);
  say("c");
  say('{"type":"options","cols":80}');
  say(Buffer.from("1"));
  say("8");
  assert.equal(stream.written[0], "opened 8 80");
  say('{"ctrlChannel":"102938","type":"termsize","cols":1,"rows":2}');
  say(Buffer.from("abc"));
  assert.deepEqual(stream.written.slice(1), ["control termsize", "data 3"]);
  assert.deepEqual(d.sent.at(-1), { action: "sessions", type: "terminal", value: { "user//a": 1 } });
  stream.emit("end");
  assert.deepEqual(d.sent.at(-2), { action: "closed" });
  assert.deepEqual(d.sent.at(-1), { action: "sessions", type: "terminal", value: {} });
});

test("ping, pong and rtt are answered in every protocol, with text or number as the channel", () => {
  const { stream, say } = device({ parts: { terminal } }).tunnel();
  say("c");
  say('{"ctrlChannel":"102938","type":"ping"}');
  say('{"ctrlChannel":102938,"type":"rtt","time":17}');
  say('{"ctrlChannel":"102938","type":"pong"}');
  say("{broken");
  say("null");
  assert.deepEqual(stream.control(), [{ ctrlChannel: "102938", type: "pong" },
    { type: "rtt", ctrlChannel: "102938", time: 17 }]);
});

for (const [name, request] of Object.entries({
  "without remote control": { rights: 16 },
  "with the terminal forbidden": { rights: 8 | 512 },
  "with rights that are no number": { rights: "all" },
})) {
  test(`a terminal ${name} is refused`, () => {
    const d = device({ parts: { terminal } });
    const { stream, say } = d.tunnel(request);
    say("c"); say("1");
    assert.ok(stream.ended);
    assert.match(d.sent.at(-1).value, /No terminal rights/);
  });
}

test("all rights given as text are all rights, in spite of the restriction bits in them", () => {
  const { stream, say } = device({ parts: { terminal } }).tunnel({ rights: "4294967295" });
  say("c"); say("1");
  assert.equal(stream.written[0], "opened 1 undefined");
});

test("a protocol that the server did not name is not started, an unknown one is closed", () => {
  const d = device({ parts: { terminal } });
  const limited = d.tunnel({ soptions: { usages: [2] } });
  limited.say("c"); limited.say("1");
  assert.deepEqual(limited.stream.written, []);
  const unknown = d.tunnel();
  unknown.say("c"); unknown.say("5");
  assert.ok(unknown.stream.ended);
  const proto = d.tunnel();
  proto.say("c"); proto.say("constructor");
  assert.ok(!proto.stream.written.length);
});

function consent(answer) {
  return { "message-box": { create: (title, text, seconds) => ({ then: (yes, no) => answer({ yes, no, title, text, seconds }) }) } };
}

test("a question is asked, and yes opens the session", () => {
  let asked;
  const d = device({ parts: { terminal }, modules: consent((q) => { asked = q; }) });
  const { stream, say } = d.tunnel({ consent: 16, realname: "Anna",
    soptions: { consentTimeout: 5, consentMsgTerminal: "{0} ({1})?" } });
  say("c"); say("1");
  assert.deepEqual(stream.control()[0], { ctrlChannel: "102938", type: "console", msg: "Waiting for user to grant access...", msgid: 1 });
  assert.equal(stream.paused, 1);
  assert.equal(asked.text, "Anna (a)?");
  assert.equal(asked.seconds, 5);
  asked.yes();
  assert.equal(stream.paused, 0);
  assert.deepEqual(JSON.parse(stream.written[1]), { ctrlChannel: "102938", type: "console", msg: null, msgid: 0 });
  assert.equal(stream.written[2], "opened 1 undefined");
  asked.no("denied");
  assert.ok(!stream.ended);
});

for (const [name, modules] of Object.entries({
  "no": consent((q) => q.no("denied")),
  "a timeout": consent((q) => q.no("timeout")),
  "a question that can't be shown": { "message-box": { create: () => { throw new Error("no display"); } } },
  "a device without questions": {},
})) {
  test(`${name} is a refusal`, () => {
    const { stream, say } = device({ parts: { terminal }, modules }).tunnel({ consent: 16 });
    say("c"); say("1");
    assert.ok(stream.ended);
    assert.equal(stream.control().at(-1).msgid, 2);
  });
}

test("the device's own settings may ask for consent too", () => {
  const { stream, say } = device({ parts: { terminal }, msh: { LocalConsent: "16" } }).tunnel();
  say("c"); say("1");
  assert.ok(stream.ended);
});

test("a session that is closed while the question stands is not opened by a late yes", () => {
  let asked;
  const d = device({ parts: { terminal }, modules: consent((q) => { asked = q; }) });
  const { stream, say } = d.tunnel({ consent: 16 });
  say("c"); say("1");
  stream.emit("end");
  asked.yes();
  assert.equal(stream.written.length, 1);
});

test("the console needs numeric rights with both bits", () => {
  const d = device();
  for (const rights of ["24", 8, 16, undefined]) {
    d.command({ action: "msg", type: "console", value: "help", rights, sessionid: "s" });
    assert.equal(d.sent.at(-1).value, "Access denied");
  }
  d.command({ action: "msg", type: "console", value: "help", rights: 24, sessionid: "s", tag: 5 });
  assert.match(d.sent.at(-1).value, /Commands/);
  assert.equal(d.sent.at(-1).sessionid, "s");
  assert.equal(d.sent.at(-1).tag, 5);
});

function shell() {
  const children = [];
  return { children, modules: { child_process: { execFile: (path, args, options) => {
    const child = new Emitter();
    Object.assign(child, { path, args, options, stdout: new Emitter(), stderr: new Emitter() });
    children.push(child);
    return child;
  } } } };
}

test("commands run one at a time and answer with all their output", () => {
  const { children, modules } = shell();
  const d = device({ modules, meshExtras: { product: "trellis-agent", version: "0.1.0" } });
  const run = (id, more) => d.command({ action: "runcommands", type: 3, cmds: "echo " + id, reply: true,
    responseid: id, sessionid: "s", runAsUser: 0, ...more });
  run("one"); run("two", { runAsUser: 1 });
  assert.equal(children.length, 1);
  assert.equal(children[0].args.join(" "), "sh -c echo one");
  children[0].stdout.emit("data", Buffer.from("out\n"));
  children[0].stderr.emit("data", Buffer.from("err\n"));
  children[0].emit("exit", 0);
  assert.deepEqual(d.sent.at(-1), { action: "msg", type: "runcommands", result: "out\nerr\n", sessionid: "s", responseid: "one" });
  assert.equal(children[1].options.uid, 1000);
  children[1].stdout.emit("data", "\u0001".repeat(600000));
  children[1].emit("exit", 0);
  assert.ok(Buffer.byteLength(JSON.stringify(d.sent.at(-1))) < 1024 * 1024);
  assert.match(d.sent.at(-1).result, /\[output cut\]$/);
});

test("on MeshAgent a shell stays for a moment after the program, and hands on what it gave", () => {
  const { children, modules } = shell();
  const d = device({ modules });
  d.command({ action: "runcommands", type: 3, cmds: "echo \"it's $0\"; echo two >&2; exit 7", sessionid: "s" });
  const [{ path, args }] = children;
  assert.match(args[2], /sleep/);
  const { status, stdout, stderr } = spawnSync(path, args.slice(1), { encoding: "utf8" });
  assert.deepEqual([status, stdout, stderr], [7, "it's /bin/sh\n", "two\n"]);
});

test("too many waiting commands and sessions are refused in words", () => {
  const d = device({ parts: { terminal }, ...shell() });
  for (let i = 0; i < 18; ++i) d.command({ action: "runcommands", cmds: "x", sessionid: "s" });
  assert.match(d.sent.at(-1).value, /Too many commands/);
  for (let i = 0; i < 65; ++i) d.tunnel();
  assert.match(d.sent.at(-1).value, /Too many sessions/);
  assert.equal(d.requests.length, 64);
});

test("sessions of a user are ended for that user or by someone with all rights", () => {
  const d = device({ parts: { terminal } });
  const { stream, say } = d.tunnel({ rights: 8 });
  say("c"); say("1");
  const end = (more) => d.command({ action: "msg", type: "endtunnel", protocol: "terminal", xuserid: "user//a", ...more });
  end({ userid: "user//b", rights: 8 });
  assert.ok(!stream.ended);
  end({ userid: "user//a", rights: 8 });
  assert.ok(stream.ended);
});

test("what the server sends is survived, whatever it is", () => {
  const d = device();
  for (const x of [null, 1, "text", [], {}, { action: 1 }, { action: "unknown" }, { action: "msg" },
    { action: "msg", type: "constructor" }, { action: "__proto__" }, { action: "toString" },
    { action: "msg", type: "tunnel" }]) d.command(x);
  d.command({ action: "ping" });
  assert.deepEqual(d.sent.at(-1), { action: "pong" });
});

test("it is ES5.1", () => {
  const code = source.replace(/\/\/.*$/gm, "");
  assert.ok(!/=>|`|\b(let|const|class|async|await)\s/.test(code));
});
