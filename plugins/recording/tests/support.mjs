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

/** Numbers of ITU-T H.264, 9.1, in a text of bits. */
const number = (value) => {
  const digits = (value + 1).toString(2);
  return "0".repeat(digits.length - 1) + digits;
};

/**
 * An access unit of the baseline profile in which every first parameter set has this number: sets, and slices that name
 * them, as encoders write them that count on with each key frame.
 */
export function withSetNumber(accessUnit, id) {
  const units = accessUnit.toString("latin1").split(/\0{0,1}\0\0\x01/).filter(Boolean).map((unit) => Buffer.from(unit, "latin1"));
  return Buffer.concat(units.flatMap((unit) => [Buffer.from([0, 0, 0, 1]), numbered(unit, id)]));
}

/** Bits to pass over, numbers to pass over, numbers to replace; by the type of the unit (7.3.2.1.1, 7.3.2.2, 7.3.3). */
const numberPlaces = { 1: [8, 2, 1], 5: [8, 2, 1], 7: [32, 0, 1], 8: [8, 0, 2] };

function numbered(unit, id) {
  const place = numberPlaces[unit[0] & 31];
  if (!place) return unit;
  const plain = Buffer.from(unit.toString("latin1").replace(/\0\0\x03/g, "\0\0"), "latin1");
  const bits = [...plain].map((byte) => byte.toString(2).padStart(8, "0")).join("").replace(/10*$/, "");
  const [skip, kept, replaced] = place;
  const after = (at, count) => {
    for (let i = 0; i < count; ++i) at += 2 * (bits.indexOf("1", at) - at) + 1;
    return at;
  };
  const begin = after(skip, kept);
  const changed = `${bits.slice(0, begin)}${number(id).repeat(replaced)}${bits.slice(after(begin, replaced))}1`;
  const bytes = changed.match(/.{1,8}/g).map((byte) => parseInt(byte.padEnd(8, "0"), 2));
  return Buffer.from(String.fromCharCode(...bytes).replace(/\0\0(?=[\0-\x03])/g, "\0\0\x03"), "latin1");
}
