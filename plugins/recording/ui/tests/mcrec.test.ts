import { asciicast } from '../src/asciicast';
import { blocksIn, Recording } from '../src/mcrec';
import { block, end, file, fixture, MemorySource } from './support';

async function all(recording: Recording) {
  const blocks = [];
  const cursor = recording.cursor();
  for (let next = await cursor.next(); next; next = await cursor.next()) blocks.push(next);
  return blocks;
}

describe('a recording', () => {
  it('of MeshCentral is read: terminal', async () => {
    const recording = await Recording.open(new MemorySource(fixture('meshcentral-terminal.mcrec')));
    expect(recording.kind).toBe('terminal');
    expect(recording.first.username).toBe('ada');
    expect(recording.duration).toBe(0x1a2243a7c5d - 0x1a2243a7101);
    const text = new TextDecoder().decode(Buffer.concat((await all(recording)).filter((each) => each.binary && !each.fromUser).map((each) => each.data)));
    expect(text).toContain('42\r\n✓ grün\r\n');
  });

  it('of MeshCentral is read: desktop with its index', async () => {
    const recording = await Recording.open(new MemorySource(fixture('meshcentral-desktop.mcrec')));
    expect(recording.kind).toBe('desktop');
    expect(recording.index?.indexes).toEqual([[51276, 640, 480, 327, 15047, 20083, 23582, 25670, 47163]]);
    expect((await all(recording)).at(-1)!.type).toBe(2);
  });

  it('without an end plays to its last whole block', async () => {
    const bytes = file('1', block(2, 1, 2000, 'a'), block(2, 1, 5000, 'b'), block(2, 1, 9000, 'c'));
    const recording = await Recording.open(new MemorySource(bytes.slice(0, -1)));
    expect(recording.first.protocol).toBe(1);
    expect(recording.duration).toBe(3000);
    expect((await all(recording)).map((each) => String.fromCharCode(...each.data))).toEqual(['a', 'b']);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('just some text that is longer than a header')],
    ['another magic', block(1, 0, 1, '{"magic":"x","ver":1}')],
    ['a first block without an end', block(1, 0, 1, '{"magic":"MeshCentralRelaySession","ver":1}').slice(0, 30)],
  ])('is not %s', async (_, bytes) => {
    await expect(Recording.open(new MemorySource(bytes))).rejects.toThrow('not a recording');
  });

  it('with an index that points elsewhere still plays', async () => {
    const bytes = file(2, block(2, 1, 2000, 'a'), block(3, 0, 2 ** 40, 'MeshCentralMCNDX'));
    const recording = await Recording.open(new MemorySource(bytes));
    expect(recording.index).toBeUndefined();
    expect(await all(recording)).toHaveLength(2);
  });

  it('is read in large pieces', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => block(2, 1, 2000 + i, 'x'.repeat(50)));
    const source = new MemorySource(file(1, ...many, end(99_999)));
    expect(await all(await Recording.open(source))).toHaveLength(20_000);
    expect(source.reads).toBeLessThan(15);
  });
});

it('blocks in memory end with the last whole one', () => {
  const two = new Uint8Array([...block(2, 1, 1, 'ab'), ...block(2, 3, 2, 'cd')]);
  expect(blocksIn(two).map((each) => [each.fromUser, each.data.length])).toEqual([[false, 2], [true, 2]]);
  expect(blocksIn(two.slice(0, -1))).toHaveLength(1);
});

it('a terminal becomes an asciicast of the same bytes', async () => {
  const check = new TextEncoder().encode('✓');
  const bytes = file(1, block(2, 2, 2000, '{"type":"options","cols":100,"rows":30}'), block(2, 1, 2500, check.slice(0, 1)), block(2, 1, 2600, new Uint8Array([...check.slice(1), 65])), block(2, 2, 3000, '{"type":"termsize","cols":90,"rows":20}'), block(2, 3, 3100, 'typed'), block(2, 1, 3500, '\x1b[1mB'), end(4000));
  const lines = (await (await asciicast(await Recording.open(new MemorySource(bytes)))).text()).trimEnd().split('\n').map((line) => JSON.parse(line) as unknown);
  expect(lines[0]).toEqual({ version: 2, width: 100, height: 30, timestamp: 2, duration: 2, title: 'web 01, ada' });
  expect(lines.slice(1)).toEqual([[0.6, 'o', '✓A'], [1, 'r', '90x20'], [1.5, 'o', '\x1b[1mB']]);
});
