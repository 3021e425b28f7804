// The page "Webhooks" in a real Chromium, with a receiver on this machine.
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { look, openSignedIn } from "../../../tests/harness/browser.mjs";
import { until } from "../../../tests/harness/process.mjs";
import { Trellis } from "../../../tests/harness/trellis.mjs";

let server;
let receiver;
let isUp = true;
const taken = [];
let browser;
let page;

before(async () => {
  receiver = http.createServer((request, response) => {
    request.resume().on("end", () => {
      taken.push(request.headers["trellis-event"]);
      response.writeHead(isUp ? 200 : 503).end();
    });
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  server = await Trellis.start({ config: `plugins:
  webhooks:
    allow_http: true
    allow_networks: ["127.0.0.1"]
    attempts: 2
` });
  await server.addAdmin();
  ({ browser, page } = await openSignedIn(server));
  await page.getByTestId("nav-webhooks").click();
  await page.getByTestId("webhook-add").waitFor();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  receiver?.close();
});

const attempts = (text) => page.getByTestId("attempt-row").filter({ hasText: text });

test("one is added, and its secret is shown once", async () => {
  await page.getByText("No webhooks yet.").waitFor();
  await look(page, "webhooks-none");
  await page.getByTestId("webhook-add").click();
  await page.getByTestId("webhook-name").fill("Ticket system");
  await page.getByTestId("webhook-url").fill("ftp://example.org/");
  await page.getByTestId("webhook-save").click();
  await page.getByTestId("toast").filter({ hasText: "https" }).waitFor();
  await page.getByTestId("webhook-url").fill(`http://127.0.0.1:${receiver.address().port}/trellis/events`);
  await page.getByTestId("offer-groups").check();
  await page.getByTestId("webhook-events").fill("plugin.stateChanged");
  await look(page, "webhooks-editor");
  await page.getByTestId("webhook-save").click();
  assert.match(await page.getByTestId("webhook-secret").inputValue(), /^whsec_[0-9a-f]{64}$/);
  await look(page, "webhooks-secret");
  await page.getByTestId("webhook-back").click();
  await page.getByTestId("webhook-open").click();
  await page.getByTestId("webhook-test").waitFor();
  assert.equal(await page.getByTestId("webhook-secret").count(), 0);
});

test("a test arrives, and the page says so by itself", async () => {
  await page.getByTestId("webhook-test").click();
  await attempts("webhooks.test").filter({ hasText: "200" }).waitFor();
  assert.deepEqual(taken, ["webhooks.test"]);
  await server.call("plugin.disable", { id: "terminal" });
  await attempts("plugin.stateChanged").first().waitFor();
});

test("what fails is tried again on demand, given up, and sent again", async () => {
  isUp = false;
  await page.getByTestId("webhook-test").click();
  await attempts("503").waitFor();
  await page.getByTestId("webhook-retry").click();
  await page.getByTestId("dead-row").waitFor();
  await look(page, "webhooks-failed");
  isUp = true;
  await page.getByTestId("dead-again").click();
  await page.getByTestId("dead-row").waitFor({ state: "detached" });
  await until(async () => (await attempts("webhooks.test").filter({ hasText: "200" }).count()) === 2, "it is delivered after all");
});

test("it is changed, switched off and removed", async () => {
  await page.getByTestId("webhook-edit").click();
  assert.equal(await page.getByTestId("webhook-events").inputValue(), "plugin.stateChanged");
  await page.getByTestId("webhook-name").fill("Tickets");
  await page.getByTestId("webhook-save").click();
  await page.getByTestId("webhook-switch").click();
  await page.getByTestId("webhook-health").getByText("Off").waitFor();
  await page.getByTestId("webhook-renew").click();
  await page.getByTestId("webhook-renew").click();
  await page.getByTestId("webhook-secret").waitFor();
  await page.getByTestId("webhook-back").click();
  await page.getByTestId("webhook-row").filter({ hasText: "Tickets" }).waitFor();
  await look(page, "webhooks-list");
  await page.getByTestId("webhook-open").click();
  await page.getByTestId("webhook-remove").click();
  await page.getByTestId("webhook-remove").click();
  await page.getByText("No webhooks yet.").waitFor();
  assert.deepEqual((await server.call("webhooks.list")).subscriptions, []);
});

test("nothing broke on the way", () => {
  assert.deepEqual(page.faults, []);
});
