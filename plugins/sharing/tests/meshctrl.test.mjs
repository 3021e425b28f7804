// meshctrl.js devicesharing, unmodified, and what the link it prints is good for.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect, Control, post } from "../../../tests/harness/wire.mjs";
import { meshctrl } from "../../../tests/harness/meshcentral.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Agent, Trellis } from "../../../tests/harness/trellis.mjs";

const kControl = 8;
const kSharing = 0x80000;
const kNoTerminal = 0x200;
const kViewOnly = 0x100;

let server;
let agent;
let admin; // control connection
let deviceId;
let groupId;
const limited = { user: "lim", pass: "Another-pass-1!", ms: 8000 };
const sharing = (...args) => meshctrl(server, ["devicesharing", "--id", deviceId, ...args]);
const limitedSharing = (...args) => meshctrl(server, ["devicesharing", "--id", deviceId, ...args], limited);
const idOf = (output) => /^ID: (\S+)$/m.exec(output)?.[1];
const linkOf = (output) => /^URL: \S+\?c=(\S+)$/m.exec(output)?.[1];
const state = (link) => post(server, "/plugins/sharing/guest/state", { c: link });
const open = (link, protocol, more = {}) => post(server, "/plugins/sharing/guest/open", { c: link, protocol, ...more });
const setRights = (rights) => admin.ask({ action: "addmeshuser", meshid: groupId, usernames: ["lim"], meshadmin: rights });

/** A shell that answers, by a guest's link: {socket}. */
async function shell(link) {
  const answer = await open(link, 1);
  assert.equal(answer.status, 200, answer.text);
  const { socket, status } = await connect(server, answer.body.path);
  assert.equal(status, 101);
  await until(() => socket.messages.includes("c"), "the device joins");
  socket.send(JSON.stringify({ type: "options", cols: 80, rows: 24 }));
  socket.send("1");
  return { socket, path: answer.body.path };
}
async function shows(socket, pattern) {
  let end;
  socket.closed.then((close) => { end = close; });
  try {
    await until(() => pattern.test(textOf(socket)), String(pattern));
  } catch (error) {
    const seen = JSON.stringify({ end, messages: socket.messages.map(String) }).slice(-2000);
    throw new Error(`${error.message}; came: ${seen}; agent: ${agent.process.output.slice(-1000)}`);
  }
}
const textOf = (socket) => socket.messages.filter((message) => typeof message !== "string").map(String).join("");

before(async () => {
  server = await Trellis.start();
  await server.addAdmin();
  agent = await Agent.start(server);
  const [device] = await agent.online(server);
  admin = await Control.open(server);
  const nodes = await admin.ask({ action: "nodes" });
  groupId = Object.keys(nodes.nodes)[0];
  deviceId = nodes.nodes[groupId][0]._id;
  assert.ok(device);
  await meshctrl(server, ["adduser", "--user", "lim", "--pass", limited.pass]);
  await setRights(kControl | kSharing);
});
after(async () => {
  admin?.close();
  await agent?.stop();
  await server?.stop();
});

test("there is nothing at first", async () => {
  assert.match(await sharing(), /No device sharing links for this device/);
});

test("every type can be shared, and the list says which", async () => {
  const made = {};
  for (const type of ["terminal", "desktop", "files", "http", "https", "desktop,terminal,files"]) {
    const output = await sharing("--add", `for ${type}`, "--type", type);
    made[type] = idOf(output);
    assert.ok(made[type] && linkOf(output), output);
  }
  const list = await sharing();
  assert.match(list, /Type: +Terminal\r?\n(.*\r?\n){2}User Consent: Terminal Notify/);
  assert.match(list, /Type: +Terminal \+ Desktop \+ Files/);
  assert.match(list, /Guest Name: +for http/);
  for (const id of Object.values(made)) {
    const output = await sharing("--remove", id);
    assert.match(output, /^OK/);
  }
  assert.match(await sharing(), /No device sharing links/);
});

