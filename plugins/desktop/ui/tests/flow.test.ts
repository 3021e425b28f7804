import { ClipboardParts, clipboardMessages } from '../src/clipboard';
import { Painter } from '../src/painter';
import { AutomaticQuality, kFirstLevel, levels } from '../src/quality';
import { kMostTyped, Typist } from '../src/typist';
import { h264Name, Video } from '../src/video';

describe('clipboard', () => {
  it('travels in parts that fit together again, without cutting signs', () => {
    const text = '😀'.repeat(120_001);
    const messages = clipboardMessages(text)!;
    expect(messages.length).toBeGreaterThan(1);
    for (const { text: part } of messages) expect(JSON.stringify(part)).not.toMatch(/\\ud[89a-f]/);
    const parts = new ClipboardParts();
    expect(messages.slice(0, -1).map((message) => parts.take(message))).toEqual(messages.slice(1).map(() => undefined));
    expect(parts.take(messages.at(-1)!)).toBe(text);
    expect(parts.take({ type: 'clipboard', text: 'short' })).toBe('short');
  });

  it('is refused when it is too long, by bytes', () => {
    expect(clipboardMessages('ä'.repeat(500_001))).toBeUndefined();
    expect(clipboardMessages('a'.repeat(1_000_000))).toBeDefined();
  });

  it('forgets parts that do not fit together', () => {
    const parts = new ClipboardParts();
    const wrong = [
      { text: 'b', part: 1, parts: 2 },
      { text: 5 },
      { text: 'a', part: 0, parts: 1e9 },
      { text: 'a', part: '0', parts: 2 },
      { text: 'x'.repeat(1_000_001) },
    ];
    for (const message of wrong) expect(parts.take(message)).toBeUndefined();
    for (let part = 0; part < 40; part++) expect(parts.take({ text: 'y'.repeat(100_000), part, parts: 40 })).toBeUndefined();
    parts.take({ text: 'a', part: 0, parts: 2 });
    expect(parts.take({ text: 'new', part: 0, parts: 1 })).toBe('new');
  });
});

describe('automatic quality', () => {
  it('goes down while answers are late and up when they have been quick for a while', () => {
    const quality = new AutomaticQuality();
    quality.measured(20);
    for (let i = 0; i < 10; i++) quality.measured(900);
    expect(quality.current).toBe(levels.at(-1));
    for (let i = 0; i < 3; i++) expect(quality.measured(30)).toBe(false);
    expect(quality.measured(30)).toBe(true);
    for (let i = 0; i < 100; i++) quality.measured(30);
    expect(quality.current).toBe(levels[0]);
  });

  it('does not take a long line for a full one', () => {
    const quality = new AutomaticQuality();
    for (let i = 0; i < 3; i++) quality.measured(600);
    expect(quality.current).toBe(levels[kFirstLevel]);
  });
});

describe('typing a text', () => {
  it('goes in steps, keeps signs whole and stops when told', () => {
    vi.useFakeTimers();
    let written = '';
    const typist = new Typist((text) => (written += text));
    const text = 'äb😀\r\n'.repeat(30);
    expect(typist.type(text)).toBe(true);
    expect(written.length).toBeLessThan(text.length / 2);
    vi.runAllTimers();
    expect(written).toBe(text.replaceAll('\r\n', '\n'));
    typist.type(text);
    typist.stop();
    written = '';
    vi.runAllTimers();
    expect(written).toBe('');
    expect(typist.type('x'.repeat(kMostTyped + 1))).toBe(false);
    vi.useRealTimers();
  });

  it('comes before the keys that are pressed while it is fetched', () => {
    vi.useFakeTimers();
    const done: string[] = [];
    const typist = new Typist((text) => done.push(...text));
    for (const text of ['ab', '', 'x'.repeat(kMostTyped + 1)]) {
      typist.expect();
      typist.afterwards(() => done.push('<press>'));
      expect(done.splice(0)).toEqual([]);
      expect(typist.type(text)).toBe(text.length <= kMostTyped);
      vi.runAllTimers();
      expect(done.splice(0).join('')).toBe(`${text.length <= kMostTyped ? text : ''}<press>`);
    }
    typist.expect();
    typist.afterwards(() => done.push('<never>'));
    typist.stop();
    expect(typist.isTyping).toBe(false);
    expect(done).toEqual([]);
    vi.useRealTimers();
  });

  it('does not mix with keys, which come behind it', () => {
    vi.useFakeTimers();
    const done: string[] = [];
    const typist = new Typist((text) => done.push(...text));
    typist.afterwards(() => done.push('<before>'));
    typist.type('x'.repeat(100));
    typist.afterwards(() => done.push('<press>'));
    typist.afterwards(() => done.push('<release>'));
    expect(typist.isTyping).toBe(true);
    vi.runAllTimers();
    expect(done.join('')).toBe(`<before>${'x'.repeat(100)}<press><release>`);
    typist.type('y'.repeat(100));
    typist.afterwards(() => done.push('<never>'));
    typist.stop();
    vi.runAllTimers();
    typist.afterwards(() => done.push('<at once>'));
    expect(done.slice(-2)).toEqual(['y', '<at once>']);
    vi.useRealTimers();
  });
});

