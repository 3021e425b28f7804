// device.js in a bare context, with stand-ins for the agent's modules.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const source = readFileSync(new URL("../../../core/agent/script/device.js", import.meta.url), "utf8");

class Emitter {
  handlers = {};
  on(name, f) { (this.handlers[name] ??= []).push(f); return this; }
  emit(name, ...args) { for (const f of this.handlers[name] ?? []) f.apply(this, args); }
}

function device({ modules = {}, mesh = {}, platform = "linux", execPath = "/usr/bin/agent" } = {}) {
  const out = { sent: [], children: [], actions: {}, messages: {}, replies: [] };
  const known = {
    child_process: {
      SpawnTypes: { USER: 1 },
      execFile: (path, args, options) => {
        const child = Object.assign(new Emitter(), { path, args, options, stdout: new Emitter(), stderr: new Emitter() });
        out.children.push(child);
        return child;
      },
    },
    "user-sessions": { consoleUid: () => 1000 },
    ...modules,
  };
  const trellis = {
    mesh,
    send: (x) => out.sent.push(JSON.parse(JSON.stringify(x))),
    onAction: (name, f) => { out.actions[name] = f; },
    onMessage: (type, f) => { out.messages[type] = f; },
  };
  const timers = [];
  const context = vm.createContext({
    trellis, Buffer, process: { platform, execPath, env: { windir: "C:\\Windows" } },
    require: (name) => { if (name in known) return known[name]; throw new Error("no module " + name); },
    setTimeout: (f) => { timers.push(f); return f; },
  });
  vm.runInContext(`(function (trellis) {\n${source}\n})(trellis);`, context);
  out.act = (message) => { out.actions[message.action](message); while (timers.length) timers.shift()(); };
  out.tell = (message) => out.messages[message.type](message, (x) => out.replies.push(JSON.parse(JSON.stringify(x))));
  return out;
}

test("Linux is switched off, restarted and put to sleep by systemctl", () => {
  for (const [type, word] of [[2, "poweroff"], [3, "reboot"], [4, "suspend"]]) {
    const d = device();
    d.act({ action: "poweraction", actiontype: type, userid: "user//a", sessionid: "s" });
    assert.equal(d.children.length, 1);
    assert.equal(d.children[0].args.join(" "), `sh -c exec systemctl ${word}`);
    assert.equal(d.sent[0].action, "log");
    assert.equal(d.sent[0].userid, "user//a");
    d.children[0].stderr.emit("data", "not allowed");
    d.children[0].emit("exit", 1);
    assert.match(d.sent.at(-1).value, /could not .*not allowed/);
  }
});

test("other systems use the agent's own power state", () => {
  const calls = [];
  const d = device({ platform: "win32", mesh: { ExecPowerState: (...x) => calls.push(x) } });
  d.act({ action: "poweraction", actiontype: 3, forced: 1 });
  assert.deepEqual(calls, [[3, 1]]);
});

test("an unknown power action starts nothing", () => {
  const d = device();
  for (const type of [0, 9, "constructor", "2; reboot", null]) d.act({ action: "poweraction", actiontype: type });
  assert.equal(d.children.length, 0);
  assert.match(d.sent.at(-1).value, /no power action/);
});

test("a magic packet leaves three times by every interface", () => {
  const sockets = [];
  const dgram = { createSocket: () => {
    const socket = { sent: [], bind: (o) => { socket.from = o.address; }, setBroadcast: (b) => { socket.on = b; },
      send: (...x) => socket.sent.push(x), close: () => { socket.closed = true; } };
    sockets.push(socket);
    return socket;
  } };
  const os = { networkInterfaces: () => ({
    lo: [{ family: "IPv4", address: "127.0.0.1", mac: "00:00:00:00:00:00" }],
    a: [{ family: "IPv4", address: "10.0.0.5", mac: "aa:bb:cc:dd:ee:ff" }, { family: "IPv6", address: "fe80::1", mac: "aa:bb:cc:dd:ee:ff" }],
    b: [{ family: "IPv4", address: "10.1.0.5", mac: "aa:bb:cc:dd:ee:00" }],
  }) };
  const d = device({ modules: { dgram, os } });
  d.act({ action: "wakeonlan", macs: ["01:02:03:04:05:06", "nonsense", "0102030405"] });
  assert.deepEqual(sockets.map((s) => s.from), ["10.0.0.5", "10.1.0.5"]);
  for (const socket of sockets) {
    assert.equal(socket.sent.length, 3);
    const [packet, port, host] = socket.sent[0];
    assert.equal(packet.toString("hex"), "ff".repeat(6) + "010203040506".repeat(16));
    assert.deepEqual([port, host, socket.on, socket.closed], [7, "255.255.255.255", true, true]);
  }
  d.act({ action: "wakeonlan", macs: ["junk"] });
  assert.equal(sockets.length, 2);
});

