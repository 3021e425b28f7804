// MeshCentral's own player, unmodified, shows what we have recorded.
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, openPage, screenText, signIn } from "../../../tests/harness/browser.mjs";
import { Control } from "../../../tests/harness/control.mjs";
import { packageFolder } from "../../../tests/harness/meshcentral.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { restUser } from "../../../tests/harness/rest.mjs";
import { Agent, Trellis } from "../../../tests/harness/trellis.mjs";
import { Screen, startAgent } from "../../desktop/tests/world.mjs";
import { get } from "./support.mjs";

const config = "plugins:\n  recording:\n    protocols: [terminal, desktop]\n    min_free_mib: 1\n";
let server;
let screen;
let agent;
let browser;
let ours;
let theirs;
let site;
const files = {};

/** Their player and its scripts, without their server. */
function serveTheirs() {
  return new Promise((done) => {
    const running = http.createServer((request, answer) => {
      const { pathname } = new URL(request.url, "http://localhost");
      if (pathname === "/player.htm") {
        answer.setHeader("Content-Type", "text/html");
        answer.end(fs.readFileSync(path.join(packageFolder, "views/player.handlebars"), "utf8").replaceAll(/\{\{\{?\w+\}?\}\}/g, ""));
        return;
      }
      const file = path.join(packageFolder, "public", pathname);
      if (!fs.existsSync(file) || !fs.statSync(file).isFile()) answer.writeHead(404).end();
      else {
        answer.setHeader("Content-Type", { ".js": "text/javascript", ".css": "text/css" }[path.extname(file)] ?? "application/octet-stream");
        answer.end(fs.readFileSync(file));
      }
    }).listen(0, "localhost", () => done(running));
  });
}
async function recorded(tunnel, admin, kind) {
  tunnel.close();
  const entry = await until(async () => (await admin.call("recording.list", { kind })).recordings[0], `the ${kind} is listed`);
  files[kind] = { entry, bytes: (await get(server, `/plugins/recording/file/${entry.id}`, admin)).body };
}
async function openTheirs(kind) {
  await theirs.goto(`http://localhost:${site.address().port}/player.htm`);
  await theirs.locator("#OpenFileButton").click();
  await theirs.locator("#p2fileinput").setInputFiles({ name: files[kind].entry.name, mimeType: "application/octet-stream", buffer: files[kind].bytes });
  await theirs.locator("#idx_dlgOkButton").click();
  await theirs.locator("#metadatadiv").filter({ hasText: "Duration" }).waitFor();
}
async function openOurs(kind) {
  await ours.goto(`${server.origin}/#/page/recording/recordings`);
  await ours.reload(); // the address is that of the player, too
  await ours.getByTestId("recording-row").filter({ hasText: kind === "desktop" ? "Desktop" : "Terminal" }).getByTestId("recording-play").click();
  await ours.getByTestId("player-play").click();
  await ours.getByTestId("player-seek").evaluate(async (slider) => {
    const done = new Promise((shown) => slider.addEventListener("seeked", shown, { once: true }));
    slider.value = slider.max;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await done;
  });
}
const pixels = (canvas) => canvas.evaluate(async (each) => {
  const { data } = each.getContext("2d").getImageData(0, 0, each.width, each.height);
  for (let i = 3; i < data.length; i += 4) data[i] = 255; // theirs is transparent where nothing has been drawn
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return `${each.width}x${each.height} ${[...hash.slice(0, 8)].join(".")}`;
});

before(async () => {
  [server, screen, site] = await Promise.all([Trellis.start({ config }), Screen.start(), serveTheirs()]);
  await server.addAdmin();
  await screen.paint("#204060");
  agent = await startAgent(Agent, server, screen, "Lab");
  await agent.online(server);
  const admin = await restUser(server, "admin");
  const control = await Control.open(server);
  const deviceId = Object.values((await control.ask({ action: "nodes" })).nodes)[0][0]._id;
  // Their player takes UTF-8 for Latin-1, so that only ASCII is compared.
  const shell = await control.tunnel(deviceId, 1);
  shell.binary(Buffer.from("PS1='$ '; clear; printf '\\033[1;31mseven times six: %s\\033[0m\\n' $((6*7))\n"));
  await until(() => Buffer.concat(shell.messages.map((each) => each.data)).includes("seven times six: 42"), "the shell has answered");
  await recorded(shell, admin, "terminal");
  // A viewer that says nothing of codecs, like theirs.
  const desktop = await control.tunnel(deviceId, 2);
  const tiles = () => desktop.messages.filter((each) => each.isBinary && each.data[1] === 3).length;
  await until(() => tiles() > 0, "tiles come");
  await screen.terminal("recorded", "echo recorded; read line");
  const before = tiles();
  await screen.paint("#206040");
  await until(() => tiles() > before, "more of them");
  let count = -1;
  let since = Date.now();
  await until(() => {
    if (tiles() !== count) since = Date.now();
    count = tiles();
    return Date.now() - since > 1000;
  }, "the picture is at rest");
  await recorded(desktop, admin, "desktop");
  control.close();
  browser = await openBrowser();
  ours = await openPage(browser);
  theirs = await openPage(browser);
  await signIn(ours, server);
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await screen?.stop();
  await server?.stop();
  site?.close();
});

test("a terminal", { timeout: 60000 }, async () => {
  await openTheirs("terminal");
  await theirs.locator("#PlaySpeed").selectOption("0.1"); // ten times as fast
  await theirs.locator("#PlayButton").click();
  await until(async () => (await screenText(theirs)).includes("seven times six: 42"), "what was printed");
  await openOurs("terminal");
  await until(async () => (await screenText(ours)).trimEnd() === (await screenText(theirs)).trimEnd(), "the same rows");
});

test("a desktop", { timeout: 60000 }, async () => {
  await openTheirs("desktop");
  await theirs.locator("#PlaySpeed").selectOption("0.1");
  await theirs.locator("#PlayButton").click();
  await openOurs("desktop");
  const last = await pixels(ours.locator(".stage canvas"));
  assert.match(last, /^1280x800 /);
  await until(async () => (await pixels(theirs.locator("#Desk"))) === last, "the same picture, to the pixel");
  assert.deepEqual(theirs.faults, []);
});
