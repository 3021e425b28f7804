import { LostError, DeviceError, type Device } from './device';
import { download, type DownloadTask } from './download';
import type { Sink } from './sinks';
import { goesByHttp, type HttpTransfers } from './http';
import { dropPart, put, upload, type Exists, type UploadTask } from './upload';

/// "partial": over, with some of it left out.
export type State = 'queued' | 'running' | 'waiting' | 'conflict' | 'done' | 'partial' | 'failed' | 'cancelled' | 'skipped';

const kActive: State[] = ['queued', 'running', 'waiting', 'conflict'];

/// "work": what the device does by itself, one after the other.
export type Kind = 'up' | 'down' | 'work';

/// What one gesture of the person started: its answer to a conflict holds for all of it.
export interface Batch {
  exists: Exists | 'skip' | undefined;
}

export interface Job {
  readonly id: number;
  readonly kind: Kind;
  readonly name: string;
  /// Where it goes, or what is fetched: a path of the device.
  readonly path: string;
  readonly batch: Batch;
  size: number;
  done: number;
  state: State;
  error: string;
  /// Losses of its own in a row, while the connection to the device stood, and how far it was at the last.
  losses: { count: number; at: number };
  /// Of a conflict: what is there already, if not what `name` says.
  taken?: string;
  /// What was left out, and why.
  missing: { name: string; why: string }[];
  readonly stop: AbortController;
  run(device: Device): Promise<void>;
  /// Small uploads run side by side.
  readonly isSmall: boolean;
  /// Asks again what a conflict left open.
  answer?(exists: Exists): void;
  /// Leaves nothing behind.
  discard?(): Promise<void>;
}

const kSideBySide = 48;
const kSpeedMs = 4000;
/// Of one transfer that gets no further.
const kMaxLosses = 10;

/// Runs transfers: one up and one down at a time, small uploads side by side. A lost connection makes
/// them wait; they go on where they were.
export class Queue {
  readonly jobs: Job[] = [];
  onChange: () => void = () => undefined;
  /// Asks the person about a file that is there already.
  onConflict: ((job: Job) => void) | undefined;
  /// One is over.
  onEnd: (job: Job) => void = () => undefined;
  private last = 0;
  private running = new Set<Job>();
  private next = { up: 0, down: 0, work: 0 };
  private samples: { at: number; bytes: number }[] = [];
  private moved = 0;
  private counts = new Map<State, number>();
  /// What uploads have left on the device while that was away.
  private parts: UploadTask[] = [];
  /// For large files; guests have none.
  http: HttpTransfers | undefined;

  constructor(private readonly device: Device) {
    device.onConnection(() => {
      if (device.isOpen) {
        for (const task of this.parts.splice(0)) void this.dropPart(task);
        for (const job of this.jobs) if (job.state === 'waiting') this.requeue(job);
        this.pump();
      } else if (!device.mayComeBack) this.giveUp();
    });
  }

  get isBusy(): boolean {
    return this.count('queued') + this.count('running') + this.count('waiting') > 0;
  }

  /// How many are not over.
  get left(): number {
    return kActive.reduce((sum, state) => sum + this.count(state), 0);
  }

  count(state: State): number {
    return this.counts.get(state) ?? 0;
  }

  addUpload(folder: string, name: string, path: string, file: Blob, batch: Batch): Job {
    const task: UploadTask = { folder, name, file, exists: 'fail', onProgress: (bytes) => this.progress(job, bytes), signal: new AbortController().signal };
    const job = this.make('up', name, path, file.size, batch, async (device) => {
      if (batch.exists === 'skip') task.exists = 'fail';
      else if (batch.exists) task.exists = batch.exists;
      const isSmall = file.size <= (device.facts?.put ?? 0);
      if (isSmall) await put(device, task);
      else if (this.http && goesByHttp(file.size, `${task.folder}/${task.name}`)) await this.http.uploadWhole(task);
      else await upload(device, task);
    });
    task.signal = job.stop.signal;
    job.answer = (exists) => (task.exists = exists);
    job.discard = () => this.dropPart(task);
    (job as { isSmall: boolean }).isSmall = file.size <= 65536;
    return this.add(job);
  }