test("times, recurrence, view only and consent arrive as they were given", async () => {
  await sharing("--add", "now", "--viewonly", "--consent", "prompt,bar");
  await sharing("--add", "range", "--start", "2035-01-02T03:04:05", "--end", "2035-01-02T04:04:05");
  await sharing("--add", "long", "--start", "2035-01-02T03:04:05", "--duration", "90");
  await sharing("--add", "daily", "--start", "2035-01-02T03:04:05", "--duration", "30", "--daily");
  await sharing("--add", "weekly", "--duration", "45", "--weekly", "--consent", "none");
  const { deviceShares: shares } = await (async () => {
    admin.send({ action: "deviceShares", nodeid: deviceId });
    return admin.next((message) => message.action === "deviceShares");
  })();
  const by = (name) => shares.find((share) => share.guestName === name);
  assert.equal(by("now").viewOnly, true);
  assert.equal(by("now").consent, 8 + 64);
  assert.equal(by("now").expireTime, undefined);
  const start = Date.parse("2035-01-02T03:04:05");
  assert.equal(by("range").startTime, start);
  assert.equal(by("range").expireTime, start + 3600000);
  assert.equal(by("long").expireTime, start + 90 * 60000);
  assert.deepEqual([by("daily").recurring, by("daily").duration, by("daily").startTime], [1, 30, start]);
  assert.deepEqual([by("weekly").recurring, by("weekly").duration, by("weekly").consent], [2, 45, 0]);
  assert.match(await sharing(), /Recurring: +Weekly/);
  for (const share of shares) await sharing("--remove", share.publicid);
});

test("the answers have the shapes of the wire", async () => {
  const request = { action: "createDeviceShareLink", nodeid: deviceId.split("/")[2], guestname: "Ada", p: 1, consent: 0, expire: 5, port: null, odd: [1] };
  const made = await admin.ask(request);
  assert.deepEqual([made.action, made.result, made.odd, made.port, made.nodeid], ["createDeviceShareLink", "OK", [1], null, deviceId]);
  assert.ok(made.expire - made.start === 300000);
  admin.send(request);
  const silent = await admin.next((message) => message.action === "createDeviceShareLink");
  assert.equal("result" in silent, false);
  admin.send({ action: "deviceShares", nodeid: deviceId, responseid: "x" });
  const list = await admin.next((message) => message.action === "deviceShares");
  assert.equal("result" in list || "responseid" in list, false);
  assert.equal(list.deviceShares.length, 2);
  admin.send({ action: "deviceMeshShares", meshid: groupId, responseid: "x" });
  const group = await admin.next((message) => message.action === "deviceMeshShares");
  assert.deepEqual(group.deviceShares.map((share) => share.nodeid), [deviceId, deviceId]);
  const removed = await admin.ask({ action: "removeDeviceShare", nodeid: deviceId, publicid: made.publicid });
  assert.deepEqual([removed.result, removed.removed.publicid], ["OK", made.publicid]);
  assert.equal((await admin.ask({ action: "removeDeviceShare", nodeid: deviceId, publicid: made.publicid })).result, "Invalid device share identifier.");
  await admin.ask({ action: "removeDeviceShare", nodeid: deviceId, publicid: silent.publicid });
});

test("bad arguments get the texts of the wire", async () => {
  const good = { nodeid: deviceId, guestname: "Ada", p: 1, consent: 0, expire: 5 };
  const bad = [
    [{ nodeid: "short" }, "Invalid node id"], [{ nodeid: "node/other/abcdefgh" }, "Invalid domain"],
    [{ guestname: "" }, "Invalid guest name"], [{ expire: "5" }, "Invalid expire time"], [{ start: "x" }, "Invalid start time"],
    [{ end: true }, "Invalid end time"], [{ consent: 257 }, "Invalid flags"], [{ p: 32 }, "Invalid protocol"], [{ p: 0 }, "Invalid protocol"],
    [{ recurring: 3 }, "Invalid recurring value"], [{ port: 65536 }, "Invalid port value"], [{ recurring: 1 }, "Invalid recurring command"],
    [{ expire: null }, "No time specified"],
  ];
  for (const [change, text] of bad) {
    const answer = await admin.ask({ action: "createDeviceShareLink", ...good, ...change });
    assert.deepEqual([answer.action, answer.result], ["createDeviceShareLink", text]);
  }
  const unknown = await admin.ask({ action: "createDeviceShareLink", ...good, nodeid: "A".repeat(64) });
  assert.equal(unknown.result, "Invalid node id");
});

test("events tell of shares", async () => {
  admin.socket.messages.length = 0;
  const output = await sharing("--add", "Eve", "--type", "terminal");
  const added = await admin.next((message) => message.event?.action === "addedDeviceShare");
  assert.equal(added.event.msgid, 131);
  const update = await admin.next((message) => message.event?.action === "deviceShareUpdate");
  assert.equal(update.event.deviceShares.at(-1).guestName, "Eve");
  assert.ok(!JSON.stringify(update).includes("sharing?c="), "no link in what everybody hears");
  await sharing("--remove", idOf(output));
  assert.equal((await admin.next((message) => message.event?.action === "removedDeviceShare")).event.msgid, 102);
});

