// A real Chromium, and what every test of the page needs of it.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { password } from "./trellis.mjs";
import { chromium } from "../browser/node_modules/playwright-core/index.mjs";

const shots = process.env.TRELLIS_SCREENSHOTS;
const axeSource = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../browser/node_modules/axe-core/axe.min.js");

export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
}

/** A page of its own context; errors of the page end up in `page.faults`. */
export async function openPage(browser, { width = 1280, height = 800, scheme = "light" } = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width, height }, colorScheme: scheme });
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy|Refused to/.test(message.text())) page.faults.push(message.text());
  });
  page.setDefaultTimeout(20000);
  return page;
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

/** What axe finds wrong at WCAG 2.2 AA, as short lines. The page's CSP stays on. */
export async function accessibilityFaults(page) {
  await page.evaluate(fs.readFileSync(axeSource, "utf8") + "; undefined");
  return page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const result = await globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } });
    return result.violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).join(", ")}`);
  });
}

/** The text on the terminal's screen. */
export function screenText(page) {
  return page.locator(".xterm-rows").evaluate((rows) =>
    [...rows.children].map((row) => row.textContent.replaceAll("\u00a0", " ").trimEnd()).join("\n"));
}