  /// A file that the browser itself fetches.
  addHttpDownload(path: string, name: string, size: number): Job {
    return this.addCustom('down', name, path, size, (_, job) => this.http!.download(path, (bytes) => this.progress(job, bytes), job.stop.signal));
  }

  /// `makeSink` is asked again when what was taken until then is of no use any more.
  addDownload(path: string, name: string, size: number, batch: Batch, makeSink: () => Sink): Job {
    const task: DownloadTask = {
      path,
      sink: makeSink(),
      onStart: (bytes) => (job.size = bytes),
      onProgress: (bytes) => this.progress(job, bytes),
      signal: new AbortController().signal,
    };
    const job = this.make('down', name, path, size, batch, async (device) => {
      try {
        await download(device, task);
      } catch (error) {
        if (!(error instanceof LostError)) await startAgain(task, makeSink);
        throw error;
      }
      await task.sink.close();
    });
    task.signal = job.stop.signal;
    job.discard = () => task.sink.abort();
    return this.add(job);
  }

  /// Something of several steps that is one transfer to the person, such as a folder.
  addCustom(kind: Kind, name: string, path: string, size: number, run: (device: Device, job: Job) => Promise<void>, discard?: () => Promise<void>): Job {
    const job = this.make(kind, name, path, size, { exists: undefined }, (device) => run(device, job));
    job.discard = discard;
    return this.add(job);
  }

  progress(job: Job, bytes: number): void {
    if (bytes > job.done) this.moved += bytes - job.done;
    job.done = bytes;
    this.onChange();
  }

  cancel(job: Job): void {
    if (!kActive.includes(job.state)) return;
    const wasRunning = this.running.has(job);
    this.set(job, 'cancelled');
    job.stop.abort();
    if (!wasRunning) void job.discard?.();
    this.pump();
  }

  cancelAll(): void {
    for (const job of this.jobs) this.cancel(job);
  }

  retry(job: Job): void {
    if (job.state !== 'failed' && job.state !== 'partial') return;
    job.error = '';
    job.losses = { count: 0, at: 0 };
    job.missing = [];
    this.requeue(job);
  }

  retryFailed(): void {
    for (const job of this.jobs.filter(({ state }) => state === 'failed')) this.retry(job);
  }

  /// What to do with the file of a conflict, and with all further ones of its gesture.
  answer(job: Job, exists: Exists | 'skip', forAll: boolean): void {
    if (forAll) job.batch.exists = exists;
    const meant = forAll ? this.jobs.filter((each) => each.state === 'conflict' && each.batch === job.batch) : [job];
    for (const each of meant) {
      if (exists === 'skip') this.finish(each, 'skipped');
      else {
        each.answer?.(exists);
        this.requeue(each);
      }
    }
    this.askNext();
  }

  /// Takes what is over out of the list.
  clear(): void {
    const kept = this.jobs.filter(({ state }) => kActive.includes(state));
    for (const job of this.jobs) if (job.state === 'failed') void job.discard?.();
    this.jobs.length = 0;
    this.jobs.push(...kept);
    this.next = { up: 0, down: 0, work: 0 };
    this.counts.clear();
    for (const { state } of kept) this.counts.set(state, this.count(state) + 1);
    this.onChange();
  }

  /// Bytes a second, lately.
  speed(now = performance.now()): number {
    this.samples.push({ at: now, bytes: this.moved });
    while (this.samples.length > 2 && now - this.samples[0]!.at > kSpeedMs) this.samples.shift();
    const first = this.samples[0]!;
    return now - first.at < 200 ? 0 : ((this.moved - first.bytes) * 1000) / (now - first.at);
  }

  totals(): { size: number; done: number } {
    let size = 0;
    let done = 0;
    for (const job of this.jobs) {
      if (job.state === 'cancelled' || job.state === 'skipped' || job.state === 'failed') continue;
      size += Math.max(job.size, job.done);
      done += job.done;
    }
    return { size, done };
  }

  private make(kind: Kind, name: string, path: string, size: number, batch: Batch, run: (device: Device) => Promise<void>): Job {
    return { id: ++this.last, kind, name, path, size, batch, done: 0, state: 'queued', error: '', losses: { count: 0, at: 0 }, missing: [], stop: new AbortController(), run, isSmall: false };
  }