test("a limited user shares what he may use, and no more", async () => {
  const output = await limitedSharing("--add", "Gus", "--type", "terminal");
  assert.ok(idOf(output), output);
  const own = await limitedSharing();
  assert.match(own, /URL: +https:/);
  assert.match(await sharing(), /URL: +undefined/, "somebody else's link is not told");
  await setRights(kControl | kSharing | kNoTerminal);
  assert.match(await limitedSharing("--add", "Gus", "--type", "terminal"), /Access denied/);
  await setRights(kControl | kSharing | kViewOnly);
  const looking = await limitedSharing("--add", "Looker", "--type", "desktop");
  assert.ok(idOf(looking));
  assert.match(await sharing(), /View Only Desktop/);
  await setRights(kControl | kSharing);
  for (const made of [output, looking]) await limitedSharing("--remove", idOf(made));
});

test("without the right there is no list, no link and no removal", async () => {
  const output = await sharing("--add", "Gus", "--type", "terminal");
  for (const rights of [kControl, kSharing, kControl | kSharing | 0x1000]) {
    await setRights(rights);
    assert.match(await limitedSharing(), /Access denied/);
    assert.match(await limitedSharing("--add", "X"), /Access denied/);
    assert.match(await limitedSharing("--remove", idOf(output)), /Access denied/);
  }
  await admin.ask({ action: "removemeshuser", meshid: groupId, userid: "user//lim" });
  assert.match(await limitedSharing(), /Invalid node id/, "who does not see a device is told what he is told of none");
  await setRights(kControl | kSharing);
  assert.match(await sharing("--remove", idOf(output)), /^OK/);
});

