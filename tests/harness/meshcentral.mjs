// The peer's own programs, unmodified, from the npm package `meshcentral`.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Process, run } from "./process.mjs";
import { password, temporaryFolder } from "./trellis.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
export const packageFolder = path.resolve(here, "../interop/node_modules/meshcentral");
const meshctrlFile = path.join(packageFolder, "meshctrl.js");

function meshctrlArguments(server, args, { user = "admin", pass = password } = {}) {
  return [meshctrlFile, ...args, "--url", `wss://localhost:${server.port}`, "--loginuser", user, "--loginpass", pass];
}

/** Runs meshctrl.js to its end and gives what it printed. */
export async function meshctrl(server, args, options = {}) {
  const { output } = await run(process.execPath, meshctrlArguments(server, args, options), { ms: options.ms ?? 30000 });
  return output;
}

/** Starts a command of meshctrl.js that goes on until it is ended (showevents). */
export function startMeshctrl(server, args, options = {}) {
  return new Process(process.execPath, meshctrlArguments(server, args, options));
}

/** `meshctrl shell`, which needs a terminal of its own: script(1) gives it one. */
export function startMeshctrlShell(server, deviceId, options = {}) {
  const quoted = [process.execPath, ...meshctrlArguments(server, ["shell", "--id", deviceId], options)]
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  return new Process("script", ["-qfec", quoted, "/dev/null"]);
}

/** The released MeshAgent for Linux x86-64. */
export class MeshAgent {
  /** `modules`: script modules by name that take the place of the agent's own; `env`: as in Agent. */
  static async start(server, { group = "Lab", settings, modules = {}, env = {} } = {}) {
    const agent = new MeshAgent();
    agent.folder = temporaryFolder("meshagent");
    agent.env = { ...process.env, ...env };
    for (const [name, source] of Object.entries(modules)) fs.writeFileSync(path.join(agent.folder, `${name}.js`), source);
    agent.program = path.join(agent.folder, "meshagent");
    fs.copyFileSync(path.join(packageFolder, "agents/meshagent_x86-64"), agent.program);
    fs.chmodSync(agent.program, 0o755);
    const text = settings ?? fs.readFileSync(await server.settingsFile(group), "utf8");
    fs.writeFileSync(path.join(agent.folder, "meshagent.msh"), text);
    agent.launch();
    return agent;
  }
  launch() {
    this.process = new Process(this.program, ["run"], { cwd: this.folder, env: this.env });
  }
  async stop() {
    await this.process.stop("SIGTERM", 5000);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
