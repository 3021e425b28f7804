// The pages of people who were invited to install an agent: no script, no account.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { accessibilityFaults, openBrowser, openPage, shot } from "../harness/browser.mjs";
import { Control } from "../harness/wire.mjs";
import { packageFolder } from "../harness/meshcentral.mjs";
import { Trellis } from "../harness/trellis.mjs";

const looks = [
  { name: "desktop", width: 1280, height: 800, scheme: "light" },
  { name: "phone", width: 360, height: 740, scheme: "dark" },
];
let server;
let browser;

before(async () => {
  server = await Trellis.start({ config: `agents:\n  path: ${path.join(packageFolder, "agents")}\n` });
  await server.addAdmin();
  const admin = await Control.open(server);
  const made = await admin.ask({ action: "createmesh", meshname: "Visitors", meshtype: 2 });
  await admin.ask({ action: "editmesh", meshid: made.meshid, invite: { codes: ["Blue Whale"], flags: 0 } });
  admin.close();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const look of looks) {
  test(`a code leads to the agents for every platform (${look.name})`, async () => {
    const page = await openPage(browser, look);
    const inspect = async (name) => {
      await shot(page, `${name}-${look.name}`);
      assert.deepEqual(await accessibilityFaults(page), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} fits`);
    };
    await page.goto(`${server.origin}/invite`);
    await inspect("invite");
    await page.getByLabel("Invitation code").fill("red whale");
    await page.getByRole("button").click();
    await page.getByRole("alert").waitFor();
    await inspect("invite-wrong");
    await page.getByLabel("Invitation code").fill("blue WHALE");
    await page.getByRole("button").click();
    await page.getByRole("heading", { name: "Windows" }).waitFor();
    await inspect("invite-install");
    const href = await page.getByRole("link", { name: "64 bit" }).getAttribute("href");
    const [download] = await Promise.all([page.waitForEvent("download"), page.evaluate((to) => { location.href = to; }, href)]);
    assert.match(download.suggestedFilename(), /\.exe$/);
    await download.cancel();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}
