// Child processes of tests: started, waited for by condition, ended by pid.
import { spawn } from "node:child_process";
import { once } from "node:events";

/** Polls `condition` until it gives something truthy; throws after `ms` with `what`. */
export async function until(condition, what, ms = 30000) {
  const deadline = Date.now() + ms;
  let failure;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`not within ${ms} ms: ${what}${failure ? ` (${failure.message})` : ""}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export class Process {
  constructor(command, args, options = {}) {
    this.output = "";
    this.name = command.split("/").pop();
    this.child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        this.output += text;
      });
    }
    this.child.stdin.on("error", () => {});
    this.exited = once(this.child, "exit").then(([code, signal]) => {
      this.exitCode = code;
      this.signal = signal;
      this.hasExited = true;
      return code;
    });
    this.exited.catch(() => {});
    this.child.on("error", (error) => {
      this.output += `\n${error.message}`;
      this.hasExited = true;
    });
  }
  get pid() {
    return this.child.pid;
  }
  /** Waits for a line of the output that matches; returns the match. */
  line(pattern, ms = 60000) {
    return until(() => {
      const match = pattern.exec(this.output);
      if (!match && this.hasExited) {
        throw new Error(`${this.name} ended with ${this.exitCode}: ${this.output.slice(-2000)}`);
      }
      return match;
    }, `${this.name} prints ${pattern}`, ms);
  }
  signalTo(signal) {
    if (!this.hasExited) this.child.kill(signal);
  }
  async stop(signal = "SIGTERM", ms = 20000) {
    if (this.hasExited) return this.exitCode;
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill("SIGKILL"), ms);
    await this.exited.catch(() => {});
    clearTimeout(timer);
    return this.exitCode;
  }
}

/** Runs a program to its end; returns {code, output}. `input` goes to its standard input. */
export async function run(command, args, { input = "", ms = 60000, ...options } = {}) {
  const child = new Process(command, args, options);
  child.child.stdin.end(input);
  const timer = setTimeout(() => child.child.kill("SIGKILL"), ms);
  await child.exited;
  clearTimeout(timer);
  // Exit can come before the last output has been read.
  await Promise.all([child.child.stdout, child.child.stderr].map((s) => (s.readableEnded ? null : once(s, "end"))));
  return { code: child.exitCode, output: child.output };
}
