// Switching a feature off and on while people work with it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibilityFaults, openSignedIn, shot } from "../../../tests/harness/browser.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Agent, Trellis } from "../../../tests/harness/trellis.mjs";

let server;
let agent;
let browser;
let page;

before(async () => {
  server = await Trellis.start();
  await server.addAdmin();
  agent = await Agent.start(server);
  await agent.online(server);
  ({ browser, page } = await openSignedIn(server));
  await page.getByTestId("device-row").first().click();
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await server?.stop();
});

const capabilities = async () => {
  const text = await page.evaluate(async () => JSON.stringify(await (await fetch("/api/ui")).json()));
  return text.includes("terminal");
};

test("trellisctl plugin disable takes tab and session away at once", async () => {
  await page.getByTestId("tab-terminal").click();
  await page.locator(".xterm-rows").waitFor();
  await until(async () => /[#$]/.test(await page.locator(".xterm-rows").innerText()), "a prompt");
  await server.ctl("plugin", "disable", "terminal");
  await page.getByTestId("tab-terminal").waitFor({ state: "detached" });
  assert.equal(await capabilities(), false);
  await page.getByTestId("device-title").waitFor();
});

test("the switchboard shows the state and brings it back", async () => {
  await page.getByTestId("nav-plugins").first().click();
  const row = page.getByTestId("plugin-terminal");
  await row.waitFor();
  assert.match(await row.innerText(), /off|disabled/i);
  await shot(page, "plugins");
  assert.deepEqual(await accessibilityFaults(page), []);
  await row.getByTestId("plugin-switch").click();
  await until(async () => /running/i.test(await row.getByTestId("plugin-state").innerText()), "terminal runs");
  await page.getByTestId("nav-devices").first().click();
  await page.getByTestId("device-row").first().click();
  await page.getByTestId("tab-terminal").click();
  await until(async () => /[#$]/.test(await page.locator(".xterm-rows").innerText()), "a prompt after enabling");
});

test("nothing broke on the way", () => {
  assert.deepEqual(page.faults, []);
});
