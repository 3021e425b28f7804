import { FilesLog, valuesAt } from '../src/files_log';
import { imageSize } from '../src/image_size';
import { codecName, parseCommand, parseFrame, parseStream, type Area } from '../src/kvm';
import { blocksIn, Recording, type Block } from '../src/mcrec';
import { Player } from '../src/player';
import { visible, type Stroke } from '../src/strokes';
import type { Jumped, Stage } from '../src/stage';
import { block, end, file, MemorySource } from './support';

class TestStage implements Stage {
  shown: string[] = [];
  jumps: number[] = [];
  constructor(readonly recording: Recording) {}
  show(each: Block): void {
    this.shown.push(new TextDecoder().decode(each.data));
  }
  jump(time: number): Promise<Jumped> {
    this.jumps.push(time);
    this.shown = [];
    return Promise.resolve({ blocks: this.recording.cursor(), isThere: false });
  }
  settled = (): Promise<void> => Promise.resolve();
  dispose = (): void => undefined;
}

describe('the player', () => {
  it('shows what there was at the time it is sent to', async () => {
    const recording = await Recording.open(new MemorySource(file(1, ...['a', 'b', 'c'].map((text, i) => block(2, 1, 10_000 + i * 1000, text)), end(14_000))));
    const stage = new TestStage(recording);
    const player = new Player(recording, stage);
    expect(player.duration).toBe(4000);
    await player.seek(1500);
    expect(stage.shown).toEqual(['a', 'b']);
    await player.seek(99_999);
    expect(stage.shown).toEqual(['a', 'b', 'c']);
    expect(player.position).toBe(4000);
    await Promise.all([player.seek(4000), player.seek(0)]);
    expect(stage.shown).toEqual(['a']);
  });
});

describe('a files session', () => {
  it('reads as what was done', () => {
    const log = new FilesLog();
    const say = (flags: number, data: string | Uint8Array, time: number): void => log.take(blocksIn(block(2, flags, time, data))[0]!, time);
    say(3, '{"action":"ls","path":"","reqid":1}', 1);
    say(1, '{"path":"","dir":[],"reqid":1}', 2);
    say(3, '{"action":"rm","path":"/etc","delfiles":["a","b"]}', 3);
    say(3, '{"action":"upload","path":"/tmp/","name":"x","size":6,"reqid":2}', 4);
    say(3, new Uint8Array([0, 123, 1, 2]), 5);
    say(3, new Uint8Array([65, 66, 67]), 6);
    say(3, '{"action":"download","sub":"start","id":5,"path":"/etc/hosts"}', 7);
    say(1, new Uint8Array([1, 0, 0, 0, 9, 9]), 8);
    say(1, new Uint8Array([1, 0, 0, 1, 9]), 9);
    say(1, '{"ctrlChannel":"102938","type":"console","msg":"Refused"}', 10);
    say(3, '{broken', 11);
    expect(log.entries.map(({ key, values }) => [key, values])).toEqual([
      ['files.ls', { path: '/' }],
      ['files.rm', { path: '/etc', names: 'a, b' }],
      ['files.upload', { path: '/tmp/x', bytes: 6 }],
      ['files.download', { path: '/etc/hosts', bytes: 3 }],
      ['files.console', { text: 'Refused' }],
    ]);
  });
});

