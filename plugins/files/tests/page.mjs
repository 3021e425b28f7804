// What the tests of the tab share: the tab, its rows and its transfers.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { openSignedIn } from "../../../tests/harness/browser.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { temporaryFolder } from "../../../tests/harness/trellis.mjs";

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

export async function sha256OfFile(file) {
  const hash = createHash("sha256");
  for await (const part of fs.createReadStream(file)) hash.update(part);
  return hash.digest("hex");
}

/** How far a process has read a file that it has open. */
export function readUpTo(pid, file) {
  try {
    for (const fd of fs.readdirSync(`/proc/${pid}/fd`)) {
      if (fs.readlinkSync(`/proc/${pid}/fd/${fd}`) === file) return Number(/pos:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8"))[1]);
    }
  } catch { /* it was closed meanwhile */ }
  return 0;
}

export class FilesPage {
  static async open(server, view) {
    const files = new FilesPage();
    files.folder = temporaryFolder("files");
    files.server = server;
    return Object.assign(files, await openSignedIn(server, { view }));
  }
  async close() {
    await this.browser?.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
  place() {
    return fs.mkdtempSync(path.join(this.folder, "p-"));
  }
  id(name) {
    return this.page.getByTestId(name);
  }
  row(name) {
    return this.id("files-row").filter({ hasText: name });
  }
  names() {
    return this.id("files-row").locator("bdi").allInnerTexts();
  }
  shows(...expected) {
    return until(async () => (await this.names()).join("|") === expected.join("|"), `the list shows ${expected.join(", ")}`)
      .catch(async (error) => { throw new Error(`${error.message}; it shows ${(await this.names()).join(", ")}`); });
  }
  async tab(device) {
    await this.page.goto(`${this.server.origin}/#/devices/${encodeURIComponent(device)}/files`);
    await this.id("tab-files").click();
    await this.connected();
  }
  connected(ms = 40000) {
    return until(async () => /Connected/.test(await this.id("files-state").innerText()), "the session is open", ms);
  }
  /** `shown`: the last part of its path. */
  async go(where, shown = path.basename(where)) {
    await until(async () => {
      await this.id("files-list").focus();
      await this.page.keyboard.press("Control+l");
      return this.id("files-path").isVisible();
    }, "the path can be typed");
    await this.id("files-path").fill(where);
    await this.page.keyboard.press("Enter");
    await until(async () => (await this.id("files-here").innerText()) === shown, `${where} is shown`);
  }
  async menu(name, item) {
    if (name) await this.row(name).first().click();
    await this.id("files-more").click();
    await this.id(item).click();
  }
  transfers(state) {
    return this.page.locator(state ? `[data-testid=transfer][data-state=${state}]` : "[data-testid=transfer]");
  }
  done(count, ms = 60000) {
    return until(async () => (await this.transfers("done").count()) >= count, `${count} transfers are done`, ms)
      .catch(async (error) => { throw new Error(`${error.message}: ${(await this.transfers().allInnerTexts()).join("; ")}`); });
  }
  async saved(act) {
    const [download] = await Promise.all([this.page.waitForEvent("download", { timeout: 120000 }), act()]);
    return download.path();
  }
}
