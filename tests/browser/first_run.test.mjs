// From an empty server to the first device, as a technician goes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibilityFaults, openBrowser, openPage, shot } from "../harness/browser.mjs";
import { Agent, password, Trellis } from "../harness/trellis.mjs";

let server;
let agent;
let browser;
let page;

before(async () => {
  server = await Trellis.start();
  browser = await openBrowser();
  page = await openPage(browser);
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await server?.stop();
});

test("first-run setup by the link on the console", async () => {
  assert.ok(server.setupLink, "the server prints a setup link");
  await page.goto(server.setupLink);
  await page.getByTestId("setup-name").fill("admin");
  await page.getByTestId("setup-password").fill(password);
  await shot(page, "setup");
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByTestId("setup-submit").click();
  await page.getByTestId("nav-devices").first().waitFor();
});

test("the setup link works once", async () => {
  const other = await openPage(browser);
  await other.goto(server.setupLink);
  await other.getByTestId("login-form").waitFor();
  await other.context().close();
});

test("logging out and in; a wrong password says so and lets nobody in", async () => {
  const other = await openPage(browser);
  await other.goto(server.origin);
  await other.getByTestId("login-name").fill("admin");
  await other.getByTestId("login-password").fill("not the password");
  await other.getByTestId("login-submit").click();
  await other.getByTestId("form-error").waitFor();
  await other.getByTestId("login-password").fill(password);
  await other.getByTestId("login-submit").click();
  await other.getByTestId("nav-devices").first().waitFor();
  await shot(other, "empty");
  assert.deepEqual(await accessibilityFaults(other), []);
  await other.context().close();
});

test("a device appears without reload", async () => {
  await page.evaluate(() => { globalThis.wasNotReloaded = true; });
  agent = await Agent.start(server);
  await page.getByTestId("device-row").first().waitFor();
  assert.equal(await page.getByTestId("device-row").count(), 1);
  assert.equal(await page.evaluate(() => globalThis.wasNotReloaded), true);
  await shot(page, "devices");
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByTestId("device-row").first().click();
  await page.getByTestId("device-title").waitFor();
  await shot(page, "device");
  assert.deepEqual(await accessibilityFaults(page), []);
});

test("nothing broke on the way", () => {
  assert.deepEqual(page.faults, []);
});
