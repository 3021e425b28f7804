// Scripts on our agent and on the real MeshAgent: exit codes, outputs, time-outs, cancelling.
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";
import { MeshAgent } from "../../../tests/harness/meshcentral.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Agent, descendants, Trellis } from "../../../tests/harness/trellis.mjs";
import { finished, runOne } from "./support.mjs";

let server;

before(async () => {
  server = await Trellis.start();
  await server.addAdmin();
});
after(async () => {
  await server?.stop();
});

const deviceOf = (group) => until(async () => {
  const { devices } = await server.call("device.list");
  return devices.find((device) => device.group === group && device.online);
}, `a device of ${group} is online`, 60000);

for (const [group, Kind] of [["Ours", Agent], ["Theirs", MeshAgent]]) {
  test(Kind.name, { timeout: 240000 }, async (t) => {
    const agent = Kind === MeshAgent ? await MeshAgent.start(server, { group }) : await Agent.start(server, group);
    t.after(() => agent.stop());
    const { id } = await deviceOf(group);
    // A device that has just joined may be given its script anew, and then knows of no run before that.
    await until(async () => (await runOne(server, id, { text: "true" })).state === "done", "the device runs scripts");
    const children = (pattern) => descendants(agent.process.pid).filter((entry) => pattern.test(entry.command));

    await t.test("exit code and both outputs apart, in whole characters", async () => {
      const run = await runOne(server, id, { text: "printf 'h\\303\\244\\n'; echo wrong >&2; exit 7", ttl_s: 60 });
      assert.deepEqual([run.state, run.exitCode, run.stdout, run.stderr], ["failed", 7, "hä\n", "wrong\n"]);
      const good = await runOne(server, id, { text: "true" });
      assert.deepEqual([good.state, good.exitCode, good.stdout], ["done", 0, ""]);
    });

    await t.test("parameters are environment variables and never become code; secrets show nowhere", async () => {
      const evil = "$(touch /tmp/never) `id`; '\"";
      const run = await runOne(server, id, {
        text: "echo \"[$NAME]\"; echo \"$TOKEN\"", parameters: { NAME: evil }, secrets: { TOKEN: "hunter2-hunter2" },
      });
      assert.equal(run.stdout, `[${evil}]\n***\n`);
      assert.doesNotMatch(JSON.stringify(await server.call("scripts.job", { job: run.job })), /hunter2/);
      assert.doesNotMatch(server.process.output, /hunter2/);
    });

    await t.test("a script that reads its input finds it empty", async () => {
      const run = await runOne(server, id, { text: "cat; echo done", timeout_s: 20 });
      assert.deepEqual([run.state, run.stdout], ["done", "done\n"]);
    });

    await t.test("long output is cut and says so; none of a shorter one is lost", async () => {
      const long = await runOne(server, id, { text: "head -c 300000 /dev/zero | tr '\\0' x; head -c 60000 /dev/zero | tr '\\0' y >&2" });
      assert.deepEqual([long.stdout.length, long.stdoutCut], [65536, true]);
      assert.deepEqual([long.stderr.length, long.stderrCut, long.state], [60000, false, "done"]);
    });

    await t.test("bash and python run too; what the device lacks fails with a reason", async () => {
      const bash = await runOne(server, id, { interpreter: "bash", text: "a=(1 2 3); echo ${#a[@]}" });
      assert.equal(bash.stdout, "3\n");
      const cmd = await runOne(server, id, { interpreter: "cmd", text: "echo hello" });
      assert.equal(cmd.state, "failed");
      assert.match(cmd.error, /has no cmd/);
      if (fs.existsSync("/usr/bin/python3")) {
        assert.equal((await runOne(server, id, { interpreter: "python", text: "print(6*7)" })).stdout, "42\n");
      }
    });

    await t.test("as the person signed in, it does not run where nobody is", { skip: fs.existsSync("/run/systemd/users") && fs.readdirSync("/run/systemd/users").length > 0 }, async () => {
      const run = await runOne(server, id, { text: "id", as: "user" });
      assert.equal(run.state, "failed");
      assert.match(run.error, /nobody is signed in/);
    });

    await t.test("the time limit ends it with everything it started", async () => {
      const run = await runOne(server, id, { text: "echo before; sleep 3131 & sleep 3131", timeout_s: 2 });
      assert.deepEqual([run.state, run.stdout], ["timed_out", "before\n"]);
      await until(() => children(/sleep 3131/).length === 0, "nothing is left of it");
    });

    await t.test("cancelling ends it", async () => {
      const { job } = await server.call("scripts.run", { interpreter: "sh", text: "sleep 4242", targets: { devices: [id] } });
      await until(() => children(/sleep 4242/).length > 0, "it runs");
      await server.call("scripts.cancel", { job });
      const over = await finished(server, job);
      assert.equal(over.runs[0].state, "cancelled");
      await until(() => children(/sleep 4242/).length === 0, "nothing is left of it");
    });

    await t.test("a job waits for a device that is away, runs once, and a restart of the server changes nothing", async () => {
      const mark = `${server.data}/once-${group}`;
      await agent.process.stop();
      await until(async () => !(await server.call("device.list")).devices.find((device) => device.id === id).online, "the device is away");
      const { job } = await server.call("scripts.run", { interpreter: "sh", text: `echo run >> ${mark}`, ttl_s: 600, targets: { devices: [id] } });
      await server.restart();
      assert.equal((await server.call("scripts.job", { job })).runs[0].state, "queued");
      agent.launch();
      const over = await finished(server, job, 90000);
      assert.equal(over.runs[0].state, "done");
      assert.equal(fs.readFileSync(mark, "utf8"), "run\n");
    });

    await t.test("a result that came while the server was away arrives afterwards", async () => {
      const mark = `${server.data}/late-${group}`;
      const { job } = await server.call("scripts.run", { interpreter: "sh", text: `touch ${mark}; sleep 2; echo late`, targets: { devices: [id] } });
      await until(() => fs.existsSync(mark), "it runs");
      await server.process.stop();
      await new Promise((resolve) => setTimeout(resolve, 2500));
      await server.launch();
      const over = await finished(server, job, 90000);
      assert.equal(over.runs[0].state, "done");
      assert.equal((await server.call("scripts.output", { job, nodeid: id })).stdout, "late\n");
    });

    await t.test("an agent that was started anew does not know the run: unknown, and not run twice", async () => {
      const mark = `${server.data}/lost-${group}`;
      const { job } = await server.call("scripts.run", { interpreter: "sh", text: `echo run >> ${mark}; sleep 777`, targets: { devices: [id] } });
      await until(() => fs.existsSync(mark), "it runs");
      // What the agent has started would outlive it, with its connection in its hands.
      const left = descendants(agent.process.pid);
      await agent.process.stop("SIGKILL");
      for (const { pid } of left) {
        try {
          process.kill(pid, "SIGKILL");
        } catch { /* it ended with the agent */ }
      }
      agent.launch();
      const over = await finished(server, job, 90000);
      assert.equal(over.runs[0].state, "unknown");
      assert.equal(fs.readFileSync(mark, "utf8"), "run\n");
    });
  });
}
