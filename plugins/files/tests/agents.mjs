// Both agents behind one server, and what they hash.
import { createHash } from "node:crypto";
import { MeshAgent, meshctrl } from "../../../tests/harness/meshcentral.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Agent, Trellis } from "../../../tests/harness/trellis.mjs";

export const kPiece = 1048576;

/** SHA-256 of the SHA-256 of all pieces (plugins/files/agent/pieces.js). */
export function rootOf(bytes) {
  const hash = createHash("sha256");
  for (let at = 0; at < bytes.length; at += kPiece) hash.update(createHash("sha256").update(bytes.subarray(at, at + kPiece)).digest());
  return hash.digest("hex");
}

export const kinds = [["Ours", Agent], ["Theirs", MeshAgent]];

export const startBoth = () => startAll(kinds);

export async function startAll(kinds) {
  const server = await Trellis.start();
  await server.addAdmin();
  const agents = {};
  for (const [group, Kind] of kinds) {
    agents[group] = Kind === Agent ? await Agent.start(server, group) : await Kind.start(server, { group });
  }
  const devices = {};
  for (const [group] of kinds) {
    await agents[group].ready?.(server);
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
