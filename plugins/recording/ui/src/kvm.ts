/// The KVM protocol as far as a picture needs it (agent-protocol.md section 7.2, docs/design/desktop-stream.md).
export const command = { tile: 3, copy: 4, screen: 7, stream: 200, frame: 201, areas: 207 } as const;

export interface Command {
  type: number;
  payload: Uint8Array;
}

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

/// One command of a binary message; undefined when its sizes don't agree.
export function parseCommand(message: Uint8Array): Command | undefined {
  if (message.length < 4) return undefined;
  const [type, size] = [u16(message, 0), u16(message, 2)];
  if (type !== 27 || size !== 8) return size < 4 || size > message.length ? undefined : { type, payload: message.subarray(4, size) };
  if (message.length < 12) return undefined;
  const inner = u16(message, 4) * 65536 + u16(message, 6);
  return inner < 4 || inner > message.length - 8 ? undefined : { type: u16(message, 8), payload: message.subarray(12, 8 + inner) };
}

export interface CodecFrame {
  number: number;
  isKey: boolean;
  data: Uint8Array;
}

export function parseFrame(payload: Uint8Array): CodecFrame | undefined {
  if (payload.length < 9) return undefined;
  return { number: u16(payload, 0) * 65536 + u16(payload, 2), isKey: (payload[4]! & 1) !== 0, data: payload.subarray(8) };
}

export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/// Where the frame of this number is drawn.
export function parseAreas(payload: Uint8Array): { number: number; areas: Area[] } | undefined {
  if (payload.length < 4) return undefined;
  const areas: Area[] = [];
  for (let at = 4; at + 8 <= payload.length; at += 8) areas.push({ x: u16(payload, at), y: u16(payload, at + 2), width: u16(payload, at + 4), height: u16(payload, at + 6) });
  return { number: u16(payload, 0) * 65536 + u16(payload, 2), areas };
}

export interface StreamInfo {
  codec: 'h264' | 'vp9';
  width: number;
  height: number;
}

export function parseStream(payload: Uint8Array): StreamInfo | undefined {
  if (payload.length < 6 || (payload[0] !== 1 && payload[0] !== 2)) return undefined;
  return { codec: payload[0] === 1 ? 'h264' : 'vp9', width: u16(payload, 2), height: u16(payload, 4) };
}

/// What WebCodecs calls the stream (RFC 6381; the VP9 codec registration). The profile of H.264 is in the
/// sequence parameter set that a key frame carries.
export function codecName(info: StreamInfo, keyFrame: Uint8Array): string {
  if (info.codec === 'vp9') return 'vp09.00.50.08';
  for (let at = 0; at + 7 < keyFrame.length; ++at) {
    if (keyFrame[at] !== 0 || keyFrame[at + 1] !== 0 || keyFrame[at + 2] !== 1 || (keyFrame[at + 3]! & 31) !== 7) continue;
    return `avc1.${[4, 5, 6].map((each) => keyFrame[at + each]!.toString(16).padStart(2, '0')).join('')}`;
  }
  return 'avc1.42e01f';
}

export const readU16 = u16;
