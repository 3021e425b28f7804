import { nalUnits, ParameterSets, toLengthPrefixed } from '../src/avc';
import { Beat } from '../src/beat';
import { Recording } from '../src/mcrec';
import { nameSetsInFrames, withLastDuration } from '../src/mp4';
import { isSharpened } from '../src/sharpening';
import { scan } from '../src/video_scan';
import { block, end, file, MemorySource } from './support';

/// A NAL unit with its start code.
const unit = (...bytes: number[]): number[] => [0, 0, 0, 1, ...bytes];
const sequenceSet = (id: number, ...more: number[]): number[] => unit(0x67, 0x42, 0xe0, 0x1f, ...coded(id), ...more);
const pictureSet = (id: number, ...more: number[]): number[] => unit(0x68, ...coded(id), ...more);
/// ITU-T H.264, 9.1: `id` as a number of the variable length code, and a bit to end with.
function coded(id: number): number[] {
  const digits = (id + 1).toString(2);
  const bits = `${'0'.repeat(digits.length - 1)}${digits}1`;
  return bits.match(/.{1,8}/g)!.map((byte) => parseInt(byte.padEnd(8, '0'), 2));
}
const setsOf = (...keyFrames: number[][]): ParameterSets => {
  const sets = new ParameterSets();
  for (const each of keyFrames) sets.take(Uint8Array.from(each));
  return sets;
};

describe('H.264 for MP4', () => {
  const frame = Uint8Array.from([...unit(9, 0x10), ...sequenceSet(0), ...pictureSet(0), 0, 0, 1, 0x65, 1, 2, 3]);

  it('has lengths, and delimiters no more', () => {
    expect(nalUnits(frame).map((each) => each[0])).toEqual([9, 0x67, 0x68, 0x65]);
    expect([...toLengthPrefixed(frame, 'without sets')]).toEqual([0, 0, 0, 4, 0x65, 1, 2, 3]);
    expect([...toLengthPrefixed(frame, 'with sets')]).toEqual([0, 0, 0, 5, 0x67, 0x42, 0xe0, 0x1f, 0xc0, 0, 0, 0, 2, 0x68, 0xc0, 0, 0, 0, 4, 0x65, 1, 2, 3]);
  });

  it('has the sets of all key frames in its head, each once', () => {
    const first = [...sequenceSet(0), ...pictureSet(0)];
    const second = [...sequenceSet(1), ...pictureSet(1)];
    const sets = setsOf(first, second, first);
    expect(sets.fitHead).toBe(true);
    expect([...sets.configuration()]).toEqual([1, 0x42, 0xe0, 0x1f, 0xff, 0xe2, 0, 5, 0x67, 0x42, 0xe0, 0x1f, 0xc0, 0, 5, 0x67, 0x42, 0xe0, 0x1f, 0x50, 2, 0, 2, 0x68, 0xc0, 0, 2, 0x68, 0x50]);
  });

  it('says the highest level, and of the high profile what its pictures are', () => {
    const sets = setsOf([...unit(0x67, 100, 0, 30, 0xc0), ...unit(0x67, 100, 0, 40, 0x50), ...pictureSet(0)]);
    expect([...sets.configuration().slice(0, 4)]).toEqual([1, 100, 0, 40]);
    expect([...sets.configuration().slice(-4)]).toEqual([0xfd, 0xf8, 0xf8, 0]);
  });

  it('keeps sets in the frames where one takes the place of another, or there are too many', () => {
    expect(setsOf([...sequenceSet(0), ...pictureSet(3)], [...sequenceSet(0), ...pictureSet(3, 7)]).fitHead).toBe(false);
    const many = (count: number): ParameterSets => setsOf(...Array.from({ length: count }, (_, id) => [...sequenceSet(id), ...pictureSet(id)]));
    expect(many(31).fitHead).toBe(true);
    expect(many(32).fitHead).toBe(false);
    expect(many(32).configuration()[5]).toBe(0xe0 | 31);
    expect(() => setsOf(unit(0x65, 1)).configuration()).toThrow();
  });
});

