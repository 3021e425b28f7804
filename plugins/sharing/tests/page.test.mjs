// A technician makes a link on a device's page, a guest without an account uses it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibilityFaults, openPage, openSignedIn, screenText, shot } from "../../../tests/harness/browser.mjs";
import { Control } from "../../../tests/harness/wire.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Agent, Trellis } from "../../../tests/harness/trellis.mjs";

const looks = [
  { name: "desktop", width: 1280, height: 800, scheme: "light" },
  { name: "dark", width: 1280, height: 800, scheme: "dark" },
  { name: "phone", width: 360, height: 740, scheme: "dark" },
];
let server;
let agent;
let browser;
let page; // the technician's
let guest; // the guest's
let admin;
let deviceId;
let link;

const share = async (more) => (await admin.ask({ action: "createDeviceShareLink", nodeid: deviceId, guestname: "Gus Guest", p: 1, consent: 0, expire: 60, ...more })).url
  .replace(/^https:\/\/[^/]+/, server.origin);
const fits = (which) => which.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

/** Looks at what `open` shows in light, dark and on a phone. */
async function inspect(name, url, testid) {
  for (const look of looks) {
    const other = await openPage(browser, look);
    await other.goto(url);
    await other.getByTestId(testid).waitFor();
    await shot(other, `${name}-${look.name}`);
    assert.deepEqual(await accessibilityFaults(other), [], `${name} ${look.name}`);
    assert.ok(await fits(other), `${name} ${look.name} fits`);
    assert.deepEqual(other.faults, []);
    await other.context().close();
  }
}

before(async () => {
  server = await Trellis.start({ config: "plugins:\n  desktop: {enabled: false}\n  files: {enabled: false}\n" });
  await server.addAdmin();
  agent = await Agent.start(server);
  await agent.online(server);
  admin = await Control.open(server);
  const nodes = await admin.ask({ action: "nodes" });
  deviceId = Object.values(nodes.nodes)[0][0]._id;
  ({ browser, page } = await openSignedIn(server));
});
after(async () => {
  admin?.close();
  await browser?.close();
  await agent?.stop();
  await server?.stop();
});

test("a link is made on the device's page", async () => {
  await page.getByTestId("device-row").first().click();
  await page.getByTestId("device-menu").getByRole("button").click();
  await page.getByTestId("action-sharing-share").click();
  await page.getByTestId("share-name").fill("Gus Guest");
  assert.ok(await page.getByTestId("share-kind-1").isChecked(), "the only thing there is to share");
  assert.equal(await page.getByTestId("share-kind-2").count(), 0, "no desktop without a plugin for it");
  await shot(page, "share-form");
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByTestId("share-create").click();
  link = await page.getByTestId("share-url").inputValue();
  assert.match(link, /^https:\/\/localhost:\d+\/sharing\?c=/);
  await page.getByTestId("share-row").waitFor();
  await shot(page, "share-made");
  assert.deepEqual(await accessibilityFaults(page), []);
  for (const width of [360]) {
    await page.setViewportSize({ width, height: 740 });
    await shot(page, "share-made-phone");
    assert.ok(await fits(page));
    await page.setViewportSize({ width: 1280, height: 800 });
  }
});

test("the guest sees what is shared, by whom and until when, and gets a shell", async () => {
  guest = await openPage(browser);
  await guest.goto(link);
  await guest.getByTestId("guest-facts").waitFor();
  assert.match(await guest.getByTestId("guest-facts").innerText(), /Terminal/);
  assert.match(await guest.locator("h1").innerText(), /admin shares a device with you/);
  await guest.getByTestId("guest-enter").click();
  await until(async () => /[#$]$/m.test(await screenText(guest)), "a prompt");
  await guest.locator(".xterm-helper-textarea").focus();
  await guest.keyboard.type("echo $((6*7))\n");
  await until(async () => /^42$/m.test(await screenText(guest)), "42");
  await shot(guest, "guest-session");
  assert.deepEqual(await accessibilityFaults(guest), []);
});

test("the technician sees the session and ends it by revoking", async () => {
  await page.getByTestId("share-row").getByText("1 session now").waitFor();
  await page.getByTestId("share-revoke").click();
  await guest.getByTestId("guest-invalid").waitFor();
  await shot(guest, "guest-revoked");
  await page.getByText("Nobody has a link to this device.").waitFor();
  assert.deepEqual(guest.faults, []);
  assert.deepEqual(page.faults, []);
});

test("a guest who is asked for a name gives one", async () => {
  const other = await openPage(browser, looks[2]);
  await other.goto(await share({ askName: true }));
  await other.getByTestId("guest-name").waitFor();
  assert.ok(await other.getByTestId("guest-enter").isDisabled());
  await shot(other, "guest-name-phone");
  await other.getByTestId("guest-name").fill("Ada");
  await other.getByTestId("guest-enter").click();
  await until(async () => /[#$]$/m.test(await screenText(other)), "a prompt");
  await shot(other, "guest-session-phone");
  assert.ok(await fits(other));
  assert.deepEqual(await accessibilityFaults(other), []);
  admin.send({ action: "events", nodeid: deviceId });
  const events = await admin.next((message) => message.action === "events");
  assert.ok(events.events.some((event) => event.guestname === "Ada"));
  await other.context().close();
});

test("every state of a link says what it is, in light, dark and on a phone", async () => {
  const now = Math.floor(Date.now() / 1000);
  await inspect("guest-welcome", await share({}), "guest-facts");
  await inspect("guest-early", await share({ expire: null, start: now + 3600, end: now + 7200 }), "guest-early");
  await inspect("guest-over", await share({ expire: null, start: now - 7200, end: now - 3600 }), "guest-over");
  await inspect("guest-invalid", `${server.origin}/sharing?c=abc`, "guest-invalid");
});

test("the page opens by itself when the time has come", async () => {
  const now = Math.floor(Date.now() / 1000);
  const other = await openPage(browser);
  await other.goto(await share({ expire: null, start: now + 8, end: now + 3600 }));
  await other.getByTestId("guest-early").waitFor();
  await other.getByTestId("guest-facts").waitFor();
  await other.context().close();
});
