// What an integrator would write over the types that openapi-typescript generates; compiled by the test.
import type { Client } from "openapi-fetch";
import type { paths } from "./trellis.d.ts";

export function listDevices(client: Client<paths>) {
  return client.POST("/api/v1/device.list", { body: {} });
}

export function nameDevice(client: Client<paths>, nodeid: string) {
  return client.POST("/api/v1/changedevice", { body: { nodeid, name: "renamed" } });
}
