// A desktop session with our agent: what is played is what was seen, to the pixel.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openSignedIn, shot } from "../../../tests/harness/browser.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { restUser } from "../../../tests/harness/rest.mjs";
import { Agent, Trellis } from "../../../tests/harness/trellis.mjs";
import { openDesktop, Screen, startAgent, untilColour } from "../../desktop/tests/world.mjs";
import { blocksOf, get } from "./support.mjs";

const config = "plugins:\n  recording:\n    protocols: [desktop]\n    min_free_mib: 1\n";
const kBlue = "#204060";
const kGreen = "#206040";

let server;
let screen;
let agent;
let browser;
let page;
let admin;

/** SHA-256 of the pixels of a canvas. */
const digest = (locator) => locator.evaluate(async (canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return `${canvas.width}x${canvas.height} ${[...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
});
/** The picture once nothing moves any more: the same for a second, in which text becomes sharp. */
async function atRest(locator) {
  let last = "";
  let since = Date.now();
  return until(async () => {
    const now = await digest(locator);
    if (now !== last) since = Date.now();
    last = now;
    return Date.now() - since > 1500 && now;
  }, "the picture is at rest");
}
const seek = (ms) => page.getByTestId("player-seek").evaluate((slider, to) => {
  slider.value = String(to);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}, ms);

before(async () => {
  [server, screen] = await Promise.all([Trellis.start({ config }), Screen.start()]);
  await server.addAdmin();
  await screen.paint(kBlue);
  agent = await startAgent(Agent, server, screen, "Lab");
  await agent.online(server);
  admin = await restUser(server, "admin");
  ({ browser, page } = await openSignedIn(server));
});
after(async () => {
  await browser?.close();
  await agent?.stop();
  await screen?.stop();
  await server?.stop();
});

test("what is played is what was seen", { timeout: 120000 }, async () => {
  await openDesktop(page);
  await page.getByTestId("desktop-recorded").waitFor();
  const live = page.getByTestId("desktop-picture");
  await untilColour(page, [1000, 700], kBlue, "the background");
  await screen.terminal("recorded", "echo recorded; read line");
  const middle = await atRest(live);
  await screen.paint(kGreen);
  await untilColour(page, [1000, 700], kGreen, "its new colour");
  const last = await atRest(live);
  assert.notEqual(middle, last);
  await page.goto(`${server.origin}/#/page/recording/recordings`);
  const [entry] = await until(async () => {
    const { recordings } = await admin.call("recording.list");
    return recordings.length === 1 && recordings;
  }, "the recording is listed");
  await page.getByTestId("recording-play").first().click();
  await page.getByTestId("player-play").click();
  const canvas = page.locator(".stage canvas");
  await seek(entry.endMs);
  await until(async () => (await digest(canvas)) === last, "the last picture, to the pixel");
  await shot(page, "recording-desktop-own");
  const blocks = blocksOf((await get(server, `/plugins/recording/file/${entry.id}`, admin)).body);
  // The moment before the new colour: everything until then is the picture that was at rest.
  const screens = blocks.filter((block) => block.type === 2 && block.flags === 1);
  assert.ok(screens.length > 3);
  const span = entry.endMs - blocks[1].time;
  let found = false;
  for (let at = span; at >= 0 && !found; at -= 250) {
    await seek(at);
    found = await until(async () => (await digest(canvas)) === middle, "", 400).catch(() => false);
  }
  assert.ok(found, "the picture between, to the pixel");
  assert.equal(blocks.at(-1).data.toString(), "MeshCentralMCNDX", "it has an index");
  assert.equal(blocks.at(-2).time, entry.endMs);
  assert.deepEqual(page.faults, []);
});
