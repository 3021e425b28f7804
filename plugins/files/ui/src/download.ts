import { DeviceError, type Device, type Message } from './device';
import { kPiece, Pieces } from './pieces';
import type { Sink } from './sinks';

export interface DownloadTask {
  path: string;
  /// Where the bytes go; holds exactly the whole pieces taken until now.
  sink: Sink;
  /// What was taken before a lost connection.
  pieces?: Pieces;
  at?: number;
  onStart?(size: number): void;
  onProgress(bytes: number): void;
  signal: AbortSignal;
}

export interface Fetched {
  size: number;
  sha256: string;
}

const kWindow = 32 * 1024 * 1024;
const kAckEvery = 1024 * 1024;

/// Fetches one file into its sink, which stays open, when those before it are over. Throws LostError when the connection is lost: call
/// it again with the same task to go on; DeviceError "changed" when the file is another one meanwhile.
/// Memory: a piece of 1 MiB and what the window lets wait for the sink.
export function download(device: Device, task: DownloadTask): Promise<Fetched> {
  return device.inTurn('down', () => fetchFile(device, task));
}

async function fetchFile(device: Device, task: DownloadTask): Promise<Fetched> {
  if (task.signal.aborted) throw cancelled();
  const pieces = (task.pieces ??= new Pieces());
  task.at ??= 0;
  const offset = task.at;
  const before = offset > 0 ? { offset, root: await pieces.root() } : {};
  // Nothing is waited for between this and the request, whose number it is.
  const id = device.nextId;
  const taker = new Taker(device, task, id);
  const stop = (): void => taker.stop(cancelled());
  task.signal.addEventListener('abort', stop);
  device.onBlock = (bytes) => taker.push(bytes);
  try {
    const start: Message = { action: 'download', sub: 'start', path: task.path, window: kWindow, ...before };
    const end = device.converse<Message>(
      start,
      (answer, done) => {
        if (answer['sub'] === 'start') {
          taker.begin();
          task.onStart?.(Number(answer['size']));
        }
        else if (answer['sub'] === 'done') done(answer);
        else if (answer['sub'] === 'cancel') throw new DeviceError(String(answer['error'] ?? ''), String(answer['code'] ?? ''));
      },
      'id',
    );
    const answer = await Promise.race([end, taker.failed]);
    await Promise.race([taker.finish(), taker.failed]);
    if (answer['root'] !== (await pieces.root())) throw new DeviceError('the bytes that arrived are not those that were sent', 'hash');
    return { size: Number(answer['size']), sha256: String(answer['sha256']) };
  } finally {
    task.signal.removeEventListener('abort', stop);
    device.onBlock = undefined;
    device.forget(id);
    await taker.settled();
  }
}

/// Takes blocks as they come and writes whole pieces, one after the other.
class Taker {
  readonly failed: Promise<never>;
  private fail!: (error: Error) => void;
  private piece = new Uint8Array(kPiece);
  private filled = 0;
  private received: number;
  private acked: number;
  private work: Promise<void> = Promise.resolve();
  private isBegun = false;
  private isOver = false;

  constructor(
    private readonly device: Device,
    private readonly task: DownloadTask,
    private readonly id: number,
  ) {
    this.failed = new Promise((_, reject) => (this.fail = reject));
    this.failed.catch(() => undefined);
    this.received = this.acked = task.at!;
  }

  /// The device has answered. What came before it are blocks of a download that was cancelled: they carry
  /// no number, and all comes over one ordered stream.
  begin(): void {
    this.isBegun = true;
  }

  push(block: Uint8Array): void {
    if (!this.isBegun || this.isOver) return;
    const data = block.subarray(4);
    this.received += data.length;
    for (let from = 0; from < data.length; ) {
      const count = Math.min(data.length - from, kPiece - this.filled);
      this.piece.set(data.subarray(from, from + count), this.filled);
      this.filled += count;
      from += count;
      if (this.filled === kPiece) this.closePiece();
    }
    this.task.onProgress(this.received);
  }

  /// Ends it here and at the device.
  stop(error: Error): void {
    if (this.isOver) return;
    void this.device.send({ action: 'download', sub: 'cancel', id: this.id });
    this.isOver = true;
    this.fail(error);
  }

  /// Writes the last piece, which may be shorter.
  async finish(): Promise<void> {
    if (this.filled > 0) this.closePiece();
    await this.work;
  }

  /// Nothing is written any more.
  async settled(): Promise<void> {
    this.isOver = true;
    await this.work;
  }

  private closePiece(): void {
    const piece = this.piece.subarray(0, this.filled);
    this.piece = new Uint8Array(kPiece);
    this.filled = 0;
    this.work = this.work.then(() => this.write(piece)).catch((error: unknown) => this.stop(error as Error));
  }

  private async write(piece: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.isOver) return;
    const { task } = this;
    await task.sink.write(piece);
    void task.pieces!.add(piece);
    task.at! += piece.length;
    if (task.at! - this.acked < kAckEvery) return;
    this.acked = task.at!;
    void this.device.send({ action: 'download', sub: 'ack', id: this.id, at: this.acked });
  }
}

const cancelled = (): DeviceError => new DeviceError('cancelled', 'cancelled');
