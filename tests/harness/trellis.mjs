// The real server and the real agent, each in a folder of its own, on a free loopback port.
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Process, run, until } from "./process.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
/** Folder with the programs: `TRELLIS_BIN`, else the release build. */
export const bin = process.env.TRELLIS_BIN ?? path.join(root, "build/release/bin");
export const password = "correct horse 42 battery";

export function temporaryFolder(name) {
  return fs.mkdtempSync(path.join(os.tmpdir(), `trellis-${name}-`));
}

/** A port that was free a moment ago; for what can't be told to choose one itself. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const ofTenant = (tenant) => (tenant ? ["--domain", tenant] : []);

export class Trellis {
  /** `config`: text of trellis.yaml. fast_certs is on unless the text says otherwise. */
  static async start({ config = "", data = temporaryFolder("server"), port, args = [], env = {} } = {}) {
    const server = new Trellis();
    server.data = data;
    server.port = port ?? (await freePort());
    server.args = args;
    server.env = env;
    if (!fs.existsSync(path.join(data, "trellis.yaml"))) {
      const text = config.includes("server:") ? config : `server:\n  name: localhost\n  fast_certs: true\n${config}`;
      fs.writeFileSync(path.join(data, "trellis.yaml"), text);
      if (process.env.TRELLIS_TEST_POSTGRESQL) await server.usePostgresql(process.env.TRELLIS_TEST_POSTGRESQL);
    }
    await server.launch();
    return server;
  }
  /** A schema of its own in the database that tests/with-postgresql has started. */
  async usePostgresql(url) {
    const schema = `server_${process.pid}_${this.port}`;
    const made = await run("/usr/bin/psql", ["-q", "-c", `CREATE SCHEMA ${schema}`, url]);
    if (made.code !== 0) throw new Error(`psql: ${made.output}`);
    fs.mkdirSync(path.join(this.data, "conf.d"));
    fs.writeFileSync(path.join(this.data, "conf.d/database.yaml"),
                     `database:\n  url: "${url}&options=-csearch_path%3D${schema}"\n`);
  }
  async launch() {
    this.process = new Process(path.join(bin, "trellisd"), ["--data", this.data, "--port", String(this.port), ...this.args],
                               { env: { ...process.env, ...this.env } });
    await this.process.line(/^ready: (\S+)$/m);
    const setup = /^setup: (\S+)$/m.exec(this.process.output);
    this.setupLink = setup ? setup[1].replace(/^https:\/\/[^/]+/, this.origin) : null;
  }
  get origin() {
    return `https://localhost:${this.port}`;
  }
  get pid() {
    return this.process.pid;
  }
  ctl(...args) {
    return this.ctlWithInput("", ...args);
  }
  async ctlWithInput(input, ...args) {
    const result = await run(path.join(bin, "trellisctl"), ["--data", this.data, ...args], { input });
    if (result.code !== 0) throw new Error(`trellisctl ${args.join(" ")}: ${result.output}`);
    return result.output;
  }
  /** A command as the local administrator; throws with what the server says. */
  async call(command, args = {}) {
    return JSON.parse(await this.ctlWithInput(JSON.stringify(args), "call", command, "--data", "-"));
  }
  /** `tenant`: id under `domains:` in the configuration, "" the default one. */
  async addAdmin(name = "admin", tenant = "") {
    await this.ctlWithInput(`${password}\n`, ...ofTenant(tenant), "user", "add", name, "--site-admin", "--password-stdin");
  }
  /** The agent settings file of a group (made if it isn't there). */
  async settingsFile(group = "Lab", tenant = "") {
    const file = path.join(this.data, `test${tenant}.msh`);
    fs.writeFileSync(file, await this.ctl(...ofTenant(tenant), "group", "settings", group, "--create", "--host", `localhost:${this.port}`));
    return file;
  }
  async restart() {
    await this.process.stop();
    await this.launch();
  }
  async stop() {
    const code = await this.process.stop();
    fs.rmSync(this.data, { recursive: true, force: true });
    return code;
  }
}

/**
 * This process's environment with an empty home: a shell then starts at once, while start-up files of the
 * machine's own may wait for as long as they like, for a lock that a killed shell left behind, say.
 */
export function environmentAt(home) {
  fs.mkdirSync(home, { recursive: true });
  return { ...process.env, HOME: home };
}

/** trellis-agent in the foreground. */
export class Agent {
  /** `env`: added to the agent's environment. */
  static async start(server, group = "Lab", { env = {}, tenant = "" } = {}) {
    const agent = new this();
    agent.folder = temporaryFolder("agent");
    agent.data = path.join(agent.folder, "data");
    fs.mkdirSync(agent.data);
    agent.env = { ...environmentAt(path.join(agent.folder, "home")), ...env };
    agent.tenant = tenant;
    agent.settings = await server.settingsFile(group, tenant);
    agent.launch();
    return agent;
  }
  launch() {
    this.process = new Process(path.join(bin, "trellis-agent"), ["run", "--msh", this.settings, "--data", this.data],
                               { env: this.env });
  }
  online(server, count = 1) {
    return until(async () => {
      const list = JSON.parse(await server.ctl("--json", ...ofTenant(this.tenant), "device", "list"));
      return list.devices.filter((device) => device.online).length >= count && list.devices;
    }, "the agent is online");
  }
  async stop() {
    await this.process.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Processes whose parent chain leads to `pid`, as {pid, command}. */
export function descendants(pid) {
  const all = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, "utf8");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      const command = fs.readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      return [{ pid: Number(name), parent, command }];
    } catch {
      return [];
    }
  });
  const found = [];
  let level = new Set([pid]);
  while (level.size > 0) {
    const next = all.filter((entry) => level.has(entry.parent));
    found.push(...next);
    level = new Set(next.map((entry) => entry.pid));
  }
  return found;
}
