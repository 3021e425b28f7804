// `meshctrl shell`, unmodified, on our agent and on the real MeshAgent.
import { after, before, test } from "node:test";
import { meshctrl, MeshAgent, startMeshctrlShell } from "../../../tests/harness/meshcentral.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Agent, descendants, Trellis } from "../../../tests/harness/trellis.mjs";

let server;

before(async () => {
  server = await Trellis.start();
  await server.addAdmin();
});
after(async () => {
  await server?.stop();
});

const onlineDevice = (group) => until(async () => {
  const list = JSON.parse((await meshctrl(server, ["listdevices", "--json"])) || "[]");
  return list.find((device) => device.groupname === group && (device.conn & 1) === 1 && (device.agent.caps & 2) === 2);
}, `a device of ${group} is online and has the terminal's script`, 60000);

for (const [group, Kind] of [["Ours", Agent], ["Theirs", MeshAgent]]) {
  test(`a command runs in a shell, and closing it ends the shell: ${Kind.name}`, async () => {
    const agent = Kind === MeshAgent ? await MeshAgent.start(server, { group }) : await Agent.start(server, group);
    const shells = () => descendants(agent.process.pid).filter((entry) => /^bash|\/bash/.test(entry.command));
    let shell;
    try {
      const device = await onlineDevice(group);
      shell = startMeshctrlShell(server, device._id.split("/")[2]);
      await until(() => shells().length > 0, "a shell runs");
      shell.child.stdin.write("echo $((6*7))-shell\r");
      await shell.line(/42-shell/);
      await shell.stop("SIGKILL");
      await until(() => shells().length === 0, "the shell is gone");
    } finally {
      await shell?.stop("SIGKILL");
      await agent.stop();
    }
  });
}