describe('the codec\'s name', () => {
  it('is read from the sequence parameter set', () => {
    expect(h264Name(Uint8Array.from([0, 0, 0, 1, 0x09, 0x10, 0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x28, 1, 2, 3, 4, 5]))).toBe('avc1.42c028');
    expect(h264Name(Uint8Array.from([0, 0, 0, 1, 0x65, 1, 2, 3, 4, 5]))).toBeUndefined();
    expect(h264Name(Uint8Array.from([0, 0, 1, 0x67]))).toBeUndefined();
  });
});

describe('the decoder', () => {
  /// Gives a picture when it is told to, as the browser's does in its own time.
  class FakeDecoder {
    static made: FakeDecoder[] = [];
    state = 'unconfigured';
    names: string[] = [];
    private readonly waiting: number[] = [];
    constructor(private readonly calls: { output(picture: unknown): void }) {
      FakeDecoder.made.push(this);
    }
    configure({ codec }: { codec: string }): void {
      this.state = 'configured';
      this.names.push(codec);
    }
    decode({ timestamp }: { timestamp: number }): void {
      this.waiting.push(timestamp);
    }
    close(): void {
      this.state = 'closed';
      this.waiting.length = 0;
    }
    work(): void {
      for (const timestamp of this.waiting.splice(0)) this.calls.output({ timestamp, close: () => undefined });
    }
  }
  const key = (level: number): Uint8Array => Uint8Array.from([0, 0, 0, 1, 0x67, 0x42, 0xc0, level, 1, 2, 3, 4, 5]);
  const size = { width: 640, height: 480 };

  beforeEach(() => {
    FakeDecoder.made = [];
    vi.stubGlobal('VideoDecoder', FakeDecoder);
    vi.stubGlobal('EncodedVideoChunk', class { constructor(what: object) { Object.assign(this, what); } });
  });
  afterEach(() => vi.unstubAllGlobals());

  it('still gives the frames of the stream before, if the new one is like it', async () => {
    const video = new Video(() => undefined);
    video.begin({ codec: 'h264', ...size });
    const last = video.decode(1, true, key(0x28));
    video.begin({ codec: 'h264', ...size });
    expect(await video.decode(2, false, key(0x28))).toBeNull(); // of a stream that has no beginning
    const first = video.decode(3, true, key(0x29));
    FakeDecoder.made[0]!.work();
    expect((await last)?.timestamp).toBe(1);
    expect((await first)?.timestamp).toBe(3);
    expect(FakeDecoder.made.map(({ names }) => names)).toEqual([['avc1.42c028', 'avc1.42c029']]);
  });

  it('is another one for another codec or size', async () => {
    const video = new Video(() => undefined);
    video.begin({ codec: 'h264', ...size });
    const last = video.decode(1, true, key(0x28));
    video.begin({ codec: 'h264', width: 800, height: 600 });
    expect(await last).toBeNull();
    void video.decode(2, true, key(0x28));
    video.begin({ codec: 'vp9', width: 800, height: 600 });
    void video.decode(3, true, key(0x28));
    expect(FakeDecoder.made.map(({ state }) => state)).toEqual(['closed', 'closed', 'configured']);
    video.end();
  });
});

describe('a coded frame', () => {
  /// A canvas that notes what it is told.
  function stage(width: number, height: number): { painter: Painter; calls: string[] } {
    const calls: string[] = [];
    const note = (name: string) => (...what: unknown[]) => calls.push([name, ...what.filter((one) => typeof one === 'number')].join(' '));
    const context = Object.fromEntries(['save', 'restore', 'beginPath', 'rect', 'clip', 'drawImage'].map((name) => [name, note(name)]));
    return { painter: new Painter({ width, height, getContext: () => context } as unknown as HTMLCanvasElement), calls };
  }
  const frame = (displayWidth: number, displayHeight: number): Promise<VideoFrame> =>
    Promise.resolve({ displayWidth, displayHeight, close: () => undefined } as unknown as VideoFrame);
  const drawn = (painter: Painter, ...[picture, areas]: [Promise<VideoFrame>, ({ x: number; y: number; width: number; height: number }[])?]): Promise<void> =>
    new Promise((resolve) => painter.frame(picture, areas, 0, resolve));

  it('is converted once however many areas it is seen through', async () => {
    const { painter, calls } = stage(1920, 1080);
    await drawn(painter, frame(1920, 1080), [{ x: 0, y: 16, width: 32, height: 16 }, { x: 64, y: 16, width: 32, height: 16 }]);
    expect(calls).toEqual(['save', 'beginPath', 'rect 0 16 32 16', 'rect 64 16 32 16', 'clip', 'drawImage 0 0', 'restore']);
  });

  it('fills the picture, whose sides may be odd, or of another size', async () => {
    const odd = stage(1365, 767);
    await drawn(odd.painter, frame(1366, 768));
    expect(odd.calls).toEqual(['save', 'drawImage 0 0', 'restore']);
    const small = stage(1920, 1080);
    await drawn(small.painter, frame(960, 540));
    expect(small.calls).toEqual(['save', 'drawImage 0 0 1920 1080', 'restore']);
  });
});
