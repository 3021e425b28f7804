// Raw clients of the wire: the control channel, and the viewer's end of a tunnel.
import { randomBytes } from "node:crypto";
import { until } from "./process.mjs";
import { password } from "./trellis.mjs";
import WebSocket from "../interop/node_modules/ws/wrapper.mjs";

const base64 = (text) => Buffer.from(text).toString("base64");

/** What arrives on a WebSocket, in order, until somebody takes it. */
class Received {
  constructor(socket, parse) {
    this.socket = socket;
    this.messages = [];
    socket.on("message", (data, isBinary) => this.messages.push(parse(data, isBinary)));
    socket.on("error", (error) => { this.error = error; });
    this.closed = new Promise((resolve) => socket.on("close", (code, reason) => {
      this.end = `the connection is closed: ${code} ${reason}, ${this.messages.length} messages not taken`;
      resolve(code);
    }));
  }
  /** The first message that `matches`, taken out. */
  take(matches, what, ms = 20000) {
    return until(() => {
      const at = this.messages.findIndex(matches);
      if (at < 0 && this.end) throw new Error(this.end);
      return at >= 0 && this.messages.splice(at, 1)[0];
    }, what, ms);
  }
  close() {
    this.socket.terminate();
  }
}

export class Control extends Received {
  static async open(server, { user = "admin", pass = password, headers = {} } = {}) {
    const socket = new WebSocket(`wss://localhost:${server.port}/control.ashx`, {
      rejectUnauthorized: false, headers: { "x-meshauth": `${base64(user)},${base64(pass)}`, ...headers } });
    const control = new Control(socket, (data) => JSON.parse(data.toString()));
    control.server = server;
    await control.take((message) => message.action === "userinfo" || message.action === "close", "a greeting");
    return control;
  }
  send(message) {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }
  /** Sends and waits for the answer of the same action. */
  ask(message, action = message.action) {
    this.send(message);
    return this.take((each) => each.action === action, `an answer to ${message.action}`);
  }
  /** Everything that arrives until the server has answered what is sent after it. */
  async settle() {
    await this.ask({ action: "ping" }, "pong");
    return this.messages.splice(0);
  }
  async tunnel(deviceId, protocol, id = randomBytes(6).toString("hex")) {
    const { cookie, rcookie } = await this.ask({ action: "authcookie" });
    const query = `p=${protocol}&nodeid=${encodeURIComponent(deviceId)}&id=${id}`;
    this.send({ action: "msg", type: "tunnel", nodeid: deviceId, usage: protocol, responseid: id,
      value: `*/meshrelay.ashx?p=${protocol}&nodeid=${deviceId}&id=${id}&rauth=${rcookie}` });
    const socket = new WebSocket(`wss://localhost:${this.server.port}/meshrelay.ashx?browser=1&${query}&auth=${cookie}`,
                                 { rejectUnauthorized: false });
    const tunnel = new Tunnel(socket, (data, isBinary) => ({ isBinary, data, json: jsonIn(data) }));
    await tunnel.take((each) => !each.isBinary && /^cr?$/.test(each.data.toString()), "the tunnel is joined");
    tunnel.socket.send(String(protocol));
    return tunnel;
  }
}

function jsonIn(data) {
  if (data[0] !== 0x7b) return undefined;
  try { return JSON.parse(data.toString()); } catch { return undefined; }
}

export class Tunnel extends Received {
  text(message) {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }
  binary(message) {
    this.socket.send(Buffer.isBuffer(message) ? message : Buffer.from(JSON.stringify(message)));
  }
  /** The next JSON message that has all of `members`. */
  json(members, ms) {
    const isMatch = (each) => each.json && Object.entries(members).every(([name, value]) => each.json[name] === value);
    return this.take(isMatch, `a message with ${JSON.stringify(members)}`, ms).then((each) => each.json);
  }
}