describe('a files session of our own page', () => {
  const log = (...messages: [flags: number, data: object | Uint8Array][]): FilesLog => {
    const made = new FilesLog();
    messages.forEach(([flags, data], i) => made.take(blocksIn(block(2, flags, i, data instanceof Uint8Array ? data : JSON.stringify(data)))[0]!, i));
    return made;
  };
  const said = (made: FilesLog) => made.entries.map(({ key, values }) => [key, values]);

  it('shows its requests as well, without what only helps the page', () => {
    const names = ['a', 'b'];
    expect(
      said(
        log(
          [3, { action: 'trellis', reqid: 0 }],
          [3, { action: 'list', path: '/srv', answer: true, reqid: 1 }],
          [1, { action: 'list', reqid: 1, dir: [] }],
          [1, { action: 'result', reqid: 1, path: '/srv', dir: [] }],
          [3, { action: 'stat', path: '/srv/a', answer: true, reqid: 2 }],
          [1, { action: 'result', reqid: 2, error: 'gone' }],
          [3, { action: 'tree', path: '/srv', names, answer: true, reqid: 3 }],
          [3, { action: 'chmod', path: '/srv', names, mode: '755', recursive: false, answer: true, reqid: 4 }],
          [3, { action: 'chmod', path: '/srv', names, mode: '700', recursive: true, answer: true, reqid: 5 }],
          [3, { action: 'chown', path: '/srv', names, owner: 'ada:ops', answer: true, reqid: 6 }],
          [3, { action: 'checksum', path: '/srv/a', answer: true, reqid: 7 }],
          [3, { action: 'open', path: '/srv/a' }],
          [3, { action: 'download', sub: 'ack', id: 8, at: 5 }],
        ),
      ),
    ).toEqual([
      ['files.ls', { path: '/srv' }],
      ['files.tree', { path: '/srv', names: 'a, b' }],
      ['files.chmod', { path: '/srv', names: 'a, b', mode: '755' }],
      ['files.chmodAll', { path: '/srv', names: 'a, b', mode: '700' }],
      ['files.chown', { path: '/srv', names: 'a, b', owner: 'ada:ops' }],
      ['files.checksum', { path: '/srv/a' }],
      ['files.open', { path: '/srv/a' }],
    ]);
  });

  it('tells files of one message from one that is sent in pieces meanwhile', () => {
    const made = log(
      [3, { action: 'upload', path: '/srv', name: 'large', size: 5, key: 'k', reqid: 1 }],
      [3, Uint8Array.of(0, 1, 2)],
      [3, { action: 'put', path: '/srv/', name: 'small', size: 3, root: 'r', answer: true, reqid: 2 }],
      [3, Uint8Array.of(0, 7, 8, 9)],
      [3, { action: 'put', path: '/srv', name: 'empty', size: 0, root: 'r', answer: true, reqid: 3 }],
      [3, Uint8Array.of(0, 3, 4, 5)],
      [3, { action: 'put', path: '/srv', name: 'refused', size: 70000, root: 'r', answer: true, reqid: 4 }],
      [3, Uint8Array.of(0, 6)],
    );
    expect(said(made)).toEqual([
      ['files.upload', { path: '/srv/large', bytes: 6 }],
      ['files.put', { path: '/srv/small', size: 3 }],
      ['files.put', { path: '/srv/empty', size: 0 }],
      ['files.put', { path: '/srv/refused', size: 70000 }],
    ]);
    // A digest has counted what was put together with what came behind it.
    const digest = log([3, { action: 'upload', path: '/srv', name: 'large', size: 5, key: 'k', reqid: 1 }], [3, { action: 'put', path: '/srv', name: 'small', size: 3, root: 'r', answer: true, reqid: 2 }]);
    digest.take(blocksIn(block(4, 3, 9, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 8, 0)))[0]!, 9);
    expect(digest.entries[0]!.values).toEqual({ path: '/srv/large', bytes: 5 });
  });

  it('says which request the device refused, and why', () => {
    const made = log(
      [3, { action: 'rm', path: '/etc', delfiles: ['passwd'], rec: false, answer: true, reqid: 1 }],
      [3, { action: 'put', path: '/etc', name: 'x', size: 1, root: 'r', answer: true, reqid: 2 }],
      [3, Uint8Array.of(0, 1)],
      [1, { action: 'result', reqid: 2, code: 'exists', error: 'x exists already' }],
      [1, { action: 'result', reqid: 1, error: 'permission denied' }],
      [1, { action: 'result', reqid: 1, error: 'permission denied' }],
      [3, { action: 'upload', path: '/etc', name: 'y', size: 1, key: 'k', reqid: 3 }],
      [1, { action: 'uploaderror', reqid: 3, error: 'no space left' }],
      [3, { action: 'download', sub: 'start', id: 4, path: '/etc/shadow', window: 9 }],
      [1, { action: 'download', sub: 'cancel', id: 4, error: 'may not be read' }],
    );
    const failed = made.entries.filter(({ key }) => key === 'files.failed');
    expect(failed.map(({ of, values }) => [of?.key, of?.values['path'], values['why']])).toEqual([
      ['files.put', '/etc/x', 'x exists already'],
      ['files.rm', '/etc', 'permission denied'],
      ['files.upload', '/etc/y', 'no space left'],
      ['files.download', '/etc/shadow', 'may not be read'],
    ]);
    expect(made.entries).toHaveLength(8);
  });

  it('takes what is no piece of a file for none', () => {
    const made = log([3, { action: 'download', sub: 'start', id: 4, path: '/a', window: 9 }], [1, Uint8Array.of(1, 0, 0, 0, 5, 5)], [1, new TextEncoder().encode('"n":"b","t":3}]}')], [1, Uint8Array.of(1, 0, 0, 1, 5)]);
    expect(said(made)).toEqual([['files.download', { path: '/a', bytes: 3 }]]);
  });
});

it('a digest of a files session reads like the session', () => {
  const [whole, digest] = [new FilesLog(), new FilesLog()];
  const ask = block(2, 3, 1000, '{"action":"download","sub":"start","id":5,"path":"/etc/hosts"}');
  for (const log of [whole, digest]) log.take(blocksIn(ask)[0]!, 0);
  for (let i = 0; i < 10; ++i) whole.take(blocksIn(block(2, 1, 1100, Uint8Array.of(1, ...new Uint8Array(103))))[0]!, 100 + i * 100);
  for (const [bytes, time] of [[300, 300], [300, 600], [400, 1000]] as const) digest.take(blocksIn(block(4, 1, 1100, Uint8Array.of(0, 0, 0, 0, 0, 0, bytes >> 8, bytes & 255, 0)))[0]!, time);
  for (const time of [50, 350, 650, 1000]) expect(valuesAt(digest.entries[0]!, time)).toEqual(valuesAt(whole.entries[0]!, time));
  expect(valuesAt(whole.entries[0]!, 1000)).toEqual({ path: '/etc/hosts', bytes: 1000 });
  digest.take(blocksIn(block(4, 1, 1100, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 1)))[0]!, 2000);
  digest.take(blocksIn(block(4, 1, 1100, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 1)))[0]!, 3000);
  expect(valuesAt(digest.entries[0]!, 9000)).toEqual({ path: '/etc/hosts', bytes: 1001 });
});