  private add(job: Job): Job {
    this.jobs.push(job);
    this.counts.set('queued', this.count('queued') + 1);
    this.pumpSoon();
    return job;
  }

  private isPlanned = false;
  private pumpSoon(): void {
    if (this.isPlanned) return;
    this.isPlanned = true;
    queueMicrotask(() => {
      this.isPlanned = false;
      this.pump();
    });
  }

  private pump(): void {
    if (this.device.isOpen) for (const kind of ['up', 'down', 'work'] as const) this.fill(kind);
    this.onChange();
  }

  private fill(kind: Kind): void {
    const mine = (): Job[] => [...this.running].filter((job) => job.kind === kind);
    for (;;) {
      const active = mine();
      const job = this.nextOf(kind);
      if (!job || active.length >= kSideBySide) return;
      if (active.length > 0 && !(job.isSmall && active.every((each) => each.isSmall))) return;
      void this.start(job);
    }
  }

  /// Those before `next` are over or run: of ten thousand each is looked at once.
  private nextOf(kind: Kind): Job | undefined {
    for (let at = this.next[kind]; at < this.jobs.length; at++) {
      const job = this.jobs[at]!;
      if (job.kind === kind && job.state === 'queued') return job;
      if (at === this.next[kind]) this.next[kind]++;
    }
    return undefined;
  }

  private async start(job: Job): Promise<void> {
    this.set(job, 'running');
    this.running.add(job);
    let error: unknown;
    try {
      await job.run(this.device);
    } catch (problem) {
      error = problem;
    }
    this.running.delete(job);
    if (job.state !== 'running') void job.discard?.();
    else if (error === undefined) this.finish(job, job.missing.length > 0 ? 'partial' : 'done');
    else this.failed(job, error);
    this.pump();
  }

  private failed(job: Job, error: unknown): void {
    if (error instanceof LostError) {
      if (this.device.isOpen && this.isStuck(job)) return this.fail(job, error);
      if (this.device.isOpen) this.requeue(job);
      else this.set(job, 'waiting');
      if (!this.device.mayComeBack) this.giveUp();
      return;
    }
    if (error instanceof DeviceError && error.code === 'exists') {
      if (job.batch.exists === 'skip') return this.finish(job, 'skipped');
      const others = this.count('conflict');
      this.set(job, 'conflict');
      if (others === 0) this.askNext();
      return;
    }
    this.fail(job, error);
  }

  private fail(job: Job, error: unknown): void {
    job.error = error instanceof Error ? error.message : String(error);
    this.finish(job, 'failed');
  }

  private isStuck(job: Job): boolean {
    const count = job.done > job.losses.at ? 1 : job.losses.count + 1;
    job.losses = { count, at: Math.max(job.done, job.losses.at) };
    return count > kMaxLosses;
  }

  private async dropPart(task: UploadTask): Promise<void> {
    try {
      await dropPart(this.device, task);
    } catch (error) {
      if (error instanceof LostError) this.parts.push(task);
    }
  }

  private askNext(): void {
    const job = this.jobs.find(({ state }) => state === 'conflict');
    if (job) this.onConflict?.(job);
  }

  private requeue(job: Job): void {
    this.set(job, 'queued');
    this.next[job.kind] = Math.min(this.next[job.kind], this.jobs.indexOf(job));
    this.pumpSoon();
  }

  /// The connection does not come back by itself.
  private giveUp(): void {
    for (const job of this.jobs) {
      if (job.state !== 'waiting' && job.state !== 'queued') continue;
      job.error = 'the connection was lost';
      this.finish(job, 'failed');
    }
  }

  private finish(job: Job, state: State): void {
    this.set(job, state);
    if (state === 'done') job.done = Math.max(job.done, job.size);
    if (state === 'skipped') void job.discard?.();
    this.onEnd(job);
  }

  private set(job: Job, state: State): void {
    this.counts.set(job.state, this.count(job.state) - 1);
    this.counts.set(state, this.count(state) + 1);
    job.state = state;
    this.onChange();
  }
}

async function startAgain(task: DownloadTask, makeSink: () => Sink): Promise<void> {
  await task.sink.abort();
  Object.assign(task, { sink: makeSink(), at: 0, pieces: undefined });
}
