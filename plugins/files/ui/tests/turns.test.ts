import { download, type DownloadTask } from '../src/download';
import { Queue, type Job } from '../src/queue';
import { MemorySink, type Sink } from '../src/sinks';
import { upload, type UploadTask } from '../src/upload';
import { FakeDevice, until } from './fake_device';

const kMiB = 1024 * 1024;
const filled = (size: number, value: number): Uint8Array<ArrayBuffer> => new Uint8Array(size).fill(value);
const never = new AbortController().signal;
const fetching = (path: string, sink: Sink, more: Partial<DownloadTask> = {}): DownloadTask => ({ path, sink, onProgress: () => undefined, signal: never, ...more });
const sending = (name: string, size: number, more: Partial<UploadTask> = {}): UploadTask => ({ folder: '/to', name, file: new Blob([filled(size, 3)]), exists: 'fail', onProgress: () => undefined, signal: never, ...more });
const isOver = ({ state }: Job): boolean => ['done', 'failed', 'cancelled', 'skipped'].includes(state);

async function connected(): Promise<FakeDevice> {
  const fake = new FakeDevice();
  fake.files.set('/a', { bytes: filled(3 * kMiB + 1, 1) });
  fake.files.set('/b', { bytes: filled(2 * kMiB + 1, 2) });
  await fake.connect();
  return fake;
}

describe('the transfers of one session', () => {
  it('come one after the other: two downloads', async () => {
    const { device } = await connected();
    const sinks = [new MemorySink(), new MemorySink()];
    const both = await Promise.all([download(device, fetching('/a', sinks[0]!)), download(device, fetching('/b', sinks[1]!))]);
    expect(both.map(({ size }) => size)).toEqual([3 * kMiB + 1, 2 * kMiB + 1]);
    expect((await sinks[1]!.bytes()).every((byte) => byte === 2)).toBe(true);
  });

  it('come one after the other: two uploads', async () => {
    const fake = await connected();
    await Promise.all([upload(fake.device, sending('x', kMiB)), upload(fake.device, sending('y', 10))]);
    expect([...fake.placed].map(([path, bytes]) => [path, bytes.length])).toEqual([['/to/x', kMiB], ['/to/y', 10]]);
  });

  it('let the next one go when one has failed or was cancelled before its turn', async () => {
    const fake = await connected();
    const { device } = fake;
    const stop = new AbortController();
    const results = Promise.allSettled([
      download(device, fetching('/none', new MemorySink())),
      download(device, fetching('/a', new MemorySink(), { signal: stop.signal })),
      download(device, fetching('/b', new MemorySink())),
    ]);
    stop.abort();
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(fake.messages('download', 'start').map(({ path }) => path)).toEqual(['/none', '/b']);
    expect(device.isBusy('down')).toBe(false);
  });
});

describe('a transfer that something else replaced at the device', () => {
  it('has failed, and can be retried', async () => {
    const fake = await connected();
    fake.tellsReplaced = true;
    const queue = new Queue(fake.device);
    const down = queue.addDownload('/a', 'a', 0, { exists: undefined }, () => new MemorySink());
    await until(() => fake.messages('download', 'start').length === 1);
    void fake.device.send({ action: 'download', sub: 'start', id: 9999, path: '/b', window: 1 });
    const up = queue.addUpload('/to', 'x', '/to/x', new Blob([filled(3 * kMiB, 1)]), { exists: undefined });
    await until(() => fake.messages('upload').length === 1);
    void fake.device.send({ action: 'upload', reqid: 9998, path: '/to', name: 'other', size: 0 });
    await until(() => isOver(down) && isOver(up));
    expect([down, up].map(({ state, error }) => [state, error])).toEqual([['failed', 'replaced by another download'], ['failed', 'replaced by another upload']]);
    queue.retryFailed();
    await until(() => isOver(down) && isOver(up));
    expect([down.state, up.state]).toEqual(['done', 'done']);
  });
});

