// Setting up a second factor and signing in with it, in a real Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibilityFaults, openPage, openSignedIn, shot, signIn } from "../../../tests/harness/browser.mjs";
import { totp as codeOf } from "../../../tests/harness/totp.mjs";
import { password, Trellis } from "../../../tests/harness/trellis.mjs";

let server;
let browser;
let page;
let secret;
let backupCode;

const totp = (steps = 0) => codeOf(secret, steps);
const openSettings = () => page.goto(`${server.origin}/#/account`);
const field = (id) => page.getByTestId(id);

async function typePassword(fresh) {
  await fresh.goto(server.origin);
  await fresh.getByTestId("login-name").fill("admin");
  await fresh.getByTestId("login-password").fill(password);
  await fresh.getByTestId("login-submit").click();
  const code = fresh.getByTestId("login-code");
  await code.waitFor();
  return {
    code,
    enter: async (text) => {
      await code.fill(text);
      await fresh.getByTestId("login-submit").click();
    },
  };
}

before(async () => {
  server = await Trellis.start();
  await server.addAdmin();
  ({ browser, page } = await openSignedIn(server));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("an app is set up with the code that it shows", async () => {
  await openSettings();
  await field("twofactor-setup").click();
  secret = (await field("twofactor-secret").textContent()).replaceAll(" ", "");
  assert.match(secret, /^[A-Z2-7]{32}$/);
  await shot(page, "twofactor-setup");
  assert.deepEqual(await accessibilityFaults(page), []);
  await field("twofactor-code").fill("000000");
  await field("twofactor-confirm").click();
  await page.getByText("not the app's present code").waitFor();
  await field("twofactor-code").fill(totp(-1));
  await field("twofactor-confirm").click();
  await field("twofactor-codes").waitFor();
  const codes = (await field("twofactor-codes").locator("code").allTextContents()).map((code) => code.replace(" ", ""));
  assert.equal(codes.length, 10);
  [backupCode] = codes;
  await shot(page, "twofactor-codes");
  assert.deepEqual(await accessibilityFaults(page), []);
});

test("the sign-in page asks for a code once the password was right", async () => {
  const fresh = await openPage(browser, { width: 360, height: 740, scheme: "dark" });
  const form = await typePassword(fresh);
  await shot(fresh, "twofactor-login");
  assert.deepEqual(await accessibilityFaults(fresh), []);
  await form.enter("000000");
  await fresh.getByText("wrong or was used before").waitFor();
  await form.enter(totp());
  await fresh.getByTestId("nav-devices").first().waitFor();
  assert.deepEqual(fresh.faults, []);
  await fresh.context().close();
});

test("a backup code signs in once", async () => {
  const fresh = await openPage(browser);
  await (await typePassword(fresh)).enter(backupCode);
  await fresh.getByTestId("nav-devices").first().waitFor();
  await fresh.context().close();
  const again = await openPage(browser);
  await (await typePassword(again)).enter(backupCode);
  await again.getByText("wrong or was used before").waitFor();
  await again.context().close();
});

test("the page fits a phone and says how many codes are left", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await openSettings();
  await page.reload();
  await page.getByText("Unused codes: 9").waitFor();
  await shot(page, "twofactor-phone");
  assert.deepEqual(await accessibilityFaults(page), []);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `nothing is wider than the phone (${overflow})`);
});

test("removing the app asks once more, and then the password is enough", async () => {
  await field("twofactor-remove").click();
  await field("twofactor-remove.sure").click();
  await field("twofactor-setup").waitFor();
  const fresh = await openPage(browser);
  await signIn(fresh, server);
  assert.deepEqual(page.faults, []);
});
