import * as kvm from '../src/kvm';
import { Malformed, parse } from '../src/kvm';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
/// A command as the device sends it.
function message(type: number, ...payload: number[]): Uint8Array {
  const size = payload.length + 4;
  return bytes(type >> 8, type & 255, size >> 8, size & 255, ...payload);
}
const hex = (data: Uint8Array): string => [...data].map((byte) => byte.toString(16).padStart(2, '0')).join('');

describe('messages of the device', () => {
  it('reads what agents send', () => {
    expect(parse(message(3, 0, 32, 1, 0, 0xff, 0xd8, 0xff))).toEqual({ kind: 'tile', x: 32, y: 256, image: bytes(0xff, 0xd8, 0xff) });
    expect(parse(message(7, 7, 0x80, 4, 0x38))).toEqual({ kind: 'size', width: 1920, height: 1080 });
    expect(parse(message(11, 0, 2, 0, 1, 0xff, 0xff, 0, 1))).toEqual({ kind: 'displays', ids: [1, 65535], selected: 1 });
    expect(parse(message(82, 0, 1, 0xff, 0xff, 0, 0, 3, 0x20, 2, 0x58))).toEqual({ kind: 'geometry', displays: [{ id: 1, x: -1, y: 0, width: 800, height: 600 }] });
    expect(parse(message(18, 5))).toEqual({ kind: 'locks', num: true, scroll: false, caps: true });
    expect(parse(message(88, 5))).toEqual({ kind: 'cursor', shape: 5 });
    expect(parse(message(200, 1, 0, 7, 0x80, 4, 0x38))).toEqual({ kind: 'codec', codec: 'h264', width: 1920, height: 1080 });
    expect(parse(message(7, 0, 0, 0, 0)).kind).toBe('ignored');
    expect(parse(message(201, 0, 0, 1, 2, 1, 0, 0, 9, 0xaa))).toEqual({ kind: 'frame', frame: 258, isKey: true, data: bytes(0xaa) });
    expect(parse(message(207, 0, 0, 0, 9, 0, 1, 0, 2, 0, 3, 0, 4))).toEqual({ kind: 'areas', frame: 9, areas: [{ x: 1, y: 2, width: 3, height: 4 }] });
    expect(parse(message(203, 0xff, 0xff, 0xff, 0xff))).toEqual({ kind: 'mark', frame: 0xffffffff });
    expect(parse(message(205, 0, 3, 0, 4))).toEqual({ kind: 'pointer', hotX: 3, hotY: 4, image: bytes() });
    expect(parse(message(65, ...new TextEncoder().encode('gone\0')))).toEqual({ kind: 'text', text: 'gone', isFault: true });
  });

  it('reads a tile beyond 65500 bytes by its second header', () => {
    const image = new Uint8Array(70_000).fill(7);
    const length = image.length + 8;
    const data = bytes(0, 27, 0, 8, 0, (length >> 16) & 255, (length >> 8) & 255, length & 255, 0, 3, 0, 0, 0, 64, 0, 96, ...image);
    expect(parse(data)).toEqual({ kind: 'tile', x: 64, y: 96, image });
    expect(() => parse(data.slice(0, -1))).toThrow(Malformed);
  });

  it('passes over what it does not know, and the old greeting', () => {
    expect(parse(message(63, 1, 2, 3)).kind).toBe('ignored');
    expect(parse(message(999)).kind).toBe('ignored');
    expect(parse(bytes(0x11, 0xfe, 0, 0, 0x4d, 0x45, 0x53, 0x48, 0, 0, 0, 0, 2)).kind).toBe('ignored');
    expect(parse(message(12, 0)).kind).toBe('ignored');
  });

  it('refuses every message that is cut off', () => {
    for (const type of [3, 4, 7, 11, 18, 87, 88, 200, 201, 203, 205]) expect(() => parse(message(type)), String(type)).toThrow(Malformed);
    expect(() => parse(bytes())).toThrow(Malformed);
    expect(() => parse(bytes(0, 3, 0))).toThrow(Malformed);
    const whole = message(3, 0, 0, 0, 0, 1, 2, 3);
    for (let length = 0; length < whole.length; length++) expect(() => parse(whole.slice(0, length)), String(length)).toThrow(Malformed);
    expect(() => parse(message(11, 0, 9, 0, 1, 0, 1))).toThrow(Malformed);
    expect(() => parse(bytes(0, 27, 0, 8, 0, 0))).toThrow(Malformed);
    expect(() => parse(message(207, 0, 0, 0, 9, 0, 1))).toThrow(Malformed);
  });

  it('refuses what would take too much memory', () => {
    expect(() => parse(message(7, 0xff, 0xff, 0, 16))).toThrow(Malformed);
    expect(() => parse(message(7, 0x40, 0, 0x40, 0))).toThrow(Malformed);
    expect(() => parse(message(200, 1, 0, 0, 0, 0, 1))).toThrow(Malformed);
    expect(() => parse(message(11, 0xff, 0xff, 0, 0))).toThrow(Malformed);
    expect(() => parse(message(200, 9, 0, 1, 0, 1, 0))).toThrow(Malformed);
    const long = message(17, ...new Array<number>(60_000).fill(65));
    expect((parse(long) as { text: string }).text).toHaveLength(4_096);
  });

  it('survives any bytes', () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647);
    for (let round = 0; round < 5_000; round++) {
      const data = Uint8Array.from({ length: random() % 40 }, () => random() % 256);
      data[0] = 0;
      if (round % 2) data[3] = data.length;
      try {
        parse(data);
      } catch (error) {
        expect(error).toBeInstanceOf(Malformed);
      }
    }
  });
});

describe('commands of the page', () => {
  it('are those of the specification', () => {
    expect(hex(kvm.key(0x41, true))).toBe('000100060041');
    expect(hex(kvm.key(0x41, false))).toBe('000100060141');
    expect(hex(kvm.key(0x25, true, true))).toBe('000100060425');
    expect(hex(kvm.key(0x25, false, true))).toBe('000100060325');
    expect(hex(kvm.mouseMove({ x: 10, y: 300 }))).toBe('0002000a0000000a012c');
    expect(hex(kvm.mouseButton({ x: 1, y: 2 }, 'right', true))).toBe('0002000a000800010002');
    expect(hex(kvm.mouseWheel({ x: 1, y: 2 }, -120))).toBe('0002000c000000010002ff88');
    expect(hex(kvm.compression(50, 1024, 100))).toBe('0005000a013204000064');
    expect(hex(kvm.pause(false))).toBe('0008000500');
    expect(hex(kvm.selectDisplay(65535))).toBe('000c0006ffff');
    expect(hex(kvm.unicodeKey(0x20ac, true))).toBe('005500070020ac');
    expect(hex(kvm.drawn(258, 3, 70_000))).toBe('00ca000c000001020003ffff');
    expect(hex(kvm.wish(2500, 60, 30, true))).toBe('00ce000909c43c1e01');
  });

  it('keep within their fields', () => {
    expect(hex(kvm.mouseMove({ x: -5, y: 1e9 }))).toBe('0002000a00000000ffff');
    expect(hex(kvm.compression(1000, 0, 1))).toBe('0005000a016400400014');
  });
});