test("a guest gets a shell, named at the device and in the events, and loses it at once when it is revoked", async () => {
  const output = await sharing("--add", "Gus Guest", "--type", "terminal");
  const { socket } = await shell(linkOf(output));
  await shows(socket, /[#$] /);
  socket.send(Buffer.from("echo $((6*7))\n"));
  await shows(socket, /42/);
  const begun = Date.now();
  await sharing("--remove", idOf(output));
  const revoked = Date.now();
  const { code, reason } = await socket.closed;
  assert.ok(Date.now() - revoked < 1000, `${Date.now() - begun} ms`);
  assert.deepEqual([code, reason], [1008, "the share was revoked"]);
  assert.equal((await state(linkOf(output))).status, 404);
  assert.equal((await open(linkOf(output), 1)).status, 404);
  const events = await until(async () => {
    const found = JSON.parse(await meshctrl(server, ["listevents", "--id", deviceId, "--json"])).filter((event) => event.guestname === "Gus Guest");
    return found.length >= 2 && found;
  }, "both events of the session");
  assert.ok(events.some((event) => /^Guest Gus Guest opens/.test(event.msg)) && events.some((event) => /^Ended terminal/.test(event.msg)));
});

test("who only looks types nothing", async () => {
  const output = await sharing("--add", "Looker", "--type", "terminal", "--viewonly");
  const { socket } = await shell(linkOf(output));
  await shows(socket, /[#$] /);
  const before = textOf(socket);
  socket.send(Buffer.from("echo typed\n"));
  socket.send(JSON.stringify({ ctrlChannel: "102938", type: "termsize", cols: 90, rows: 30 }));
  await new Promise((done) => setTimeout(done, 500));
  assert.ok(!textOf(socket).slice(before.length).includes("typed"));
  await sharing("--remove", idOf(output));
  await socket.closed;
});

test("a session ends within a second when the time is over, and the link says so", async () => {
  const start = Math.floor(Date.now() / 1000) - 10;
  const made = await admin.ask({ action: "createDeviceShareLink", nodeid: deviceId, guestname: "Short", p: 1, consent: 0, start, end: start + 18 });
  const link = new URL(made.url).searchParams.get("c");
  const { socket } = await shell(link);
  const { reason } = await socket.closed;
  assert.equal(reason, "the share has ended");
  assert.ok(Date.now() - (start + 18) * 1000 < 1500, "in time");
  assert.deepEqual([(await state(link)).status, (await state(link)).body.state], [200, "over"]);
});

test("who made the link loses the right, is locked or removed: the guest goes, the link is void", async () => {
  const kLocked = 32;
  const losses = [
    [() => setRights(kControl), () => setRights(kControl | kSharing)],
    [() => setRights(kControl | kSharing | kNoTerminal), () => setRights(kControl | kSharing)],
    [() => admin.ask({ action: "edituser", id: "user//lim", siteadmin: kLocked }), () => admin.ask({ action: "edituser", id: "user//lim", siteadmin: 0 })],
  ];
  for (const [lose, regain] of losses) {
    const link = linkOf(await limitedSharing("--add", "Gus", "--type", "terminal"));
    const { socket } = await shell(link);
    await lose();
    const lost = Date.now();
    await socket.closed;
    assert.ok(Date.now() - lost < 1000);
    assert.equal((await state(link)).status, 404);
    assert.equal((await open(link, 1)).status, 404);
    await regain();
    assert.equal((await state(link)).status, 200);
  }
});

test("a guest's credentials are good for that share and nothing else", async () => {
  const output = await sharing("--add", "Gus", "--type", "terminal");
  const link = linkOf(output);
  const { body } = await open(link, 1);
  const secret = new URL(body.path, server.origin).searchParams.get("guest");
  // MeshCentral 1.1.55 opens a control connection as the sharer here.
  for (const query of [`auth=${link}`, `auth=${secret}`, `guest=${secret}`, `c=${link}`, `login=${link}`]) {
    const { socket, status } = await connect(server, `/control.ashx?${query}`);
    if (status === 101) {
      await socket.closed;
      assert.deepEqual(socket.messages.map((text) => JSON.parse(text).action).filter((action) => action !== "close"), [], query);
    } else assert.notEqual(status, 200);
    socket.terminate();
  }
  const device = encodeURIComponent(deviceId);
  for (const path of [
    `/meshrelay.ashx?browser=1&p=1&nodeid=${device}&id=${"a".repeat(64)}&auth=${link}`,
    `/meshrelay.ashx?browser=1&p=1&nodeid=${device}&id=${"a".repeat(64)}&guest=${secret}`,
    body.path.replace(/p=1/, "p=2"),
    body.path.replace(/nodeid=[^&]+/, `nodeid=${encodeURIComponent("node//" + "B".repeat(64))}`),
    body.path.replace(/guest=./, "guest=x"),
    body.path.replace(/&guest=.*/, ""),
  ]) {
    const { socket, status } = await connect(server, path);
    assert.ok(status === 401 || status === 403, `${path}: ${status}`);
    socket.terminate();
  }
  const first = await connect(server, body.path);
  await until(() => first.socket.messages.includes("c"), "the device joins");
  const again = await connect(server, body.path);
  assert.equal(again.status, 401, "it lets one in, once");
  first.socket.terminate();
  for (const [path, headers] of [["/api/v1/nodes", { authorization: `Bearer ${link}` }], ["/api/v1/nodes", { cookie: `__Host-trellis=${link}` }]]) {
    assert.equal((await post(server, path, {}, headers)).status, 401);
  }
  for (const protocol of [2, 5, 7, 100]) assert.equal((await open(link, protocol)).status, 403);
  await sharing("--remove", idOf(output));
});

test("unknown and revoked links get one answer, and trying is slowed down", async () => {
  const output = await sharing("--add", "Gus", "--type", "terminal");
  await sharing("--remove", idOf(output));
  const revoked = await state(linkOf(output));
  const changed = await state(`${linkOf(output).slice(0, -6)}AAAAAA`);
  assert.deepEqual([revoked.status, revoked.text], [changed.status, changed.text]);
  assert.equal(revoked.headers["cache-control"], "no-store");
  assert.equal(revoked.headers["referrer-policy"], "no-referrer");
  let answer;
  for (let i = 0; i < 25 && answer?.status !== 429; ++i) answer = await state("B".repeat(200 + i));
  assert.equal(answer.status, 429);
  assert.equal(answer.headers["retry-after"], "600");
});

test("switching the plugin off ends it all", async () => {
  await server.ctl("plugin", "disable", "sharing");
  assert.equal((await state("x")).status, 405, "nothing takes it any more");
  admin.send({ action: "deviceShares", nodeid: deviceId, responseid: "x" });
  admin.socket.send(JSON.stringify({ action: "ping" }));
  await admin.next((message) => message.action === "pong");
  assert.ok(!admin.socket.messages.some((text) => text.includes("deviceShares")));
});