describe('a download', () => {
  it('takes no blocks of one that was cancelled before it', async () => {
    const { device } = await connected();
    const stop = new AbortController();
    const first = download(device, fetching('/a', new MemorySink(), { signal: stop.signal, onProgress: () => stop.abort() }));
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    const sink = new MemorySink();
    expect(await download(device, fetching('/b', sink))).toMatchObject({ size: 2 * kMiB + 1 });
    expect((await sink.bytes()).every((byte) => byte === 2)).toBe(true);
  });

  it('is ended at the device as well when its bytes can not be kept', async () => {
    const fake = await connected();
    const full = { write: () => Promise.reject(new Error('full')), close: () => Promise.resolve(), abort: () => Promise.resolve() };
    await expect(download(fake.device, fetching('/a', full))).rejects.toThrow('full');
    const [start] = fake.messages('download', 'start');
    expect(fake.messages('download', 'cancel').map(({ id }) => id)).toEqual([start!['id']]);
  });
});

describe('an upload that is given up', () => {
  const large = (): Blob => new Blob([filled(3 * kMiB, 1)]);
  const dropped = (fake: FakeDevice): unknown[] => fake.messages('uploaddrop').map(({ path, key, answer }) => [path, key, answer]);
  const keyOf = (fake: FakeDevice): unknown => fake.messages('upload')[0]!['key'];

  it('leaves nothing on the device: while it runs', async () => {
    const fake = await connected();
    const queue = new Queue(fake.device);
    const http = { uploadWhole: (task: UploadTask) => new Promise((_, reject) => {
      task.key = '0123456789abcdef01234567';
      task.signal.addEventListener('abort', () => reject(new Error('aborted')));
    }) };
    Object.assign(queue, { http });
    const job = queue.addUpload('/to', 'x', '/to/x', new Blob([filled(9 * kMiB, 1)]), { exists: undefined });
    await until(() => job.state === 'running');
    queue.cancel(job);
    await until(() => fake.messages('uploaddrop').length === 1);
    expect(dropped(fake)).toEqual([['/to', '0123456789abcdef01234567', true]]);
  });

  it('leaves nothing on the device: when that is back after the connection was lost', async () => {
    const fake = await connected();
    const queue = new Queue(fake.device);
    const job = queue.addUpload('/to', 'x', '/to/x', large(), { exists: undefined });
    fake.isSilent = true;
    await until(() => fake.messages('upload').length === 1);
    fake.lose();
    await until(() => job.state === 'waiting');
    queue.cancel(job);
    fake.isSilent = false;
    await fake.connect();
    await until(() => fake.messages('uploaddrop').length === 1);
    expect(dropped(fake)).toEqual([['/to', keyOf(fake), true]]);
  });

  it('leaves nothing on the device: when a failed one is taken out of the list', async () => {
    const fake = await connected();
    fake.tellsReplaced = true;
    const queue = new Queue(fake.device);
    const job = queue.addUpload('/to', 'x', '/to/x', large(), { exists: undefined });
    await until(() => fake.messages('upload').length === 1);
    void fake.device.send({ action: 'upload', reqid: 9998, path: '/to', name: 'other', size: 0 });
    await until(() => isOver(job));
    expect([job.state, fake.messages('uploaddrop')]).toEqual(['failed', []]);
    queue.clear();
    await until(() => fake.messages('uploaddrop').length === 1);
    expect(dropped(fake)).toEqual([['/to', keyOf(fake), true]]);
  });

  it('that never began asks for nothing', async () => {
    const fake = await connected();
    const queue = new Queue(fake.device);
    const jobs = ['x', 'y'].map((name) => queue.addUpload('/to', name, `/to/${name}`, large(), { exists: undefined }));
    queue.cancel(jobs[1]!);
    await until(() => jobs[0]!.state === 'done');
    expect(fake.messages('uploaddrop')).toEqual([]);
  });
});
