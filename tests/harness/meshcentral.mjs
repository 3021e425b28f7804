// The peer's own programs, unmodified, from the npm package `meshcentral`.
import fs from "node:fs";
import https from "node:https";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Process, run, until } from "./process.mjs";
import { environmentAt, password, temporaryFolder } from "./trellis.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
export const packageFolder = path.resolve(here, "../interop/node_modules/meshcentral");
const meshctrlFile = path.join(packageFolder, "meshctrl.js");

/** `tenant`: the one whose door it goes through, "" the default one. */
function meshctrlArguments(server, args, { user = "admin", pass = password, tenant = "" } = {}) {
  return [meshctrlFile, ...args, "--url", `wss://localhost:${server.port}/${tenant}`, "--loginuser", user, "--loginpass", pass];
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
    agent.env = { ...environmentAt(path.join(agent.folder, "home")), ...env };
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

/** The released MeshAgent for Windows x86-64, by Wine. */
export class WindowsMeshAgent {
  static isThere = fs.existsSync("/usr/bin/wine");
  /** `env`: as in Agent. */
  static async start(server, { group = "Lab", env = {} } = {}) {
    const agent = new WindowsMeshAgent();
    agent.folder = temporaryFolder("windows");
    agent.prefix = path.join(agent.folder, "wine");
    agent.env = { ...environmentAt(path.join(agent.folder, "home")), TMPDIR: agent.folder, WINEPREFIX: agent.prefix, WINEDEBUG: "-all", WINEDLLOVERRIDES: "mscoree,mshtml=", ...env };
    fs.copyFileSync(path.join(packageFolder, "agents/MeshService64.exe"), path.join(agent.folder, "MeshService64.exe"));
    fs.copyFileSync(await server.settingsFile(group), path.join(agent.folder, "MeshService64.msh"));
    agent.process = new Process("/usr/bin/wine", ["MeshService64.exe", "connect"], { cwd: agent.folder, env: agent.env });
    return agent;
  }
  /** Waits until the only device of `server` is there with its script. The first start of Wine takes its time. */
  ready(server) {
    return until(async () => {
      const list = JSON.parse((await meshctrl(server, ["listdevices", "--json"])) || "[]");
      return list.some((device) => (device.conn & 1) === 1 && (device.agent.caps & 5) === 5);
    }, "MeshAgent for Windows is there", 150000).catch((error) => { throw new Error(`${error.message}: ${this.process.output}`); });
  }
  /** Drive C as this machine sees it. */
  get drive() {
    return path.join(this.prefix, "drive_c");
  }
  async stop() {
    await run("/usr/bin/wineserver", ["-k"], { env: this.env });
    await this.process.stop("SIGKILL");
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** MeshCentral's own server, in a folder of its own, on one port. */
export class MeshCentral {
  /** `accounts`: {name: password}, made with the server's own command line; the first is its administrator. */
  static async start({ port, accounts, settings = {}, domain = {}, ms = 60000 }) {
    const server = new MeshCentral();
    server.port = port;
    server.folder = temporaryFolder("meshcentral");
    server.data = path.join(server.folder, "data");
    fs.mkdirSync(server.data);
    fs.writeFileSync(path.join(server.data, "config.json"), JSON.stringify({
      settings: { cert: "localhost", WANonly: true, port, portBind: "127.0.0.1", exactPorts: true, redirPort: 0, mpsPort: 0,
                  fastCert: true, selfUpdate: false, autoBackup: false, ...settings },
      domains: { "": domain },
    }));
    const names = Object.keys(accounts);
    for (const name of names) await server.command("--createaccount", name, "--pass", accounts[name]);
    await server.command("--adminaccount", names[0]);
    server.process = new Process(process.execPath, server.arguments());
    await server.process.line(/HTTPS server running on port/, ms);
    return server;
  }
  arguments(...more) {
    return [packageFolder, "--datapath", this.data, "--filespath", path.join(this.folder, "files"), ...more];
  }
  async command(...more) {
    const { output } = await run(process.execPath, this.arguments(...more));
    if (!output.includes("Done")) throw new Error(`meshcentral ${more[0]}: ${output}`);
  }
  get origin() {
    return `https://localhost:${this.port}`;
  }
  /** The agent settings of a group as the server hands them out, with the address to connect to. */
  async settings(groupId) {
    const text = await get(`${this.origin}/meshsettings?id=${encodeURIComponent(groupId.replace(/^mesh\/\//, ""))}`);
    return text.replace(/^MeshServer=.*$/m, `MeshServer=wss://localhost:${this.port}/agent.ashx`);
  }
  /** Ends the server; the folder stays. */
  stop() {
    return this.process.stop();
  }
  remove() {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

function get(url) {
  return new Promise((resolve, reject) => {
    https.get(url, { rejectUnauthorized: false }, (response) => {
      let text = "";
      response.on("data", (piece) => (text += piece));
      response.on("end", () => resolve(text));
    }).on("error", reject);
  });
}
