// From an empty server to a terminal in the browser, as a technician goes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibilityFaults, openBrowser, openPage, screenText, shot } from "../harness/browser.mjs";
import { until } from "../harness/process.mjs";
import { Agent, descendants, password, Trellis } from "../harness/trellis.mjs";

let server;
let agent;
let browser;
let page;

const shells = () => descendants(agent.process.pid).filter((entry) => /^(\/bin\/|\/usr\/bin\/)?(bash|sh)\b/.test(entry.command));
const onScreen = (text) => until(async () => (await screenText(page)).includes(text), `the terminal shows ${text}`);

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
});

test("a terminal opens and computes", async () => {
  await page.getByTestId("device-row").first().click();
  await page.getByTestId("device-title").waitFor();
  await shot(page, "device");
  await page.getByTestId("tab-terminal").click();
  await until(async () => /[#$]$/m.test(await screenText(page)), "a prompt");
  await page.locator(".xterm-helper-textarea").focus();
  await page.keyboard.type("echo $((6*7))\n");
  await until(async () => /^42$/m.test(await screenText(page)), "42");
  await shot(page, "terminal");
  assert.ok(shells().length > 0, "the shell runs on the device");
});

test("resizing the window changes stty size", async () => {
  const size = async () => {
    await page.keyboard.type("clear; stty size\n");
    return until(async () => /^(\d+) (\d+)$/m.exec(await screenText(page)), "stty size");
  };
  const [, rows, columns] = await size();
  await page.setViewportSize({ width: 900, height: 500 });
  await until(async () => {
    const [, newRows, newColumns] = await size();
    return Number(newRows) < Number(rows) && Number(newColumns) < Number(columns);
  }, "a smaller terminal");
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("full-screen programs, colour and UTF-8", async () => {
  await page.keyboard.type("clear; printf '\\342\\234\\223 gr\\303\\274n \\033[38;2;10;200;90mtrue\\033[0m\\n'\n");
  await onScreen("✓ grün true");
  const colour = await page.locator(".xterm-rows span", { hasText: /^true$/ }).last().evaluate((span) => getComputedStyle(span).color);
  assert.equal(colour, "rgb(10, 200, 90)");
  await page.keyboard.type("vim -u NONE +'set number' /etc/hostname\n");
  await onScreen("  1 ");
  await onScreen("~");
  await shot(page, "vim");
  await page.keyboard.press("Escape");
  await page.keyboard.type(":q!\n");
  await until(async () => !(await screenText(page)).includes("\n~"), "vim is left");
});

test("leaving the tab ends the shell on the device", async () => {
  assert.ok(shells().length > 0);
  await page.close();
  await until(() => shells().length === 0, "no shell is left on the device");
});

test("nothing broke on the way", () => {
  assert.deepEqual(page.faults, []);
});
