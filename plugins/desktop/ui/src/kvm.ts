/// The desktop's binary protocol (agent-protocol.md section 7.2; 200 and above: the page and our agent
/// among themselves). All numbers are big-endian.

export type Message =
  | { kind: 'tile'; x: number; y: number; image: Uint8Array }
  | { kind: 'copy'; from: Point; to: Point; width: number; height: number }
  | { kind: 'size'; width: number; height: number }
  | { kind: 'displays'; ids: number[]; selected: number }
  | { kind: 'selected'; id: number }
  | { kind: 'geometry'; displays: Display[] }
  | { kind: 'locks'; num: boolean; scroll: boolean; caps: boolean }
  | { kind: 'text'; text: string; isFault: boolean }
  | { kind: 'inputLock'; isOn: boolean }
  | { kind: 'cursor'; shape: number }
  | { kind: 'pointer'; hotX: number; hotY: number; image: Uint8Array }
  | { kind: 'codec'; codec: 'h264' | 'vp9'; width: number; height: number }
  | { kind: 'frame'; frame: number; isKey: boolean; data: Uint8Array }
  | { kind: 'areas'; frame: number; areas: Area[] }
  | { kind: 'mark'; frame: number }
  | { kind: 'ignored'; type: number };

export interface Point {
  x: number;
  y: number;
}

