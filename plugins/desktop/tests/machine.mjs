// A machine of its own: processes, network, accounts and X servers that nobody outside sees, so that an agent that
// runs as root finds the screens of the test alone, and people can log in with a password.
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { Process, run, until } from "../../../tests/harness/process.mjs";
import { Agent, bin, temporaryFolder } from "../../../tests/harness/trellis.mjs";

const kAlone = ["--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc"];
/** Why tests with such a machine are left out, or false. */
export const skip = (await run("unshare", [...kAlone, "mount", "-t", "tmpfs", "none", "/run"])).code === 0 ? false : "this account may not make a machine of its own (root may)";

/** The first process: mounts, then it carries the server's port in through a socket that is a file. */
const kFirst = `
  const [carrier, port, folder, line] = process.argv.slice(1);
  const net = require("node:net");
  require("node:child_process").execFileSync("sh", ["-ec", line, "sh", folder], { stdio: "inherit" });
  const join = (near) => { const far = net.connect(carrier); near.pipe(far).pipe(near); for (const each of [near, far]) each.on("error", () => near.destroy()); };
  net.createServer(join).listen(Number(port), "127.0.0.1", () => console.log("ready"));
`;
const kMounts = `
  ip link set lo up
  mkdir -p /tmp/.X11-unix && mount -t tmpfs -o mode=1777 none /tmp/.X11-unix
  mount -t tmpfs -o mode=755 none /run
  mkdir -p -m 755 /run/user /run/lock
  for each in passwd shadow group; do mount --bind "$1/$each" /etc/$each; done
`;
const kFirstPerson = 4100;
const kFirstService = 400;

/** A program of the machine. Signals go to the program, not to what leads into the machine. */
class Inside extends Process {
  get inner() {
    const [first] = fs.readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, "utf8").split(" ");
    return Number(first);
  }
  async stop(signal = "SIGTERM") {
    try {
      if (!this.hasExited) process.kill(this.inner, signal);
    } catch { /* it has gone by itself */ }
    await this.exited;
    return this.exitCode;
  }
}

export class Machine {
  /** `people`: names with their passwords, who may log in; `services`: accounts of display managers. All have a home. */
  static async start(server, { people = {}, services = [] } = {}) {
    const machine = new Machine();
    machine.folder = temporaryFolder("machine");
    fs.chmodSync(machine.folder, 0o755);
    machine.programs = [];
    machine.people = {};
    await machine.addAccounts(people, services);
    const { port } = new URL(server.origin);
    const carrier = path.join(machine.folder, "carrier");
    machine.carrier = net.createServer((near) => {
      const far = net.connect(Number(port), "127.0.0.1");
      near.pipe(far).pipe(near);
      for (const each of [near, far]) each.on("error", () => near.destroy());
    }).listen(carrier);
    machine.first = new Inside("unshare", [...kAlone, process.execPath, "-e", kFirst, carrier, port, machine.folder, kMounts]);
    await machine.first.line(/^ready$/m);
    machine.pid = machine.first.inner;
    for (const { id } of Object.values(machine.people)) {
      await machine.run("root", ["install", "-d", "-m", "700", "-o", String(id), "-g", String(id), `/run/user/${id}`]);
    }
    return machine;
  }
  async addAccounts(people, services) {
    const text = Object.fromEntries(["passwd", "shadow", "group"].map((name) => [name, fs.readFileSync(`/etc/${name}`, "utf8")]));
    for (const [at, name] of [...Object.keys(people), ...services].entries()) {
      const id = (people[name] ? kFirstPerson : kFirstService) + at;
      const home = path.join(this.folder, name);
      const { output } = people[name] ? await run("openssl", ["passwd", "-6", "-stdin"], { input: people[name] }) : { output: "!" };
      text.passwd += `${name}:x:${id}:${id}::${home}:/bin/sh\n`;
      text.group += `${name}:x:${id}:\n`;
      text.shadow += `${name}:${output.trim()}:19000:0:99999:7:::\n`;
      fs.mkdirSync(home, { mode: 0o700 });
      fs.chownSync(home, id, id);
      this.people[name] = { id, home };
    }
    for (const name of Object.keys(text)) {
      const { mode, gid } = fs.statSync(`/etc/${name}`);
      fs.writeFileSync(path.join(this.folder, name), text[name], { mode });
      fs.chownSync(path.join(this.folder, name), 0, gid); // password checks of people's programs read by group
    }
  }
  /** Arguments that lead to a program as `user`, with nothing of this process's environment. */
  way(user, env, command) {
    const person = this.people[user];
    const as = person ? ["setpriv", `--reuid=${person.id}`, `--regid=${person.id}`, "--clear-groups"] : [];
    const all = { PATH: process.env.PATH, LANG: "C.UTF-8", HOME: person ? person.home : "/root", USER: user, LOGNAME: user, ...env };
    const lines = Object.entries(all).map(([name, value]) => `${name}=${value}`);
    return ["-t", String(this.pid), "--net", "--pid", "--mount", "env", "-i", ...lines, ...as, ...command];
  }
  /** Starts a program as `user` ("root" or one of the people). */
  open(user, command, env = {}) {
    const program = new Inside("nsenter", this.way(user, env, command));
    this.programs.push(program);
    return program;
  }
  run(user, command, { env = {}, input = "" } = {}) {
    return run("nsenter", this.way(user, env, command), { input });
  }
  /** An X server of `user` whose keys are in `authority`; its display. */
  async screen(user, authority, { size = "800x600", owner = user } = {}) {
    const key = (await this.run("root", ["mcookie"])).output.trim();
    const made = await this.run(owner, ["xauth", "-q", "-f", authority], { input: `add :0 . ${key}\n` });
    if (made.code !== 0) throw new Error(made.output);
    const server = this.open(user, ["Xvfb", "-displayfd", "1", "-screen", "0", `${size}x24`, "-auth", authority, "-nolisten", "tcp", "-noreset"]);
    const [, number] = await server.line(/^(\d+)$/m);
    return { server, display: `:${number}`, key };
  }
  /** Gives `user` a screen's key, in his own file; what his programs have in their environment. */
  async giveKey(user, { display, key }) {
    const made = await this.run(user, ["xauth", "-q", "add", display, ".", key]);
    if (made.code !== 0) throw new Error(made.output);
    return { DISPLAY: display };
  }
  async paint(user, env, colour) {
    const done = await this.run(user, ["xsetroot", "-solid", colour], { env });
    if (done.code !== 0) throw new Error(done.output);
  }
  /** A white terminal in the upper left of the screen that keeps what is typed. */
  terminal(user, env, file) {
    return this.open(user, ["xterm", "-geometry", "100x20+0+0", "-bg", "white", "-e", "sh", "-c", `cat > ${file}`], env);
  }
  async stop() {
    this.carrier.close();
    // The first process of the namespace ends with it, and with that all the others.
    await this.first.stop("SIGKILL");
    await Promise.all(this.programs.map((each) => each.exited));
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The agent as a service has it: root, and nothing of a session in its environment. */
export class ServiceAgent extends Agent {
  static async start(server, machine, group = "Lab") {
    const agent = new this();
    agent.machine = machine;
    agent.folder = agent.data = temporaryFolder("agent");
    agent.tenant = "";
    agent.settings = await server.settingsFile(group);
    agent.launch();
    await agent.online(server);
    return agent;
  }
  launch() {
    this.process = this.machine.open("root", [path.join(bin, "trellis-agent"), "run", "--msh", this.settings, "--data", this.data]);
  }
}

export { until };
