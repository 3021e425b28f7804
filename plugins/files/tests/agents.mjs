// Both agents behind one server.
import { MeshAgent, meshctrl } from "../../../tests/harness/meshcentral.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Agent, Trellis } from "../../../tests/harness/trellis.mjs";

export const kinds = [["Ours", Agent], ["Theirs", MeshAgent]];

export async function startBoth() {
  const server = await Trellis.start();
  await server.addAdmin();
  const agents = {};
  for (const [group, Kind] of kinds) {
    agents[group] = Kind === MeshAgent ? await MeshAgent.start(server, { group }) : await Agent.start(server, group);
  }
  const devices = {};
  for (const [group] of kinds) {
    devices[group] = await until(async () => {
      const list = JSON.parse((await meshctrl(server, ["listdevices", "--json"])) || "[]");
      return list.find((device) => device.groupname === group && (device.conn & 1) === 1 && (device.agent.caps & 4) === 4)?._id;
    }, `the device of ${group} has the script of files`, 60000);
  }
  return { server, agents, devices, stop: async () => {
    for (const agent of Object.values(agents)) await agent.stop();
    await server.stop();
  } };
}