export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Display {
  id: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/// What the device sent cannot be what it says; the session ends.
export class Malformed extends Error {}

/// Largest side of a screen; beyond it browsers have no canvas.
export const kMaxSide = 16_384;
/// Most pixels, four screens of 4K.
export const kMaxPixels = 4 * 3840 * 2160;
const kMaxDisplays = 64;
const kMaxAreas = 4_096;
const kMaxText = 4_096;
const kMaxPointer = 256 * 1024;
const kHeader = 4;
const kJumbo = 27;

/// One message of the device holds one command.
export function parse(bytes: Uint8Array): Message {
  if (isBanner(bytes)) return { kind: 'ignored', type: 0 };
  if (bytes.length < kHeader) throw new Malformed('shorter than a header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = view.getUint16(0);
  const size = view.getUint16(2);
  if (type === kJumbo) return parseJumbo(view, size);
  if (size !== bytes.length) throw new Malformed(`type ${type} of ${bytes.length} bytes says it has ${size}`);
  return parsePayload(type, new DataView(view.buffer, view.byteOffset + kHeader, view.byteLength - kHeader));
}

/// The old greeting of agents that were spoken to too early.
function isBanner(bytes: Uint8Array): boolean {
  return bytes.length === 13 && bytes[0] === 0x11 && bytes[1] === 0xfe;
}

function parseJumbo(view: DataView, size: number): Message {
  if (size !== 8 || view.byteLength < 12) throw new Malformed('a long message without its second header');
  // Only 24 bits of the length are used.
  const length = view.getUint32(4) & 0xff_ffff;
  if (length !== ((view.byteLength - 8) & 0xff_ffff)) throw new Malformed('a long message is not as long as it says');
  return parsePayload(view.getUint16(8), new DataView(view.buffer, view.byteOffset + 12, view.byteLength - 12));
}

const rest = (view: DataView, from: number): Uint8Array => new Uint8Array(view.buffer, view.byteOffset + from, view.byteLength - from);

function need(view: DataView, bytes: number, type: number): void {
  if (view.byteLength < bytes) throw new Malformed(`type ${type} is cut off`);
}

type Reader = { least: number; read: (view: DataView) => Message };

const readers: Record<number, Reader> = {
  3: { least: 5, read: (view) => ({ kind: 'tile', x: view.getUint16(0), y: view.getUint16(2), image: rest(view, 4) }) },
  4: { least: 12, read: readCopy },
  7: { least: 4, read: readScreen },
  11: { least: 4, read: readDisplays },
  // Linux agents send one byte that says nothing.
  12: { least: 1, read: (view) => (view.byteLength < 2 ? { kind: 'ignored', type: 12 } : { kind: 'selected', id: view.getUint16(0) }) },
  17: { least: 0, read: (view) => ({ kind: 'text', text: readText(view), isFault: false }) },
  18: { least: 1, read: readLocks },
  65: { least: 0, read: (view) => ({ kind: 'text', text: readText(view), isFault: true }) },
  82: { least: 0, read: readGeometry },
  87: { least: 1, read: (view) => ({ kind: 'inputLock', isOn: view.getUint8(0) !== 0 }) },
  88: { least: 1, read: (view) => ({ kind: 'cursor', shape: view.getUint8(0) }) },
  200: { least: 6, read: readCodec },
  201: { least: 9, read: readFrame },
  203: { least: 4, read: (view) => ({ kind: 'mark', frame: view.getUint32(0) }) },
  205: { least: 4, read: readPointer },
  207: { least: 4, read: readAreas },
};

function parsePayload(type: number, view: DataView): Message {
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (!reader) return { kind: 'ignored', type };
  need(view, reader.least, type);
  return reader.read(view);
}

function readCopy(view: DataView): Message {
  const at = (index: number): number => view.getUint16(index * 2);
  return { kind: 'copy', from: { x: at(0), y: at(1) }, to: { x: at(2), y: at(3) }, width: at(4), height: at(5) };
}

function readScreen(view: DataView): Message {
  // MeshAgent on Windows begins so, before it has looked at the screen.
  return view.getUint16(0) === 0 || view.getUint16(2) === 0 ? { kind: 'ignored', type: 7 } : readSize(view, 0);
}

function readSize(view: DataView, at: number): { kind: 'size'; width: number; height: number } {
  const width = view.getUint16(at);
  const height = view.getUint16(at + 2);
  if (width === 0 || height === 0) throw new Malformed('a screen without pixels');
  if (width > kMaxSide || height > kMaxSide || width * height > kMaxPixels) throw new Malformed(`a screen of ${width}×${height} is too large`);
  return { kind: 'size', width, height };
}

function readDisplays(view: DataView): Message {
  const count = view.getUint16(0);
  if (count > kMaxDisplays) throw new Malformed(`${count} displays`);
  need(view, 2 + 2 * count + 2, 11);
  const ids = Array.from({ length: count }, (_, index) => view.getUint16(2 + index * 2));
  return { kind: 'displays', ids, selected: view.getUint16(2 + 2 * count) };
}

function readGeometry(view: DataView): Message {
  const count = Math.floor(view.byteLength / 10);
  if (count > kMaxDisplays) throw new Malformed(`${count} displays`);
  const displays = Array.from({ length: count }, (_, index) => ({
    id: view.getUint16(index * 10),
    x: view.getInt16(index * 10 + 2),
    y: view.getInt16(index * 10 + 4),
    width: view.getUint16(index * 10 + 6),
    height: view.getUint16(index * 10 + 8),
  }));
  return { kind: 'geometry', displays };
}

function readLocks(view: DataView): Message {
  const bits = view.getUint8(0);
  return { kind: 'locks', num: (bits & 1) !== 0, scroll: (bits & 2) !== 0, caps: (bits & 4) !== 0 };
}

function readText(view: DataView): string {
  return new TextDecoder().decode(rest(view, 0).subarray(0, kMaxText)).replace(/\0+$/, '');
}

function readCodec(view: DataView): Message {
  const codec = view.getUint8(0);
  if (codec !== 1 && codec !== 2) throw new Malformed(`codec ${codec} was not agreed on`);
  const { width, height } = readSize(view, 2);
  return { kind: 'codec', codec: codec === 1 ? 'h264' : 'vp9', width, height };
}

function readFrame(view: DataView): Message {
  return { kind: 'frame', frame: view.getUint32(0), isKey: (view.getUint8(4) & 1) !== 0, data: rest(view, 8) };
}

/// Where the coded frame of this number is to be drawn.
function readAreas(view: DataView): Message {
  if ((view.byteLength - 4) % 8 !== 0) throw new Malformed('areas that are cut off');
  const areas = Array.from({ length: (view.byteLength - 4) / 8 }, (_, index) => ({
    x: view.getUint16(4 + index * 8),
    y: view.getUint16(6 + index * 8),
    width: view.getUint16(8 + index * 8),
    height: view.getUint16(10 + index * 8),
  }));
  if (areas.length > kMaxAreas) throw new Malformed(`${areas.length} areas`);
  return { kind: 'areas', frame: view.getUint32(0), areas };
}

function readPointer(view: DataView): Message {
  if (view.byteLength - 4 > kMaxPointer) throw new Malformed('a pointer too large to be one');
  return { kind: 'pointer', hotX: view.getUint16(0), hotY: view.getUint16(2), image: rest(view, 4) };
}

// ---- what the page sends ------------------------------------------------------------------------------

/// One command: type, size, then `fields` as [bytes, value].
function command(type: number, ...fields: [1 | 2 | 4, number][]): Uint8Array {
  const size = fields.reduce((sum, [bytes]) => sum + bytes, kHeader);
  const view = new DataView(new ArrayBuffer(size));
  view.setUint16(0, type);
  view.setUint16(2, size);
  let at = kHeader;
  for (const [bytes, value] of fields) {
    if (bytes === 1) view.setUint8(at, value);
    else if (bytes === 2) view.setUint16(at, value);
    else view.setUint32(at, value >>> 0);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, Math.round(value)));
const coordinate = (value: number): number => clamp(value, 0, 0xffff);

/// `vk`: a Windows virtual-key code.
export const key = (vk: number, isDown: boolean, isExtended = false): Uint8Array =>
  command(1, [1, isExtended ? (isDown ? 4 : 3) : isDown ? 0 : 1], [1, vk]);
/// One UTF-16 unit.
export const unicodeKey = (unit: number, isDown: boolean): Uint8Array => command(85, [1, isDown ? 0 : 1], [2, unit]);

export type Button = 'left' | 'right' | 'middle';
const buttons: Record<Button, [down: number, up: number]> = { left: [0x02, 0x04], right: [0x08, 0x10], middle: [0x20, 0x40] };

export const mouseMove = (at: Point): Uint8Array => command(2, [1, 0], [1, 0], [2, coordinate(at.x)], [2, coordinate(at.y)]);
export const mouseButton = (at: Point, button: Button, isDown: boolean): Uint8Array =>
  command(2, [1, 0], [1, buttons[button][isDown ? 0 : 1]], [2, coordinate(at.x)], [2, coordinate(at.y)]);
/// `delta`: 120 for one notch, positive away from the person.
export const mouseWheel = (at: Point, delta: number): Uint8Array =>
  command(2, [1, 0], [1, 0], [2, coordinate(at.x)], [2, coordinate(at.y)], [2, clamp(delta, -32768, 32767) & 0xffff]);

/// `scale`: 1024 is 100 %; `frameMs`: least time between two pictures.
/// For devices that say `sidewheel`: one notch, to the right or left.
export const sideWheel = (at: Point, isRight: boolean): Uint8Array =>
  command(208, [2, coordinate(at.x)], [2, coordinate(at.y)], [2, isRight ? 120 : 0x10000 - 120]);

export const compression = (quality: number, scale: number, frameMs: number): Uint8Array =>
  command(5, [1, 1], [1, clamp(quality, 1, 100)], [2, clamp(scale, 64, 4096)], [2, clamp(frameMs, 20, 5000)]);
export const refresh = (): Uint8Array => command(6);
export const pause = (isOn: boolean): Uint8Array => command(8, [1, isOn ? 1 : 0]);
export const ctrlAltDel = (): Uint8Array => command(10);
export const listDisplays = (): Uint8Array => command(11);
export const selectDisplay = (id: number): Uint8Array => command(12, [2, id]);
export const queryInputLock = (): Uint8Array => command(87, [1, 2]);

/// A frame or mark has been drawn; `waiting` are not yet decoded; it took `ms`.
export const drawn = (frame: number, waiting: number, ms: number): Uint8Array => command(202, [4, frame], [2, coordinate(waiting)], [2, coordinate(ms)]);
export const wantKeyFrame = (): Uint8Array => command(204);
/// Zero leaves a choice to the device.
export const wish = (kbitPerSecond: number, quality: number, framesPerSecond: number, tilesOnly: boolean): Uint8Array =>
  command(206, [2, coordinate(kbitPerSecond)], [1, clamp(quality, 0, 100)], [1, clamp(framesPerSecond, 0, 255)], [1, tilesOnly ? 1 : 0]);
