// A device's clipboard without a session: the wire's own commands, and messages of the same types.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Control } from "../../../tests/harness/control.mjs";
import { Agent, Trellis } from "../../../tests/harness/trellis.mjs";

const kWays = {
  get: [{ action: "getClip" }, { action: "msg", type: "getclip" }],
  set: [{ action: "setClip", data: "x" }, { action: "msg", type: "setclip", data: "x" }],
};
const people = { helper: 8, limited: 8 | 4096, watcher: 8 | 256, deskless: 8 | 65536 };

const servers = [];
const agents = [];

async function start(config) {
  const server = await Trellis.start({ config });
  servers.push(server);
  await server.addAdmin();
  const agent = await Agent.start(server);
  agents.push(agent);
  const [{ id }] = await agent.online(server);
  return { server, device: id, control: await Control.open(server) };
}
after(async () => {
  for (const each of [...agents, ...servers]) await each.stop();
});

/** The answers to both ways of asking. */
async function results(control, device, what) {
  const answers = [];
  for (const [at, way] of kWays[what].entries()) {
    control.send({ ...way, nodeid: device, responseid: `${what}${at}` });
    const { result } = await control.take((each) => each.responseid === `${what}${at}`, `an answer to ${way.action}`);
    answers.push(result);
  }
  return answers;
}
const kYes = ["OK", "OK"];
const kNo = ["Unable to route", "Unable to route"];

test("it goes the ways that the configuration allows", async () => {
  for (const [option, expected] of Object.entries({ from: { get: kNo, set: kYes }, to: { get: kYes, set: kNo } })) {
    const { control, device } = await start(`plugins:\n  desktop:\n    clipboard_${option}_device: false\n`);
    for (const what of ["get", "set"]) assert.deepEqual(await results(control, device, what), expected[what], `${what}, ${option}`);
    control.close();
  }
});

test("it is for those who may use the desktop", async () => {
  const { control, server, device } = await start("");
  for (const [name, rights] of Object.entries(people)) {
    await server.ctlWithInput("correct horse 42 battery\n", "user", "add", name, "--password-stdin");
    control.send({ action: "adddeviceuser", nodeid: device, usernames: [name], rights });
    await control.settle();
    const theirs = await Control.open(server, { user: name });
    const expected = ["helper", "limited"].includes(name) ? kYes : kNo;
    for (const what of ["get", "set"]) assert.deepEqual(await results(theirs, device, what), expected, `${what}, ${name}`);
    theirs.close();
  }
  control.close();
});
