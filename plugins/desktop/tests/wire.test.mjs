// The wire of desktop sessions (agent-protocol 6.5 to 6.7, 7.2), as any viewer sees it, with both agents.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Control } from "../../../tests/harness/control.mjs";
import { meshctrl, MeshAgent } from "../../../tests/harness/meshcentral.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Agent, Trellis } from "../../../tests/harness/trellis.mjs";
import { Screen, startAgent } from "./world.mjs";

const kinds = [["Ours", Agent], ["Theirs", MeshAgent]];
const kSize = 7;
const kTile = 3;
const kRefresh = Buffer.from([0, 6, 0, 4]);

let server;
let screen;
let control;
const agents = [];
const devices = {};

before(async () => {
  [server, screen] = await Promise.all([Trellis.start(), Screen.start({ size: "640x480" })]);
  await server.addAdmin();
  for (const [group, Kind] of kinds) agents.push(await startAgent(Kind, server, screen, group));
  await until(async () => {
    for (const device of JSON.parse((await meshctrl(server, ["listdevices", "--json"])) || "[]")) {
      if ((device.conn & 1) === 1 && (device.agent.caps & 1) === 1) devices[device.groupname] = device._id;
    }
    return Object.keys(devices).length === kinds.length;
  }, "both devices have the script of the desktop", 60000);
  control = await Control.open(server);
});
after(async () => {
  control?.close();
  for (const agent of agents) await agent.stop();
  await screen?.stop();
  await server?.stop();
});

const typeOf = (each) => each.isBinary && (each.data.readUInt16BE(0) === 27 ? each.data.readUInt16BE(8) : each.data.readUInt16BE(0));
const command = (tunnel, type) => tunnel.take((each) => typeOf(each) === type, `a command ${type}`);

for (const [group] of kinds) {
  test(`size before tiles, and everything anew when asked: ${group}`, async () => {
    const tunnel = await control.tunnel(devices[group], 2);
    await tunnel.take((each) => each.isBinary && [kSize, kTile].includes(typeOf(each)), "a size or tile").then((first) => {
      assert.equal(typeOf(first), kSize);
      assert.deepEqual([first.data.readUInt16BE(4), first.data.readUInt16BE(6)], [640, 480]);
    });
    await command(tunnel, kTile);
    tunnel.messages.length = 0;
    tunnel.socket.send(kRefresh);
    await command(tunnel, kTile);
    tunnel.close();
  });

  test(`every viewer is told who looks: ${group}`, async () => {
    const first = await control.tunnel(devices[group], 2);
    assert.deepEqual((await first.json({ type: "metadata" })).users, { "user//admin": 1 });
    const second = await control.tunnel(devices[group], 2);
    for (const each of [first, second]) assert.deepEqual((await each.json({ type: "metadata" })).users, { "user//admin": 2 });
    second.close();
    assert.deepEqual((await first.json({ type: "metadata" })).users, { "user//admin": 1 });
    first.close();
  });

  test(`who may only look is served the picture: ${group}`, async () => {
    if (group === kinds[0][0]) await server.ctlWithInput("correct horse 42 battery\n", "user", "add", "watcher", "--password-stdin");
    control.send({ action: "adddeviceuser", nodeid: devices[group], usernames: ["watcher"], rights: 8 | 256 });
    await control.settle();
    const watcher = await Control.open(server, { user: "watcher" });
    const tunnel = await watcher.tunnel(devices[group], 2);
    await command(tunnel, kTile);
    tunnel.messages.length = 0;
    tunnel.socket.send(Buffer.concat([Buffer.from([0, 1, 0, 6, 0, 0x41]), kRefresh]));
    await command(tunnel, kTile);
    for (const each of [tunnel, watcher]) each.close();
  });

  test(`what cannot be read ends its session and no other: ${group}`, async () => {
    const good = await control.tunnel(devices[group], 2);
    await command(good, kSize);
    for (const bytes of [[0, 6, 0, 3], [0, 1, 0, 6, 0], [0, 2, 255, 255, 0, 0]]) {
      const bad = await control.tunnel(devices[group], 2);
      bad.socket.send(Buffer.from(bytes));
      assert.equal(await bad.closed, 1008);
    }
    good.messages.length = 0;
    good.socket.send(Buffer.concat([Buffer.from([3, 0, 0, 5, 1]), kRefresh]));
    await command(good, kTile);
    good.close();
  });
}

test("nothing is shown before the person at the device agrees, and nothing at all after a no", async () => {
  control.send({ action: "changedevice", nodeid: devices.Ours, consent: 8 });
  await control.settle();
  for (const [answer, right] of [["Deny", 75], ["Allow", 25]]) {
    const tunnel = await control.tunnel(devices.Ours, 2);
    await tunnel.json({ msgid: 1 });
    const question = await screen.window("Remote access");
    const { X, Y, HEIGHT } = await screen.place(question);
    assert.ok(!tunnel.messages.some((each) => each.isBinary), "nothing of the screen was shown");
    await screen.output("xdotool", "mousemove", String(X + right), String(Y + HEIGHT - 16), "click", "1");
    if (answer === "Allow") {
      assert.equal((await tunnel.json({ msgid: 0 })).msg, null);
      await command(tunnel, kTile);
      tunnel.close();
    } else {
      assert.equal((await tunnel.json({ msgid: 2 })).msg, "denied");
      await tunnel.closed;
      assert.ok(!tunnel.messages.some((each) => each.isBinary), "nothing of the screen was shown");
    }
  }
});
