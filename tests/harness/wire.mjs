// The wire itself: control connections and relay viewers, for what no program of the peer sends.
import WebSocket from "../interop/node_modules/ws/wrapper.mjs";
import { until } from "./process.mjs";
import { password } from "./trellis.mjs";

const b64 = (text) => Buffer.from(text).toString("base64");

/** Connects; resolves with {socket, status} once it is open or refused (`status`: HTTP, 101 when open). */
export function connect(server, path, options = {}) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`wss://localhost:${server.port}${path}`, { rejectUnauthorized: false, ...options });
    socket.messages = [];
    socket.on("message", (data, isBinary) => socket.messages.push(isBinary ? data : data.toString()));
    socket.closed = new Promise((done) => socket.on("close", (code, reason) => done({ code, reason: reason.toString() })));
    socket.on("open", () => resolve({ socket, status: 101 }));
    socket.on("unexpected-response", (request, response) => {
      request.destroy();
      resolve({ socket, status: response.statusCode });
    });
    socket.on("error", () => resolve({ socket, status: 0 }));
  });
}

/** A signed-in control connection. */
export class Control {
  static async open(server, user = "admin", pass = password) {
    const control = new Control();
    const { socket, status } = await connect(server, "/control.ashx", { headers: { "x-meshauth": `${b64(user)},${b64(pass)}` } });
    if (status !== 101) throw new Error(`control.ashx: ${status}`);
    control.socket = socket;
    await control.next((message) => message.action === "userinfo");
    return control;
  }
  /** The first message of which `wanted` says so, those that came already included. */
  next(wanted, ms = 10000) {
    return until(() => this.socket.messages.map((text) => JSON.parse(text)).find(wanted), "a message", ms);
  }
  /** Sends and gives the answer with the same responseid. */
  async ask(message) {
    const responseid = `test-${(this.count = (this.count ?? 0) + 1)}`;
    this.socket.send(JSON.stringify({ ...message, responseid }));
    return this.next((answer) => answer.responseid === responseid);
  }
  send(message) {
    this.socket.messages.length = 0;
    this.socket.send(JSON.stringify(message));
  }
  close() {
    this.socket.terminate();
  }
}

/** POST of JSON to the server; {status, body, headers}. */
export async function post(server, path, body, headers = {}) {
  const { request } = await import("node:https");
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const asked = request({ host: "localhost", port: server.port, path, method: "POST", rejectUnauthorized: false,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text), ...headers } }, (answer) => {
      let all = "";
      answer.on("data", (piece) => { all += piece; });
      answer.on("end", () => {
        let parsed = {};
        try { parsed = JSON.parse(all); } catch { /* no JSON */ }
        resolve({ status: answer.statusCode, body: parsed, text: all, headers: answer.headers });
      });
    });
    asked.on("error", reject);
    asked.end(text);
  });
}
