// A device that sends what no device should: nothing of it may take the page's memory or make it stand still.
import type { PluginContext, Tunnel } from '../../../../web/plugin-api';
import { Decodings } from '../src/decodings';
import { imageSize } from '../src/image';
import type { Painter } from '../src/painter';
import { Session, type SessionEvents } from '../src/session';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...part].map((letter) => letter.charCodeAt(0)) : part)));
const u16 = (value: number): number[] => [value >> 8, value & 255];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
const zeros = (count: number): number[] => new Array<number>(count).fill(0);

const png = (width: number, height: number): Uint8Array => bytes([0x89], 'PNG\r\n', [0x1a, 0x0a], u32(13), 'IHDR', u32(width), u32(height), zeros(9));
/// SOF0 behind a comment and some padding, as encoders write it.
const jpeg = (width: number, height: number): Uint8Array =>
  bytes([0xff, 0xd8, 0xff, 0xfe, 0, 4, 0xff, 0xc0, 0xff, 0xff, 0xc0, 0, 17, 8], u16(height), u16(width), zeros(12));
const webp = (chunk: string, ...rest: number[]): Uint8Array => bytes('RIFF', zeros(4), 'WEBP', chunk, zeros(4), rest, zeros(12));

describe('the size of an image', () => {
  it('is read from its header', () => {
    expect(imageSize(png(16000, 9000))).toEqual({ width: 16000, height: 9000 });
    expect(imageSize(jpeg(640, 480))).toEqual({ width: 640, height: 480 });
    expect(imageSize(webp('VP8 ', 0, 0, 0, 0x9d, 1, 0x2a, 0x80, 0x02, 0xe0, 0x41))).toEqual({ width: 640, height: 480 });
    // 14 bits of width - 1 and of height - 1.
    expect(imageSize(webp('VP8L', 0x2f, 0x7f, 0xc2, 0x77, 0))).toEqual({ width: 640, height: 480 });
    expect(imageSize(bytes('RIFF', [18, 0, 0, 0], 'WEBP', 'VP8L', [6, 0, 0, 0], [0x2f, 0, 0, 0, 0, 0x6b]))).toEqual({ width: 1, height: 1 });
    expect(imageSize(webp('VP8X', 0, 0, 0, 0, 0x7f, 0x3e, 0, 0x27, 0x23, 1))).toEqual({ width: 16000, height: 9000 + 65536 });
  });

  it('is not known of anything else, or of what is cut off', () => {
    const whole = [png(8, 8), jpeg(8, 8), webp('VP8L', 0x2f, 7, 0xc0, 1, 0)];
    for (const image of whole) for (let length = 0; length < 15; length++) expect(imageSize(image.subarray(0, length))).toBeUndefined();
    expect(imageSize(bytes('GIF89a', zeros(40)))).toBeUndefined();
    expect(imageSize(bytes('BM', zeros(60)))).toBeUndefined();
    expect(imageSize(png(0, 8))).toBeUndefined();
    expect(imageSize(bytes([0xff, 0xd8], new Array<number>(200).fill(0xff)))).toBeUndefined();
    expect(imageSize(bytes([0xff, 0xd8, 0xff, 0xda, 0, 8], zeros(20), [...jpeg(8, 8)]))).toBeUndefined();
  });
});

