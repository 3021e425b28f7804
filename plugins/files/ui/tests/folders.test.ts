import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { download } from '../src/download';
import { directoryTarget, fetchTree, isWithin, zipTarget, type Target } from '../src/folders';
import { Queue, type Job } from '../src/queue';
import { besides, takenIn } from '../src/local_folder';
import { FolderSink, MemorySink, type Sink } from '../src/sinks';
import { FakeDevice, until, type FakeFile } from './fake_device';

const text = (words: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(words) as Uint8Array<ArrayBuffer>;
const kMiB = 1024 * 1024;
const big = new Uint8Array(3 * kMiB + 5).fill(7);

/// What a ZIP is written to; `failsAfter`: writes that still work.
class Saved implements Sink {
  parts: Uint8Array[] = [];
  isClosed = false;
  isAborted = false;
  constructor(private readonly failsAfter = Infinity) {}
  write(bytes: Uint8Array): Promise<void> {
    if (this.parts.length >= this.failsAfter) return Promise.reject(new Error('no room in the browser'));
    return Promise.resolve(void this.parts.push(bytes.slice()));
  }
  close(): Promise<void> {
    return Promise.resolve(void (this.isClosed = true));
  }
  abort(): Promise<void> {
    return Promise.resolve(void (this.isAborted = true));
  }
}

/// What `unzip` makes of it, by name; it complains about archives that are not whole.
function unzipped({ parts }: Saved): Record<string, number> {
  const folder = mkdtempSync(join(tmpdir(), 'zip-'));
  try {
    writeFileSync(join(folder, 'x.zip'), Buffer.concat(parts));
    execFileSync('unzip', ['-tq', 'x.zip'], { cwd: folder });
    const names = execFileSync('unzip', ['-Z1', 'x.zip'], { cwd: folder }).toString().trim().split('\n');
    execFileSync('unzip', ['-q', 'x.zip'], { cwd: folder });
    return Object.fromEntries(names.filter((name) => !name.endsWith('/')).map((name) => [name, readFileSync(join(folder, name)).length]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/// A folder of this computer, in memory: paths with what is in them.
class FakeFolder {
  readonly inside = new Map<string, FakeFolder | Uint8Array>();
  refused: string[] = [];
  getDirectoryHandle(name: string): Promise<FakeFolder> {
    if (this.refused.includes(name)) return Promise.reject(new TypeError('Name is not allowed.'));
    if (!this.inside.has(name)) this.inside.set(name, Object.assign(new FakeFolder(), { refused: this.refused }));
    return Promise.resolve(this.inside.get(name) as FakeFolder);
  }
  getFileHandle(name: string, { create = false } = {}): Promise<unknown> {
    if (this.refused.includes(name)) return Promise.reject(new TypeError('Name is not allowed.'));
    if (!this.inside.has(name) && !create) return Promise.reject(new DOMException('none', 'NotFoundError'));
    if (!this.inside.has(name)) this.inside.set(name, new Uint8Array());
    if (this.inside.get(name) instanceof FakeFolder) return Promise.reject(new DOMException('a folder', 'TypeMismatchError'));
    return Promise.resolve({ createWritable: () => Promise.resolve(this.writer(name)) });
  }
  removeEntry(name: string): Promise<void> {
    return Promise.resolve(void this.inside.delete(name));
  }
  paths(): Record<string, number> {
    const found: Record<string, number> = {};
    for (const [name, what] of this.inside) {
      if (what instanceof FakeFolder) for (const [path, size] of Object.entries(what.paths())) found[`${name}/${path}`] = size;
      else found[name] = what.length;
    }
    return found;
  }
  private writer(name: string): unknown {
    const parts: Uint8Array[] = [];
    return {
      write: (bytes: Uint8Array) => Promise.resolve(void parts.push(bytes.slice())),
      close: () => Promise.resolve(void this.inside.set(name, new Uint8Array(Buffer.concat(parts)))),
      abort: () => Promise.resolve(),
    };
  }
}

async function withFiles(files: Record<string, FakeFile | string>): Promise<{ fake: FakeDevice; queue: Queue }> {
  const fake = new FakeDevice();
  fake.tree = [{ n: 'd', t: 2 }];
  for (const [name, file] of Object.entries(files)) {
    const whole = typeof file === 'string' ? { bytes: text(file) } : file;
    fake.files.set(`/at/${name}`, whole);
    fake.tree.push({ n: name, t: 3, s: whole.bytes.length });
  }
  return { fake, queue: new Queue(await fake.connect()) };
}

const isOver = ({ state }: Job): boolean => !['queued', 'running', 'waiting'].includes(state);

describe('a folder as an archive', () => {
  it('leaves out what can not be read or changes, says so, and is whole without it', async () => {
    const { queue } = await withFiles({
      'd/first': 'one',
      'd/secret': { bytes: text('no'), fails: { at: 0, why: 'Permission denied' } },
      'd/log': { bytes: big, fails: { at: 2.5 * kMiB, why: 'the file changed while it was read', code: 'changed' } },
      'd/last': { bytes: big },
    });
    const saved = new Saved();
    const job = fetchTree(queue, 'd.zip', '/at', ['d'], () => zipTarget(saved));
    await until(() => isOver(job));
    expect(job.missing).toEqual([
      { name: 'd/secret', why: 'Permission denied' },
      { name: 'd/log', why: 'the file changed while it was read' },
    ]);
    expect(job.state).toBe('partial');
    expect([job.done, job.size]).toEqual([3 + big.length, 3 + big.length]);
    expect(saved.isClosed).toBe(true);
    expect(unzipped(saved)).toEqual({ 'd/first': 3, 'd/last': big.length });
  });

  it('can be fetched anew with what was left out', async () => {
    const { fake, queue } = await withFiles({ 'd/first': 'one', 'd/log': { bytes: big, fails: { at: kMiB, why: 'changed' } } });
    const made: Saved[] = [];
    const job = fetchTree(queue, 'd.zip', '/at', ['d'], () => zipTarget(made[made.push(new Saved()) - 1]!));
    await until(() => isOver(job));
    fake.files.set('/at/d/log', { bytes: big });
    queue.retry(job);
    await until(() => isOver(job));
    expect([job.state, job.missing]).toEqual(['done', []]);
    expect(made.map(unzipped)).toEqual([{ 'd/first': 3 }, { 'd/first': 3, 'd/log': big.length }]);
    expect(made.some(({ isAborted }) => isAborted)).toBe(false);
  });

  it('begins anew when it is retried after a failure', async () => {
    const { queue } = await withFiles({ 'd/first': 'one', 'd/second': { bytes: big } });
    const all = [new Saved(5), new Saved()];
    const made: Saved[] = [];
    const makeTarget = (): Target => {
      made.push(all[made.length]!);
      return zipTarget(made[made.length - 1]!);
    };
    const job = fetchTree(queue, 'd.zip', '/at', ['d'], makeTarget);
    await until(() => isOver(job));
    expect([job.state, job.error, made[0]!.isAborted]).toEqual(['failed', 'no room in the browser', true]);
    queue.retry(job);
    await until(() => isOver(job));
    expect(job.state).toBe('done');
    expect(made).toHaveLength(2);
    expect(unzipped(made[1]!)).toEqual({ 'd/first': 3, 'd/second': big.length });
  });

  it('goes on where it was after a lost connection', async () => {
    const { fake, queue } = await withFiles({ 'd/first': 'one', 'd/second': { bytes: big } });
    const saved = new Saved();
    const job = fetchTree(queue, 'd.zip', '/at', ['d'], () => zipTarget(saved));
    await until(() => job.done > kMiB);
    fake.lose();
    await until(() => job.state === 'waiting');
    await fake.connect();
    await until(() => isOver(job));
    expect(job.state).toBe('done');
    expect(fake.messages('download', 'start').map(({ path, offset }) => [path, offset])).toEqual([
      ['/at/d/first', undefined],
      ['/at/d/second', undefined],
      ['/at/d/second', kMiB],
    ]);
    expect(unzipped(saved)).toEqual({ 'd/first': 3, 'd/second': big.length });
  });

  it('is incomplete without what the device can not look into', async () => {
    const { fake, queue } = await withFiles({ 'd/first': 'one' });
    fake.closed = [{ n: 'd/private', why: 'permission denied' }, { n: '', why: 'find: input/output error' }];
    const saved = new Saved();
    const job = fetchTree(queue, 'd.zip', '/at', ['d'], () => zipTarget(saved));
    await until(() => isOver(job));
    expect([job.state, job.missing]).toEqual(['partial', [{ name: 'd/private', why: 'permission denied' }, { name: 'd.zip', why: 'find: input/output error' }]]);
    expect(unzipped(saved)).toEqual({ 'd/first': 3 });
    fake.closed = [];
    queue.retry(job);
    await until(() => isOver(job));
    expect([job.state, job.missing]).toEqual(['done', []]);
  });

  it('lets something else go between two of its files', async () => {
    const { fake, queue } = await withFiles({ 'd/first': { bytes: big }, 'd/second': { bytes: big } });
    fake.files.set('/note', { bytes: text('a note') });
    const job = fetchTree(queue, 'd.zip', '/at', ['d'], () => zipTarget(new Saved()));
    await until(() => job.done > 0);
    await download(fake.device, { path: '/note', sink: new MemorySink(), onProgress: () => undefined, signal: job.stop.signal });
    expect(job.state).toBe('running');
    await until(() => isOver(job));
    expect(fake.messages('download', 'start').map(({ path }) => path)).toEqual(['/at/d/first', '/note', '/at/d/second']);
    expect([job.state, job.missing]).toEqual(['done', []]);
  });

  it('tells names apart that Windows would take for one', async () => {
    const { queue } = await withFiles({ 'd/a\\b': 'one', 'd/a_b': 'second', 'd/A_b': 'the third' });
    const saved = new Saved();
    const job = fetchTree(queue, 'd.zip', '/at', ['d'], () => zipTarget(saved));
    await until(() => isOver(job));
    expect(unzipped(saved)).toEqual({ 'd/a_b': 3, 'd/a_b (2)': 6, 'd/A_b': 9 });
  });

  it('takes no name that leads elsewhere', async () => {
    const { fake, queue } = await withFiles({ 'd/first': 'one', 'd/a\\..\\b': 'two' });
    const bad = ['d/../../evil', '/etc/passwd', 'd/\0', 'C:/x', 'other', 'd//x', 'd/.'];
    for (const n of bad) fake.tree.push({ n, t: 3, s: 1 });
    const saved = new Saved();
    const job = fetchTree(queue, 'd.zip', '/at', ['d'], () => zipTarget(saved));
    await until(() => isOver(job));
    expect(job.missing.map(({ name }) => name)).toEqual(bad);
    expect(job.state).toBe('partial');
    expect(unzipped(saved)).toEqual({ 'd/first': 3, 'd/a_.._b': 3 });
    expect(fake.messages('download', 'start')).toHaveLength(2);
    for (const good of ['d', 'd/..a', 'd/a b/ü.txt', 'd/a:b']) expect(isWithin(good, ['d']), good).toBe(true);
  });

  it('asks for the tree of any number of names, some at a time', async () => {
    const { fake, queue } = await withFiles({});
    const names = Array.from({ length: 1001 }, (_, i) => `name ${i}`);
    fake.tree = [];
    const job = fetchTree(queue, 'many.zip', '/at', names, () => zipTarget(new Saved()));
    await until(() => isOver(job));
    const asked = fake.messages('tree').map(({ names: some }) => some as string[]);
    expect(asked.flat()).toEqual(names);
    expect(Math.max(...asked.map((some) => some.length))).toBeLessThanOrEqual(1000);
  });
});

describe('a folder into a folder of this computer', () => {
  it('gets what is before and after a file that can not be fetched, and nothing of that', async () => {
    const { queue } = await withFiles({
      'd/first': 'one',
      'd/secret': { bytes: text('no'), fails: { at: 0, why: 'Permission denied' } },
      'd/log': { bytes: big, fails: { at: 2.5 * kMiB, why: 'the file changed while it was read', code: 'changed' } },
      'd/last': { bytes: big },
    });
    const root = new FakeFolder();
    const job = fetchTree(queue, 'd', '/at', ['d'], () => directoryTarget(root as unknown as FileSystemDirectoryHandle));
    await until(() => isOver(job));
    expect([job.state, job.missing.map(({ name }) => name)]).toEqual(['partial', ['d/secret', 'd/log']]);
    expect(root.paths()).toEqual({ 'd/first': 3, 'd/last': big.length });
  });

  it('gives numbers to names that this computer would take for one', async () => {
    const { fake, queue } = await withFiles({ 'd/Read.me': 'one', 'd/READ.ME': 'second', 'd/x:/in': 'third', 'd/x?/in': 'the fourth', 'd/x_': 'the fifth!' });
    fake.tree.splice(3, 0, { n: 'd/x:', t: 2 }, { n: 'd/x?', t: 2 });
    const root = new FakeFolder();
    const job = fetchTree(queue, 'd', '/at', ['d'], () => directoryTarget(root as unknown as FileSystemDirectoryHandle));
    await until(() => isOver(job));
    expect([job.state, job.missing]).toEqual(['done', []]);
    expect(root.paths()).toEqual({ 'd/Read.me': 3, 'd/READ (2).ME': 6, 'd/x_/in': 5, 'd/x_ (2)/in': 10, 'd/x_ (3)': 10 });
  });

  it('keeps what was there beside it, also when it is fetched anew', async () => {
    const { fake, queue } = await withFiles({ 'd/keep': 'new', 'd/log': { bytes: big, fails: { at: kMiB, why: 'changed' } }, 'e?': 'e', f: 'f' });
    const root = new FakeFolder();
    const mine = new FakeFolder();
    mine.inside.set('keep', text('my own work'));
    for (const name of ['d', 'd (2)']) root.inside.set(name, mine);
    root.inside.set('E_', text('my file'));
    const handle = root as unknown as FileSystemDirectoryHandle;
    expect(await takenIn(handle, ['d', 'e?', 'f'])).toEqual(['d']);
    root.inside.set('e_', text('another'));
    const taken = await takenIn(handle, ['d', 'e?', 'f']);
    expect(taken).toEqual(['d', 'e?']);
    const decided = await besides(handle, ['d', 'e?', 'f'], taken);
    expect([...decided]).toEqual([['d', 'd (3)'], ['e?', 'e_ (2)'], ['f', 'f']]);
    const job = fetchTree(queue, 'd', '/at', [...decided.keys()], () => directoryTarget(handle, decided));
    await until(() => isOver(job));
    expect(job.state).toBe('partial');
    fake.files.set('/at/d/log', { bytes: big });
    queue.retry(job);
    await until(() => isOver(job));
    expect(job.state).toBe('done');
    expect(root.paths()).toEqual({ 'd/keep': 11, 'd (2)/keep': 11, 'd (3)/keep': 3, 'd (3)/log': big.length, 'E_': 7, 'e_': 7, 'e_ (2)': 1, f: 1 });
  });

  it('leaves out what the browser makes nothing of, and goes on', async () => {
    const { fake, queue } = await withFiles({ 'd/first': 'one', 'd/go.lnk': 'no', 'd/bad/in': 'no', 'd/last': 'four' });
    fake.tree.push({ n: 'd/bad', t: 2 });
    const root = new FakeFolder();
    root.refused = ['go.lnk', 'bad'];
    const job = fetchTree(queue, 'd', '/at', ['d'], () => directoryTarget(root as unknown as FileSystemDirectoryHandle));
    await until(() => isOver(job));
    expect([job.state, job.missing.map(({ name }) => name)]).toEqual(['partial', ['d/go.lnk', 'd/bad/in', 'd/bad']]);
    expect(root.paths()).toEqual({ 'd/first': 3, 'd/last': 4 });
  });

  it('keeps a file that was there before when the new one is given up', async () => {
    const root = new FakeFolder();
    root.inside.set('old', text('before'));
    const sink = new FolderSink(root as unknown as FileSystemDirectoryHandle, 'old');
    await sink.write(text('new'));
    await sink.abort();
    expect(root.paths()).toEqual({ old: 6 });
  });

  it('leaves nothing of a file when it is cancelled in its middle', async () => {
    const { queue } = await withFiles({ 'd/first': 'one', 'd/second': { bytes: big } });
    const root = new FakeFolder();
    const job = fetchTree(queue, 'd', '/at', ['d'], () => directoryTarget(root as unknown as FileSystemDirectoryHandle));
    await until(() => Object.keys(root.paths()).includes('d/second'));
    queue.cancel(job);
    await until(() => !Object.keys(root.paths()).includes('d/second'));
    expect([job.state, root.paths()]).toEqual(['cancelled', { 'd/first': 3 }]);
  });
});
