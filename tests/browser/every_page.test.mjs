// Each page once with its main action, against the real server and a real agent: accessible, and no wider than the
// window, on a desktop and on a phone, light and dark; then the same pages in German, where nothing may lack
// its translation or its place. Names no text, so that it reads the same in both languages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { glance, look, openBrowser, openPage } from "../harness/browser.mjs";
import { until } from "../harness/process.mjs";
import { Agent, password, Trellis } from "../harness/trellis.mjs";

let server;
let agent;
let browser;
let page;
let guestLink;
let inspect = look;

before(async () => {
  server = await Trellis.start({ config: "backup:\n  passphrase: a passphrase of some length\n  daily_at: \"03:30\"\n" });
  browser = await openBrowser();
  page = await openPage(browser);
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await server?.stop();
});

const part = (id) => page.getByTestId(id);
const dialogGone = () => part("dialog").waitFor({ state: "detached" });
async function goTo(path, ready) {
  await page.evaluate((hash) => { location.hash = hash; }, `#/${path}`);
  await part(ready).first().waitFor();
}
/** Opens a menu, chooses, and waits for the dialog. */
async function choose(menu, entry) {
  await part(menu).first().getByRole("button").first().click();
  await part(entry).click();
  await part("dialog").waitFor();
}
async function shut() {
  await page.keyboard.press("Escape");
  await dialogGone();
}

test("the first account is made, and signs in", async () => {
  await page.goto(server.setupLink);
  await part("setup-name").fill("admin");
  await part("setup-password").fill(password);
  await inspect(page, "setup");
  await part("setup-submit").click();
  await part("empty-no-group").waitFor();
  await inspect(page, "devices-empty");
  const other = await openPage(browser);
  await other.goto(server.origin);
  await other.getByTestId("login-name").fill("admin");
  await other.getByTestId("login-password").fill("wrong");
  await other.getByTestId("login-submit").click();
  await other.getByTestId("form-error").waitFor();
  await inspect(other, "login-wrong");
  await other.context().close();
});

test("a group is made, a device joins it, and both are shown", async () => {
  await goTo("groups", "create-group");
  await part("create-group").first().click();
  await page.locator("#group-name").fill("Lab");
  await inspect(page, "group-create");
  await part("dialog-submit").click();
  await part("copy-text").first().waitFor();
  await inspect(page, "install");
  await shut();
  agent = await Agent.start(server);
  await goTo("devices", "device-row");
});

/** What is there by now, in the language of the page. */
async function everyPage(isFirst) {
  await goTo("devices", "device-row");
  await part("select-all").click();
  await inspect(page, "devices");
  await part("bulk-run").click();
  await page.locator("#bulk-command").fill("true");
  await inspect(page, "bulk-run");
  await shut();
  await part("select-all").click();
  await goTo("groups", "group-row");
  await inspect(page, "groups");
  await choose("group-menu", "group-rename");
  await inspect(page, "group-rename");
  await shut();
  await part("group-menu").first().getByRole("button").first().click();
  await part("group-access").click();
  await part("member-row").first().waitFor();
  await inspect(page, "group");
  await part("grant").click();
  await inspect(page, "group-grant");
  await shut();
  await part("why").click();
  await page.locator("#why-action").fill("terminal");
  await part("dialog-submit").click();
  await part("why-answer").waitFor();
  await inspect(page, "why");
  await shut();
  await everyTab();
  await goTo("events", "event-row");
  await inspect(page, "events");
  await people(isFirst);
  await goTo("account", "password-form");
  await part("create-token").waitFor();
  await inspect(page, "account");
  await part("create-token").click();
  await page.locator("#token-name").fill("script");
  await inspect(page, "token-create");
  await part("dialog-submit").click();
  await part("token-secret").waitFor();
  await inspect(page, "token-made");
  await shut();
  await theServer(isFirst);
  await goTo("plugins", "plugin-list");
  await inspect(page, "plugins");
  for (const [path, ready] of [["scripts/scripts", "scripts-jobs"], ["webhooks/webhooks", "webhook-add"], ["recording/recordings", "recordings-filter"]]) {
    await goTo(`page/${path}`, ready);
    await inspect(page, path.split("/")[1]);
  }
  await goTo("nowhere", "not-found");
  await inspect(page, "not-found");
  await page.keyboard.press("Control+k");
  await part("palette").waitFor();
  await inspect(page, "palette");
  await page.keyboard.press("Escape");
  await part("account-menu").getByRole("button").first().click();
  await inspect(page, "account-menu");
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 360, height: 800 });
  await part("nav-more").click();
  await part("nav-sheet").waitFor();
  await inspect(page, "navigation", [360]);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.keyboard.press("Escape");
}

