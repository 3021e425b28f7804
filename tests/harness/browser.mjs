// A real Chromium, and what every test of the page needs of it.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./process.mjs";
import { password } from "./trellis.mjs";
import { chromium } from "../browser/node_modules/playwright-core/index.mjs";

/** Starts Chromium, or what CHROMIUM names. */
export const browserProgram = path.join(path.dirname(fileURLToPath(import.meta.url)), "chromium");
const shots = process.env.TRELLIS_SCREENSHOTS;
const axeText = fs.readFileSync(path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../browser/node_modules/axe-core/axe.min.js"), "utf8");

export function openBrowser() {
  return chromium.launch({
    executablePath: browserProgram,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
}

/** A page of its own context; errors of the page end up in `page.faults`. */
export async function openPage(browser, { width = 1280, height = 800, scheme = "light", locale = "en-GB", touch = false } = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width, height }, colorScheme: scheme, locale, hasTouch: touch });
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy|Refused to/.test(message.text())) page.faults.push(message.text());
  });
  page.setDefaultTimeout(20000);
  return page;
}

/** A browser with one page on which admin is signed in. `clipboard`: the page may use it; `view`: as in openPage. */
export async function openSignedIn(server, { clipboard = false, view } = {}) {
  const browser = await openBrowser();
  const page = await openPage(browser, view);
  if (clipboard) await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.origin });
  await signIn(page, server);
  return { browser, page };
}

/** Signs the test's administrator in and waits for the list of devices. */
export async function signIn(page, server) {
  await page.goto(server.origin);
  await page.getByTestId("login-name").fill("admin");
  await page.getByTestId("login-password").fill(password);
  await page.getByTestId("login-submit").click();
  await page.getByTestId("nav-devices").first().waitFor();
}

/** Saved only if TRELLIS_SCREENSHOTS names a folder. */
export async function shot(page, name) {
  if (!shots) return;
  fs.mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: path.join(shots, `${name}.png`) });
}

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** The rules that a colour scheme can break. */
const colourRules = ["color-contrast", "link-in-text-block"];

/** What axe finds wrong at WCAG 2.2 AA, as short lines. The page's CSP stays on. */
export async function accessibilityFaults(page, runOnly = { type: "tag", values: tags }) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(`${axeText}; undefined`);
  return page.evaluate(async (rules) => {
    const result = await globalThis.axe.run(document, { runOnly: rules, resultTypes: ["violations"], preload: false });
    return result.violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).join(", ")}`);
  }, runOnly);
}

/** Waits until the page has taken the scheme, and nothing moves any more. */
async function settle(page, width, scheme) {
  await page.setViewportSize({ width, height: 800 });
  await page.emulateMedia({ colorScheme: scheme });
  await until(() => page.evaluate((wanted) => (document.documentElement.dataset.theme ?? wanted) === wanted, scheme), "the page follows the scheme");
  await page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity).map((one) => one.finished.catch(() => undefined))));
}

/** What does not fit: the page in the window, or the words of a control in it. */
function misfits(page) {
  return page.evaluate(() => {
    const found = [];
    const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (over > 0) found.push(`${over} pixels wider than the window`);
    const visit = (root) => {
      for (const one of root.querySelectorAll("*")) {
        if (one.shadowRoot) visit(one.shadowRoot);
        if (one.matches(".btn:not(.cut), label, legend, h1, h2, [role=tab]") && one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1 && !one.querySelector(".cut") && !one.classList.contains("cut")) found.push(`cut off: ${one.textContent.trim()}`);
        for (const child of one.childNodes) {
          if (child.nodeType === Node.TEXT_NODE && /^\s*[a-z]\w+(\.[a-z]\w*)*\.[a-z]+[A-Z]\w*\s*$/.test(child.data) && !one.closest("code, .mono, pre")) found.push(`no text: ${child.data.trim()}`);
        }
      }
    };
    visit(document);
    return found;
  });
}

/**
 * Looks at what is shown on a desktop and on a phone, light and dark: accessible, and everything fits. In the second
 * scheme only colours are looked at. Leaves a light page of the last width.
 */
export async function look(page, name, widths = [360, 1280]) {
  for (const width of widths) {
    for (const [scheme, rules] of [["dark", { type: "rule", values: colourRules }], ["light", { type: "tag", values: tags }]]) {
      await settle(page, width, scheme);
      await shot(page, `${name}-${width}-${scheme}`);
      assert.deepEqual(await accessibilityFaults(page, rules), [], `${name}, ${width} px, ${scheme}`);
    }
    assert.deepEqual(await misfits(page), [], `${name}, ${width} px`);
  }
}

/** Only whether everything fits and has its text, for pages that were looked at in another language. */
export async function glance(page, name, widths = [360, 1280]) {
  for (const width of widths) {
    await settle(page, width, "light");
    await shot(page, `${name}-${width}-light`);
    assert.deepEqual(await misfits(page), [], `${name}, ${width} px`);
  }
}

/** The text on the terminal's screen. */
export function screenText(page) {
  return page.locator(".xterm-rows").evaluate((rows) =>
    [...rows.children].map((row) => row.textContent.replaceAll("\u00a0", " ").trimEnd()).join("\n"));
}