describe('images that are decoded', () => {
  const kScreen = 3840 * 2160;
  let started: { finish(): void; close: ReturnType<typeof vi.fn> }[];
  beforeEach(() => {
    started = [];
    vi.stubGlobal('createImageBitmap', () => {
      const close = vi.fn();
      return new Promise((resolve) => started.push({ finish: () => resolve({ close }), close }));
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  it('are only as many as two large screens have pixels', async () => {
    const decodings = new Decodings();
    const all = Array.from({ length: 60 }, () => decodings.add(png(3840, 2160), kScreen));
    expect(started).toHaveLength(2);
    started[0]!.finish();
    expect(await all[0]!.picture).not.toBeNull();
    expect(started).toHaveLength(2); // decoded, and not yet drawn
    all[0]!.end();
    all[0]!.end();
    expect(started).toHaveLength(3);
    await vi.waitFor(() => expect(started[0]!.close).toHaveBeenCalledOnce());
  });

  it('may be one that is larger', () => {
    const decodings = new Decodings();
    const large = decodings.add(png(1, 1), 4 * kScreen);
    decodings.add(png(1, 1), 1);
    expect(started).toHaveLength(1);
    large.end();
    expect(started).toHaveLength(2);
  });

  it('leave room when nobody wants them any more', async () => {
    const decodings = new Decodings();
    const all = Array.from({ length: 6 }, () => decodings.add(png(3840, 2160), kScreen));
    for (const each of all.slice(1).reverse()) each.end();
    expect(await all[5]!.picture).toBeNull();
    started[1]!.finish();
    await vi.waitFor(() => expect(started[1]!.close).toHaveBeenCalledOnce());
    expect(started).toHaveLength(2);
    decodings.add(png(1, 1), kScreen);
    expect(started).toHaveLength(3);
  });
});

describe('a session', () => {
  function begin() {
    const sent: Uint8Array[] = [];
    const tunnel = { state: 'open', reason: '', recorded: false, send: (data: Uint8Array) => sent.push(data), control: vi.fn(), close: vi.fn() } as unknown as Tunnel;
    const painter = { tile: vi.fn(), resize: vi.fn(), clear: vi.fn(), room: () => undefined } as unknown as Painter;
    const told = { changed: vi.fn(), screen: vi.fn(), clipboard: vi.fn(), idle: vi.fn() };
    const context = { openTunnel: () => tunnel } as unknown as PluginContext;
    const wanted = { codecs: [], quality: 'auto', initialQuality: 0, startVirtual: false, lockAtEnd: false };
    const session = new Session(context, painter, wanted, told as unknown as SessionEvents);
    const receive = (type: number, ...payload: (string | number[])[]): void => {
      const body = bytes(...payload);
      void tunnel.onData!(bytes(u16(type), u16(body.length + 4), [...body]));
    };
    return { session, tunnel, painter, told, sent, receive };
  }
  beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => undefined));
  afterEach(() => void vi.restoreAllMocks());

  it('ends at a tile that is larger than the screen', () => {
    const { session, tunnel, painter, receive } = begin();
    receive(7, u16(800), u16(600));
    receive(3, zeros(4), [...png(832, 608)]); // whole cells of the grid
    receive(3, zeros(4), 'no picture at all, but long enough to be one');
    expect(painter.tile).toHaveBeenCalledOnce();
    expect(painter.tile).toHaveBeenCalledWith(expect.objectContaining({ x: 0, y: 0 }), 832 * 608);
    receive(3, zeros(4), [...png(16000, 16000)]);
    expect(painter.tile).toHaveBeenCalledOnce();
    expect(tunnel.close).toHaveBeenCalled();
    expect(session.fault).toBe('malformed');
    session.close();
  });

  it('takes from the device\'s JSON only what is of the right kind', () => {
    const { session, tunnel, told } = begin();
    const odd = { toString: 1, valueOf: 1 };
    const control = (message: Record<string, unknown>): void => tunnel.onControl!(message);
    control({ type: 'desktop', codec: odd, displays: [null, 5, 'x', { id: 2, x: 0, y: odd, w: 10, h: 20 }], features: [null, odd, 'blank'] });
    expect(session.geometry).toEqual([{ id: 2, x: 0, y: NaN, width: 10, height: 20 }]);
    expect(session.agent).toEqual({ codec: '', features: ['', '', 'blank'] });
    for (const type of ['rtt', 'idle', 'clipboard', 'blank', odd]) control({ type, time: odd, seconds: odd, text: odd, part: odd, value: odd });
    control({ type: 'desktop', displays: 'all', features: 5, error: odd, text: odd });
    expect([session.fault, session.detail]).toEqual(['', '']);
    expect(told.clipboard).not.toHaveBeenCalled();
    session.close();
  });
});
