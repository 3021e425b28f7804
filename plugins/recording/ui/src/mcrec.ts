import type { Source } from './source';

/// Recording files (agent-protocol.md section 9): blocks of a 16-byte header and data, big-endian.

export const blockType = { first: 1, traffic: 2, end: 3, extra: 4 } as const;
const kHeader = 16;
const kTail = 32;
const kMaxBlock = 64 * 1024 * 1024;
const kMaxIndex = 64 * 1024 * 1024;
const kReadAhead = 512 * 1024;

export interface Block {
  type: number;
  binary: boolean;
  fromUser: boolean;
  time: number; // ms since 1970
  offset: number; // of the header
  data: Uint8Array;
}

export interface FirstBlock {
  magic: string;
  ver: number;
  protocol: number;
  userid: string;
  username: string;
  nodeid: string;
  devicename: string;
  guestname: string;
  time: string;
}

/// [offset, width, height, offsets of tiles...], offsets from the first traffic block.
export interface Index {
  indexInterval: number;
  indexStartTime: number;
  indexes: number[][];
  /// Ours: for each entry [stream's description, key frame] below the tiles, or null.
  streams?: ([number, number] | null)[];
}

export class BadRecording extends Error {}

function header(bytes: Uint8Array, at = 0): { type: number; flags: number; size: number; time: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, kHeader);
  return { type: view.getUint16(0), flags: view.getUint16(2), size: view.getUint32(4), time: view.getUint16(8) === 0 ? view.getUint16(10) * 2 ** 32 + view.getUint32(12) : -1 };
}

const isBlock = (head: ReturnType<typeof header>): boolean => head.type >= 1 && head.type <= 4 && head.flags <= 3 && head.size <= kMaxBlock && head.time >= 0;

/// All whole blocks in a piece of memory; `offset`: of its first byte in the file.
export function blocksIn(bytes: Uint8Array, offset = 0): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at + kHeader <= bytes.length;) {
    const head = header(bytes, at);
    if (!isBlock(head) || at + kHeader + head.size > bytes.length) break;
    blocks.push(toBlock(head, bytes.subarray(at + kHeader, at + kHeader + head.size), offset + at));
    at += kHeader + head.size;
  }
  return blocks;
}

/// What Source.state() gives.
export interface State {
  next: number; // offset of the first block after it
  facts: Record<string, unknown>;
  blocks: Block[];
}

export function parseState(bytes: Uint8Array): State {
  const [head, ...blocks] = blocksIn(bytes);
  const facts = head?.type === blockType.extra ? parseJson(head.data) : undefined;
  const next = facts?.['next'];
  if (!facts || typeof next !== 'number') throw new BadRecording('no state');
  return { next, facts, blocks };
}

function toBlock(head: ReturnType<typeof header>, data: Uint8Array, offset: number): Block {
  return { type: head.type, binary: (head.flags & 1) !== 0, fromUser: (head.flags & 2) !== 0, time: head.time, offset, data };
}

/// Reads blocks one after another, ahead of whoever wants them.
export class Cursor {
  private buffer: Uint8Array = new Uint8Array(0);
  private bufferAt: number;
  private ahead: Promise<Uint8Array> | undefined;

  constructor(
    private readonly source: Source,
    public offset: number,
    private readonly end: number,
  ) {
    this.bufferAt = offset;
  }

  /// Undefined at the end, and at what is no whole block: a recording whose server died.
  async next(): Promise<Block | undefined> {
    if (!(await this.have(kHeader))) return undefined;
    const head = header(this.buffer, this.offset - this.bufferAt);
    if (!isBlock(head) || !(await this.have(kHeader + head.size))) return undefined;
    const at = this.offset - this.bufferAt;
    const block = toBlock(head, this.buffer.subarray(at + kHeader, at + kHeader + head.size), this.offset);
    this.offset += kHeader + head.size;
    return block;
  }

