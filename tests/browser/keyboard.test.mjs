// The page without a mouse: every control is reached and shows where the keyboard is, and what opens gives the
// keyboard back when it closes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openSignedIn } from "../harness/browser.mjs";
import { until } from "../harness/process.mjs";
import { Agent, Trellis } from "../harness/trellis.mjs";

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
  await page.getByTestId("device-row").first().waitFor();
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await server?.stop();
});

/** What has the keyboard, through shadow roots. */
const focused = () => page.evaluate(() => {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const isSeen = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return {
    name: `${one.localName}${one.id ? `#${one.id}` : ""} ${one.dataset.testid ?? ""} ${(one.getAttribute("aria-label") ?? one.textContent ?? "").trim().slice(0, 40)}`,
    testid: one.dataset.testid ?? "",
    isSeen,
    // Native pickers and inner rings draw the indicator elsewhere.
    isShown: style.outlineStyle !== "none" || style.boxShadow !== "none" || one.matches(".sr, [role=grid], iframe"),
  };
});
async function press(...keys) {
  for (const key of keys) await page.keyboard.press(key);
}
const isAt = (testid) => until(async () => (await focused())?.testid === testid, `the keyboard is at ${testid}`);
/** Presses Tab until the control is reached. */
async function tabTo(testid, most = 60) {
  for (let i = 0; i < most; i++) {
    await press("Tab");
    if ((await focused())?.testid === testid) return;
  }
  assert.fail(`${testid} is not reached with Tab`);
}

for (const [path, ready] of [["devices", "device-row"], ["groups", "group-row"], ["users", "user-row"], ["user-groups", "create-user-group"], ["events", "event-row"], ["files", "new-folder"], ["plugins", "plugin-list"], ["server", "server-version"], ["account", "create-token"], ["page/scripts/scripts", "scripts-jobs"], ["page/webhooks/webhooks", "webhook-add"]]) {
  test(`Tab walks through ${path}, always in sight, and comes to an end`, async () => {
    await page.evaluate((hash) => { location.hash = hash; }, `#/${path}`);
    await page.getByTestId(ready).first().waitFor();
    await page.evaluate(() => document.querySelector("#main").focus());
    const seen = [];
    for (;;) {
      await press("Tab");
      const now = await focused();
      if (!now || seen.includes(now.name) && now.testid.startsWith("nav-")) break;
      assert.ok(now.isSeen, `${now.name} is out of sight`);
      assert.ok(now.isShown, `${now.name} does not show that it has the keyboard`);
      seen.push(now.name);
      assert.ok(seen.length < 120, `the keyboard is caught: ${seen.slice(-4).join(" | ")}`);
    }
    assert.ok(seen.length >= 1, "nothing is reached");
  });
}

test("the list of devices is gone through, chosen from and opened", async () => {
  await page.evaluate(() => { location.hash = "#/devices"; });
  await page.getByTestId("device-row").first().waitFor();
  await page.locator("[role=grid]").focus();
  await press("Space");
  await page.getByTestId("selected-count").waitFor();
  await press("Space", "Enter");
  await page.getByTestId("device-title").waitFor();
});

test("tabs change with arrows", async () => {
  await tabTo("tab-general");
  await press("ArrowRight");
  await isAt("tab-details");
  // The last one is the terminal: what opens in it leaves the keyboard where it is.
  await press("End");
  await page.locator(".xterm-helper-textarea").waitFor({ state: "attached" });
  await page.getByTestId("terminal-state").filter({ hasText: "Connected" }).waitFor();
  assert.match((await focused()).testid, /^tab-.*terminal/);
  await press("Home");
  await isAt("tab-general");
});

test("a menu is opened, walked and left; a dialog keeps the keyboard and gives it back", async () => {
  await page.getByTestId("device-menu").getByRole("button").first().focus();
  await press("Enter");
  await isAt("why");
  await press("End");
  await isAt("remove-device");
  await press("Escape");
  assert.equal(await page.getByTestId("remove-device").count(), 0);
  await press("ArrowUp", "Enter");
  await page.getByTestId("dialog").waitFor();
  for (let i = 0; i < 6; i++) {
    await press("Tab");
    // The browser's own controls may come between; then nothing of the page has it.
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest("dialog") !== null), "the keyboard stays in the dialog");
  }
  await press("Escape");
  await page.getByTestId("dialog").waitFor({ state: "detached" });
  assert.ok(await page.evaluate(() => document.activeElement.closest("[data-testid=device-menu]") !== null), "it is back at the menu");
});

test("the palette goes to a page and to a device", async () => {
  await press("Control+k");
  await page.getByTestId("palette").waitFor();
  await page.keyboard.type("webh");
  await press("Enter");
  await page.getByTestId("webhook-add").waitFor();
  await press("Control+k");
  await page.getByTestId("palette").waitFor();
  await press("ArrowDown", "ArrowDown", "ArrowUp", "Escape");
  await page.getByTestId("palette").waitFor({ state: "detached" });
});

test("on a phone the sheet with all pages is opened, used and left", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByTestId("nav-more").focus();
  await press("Enter");
  await page.getByTestId("nav-sheet").waitFor();
  await isAt("sheet-webhooks");
  await press("Escape");
  await page.getByTestId("nav-sheet").waitFor({ state: "detached" });
  await isAt("nav-more");
  await press("Enter");
  await tabTo("sheet-server", 12);
  await press("Enter");
  await page.getByTestId("server-version").waitFor();
  await page.getByTestId("nav-sheet").waitFor({ state: "detached" });
});

test("nothing broke on the way", () => {
  assert.deepEqual(page.faults, []);
});
