import type { Sink } from './sinks';

/// Writes a ZIP archive as its files arrive (APPNOTE.TXT 6.3.10): stored, with data descriptors, because
/// size and CRC are known only afterwards, and always with the ZIP64 forms, so that nothing has to be
/// known before. Names are UTF-8.
export class ZipWriter {
  private at = 0;
  private directory: Uint8Array<ArrayBuffer>[] = [];
  private count = 0;

  constructor(private readonly out: Sink) {}

  /// A folder; its name ends with "/".
  addFolder(name: string): Promise<void> {
    return this.add(name.endsWith('/') ? name : `${name}/`, new Date()).close();
  }

  /// The bytes of one file; close or abort it before the next is added. One that is aborted is not in the
  /// archive's list: bytes of it that were written already belong to no entry.
  add(name: string, changed: Date): Sink {
    const bytes = new TextEncoder().encode(name);
    const time = dosTime(changed);
    let start: number | undefined;
    let crc = 0xffffffff;
    let size = 0;
    const begin = async (): Promise<void> => {
      if (start !== undefined) return;
      start = this.at;
      await this.put(header(0x04034b50).u16(45).u16(kFlags).u16(0).u32(time).u32(0).u32(0xffffffff).u32(0xffffffff).u16(bytes.length).u16(20).raw(bytes).u16(1).u16(16).u64(0).u64(0).end());
    };
    return {
      write: async (part) => {
        await begin();
        crc = crcOf(part, crc);
        size += part.length;
        await this.put(part);
      },
      close: async () => {
        await begin();
        const sum = (crc ^ 0xffffffff) >>> 0;
        await this.put(header(0x08074b50).u32(sum).u64(size).u64(size).end());
        const isFolder = name.endsWith('/');
        const entry = header(0x02014b50).u16(0x032d).u16(45).u16(kFlags).u16(0).u32(time).u32(sum).u32(0xffffffff).u32(0xffffffff);
        entry.u16(bytes.length).u16(28).u16(0).u16(0).u16(0).u32(isFolder ? 0x41ed0010 : 0x81a40000).u32(0xffffffff).raw(bytes);
        this.directory.push(entry.u16(1).u16(24).u64(size).u64(size).u64(start!).end());
        this.count++;
      },
      abort: () => Promise.resolve(),
    };
  }

  /// The list of all entries. The archive is not usable before.
  async close(): Promise<void> {
    const start = this.at;
    for (const entry of this.directory) await this.put(entry);
    const size = this.at - start;
    const end = this.at;
    await this.put(header(0x06064b50).u64(44).u16(0x032d).u16(45).u32(0).u32(0).u64(this.count).u64(this.count).u64(size).u64(start).end());
    await this.put(header(0x07064b50).u32(0).u64(end).u32(1).end());
    await this.put(header(0x06054b50).u16(0xffff).u16(0xffff).u16(0xffff).u16(0xffff).u32(0xffffffff).u32(0xffffffff).u16(0).end());
  }

  private async put(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.at += bytes.length;
    await this.out.write(bytes);
  }
}

const kFlags = 0x0808; // a data descriptor follows; names are UTF-8

function dosTime(date: Date): number {
  const year = Math.min(Math.max(date.getFullYear(), 1980), 2107);
  const day = ((year - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  return ((day << 16) | (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1)) >>> 0;
}

class Fields {
  private bytes: number[] = [];
  u16(value: number): this {
    this.bytes.push(value & 255, (value >>> 8) & 255);
    return this;
  }
  u32(value: number): this {
    return this.u16(value & 0xffff).u16(value >>> 16);
  }
  u64(value: number): this {
    return this.u32(value >>> 0).u32(Math.floor(value / 2 ** 32));
  }
  raw(bytes: Uint8Array): this {
    this.bytes.push(...bytes);
    return this;
  }
  end(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.bytes);
  }
}

const header = (signature: number): Fields => new Fields().u32(signature);

const tables = makeTables();

function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let n = 0; n < 256; n++) {
    let value = n;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    first[n] = value;
  }
  const all = [first];
  for (let level = 1; level < 4; level++) {
    const before = all[level - 1]!;
    all.push(before.map((value) => (value >>> 8) ^ first[value & 255]!));
  }
  return all;
}

/// CRC-32 goes on from `crc`, four bytes at a time; the first is 0xffffffff, and the last is inverted.
export function crcOf(bytes: Uint8Array, crc: number): number {
  const [t0, t1, t2, t3] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let value = crc;
  let at = 0;
  for (const end = bytes.length - 3; at < end; at += 4) {
    value ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    value = t3[value & 255]! ^ t2[(value >>> 8) & 255]! ^ t1[(value >>> 16) & 255]! ^ t0[value >>> 24]!;
  }
  for (; at < bytes.length; at++) value = (value >>> 8) ^ t0[(value ^ bytes[at]!) & 255]!;
  return value >>> 0;
}