test("where there is no desktop, notices say so to whoever sent them", () => {
  const d = device();
  d.act({ action: "toast", msg: "hello", sessionid: "s" });
  d.tell({ type: "messagebox", msg: "hello", title: "t", sessionid: "s" });
  for (const note of d.sent) {
    assert.equal(note.sessionid, "s");
    assert.match(note.value, /no desktop/);
  }
  assert.equal(d.sent.length, 2);
});

test("notices are shown where they can be", () => {
  const shown = [];
  const d = device({ modules: { toaster: { Toast: (...x) => { shown.push(x); } },
    "message-box": { create: (...x) => { shown.push(x); return { then: () => {} }; } } } });
  d.act({ action: "toast", title: "T", msg: "hello" });
  d.tell({ type: "messagebox", msg: "hi", title: "t", username: "eve", timeout: 5000 });
  assert.deepEqual(shown, [["T", "hello"], ["t (eve)", "hi", 5, 1]]);
});

test("a page is opened for the person at the device, without a shell", () => {
  const d = device({ modules: { "monitor-info": { getXInfo: () => ({ display: ":0", xauthority: "/x" }) } } });
  d.tell({ type: "openUrl", url: "https://example.org/?a=1&b=2" });
  assert.deepEqual(d.replies, [{ url: "https://example.org/?a=1&b=2", success: true }]);
  assert.equal(d.children[0].path, "/usr/bin/xdg-open");
  assert.equal(d.children[0].options.uid, 1000);
  for (const url of ["file:///etc/passwd", "javascript:1", "https://a\" & calc", "http://", 5, undefined]) d.tell({ type: "openUrl", url });
  assert.equal(d.children.length, 1);
  assert.ok(d.replies.slice(1).every((x) => x.success === false));
  const bare = device();
  bare.tell({ type: "openUrl", url: "https://example.org/", sessionid: "s" });
  assert.equal(bare.replies[0].success, false);
  assert.match(bare.sent[0].value, /no desktop/);
});

test("it is ES5.1", () => {
  const code = source.replace(/\/\/.*$/gm, "");
  assert.ok(!/=>|`|\b(let|const|class|async|await)\s/.test(code));
});

test("only an agent that runs as a service removes itself", () => {
  const service = (isMe) => ({ "service-manager": { manager: { getService: () => ({ isMe: () => isMe }) } } });
  const order = { action: "uninstallagent", sessionid: "s" };

  let count = 0;
  const ours = device({ mesh: { isService: true, uninstall: () => ++count } });
  ours.act(order);
  assert.equal(count, 1);
  const foreground = device({ mesh: { isService: false, uninstall: () => ++count } });
  foreground.act(order);
  assert.equal(count, 1);
  assert.match(foreground.sent[0].value, /not removed/);

  const theirs = device({ modules: service(true), mesh: { serviceName: "it's meshagent" }, execPath: "/opt/a/meshagent" });
  theirs.act(order);
  assert.deepEqual([theirs.children[0].path, theirs.children[0].args[0], theirs.children[0].args[1]], ["/opt/a/meshagent", "meshagent", "-b64exec"]);
  assert.match(Buffer.from(theirs.children[0].args[2], "base64").toString(), /n = "it's meshagent".*uninstallService\(n\)/);
  const other = device({ modules: service(false) });
  other.act(order);
  assert.equal(other.children.length, 0);
});