  private async have(bytes: number): Promise<boolean> {
    if (this.offset + bytes > this.end) return false;
    while (this.bufferAt + this.buffer.length < this.offset + bytes) {
      const from = this.bufferAt + this.buffer.length;
      const piece = await (this.ahead ?? this.source.read(from, Math.max(kReadAhead, this.offset + bytes - from)));
      this.ahead = undefined;
      if (piece.length === 0) return false;
      const kept = this.buffer.subarray(this.offset - this.bufferAt);
      const joined = new Uint8Array(kept.length + piece.length);
      joined.set(kept);
      joined.set(piece, kept.length);
      this.buffer = joined;
      this.bufferAt = this.offset;
      const then = from + piece.length;
      if (then < this.end) {
        this.ahead = this.source.read(then, kReadAhead);
        this.ahead.catch(() => undefined); // told when it is wanted
      }
    }
    return true;
  }
}

export class Recording {
  private constructor(
    readonly source: Source,
    readonly first: FirstBlock,
    readonly base: number, // offset of the first traffic block
    readonly end: number, // offset behind the last
    readonly startTime: number,
    public duration: number, // ms; 0 when the file has no end
    public index: Index | undefined,
  ) {}

  static async open(source: Source): Promise<Recording> {
    const begin = await new Cursor(source, 0, source.size).next();
    const first = begin?.type === blockType.first ? parseFirst(begin.data) : undefined;
    if (!begin || !first) throw new BadRecording('not a recording');
    const base = kHeader + begin.data.length;
    const tail = await readTail(source);
    const start = await new Cursor(source, base, source.size).next();
    const startTime = start?.type === blockType.traffic ? start.time : begin.time;
    const made = new Recording(source, first, base, tail?.end ?? source.size, startTime, tail ? Math.max(0, tail.time - startTime) : 0, tail?.index);
    if (!tail) made.duration = await made.measure();
    return made;
  }

  cursor(offset = this.base): Cursor {
    return new Cursor(this.source, offset, this.end);
  }

  get kind(): 'terminal' | 'desktop' | 'files' | 'other' {
    const { protocol } = this.first;
    if ([1, 6, 8, 9].includes(protocol)) return 'terminal';
    return protocol === 2 ? 'desktop' : protocol === 5 ? 'files' : 'other';
  }

  /// Of a file without an end: the time of its last block.
  private async measure(): Promise<number> {
    const cursor = this.cursor();
    let last = this.startTime;
    for (let block = await cursor.next(); block; block = await cursor.next()) last = block.time;
    return Math.max(0, last - this.startTime);
  }
}

function parseFirst(data: Uint8Array): FirstBlock | undefined {
  const value = parseJson(data);
  if (value?.['magic'] !== 'MeshCentralRelaySession' || value['ver'] !== 1) return undefined;
  const text = (name: string): string => (typeof value[name] === 'string' ? value[name] : '');
  return {
    magic: text('magic'),
    ver: 1,
    protocol: Number(value['protocol']),
    userid: text('userid'),
    username: text('username'),
    nodeid: text('nodeid'),
    devicename: text('devicename'),
    guestname: text('guestname'),
    time: text('time'),
  };
}

interface Tail {
  time: number;
  end: number;
  index: Index | undefined;
}

async function readTail(source: Source): Promise<Tail | undefined> {
  if (source.size < kTail) return undefined;
  const bytes = await source.read(source.size - kTail, kTail);
  if (bytes.length < kTail) return undefined;
  const head = header(bytes);
  const text = new TextDecoder().decode(bytes.subarray(kHeader));
  if (head.type !== blockType.end || head.size !== 16) return undefined;
  if (text === 'MeshCentralMCREC') return { time: head.time, end: source.size - kTail, index: undefined };
  if (text !== 'MeshCentralMCNDX' || head.time < 0 || head.time > source.size - kTail - kHeader) return undefined;
  const extra = header(await source.read(head.time, kHeader));
  if (extra.type !== blockType.extra || extra.size > kMaxIndex || head.time + kHeader + extra.size > source.size - kTail) return undefined;
  // Who tells states needs no index here.
  const index = source.state ? undefined : (parseJson(await source.read(head.time + kHeader, extra.size)) as unknown as Index | undefined);
  return { time: extra.time, end: head.time, index: index && Array.isArray(index.indexes) ? index : undefined };
}

/// Undefined for what is no JSON object.
export function parseJson(data: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(data));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