describe('an MP4 that the muxer made', () => {
  const text = (value: string): number[] => [...value].map((letter) => letter.charCodeAt(0));
  const u32 = (...values: number[]): number[] => values.flatMap((value) => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);
  const box = (name: string, ...content: number[]): number[] => [...u32(8 + content.length), ...text(name), ...content];
  const movie = (duration: number[], entries: number[][], more: number[] = []): Uint8Array => {
    const table = box('stts', ...u32(0, entries.length), ...entries.flatMap((entry) => u32(...entry)), ...more);
    const sample = box('stsd', ...u32(0, 1), ...box('avc1', 1, 2));
    const media = box('mdia', ...box('mdhd', ...duration), ...box('minf', ...box('stbl', ...sample, ...table, ...box('stco', 7))));
    // A box of a size in 64 bits is passed over.
    return Uint8Array.from([...box('ftyp', ...text('avc1')), ...u32(1), ...text('mdat'), ...u32(0, 20), ...text('stts'), ...box('moov', ...box('mvhd', 1), ...box('trak', ...box('tkhd', 1), ...media))]);
  };
  const short = (duration: number): number[] => u32(0, 0, 0, 57_600, duration);

  it('lets the last frame last until the end', () => {
    expect([...withLastDuration(movie(short(1000), [[3, 20], [4, 50]]))]).toEqual([...movie(short(1000), [[3, 20], [3, 50], [1, 790]])]);
    expect([...withLastDuration(movie(u32(0x1000000, 0, 0, 0, 0, 57_600, 0, 1000), [[2, 300]]))]).toEqual([...movie(u32(0x1000000, 0, 0, 0, 0, 57_600, 0, 1000), [[1, 300], [1, 700]])]);
    expect([...withLastDuration(movie(short(1000), [[1, 1000]]))]).toEqual([...movie(short(1000), [[1, 1000]])]);
  });

  it('says that parameter sets are among its frames', () => {
    const file = movie(short(10), [[1, 10]]);
    const before = [...file];
    nameSetsInFrames(file);
    expect([...file].flatMap((byte, at) => (byte === before[at] ? [] : [[before[at], byte]]))).toEqual([text('13')]);
    expect(String.fromCharCode(...file.subarray(8, 12))).toBe('avc1');
  });

  it('is refused when it is none', () => {
    expect(() => withLastDuration(Uint8Array.from(box('ftyp')))).toThrow('no moov');
  });
});

describe('pictures of an encoded film', () => {
  async function taken(changes: number[], until: number): Promise<[at: number, isNew: boolean][]> {
    const pictures: [number, boolean][] = [];
    const beat = new Beat(async (at, isNew) => void pictures.push([at, isNew]));
    for (const at of changes) {
      await beat.until(at);
      beat.changed(at);
    }
    await beat.end(until);
    return pictures;
  }

  it('show a change when it happens, not when the next does', async () => {
    expect(await taken([10, 7000], 12_000)).toEqual([
      [0, true],
      [7000, true],
      [12_000, false],
    ]);
  });

  it('are at most ten in a second', async () => {
    expect((await taken([0, 20, 90, 110, 199, 200], 250)).map(([at]) => at)).toEqual([0, 100, 200, 250]);
  });

  it('last to the end, and are repeated at rest', async () => {
    const pictures = await taken([0, 40], 600_000);
    expect(pictures.at(-1)).toEqual([600_000, false]);
    expect(pictures).toHaveLength(61);
    expect(await taken([], 500)).toEqual([
      [0, true],
      [500, false],
    ]);
  });

  it('never go back, whatever the times are', async () => {
    const times = (await taken([0, 90, 90, 105, 3000, 3000], 3000)).map(([at]) => at);
    expect(times).toEqual([0, 100, 3000]);
  });
});

