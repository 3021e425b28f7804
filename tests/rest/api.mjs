// HTTPS to the test's own server, whose certificate is its own: nothing here leaves this machine.
import https from "node:https";
import { once } from "node:events";

const agent = new https.Agent({ rejectUnauthorized: false, keepAlive: true });

/** fetch() for a server with a certificate of its own; what openapi-fetch needs of it. */
export async function trustingFetch(input) {
  const body = input.body ? await input.text() : undefined;
  const request = https.request(input.url, { method: input.method, headers: Object.fromEntries(input.headers), agent });
  request.end(body);
  const [response] = await once(request, "response");
  const parts = [];
  for await (const part of response) parts.push(part);
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) headers.set(name, String(value));
  return new Response(Buffer.concat(parts), { status: response.statusCode, headers });
}

/** One call: {status, headers, text, json}. `body` may be a text or a value. */
export async function send(origin, method, path, { token, body, headers = {} } = {}) {
  const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  const request = https.request(origin + path, {
    method, agent,
    headers: { ...(text === undefined ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }),
               ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers },
  });
  request.end(text);
  const [response] = await once(request, "response");
  response.setEncoding("utf8");
  let all = "";
  for await (const part of response) all += part;
  let json;
  try {
    json = JSON.parse(all);
  } catch {
    json = undefined;
  }
  return { status: response.statusCode, headers: response.headers, text: all, json };
}

export const call = (server, token, command, args, headers) =>
  send(server.origin, "POST", `/api/v1/${command}`, { token, body: args ?? {}, headers });

/** An event stream; `next(test)` gives the next event that passes. */
export async function openEvents(origin, token, query = "", headers = {}) {
  const request = https.request(`${origin}/api/v1/events${query}`, {
    agent: false, rejectUnauthorized: false, headers: { Authorization: `Bearer ${token}`, ...headers },
  });
  request.end();
  const [response] = await once(request, "response");
  response.setEncoding("utf8");
  const parts = response[Symbol.asyncIterator]();
  let text = "";
  const nextFrame = async () => {
    while (!text.includes("\n\n")) {
      const { value, done } = await parts.next();
      if (done) return null;
      text += value;
    }
    const end = text.indexOf("\n\n");
    const frame = text.slice(0, end);
    text = text.slice(end + 2);
    const field = (name) => frame.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    return { id: field("id"), event: field("event"), data: field("data") && JSON.parse(field("data")) };
  };
  return {
    status: response.statusCode,
    async next(test = () => true) {
      for (;;) {
        const frame = await nextFrame();
        if (frame === null) return null;
        if (frame.data && test(frame)) return frame;
      }
    },
    close: () => request.destroy(),
  };
}
