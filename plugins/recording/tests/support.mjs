// What the tests with a real server share.
import https from "node:https";

const kHeader = 16;

/** The blocks of a file, by the rules of the format (agent-protocol specification, section 9). */
export function blocksOf(bytes) {
  const blocks = [];
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32BE(at + 4);
    const data = bytes.subarray(at + kHeader, at + kHeader + size);
    if (data.length < size) throw new Error(`the block at ${at} is not all there`);
    blocks.push({ at, type: bytes.readUInt16BE(at), flags: bytes.readUInt16BE(at + 2), time: bytes.readUIntBE(at + 10, 6), data });
    at += kHeader + size;
  }
  return blocks;
}

/** One block of a file. */
export function block(type, flags, time, data) {
  const head = Buffer.alloc(kHeader);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(flags, 2);
  head.writeUInt32BE(data.length, 4);
  head.writeUIntBE(time, 10, 6);
  return Buffer.concat([head, data]);
}

/** A whole file: `messages` are [ms since the beginning, bytes that the device sent]. */
export function recordingOf(protocol, messages, ms, devicename = "made-up") {
  const start = 1_790_000_000_000;
  const first = { magic: "MeshCentralRelaySession", ver: 1, protocol, devicename, username: "ada" };
  return Buffer.concat([block(1, 0, start, Buffer.from(JSON.stringify(first))),
                        ...messages.map(([time, data]) => block(2, 1, start + time, data)),
                        block(3, 0, start + ms, Buffer.from("MeshCentralMCREC"))]);
}

/** A command of the KVM protocol: type, size, payload. */
export function kvm(type, ...parts) {
  const payload = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "hex") : part)));
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(payload.length + 4, 2);
  return Buffer.concat([head, payload]);
}

/** Bytes that the device sent, as the terminal got them. */
export const outputOf = (blocks) => Buffer.concat(blocks.filter((block) => block.type === 2 && block.flags === 1).map((block) => block.data));

/** GET as a signed-in user (restUser); {status, headers, body}. */
export function get(server, path, user, headers = {}) {
  return new Promise((resolve, reject) => {
    const options = { host: "localhost", port: server.port, path, rejectUnauthorized: false, headers: { Cookie: user?.cookie ?? "", ...headers } };
    https.get(options, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) }));
    }).on("error", reject);
  });
}
