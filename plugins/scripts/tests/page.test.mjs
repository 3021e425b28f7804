// The page "Scripts" in a real Chromium, with real agents.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { look, openSignedIn } from "../../../tests/harness/browser.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Agent, Trellis } from "../../../tests/harness/trellis.mjs";

let server;
let agents;
let browser;
let page;

before(async () => {
  server = await Trellis.start();
  await server.addAdmin();
  agents = [await Agent.start(server, "Lab"), await Agent.start(server, "Lab")];
  await agents[0].online(server, 2);
  ({ browser, page } = await openSignedIn(server));
  await page.goto(`${server.origin}/#/page/scripts/scripts`);
  await page.getByTestId("scripts-jobs").waitFor();
});
after(async () => {
  await browser?.close();
  for (const agent of agents ?? []) await agent.stop();
  await server?.stop();
});

test("a script with parameters goes into the library", { timeout: 120000 }, async () => {
  await page.getByTestId("scripts-library").click();
  await page.getByTestId("library-add").click();
  await page.getByTestId("script-name").fill("Greet");
  await page.getByTestId("script-text").fill("echo \"hello $NAME\"\n[ \"$NAME\" = world ] || exit 3");
  await page.getByTestId("parameter-add").click();
  await page.getByTestId("parameter-name").fill("NAME");
  await look(page, "scripts-editor");
  await page.getByTestId("script-save").click();
  await page.getByTestId("script-row").filter({ hasText: "Greet" }).waitFor();
  await look(page, "scripts-library");
});

test("it runs on a group and the results arrive by themselves", { timeout: 120000 }, async () => {
  await page.getByTestId("scripts-run").click();
  await page.getByTestId("run-source").selectOption({ label: "Greet" });
  await page.getByTestId("parameter-NAME").fill("world");
  await page.getByTestId("target-groups").first().check();
  await until(async () => /^2 devices, 2/.test(await page.getByTestId("target-count").innerText()), "two devices are meant");
  await look(page, "scripts-run");
  await page.getByTestId("run-start").click();
  await until(async () => (await page.getByTestId("job-status").innerText()) === "Finished", "the job is over", 60000);
  await until(async () => (await page.getByTestId("run-row").filter({ hasText: "Done" }).count()) === 2, "both are done");
  await page.getByTestId("run-open").first().click();
  await page.locator("pre").filter({ hasText: "hello world" }).first().waitFor();
  await look(page, "scripts-job");
});

test("a schedule shows its next runs and a mistake in its times", { timeout: 120000 }, async () => {
  await page.getByTestId("scripts-schedules").click();
  await page.getByTestId("schedule-add").click();
  await page.getByTestId("schedule-name").fill("Nightly");
  await page.getByTestId("schedule-cron").fill("61 * * * *");
  await until(async () => /61 is not from 0 to 59/.test(await page.getByTestId("schedule-preview").innerText()), "the mistake is named");
  await page.getByTestId("schedule-cron").fill("30 3 * * mon-fri");
  await until(async () => /Next: /.test(await page.getByTestId("schedule-preview").innerText()), "the next runs");
  await page.getByTestId("run-source").selectOption({ label: "Greet" });
  await page.getByTestId("target-all").check();
  await look(page, "scripts-schedule");
  await page.getByTestId("schedule-save").click();
  await page.getByTestId("schedule-row").filter({ hasText: "Nightly" }).waitFor();
  await look(page, "scripts-schedules");
});

test("a rule runs a script when a device comes back", { timeout: 180000 }, async () => {
  await page.getByTestId("scripts-rules").click();
  await page.getByTestId("rule-add").click();
  await page.getByTestId("rule-name").fill("Welcome");
  await page.getByTestId("run-text").fill("echo welcome");
  await look(page, "scripts-rule");
  await page.getByTestId("rule-save").click();
  await page.getByTestId("rule-row").filter({ hasText: "Welcome" }).waitFor();
  await agents[0].process.stop();
  agents[0].launch();
  await page.getByTestId("scripts-jobs").click();
  await page.getByTestId("job-row").filter({ hasText: /welcome.*Done 1/i }).waitFor({ timeout: 60000 });
  await look(page, "scripts-jobs");
});

test("nothing broke on the way", () => {
  assert.deepEqual(page.faults, []);
});
