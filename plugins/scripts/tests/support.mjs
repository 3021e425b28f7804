// What the tests with a real server share.
import { until } from "../../../tests/harness/process.mjs";

const isOver = (job) => job.status !== "active";

/** Waits for the end of a job; gives it with its devices. */
export async function finished(caller, job, ms = 60000) {
  return until(async () => {
    const found = await caller.call("scripts.job", { job });
    return isOver(found) && found;
  }, `the job ${job} is over`, ms);
}

/** Runs a script and gives what it did on the first device. */
export async function runOne(caller, nodeid, args, ms = 60000) {
  const { job } = await caller.call("scripts.run", { interpreter: "sh", targets: { devices: [nodeid] }, ...args });
  const { runs } = await finished(caller, job, ms);
  return { job, ...runs[0], ...(await caller.call("scripts.output", { job, nodeid })) };
}