describe('what can be seen of a desktop', () => {
  const stroke = (name: string, ...areas: Area[]): Stroke & { name: string } => ({ name, areas: areas.length > 0 ? areas : undefined, picture: () => Promise.resolve(undefined) });
  const area = (x: number, y: number, width: number, height: number): Area => ({ x, y, width, height });
  const names = (strokes: Stroke[], width = 100, height = 100): string => visible(strokes, width, height).map((each) => (each as Stroke & { name: string }).name).join('');

  it('is not what others cover, also together', () => {
    expect(names([stroke('a', area(0, 0, 64, 64)), stroke('b', area(0, 0, 32, 64)), stroke('c', area(32, 0, 32, 64))])).toBe('bc');
    expect(names([stroke('a', area(0, 0, 64, 64)), stroke('b', area(0, 0, 32, 64)), stroke('c', area(32, 0, 32, 56))])).toBe('abc');
    expect(names([stroke('a', area(0, 0, 16, 16)), stroke('b'), stroke('c', area(4, 4, 1, 1))])).toBe('bc');
    expect(names([stroke('a'), stroke('b', area(0, 0, 96, 100)), stroke('c', area(96, 0, 4, 100))])).toBe('bc');
    expect(names([stroke('a', area(0, 0, 16, 16), area(80, 80, 20, 20)), stroke('b', area(0, 0, 16, 16))])).toBe('ab');
  });

  it('is everything where edges do not fit', () => {
    expect(names([stroke('a', area(1, 1, 10, 10)), stroke('b', area(1, 1, 10, 10))])).toBe('ab');
    expect(names([stroke('a', area(500, 500, 10, 10)), stroke('b', area(0, 0, 8, 8))], 50, 50)).toBe('b');
  });
});

describe('desktop commands', () => {
  it('are parsed with sizes that agree, jumbo or not', () => {
    expect(parseCommand(Uint8Array.of(0, 7, 0, 8, 1, 2, 3, 4))).toEqual({ type: 7, payload: Uint8Array.of(1, 2, 3, 4) });
    expect(parseCommand(Uint8Array.of(0, 27, 0, 8, 0, 0, 0, 6, 0, 3, 0, 0, 9, 9))).toEqual({ type: 3, payload: Uint8Array.of(9, 9) });
    for (const bad of [[0, 7], [0, 7, 0, 9, 1], [0, 27, 0, 8, 255, 255, 255, 255, 0, 3, 0, 0]]) expect(parseCommand(Uint8Array.from(bad))).toBeUndefined();
  });

  it('hold pictures that tell their size', () => {
    const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 17, 8, 0, 200, 1, 44, 3);
    expect(imageSize(jpeg)).toEqual({ width: 300, height: 200 });
    for (let size = 0; size < 17; ++size) expect(imageSize(jpeg.slice(0, size))).toBeUndefined();
    const bytes = (hex: string) => Uint8Array.from(hex.match(/../g)!, (pair) => parseInt(pair, 16));
    for (const rest of ['5650384c000001002f2bc131000000000000', '56503820000001000000009d012a2c41c800', '5650385800000100000000002b0100c70000']) {
      const webp = bytes(`524946460000010057454250${rest}`);
      expect(imageSize(webp)).toEqual({ width: 300, height: 200 });
      for (let size = 0; size < 30; ++size) expect(imageSize(webp.slice(0, size))).toBeUndefined();
    }
    expect(imageSize(bytes('524946460000010057454250414c5048000001000000000000000000000000'))).toBeUndefined();
    expect(imageSize(Uint8Array.of(0xff, 0xd8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))).toBeUndefined();
  });

  it('tell the codec', () => {
    expect(parseStream(Uint8Array.of(1, 0, 7, 128, 4, 56))).toEqual({ codec: 'h264', width: 1920, height: 1080 });
    expect(parseStream(Uint8Array.of(3, 0, 7, 128, 4, 56))).toBeUndefined();
    expect(parseFrame(Uint8Array.of(0, 1, 0, 2, 1, 0, 0, 0, 77))).toEqual({ number: 65538, isKey: true, data: Uint8Array.of(77) });
    expect(codecName({ codec: 'h264', width: 1, height: 1 }, Uint8Array.of(0, 0, 0, 1, 0x67, 0x64, 0, 0x28, 0))).toBe('avc1.640028');
  });

});
