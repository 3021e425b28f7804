// The terminal in a real Chromium, on the real agent.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openSignedIn, screenText, shot } from "../../../tests/harness/browser.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Agent, descendants, Trellis } from "../../../tests/harness/trellis.mjs";

let server;
let agent;
let browser;
let page;

const shells = () => descendants(agent.process.pid).filter((entry) => /^(\/bin\/|\/usr\/bin\/)?(bash|sh)\b/.test(entry.command));
const onScreen = (text) => until(async () => (await screenText(page)).includes(text), `the terminal shows ${text}`);

before(async () => {
  server = await Trellis.start();
  await server.addAdmin();
  agent = await Agent.start(server);
  await agent.online(server);
  ({ browser, page } = await openSignedIn(server));
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await server?.stop();
});

test("a terminal opens and computes", async () => {
  await page.getByTestId("device-row").first().click();
  await page.getByTestId("tab-terminal").click();
  await until(async () => /[#$]$/m.test(await screenText(page)), "a prompt");
  await page.keyboard.type("echo $((6*7))\n"); // whoever clicked the tab can type at once
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
  await page.keyboard.type("vi -u NONE +'set number' /etc/hostname\n");
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
