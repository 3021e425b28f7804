import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Source } from '../src/source';

export class MemorySource implements Source {
  readonly name = 'test.mcrec';
  reads = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get size(): number {
    return this.bytes.length;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    ++this.reads;
    return Promise.resolve(this.bytes.slice(offset, offset + length));
  }
}

export const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(fileURLToPath(new URL(`../../tests/data/${name}`, import.meta.url))));

const encoder = new TextEncoder();

export function block(type: number, flags: number, time: number, data: Uint8Array | string): Uint8Array {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data;
  const out = new Uint8Array(16 + bytes.length);
  const view = new DataView(out.buffer);
  view.setUint16(0, type);
  view.setUint16(2, flags);
  view.setUint32(4, bytes.length);
  view.setUint16(10, Math.floor(time / 2 ** 32));
  view.setUint32(12, time % 2 ** 32);
  out.set(bytes, 16);
  return out;
}

export function file(protocol: number | string, ...blocks: Uint8Array[]): Uint8Array {
  const first = block(1, 0, 1000, JSON.stringify({ magic: 'MeshCentralRelaySession', ver: 1, protocol, devicename: 'web 01', username: 'ada' }));
  const all = [first, ...blocks];
  const out = new Uint8Array(all.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of all) {
    out.set(each, at);
    at += each.length;
  }
  return out;
}

export const end = (time: number): Uint8Array => block(3, 0, time, 'MeshCentralMCREC');