async function everyTab() {
  await goTo("devices", "device-row");
  await part("device-row").first().click();
  await part("device-title").waitFor();
  const tabs = await page.getByRole("tab").evaluateAll((all) => all.map((one) => one.dataset.testid));
  for (const tab of tabs) {
    await part(tab).click();
    await page.locator("[role=tabpanel]:not([hidden])").first().waitFor();
    if (tab === "tab-terminal") await page.locator(".xterm-rows").first().waitFor();
    await inspect(page, `device-${tab.slice(4)}`);
  }
  await part("tab-general").click();
  await part("rename-device").click();
  await part("dialog").waitFor();
  await inspect(page, "device-edit");
  await shut();
  await choose("device-menu", "remove-device");
  await inspect(page, "device-remove");
  await shut();
  await choose("device-menu", "action-sharing-share");
  await part("share-name").fill("Gus Guest");
  await part("share-kind-1").check();
  await part("share-create").click();
  guestLink = await part("share-url").inputValue();
  await inspect(page, "sharing");
  await shut();
}

async function people(isFirst) {
  await goTo("users", "user-row");
  await inspect(page, "users");
  await part("add-user").click();
  await part("make-password").click();
  await page.locator("#user-name").fill(isFirst ? "anna" : "bert");
  await inspect(page, "user-add");
  await part("dialog-submit").click();
  await until(async () => (await part("user-row").count()) >= (isFirst ? 2 : 3), "the account is in the list");
  await dialogGone();
  await part("user-row").nth(1).getByRole("button").first().click();
  await part("dialog").waitFor();
  await inspect(page, "user-edit");
  await shut();
  await goTo("user-groups", "create-user-group");
  if (isFirst) {
    await part("create-user-group").first().click();
    await page.locator("#user-group-name").fill("Helpdesk");
    await part("dialog-submit").click();
    await dialogGone();
    await goTo("user-groups", "user-group-row");
  }
  await inspect(page, "user-groups");
  await part("user-group-row").getByRole("link").first().click();
  await part("user-group-title").waitFor();
  await inspect(page, "user-group");
}

async function theServer(isFirst) {
  await goTo("files", "new-folder");
  if (isFirst) await page.getByTestId("file-input").setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("x") });
  await part("file-row").first().waitFor();
  await inspect(page, "files");
  await goTo("server", "server-version");
  if (isFirst) await part("backup-start").click();
  await part("backup-verify").first().click();
  await part("backup-verified").waitFor();
  await inspect(page, "server");
  const [download] = await Promise.all([page.waitForEvent("download"), part("backup-download").first().click()]);
  assert.match(download.suggestedFilename(), /^trellis-.*\.backup$/);
  await download.cancel();
}

/** Pages that need no account follow the browser. */
async function others(locale) {
  const guest = await openPage(browser, { locale });
  await guest.goto(guestLink);
  await guest.getByTestId("guest-facts").waitFor();
  await inspect(guest, "guest");
  await guest.context().close();
  const invited = await openPage(browser, { locale });
  await invited.goto(`${server.origin}/invite`);
  assert.equal(await invited.evaluate(() => document.documentElement.lang), locale.slice(0, 2));
  await inspect(invited, "invite");
  await invited.locator("#code").fill("no such code");
  await invited.getByRole("button").click();
  await invited.getByRole("alert").waitFor();
  await inspect(invited, "invite-wrong");
  await invited.context().close();
}

test("every page in English, with its main action", async () => {
  await everyPage(true);
  await others("en-GB");
});

test("every page in German", async () => {
  inspect = (shown, name, widths) => glance(shown, `de-${name}`, widths);
  await part("account-menu").getByRole("button").first().click();
  await part("language-de").click();
  await until(() => page.evaluate(() => document.documentElement.lang === "de"), "the page is German");
  await everyPage(false);
  await others("de-DE");
});

test("nothing broke on the way", () => {
  assert.deepEqual(page.faults, []);
});