describe('a tile', () => {
  /// Pixels of one grey, with some others.
  function pixels(width: number, height: number, grey: number, spots: [x: number, y: number, grey: number][] = []): Uint8ClampedArray {
    const data = new Uint8ClampedArray(width * height * 4).fill(grey);
    for (const [x, y, value] of spots) data.fill(value, (y * width + x) * 4, (y * width + x) * 4 + 3);
    return data;
  }

  it('that has the same colours all over sharpens', () => {
    const fine: [number, number, number][] = Array.from({ length: 100 }, (_, i) => [i % 20, Math.floor(i / 20), i % 2 ? 90 : 110]);
    expect(isSharpened(pixels(20, 12, 100), pixels(20, 12, 100, fine), 20, 12)).toBe(true);
  });

  it('with a letter more does not, also in the last column', () => {
    const letter: [number, number, number][] = [0, 1, 2, 3, 4, 5].map((y) => [18, y, 0]);
    expect(isSharpened(pixels(20, 12, 100), pixels(20, 12, 100, letter), 20, 12)).toBe(false);
  });
});

describe('what can be copied into a video', () => {
  const u16 = (...values: number[]): number[] => values.flatMap((value) => [value >> 8, value & 255]);
  const kvm = (type: number, ...payload: number[]): Uint8Array => Uint8Array.from([...u16(type, payload.length + 4), ...payload]);
  const screen = kvm(7, ...u16(320, 240));
  const stream = (width = 320, codec = 1): Uint8Array => kvm(200, codec, 0, ...u16(width, 240));
  const frame = (number: number, flags = 1): Uint8Array => kvm(201, 0, 0, ...u16(number), flags, 0, 0, 0, 9);
  const tile = kvm(3, 0, 0, 0, 0, 1);
  const copy = kvm(4, ...u16(0, 0, 8, 8, 8, 8));
  async function isCandidate(...messages: [at: number, data: Uint8Array][]): Promise<boolean> {
    const recording = await Recording.open(new MemorySource(file(2, ...messages.map(([at, data]) => block(2, 1, 5000 + at, data)), end(90_000))));
    const found = await scan(recording, () => undefined);
    expect(found.width).toBeGreaterThanOrEqual(320);
    return found.frames !== undefined;
  }

  it('is one coded stream from the first picture on', async () => {
    expect(await isCandidate([0, screen], [1, stream()], [2, frame(1)], [3, frame(2, 0)], [4, stream()], [5, frame(3)], [6, tile])).toBe(true);
  });

  it('is nothing with pictures before it, copied parts, another size or a late beginning', async () => {
    expect(await isCandidate([0, screen], [1, tile], [2, stream()], [3, frame(1)])).toBe(false);
    expect(await isCandidate([0, screen], [1, stream()], [2, tile], [3, frame(1)])).toBe(false);
    expect(await isCandidate([0, screen], [1, stream()], [2, frame(1)], [3, copy])).toBe(false);
    expect(await isCandidate([0, screen], [1, stream()], [2, frame(1)], [3, stream(640)], [4, frame(2)])).toBe(false);
    expect(await isCandidate([0, screen], [1, kvm(7, ...u16(640, 480))], [2, stream()], [3, frame(1)])).toBe(false);
    expect(await isCandidate([0, screen], [1500, stream()], [1501, frame(1)])).toBe(false);
    expect(await isCandidate([0, screen], [1, tile])).toBe(false);
    expect(await isCandidate([0, screen], [1, stream(320, 2)], [2, frame(1)])).toBe(false);
  });

  it('is not looked for any further once nobody wants it', async () => {
    const recording = await Recording.open(new MemorySource(file(2, block(2, 1, 5000, screen), end(9000))));
    const signal = AbortSignal.abort();
    await expect(scan(recording, () => signal.throwIfAborted())).rejects.toThrow();
  });
});
