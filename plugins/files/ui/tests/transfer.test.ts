import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceError, LostError, type Device } from '../src/device';
import { bytesOf, textOf } from '../src/editor';
import { kPiece, rootOf } from '../src/pieces';
import { Queue, type Batch, type Job } from '../src/queue';
import { ZipWriter } from '../src/zip';
import { until } from './fake_device';

const sha = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

describe('pieces', () => {
  it('give the hash of the hashes of 1 MiB each', async () => {
    const bytes = new Uint8Array(kPiece + 5).fill(7);
    const expected = sha(Buffer.concat([sha(bytes.subarray(0, kPiece)), sha(bytes.subarray(kPiece))])).toString('hex');
    expect(await rootOf(bytes)).toBe(expected);
    expect(await rootOf(new Uint8Array())).toBe(sha(new Uint8Array()).toString('hex'));
  });
});

describe('an archive', () => {
  it('is read by unzip, with every byte and odd names', async () => {
    const parts: Uint8Array[] = [];
    const out = { write: (bytes: Uint8Array) => Promise.resolve(void parts.push(bytes)), close: () => Promise.resolve(), abort: () => Promise.resolve() };
    const zip = new ZipWriter(out);
    await zip.addFolder('empty');
    const file = await zip.add("a 'ü'.txt", new Date(2024, 4, 31, 8, 15));
    await file.write(new TextEncoder().encode('hello ') as Uint8Array<ArrayBuffer>);
    await file.write(new TextEncoder().encode('world') as Uint8Array<ArrayBuffer>);
    await file.close();
    await zip.close();
    const folder = mkdtempSync(join(tmpdir(), 'zip-'));
    try {
      writeFileSync(join(folder, 'x.zip'), Buffer.concat(parts));
      execFileSync('unzip', ['-q', 'x.zip'], { cwd: folder });
      expect(readFileSync(join(folder, "a 'ü'.txt"), 'utf8')).toBe('hello world');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a text', () => {
  it('keeps its mark and its line ends', () => {
    const bytes = new TextEncoder().encode('\ufeffa\r\nb\r\n');
    const text = textOf(bytes)!;
    expect(text.text).toBe('a\r\nb\r\n');
    expect(bytesOf(text, 'a\nb\n')).toEqual(bytes);
  });

  it('is none if it has other bytes', () => {
    expect(textOf(new Uint8Array([0x61, 0xff]))).toBeUndefined();
    expect(textOf(new Uint8Array([0x61, 0]))).toBeUndefined();
  });
});

describe('the queue', () => {
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  function make() {
    let told = (): void => undefined;
    const device = { isOpen: true, mayComeBack: true, facts: { put: 0 }, onConnection: (listener: () => void) => ((told = listener), () => undefined) };
    const queue = new Queue(device as unknown as Device);
    return { device, queue, tell: () => told() };
  }
  const failing = (queue: Queue, errors: (Error | undefined)[], batch: Batch = { exists: undefined }): Job => {
    const job = queue.addCustom('up', 'f', '/f', 1, () => {
      const error = errors.shift();
      return error ? Promise.reject(error) : Promise.resolve();
    });
    Object.assign(job, { batch });
    return job;
  };

  it('has the device do its own work in order, beside transfers', async () => {
    const { queue } = make();
    const begun: string[] = [];
    let end = (): void => undefined;
    const add = (kind: 'up' | 'work', name: string): Job => queue.addCustom(kind, name, `/${name}`, 0, () => (begun.push(name), name === 'third' ? Promise.resolve() : new Promise<void>((resolve) => (end = resolve))));
    for (const [kind, name] of [['up', 'upload'], ['work', 'second'], ['work', 'third']] as const) add(kind, name);
    await settle();
    expect(begun).toEqual(['upload', 'second']);
    end();
    await settle();
    expect(begun).toEqual(['upload', 'second', 'third']);
  });

  it('waits while the connection is lost, and goes on by itself', async () => {
    const { device, queue, tell } = make();
    Object.assign(device, { isOpen: true, mayComeBack: true });
    const job = failing(queue, [new LostError('lost'), undefined]);
    await Promise.resolve();
    Object.assign(device, { isOpen: false, mayComeBack: true });
    await settle();
    expect(job.state).toBe('waiting');
    Object.assign(device, { isOpen: true, mayComeBack: true });
    tell();
    await settle();
    expect(job.state).toBe('done');
  });

  it('gives up when the connection does not come back, and can be retried', async () => {
    const { device, queue, tell } = make();
    const job = failing(queue, [undefined]);
    Object.assign(device, { isOpen: false, mayComeBack: false });
    tell();
    await settle();
    expect([job.state, queue.isBusy]).toEqual(['failed', false]);
    Object.assign(device, { isOpen: true, mayComeBack: true });
    queue.retry(job);
    await settle();
    expect(job.state).toBe('done');
  });

  it('asks about one name, and keeps to an answer for all', async () => {
    const { queue } = make();
    const asked: Job[] = [];
    queue.onConflict = (job) => asked.push(job);
    const batch: Batch = { exists: undefined };
    const exists = () => new DeviceError('exists', 'exists');
    const jobs = [failing(queue, [exists(), undefined], batch), failing(queue, [exists()], batch)];
    await settle();
    expect(asked).toEqual([jobs[0]]);
    queue.answer(jobs[0]!, 'skip', true);
    await settle();
    expect(jobs.map(({ state }) => state)).toEqual(['skipped', 'skipped']);
  });

  it('does not try for ever what is lost while the connection stands, and keeps on while it gets further', async () => {
    const { queue } = make();
    const lost = (count: number): Error[] => Array.from({ length: count }, () => new LostError('the connection was lost'));
    const stuck = failing(queue, lost(100));
    const slow = queue.addCustom('down', 'g', '/g', 50, () => Promise.resolve(++slow.done < 50 ? Promise.reject(lost(1)[0]!) : undefined));
    await until(() => [stuck, slow].every(({ state }) => state !== 'queued' && state !== 'running'));
    expect([stuck.state, stuck.error, slow.state]).toEqual(['failed', 'the connection was lost', 'done']);
  });

  it('fails one and runs the others', async () => {
    const { queue } = make();
    const bad = failing(queue, [new DeviceError('no space left on the device')]);
    const good = failing(queue, [undefined]);
    await settle();
    expect([bad.state, bad.error, good.state]).toEqual(['failed', 'no space left on the device', 'done']);
    queue.clear();
    expect(queue.jobs).toEqual([]);
  });
});
