import { DeviceError, LostError, type Device, type Message } from './device';
import { addPrefix, kPiece, Pieces, randomKey, rootOf } from './pieces';

export type Exists = 'fail' | 'replace' | 'rename';

export interface UploadTask {
  folder: string;
  name: string;
  file: Blob;
  exists: Exists;
  /// Root that the file at the device must still have.
  expect?: string;
  /// Of an upload that was begun: it is continued.
  key?: string;
  /// Bytes that the device has.
  onProgress(bytes: number): void;
  signal: AbortSignal;
}

export interface Placed {
  path: string;
  sha256: string;
}

/// Browsers send larger messages in fragments, which the relay has to put together for the device.
const kFrame = 64 * 1024;
/// What may be under way without being acknowledged: enough for 50 ms at 600 MB/s.
const kWindow = 32 * 1024 * 1024;

const bytesOf = async (file: Blob, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await file.slice(from, to).arrayBuffer());

/// Sends one file, when those before it are over, and resolves when it has its name. Throws LostError when the connection is lost: call
/// it again with the same task to go on. Memory: a few pieces of 1 MiB.
export function upload(device: Device, task: UploadTask): Promise<Placed> {
  return device.inTurn('up', () => send(device, task));
}

async function send(device: Device, task: UploadTask): Promise<Placed> {
  if (task.signal.aborted) throw new DeviceError('cancelled', 'cancelled');
  const isContinued = task.key !== undefined;
  task.key ??= randomKey();
  const done = await attempt(device, task, isContinued);
  return done ?? (await attempt(device, task, false))!;
}

/// Undefined: what the device has kept is not what the file begins with.
async function attempt(device: Device, task: UploadTask, resume: boolean): Promise<Placed | undefined> {
  const pieces = new Pieces();
  let acked = 0;
  let wake = (): void => undefined;
  let sending: Promise<void> | undefined;
  let isWrong = false;
  const { file, folder, name, key, exists, expect } = task;
  const id = device.nextId;
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort();
    void device.send({ action: 'uploadcancel', reqid: id });
  };
  const start: Message = { action: 'upload', path: folder, name, size: file.size, key, resume, exists, expect };
  const begin = async (at: number, root: string): Promise<void> => {
    acked = at;
    if (at > 0) {
      await addPrefix(pieces, file, at);
      if ((await pieces.root()) !== root) {
        isWrong = true;
        await device.send({ action: 'uploadcancel', reqid: id });
        return;
      }
    }
    const frames = framesOf();
    for (let from = at; from < file.size; from += kPiece) {
      const to = Math.min(from + kPiece, file.size);
      const piece = await bytesOf(file, from, to);
      const hashed = pieces.add(piece);
      for (const frame of frames(piece)) {
        while (!stop.signal.aborted && to - acked > kWindow) await new Promise<void>((resolve) => (wake = resolve));
        if (stop.signal.aborted) return;
        await device.sendBytes(frame);
      }
      await hashed;
    }
    await device.send({ action: 'uploaddone', reqid: id, root: await pieces.root() });
  };
  task.signal.addEventListener('abort', abort);
  try {
    return await new Promise<Placed | undefined>((resolve, reject) => {
      device
        .converse<Placed | undefined>(start, (answer, done) => {
          if (answer['action'] === 'uploadstart') {
            sending = begin(Number(answer['at']), String(answer['root']));
            sending.catch((error: unknown) => {
              // Of a file that can't be read any more nothing is continued.
              if (!(error instanceof LostError)) abort();
              reject(error as Error);
            });
          } else if (answer['action'] === 'uploadack') {
            acked = Number(answer['at']);
            task.onProgress(acked);
            wake();
          } else if (answer['action'] === 'uploadcancel') {
            if (!isWrong) throw new DeviceError('cancelled', 'cancelled');
            done(undefined);
          } else if (answer['action'] === 'uploaddone') {
            done({ path: String(answer['path']), sha256: String(answer['sha256']) });
          }
        })
        .then(resolve, reject);
    });
  } finally {
    stop.abort();
    wake();
    task.signal.removeEventListener('abort', abort);
    await sending?.catch(() => undefined);
  }
}

/// What the device has kept of an upload that was begun, if the file still begins with it: bytes.
export function kept(device: Device, task: UploadTask): Promise<number> {
  return device.inTurn('up', () => askKept(device, task));
}

async function askKept(device: Device, task: UploadTask): Promise<number> {
  if (task.signal.aborted) throw new DeviceError('cancelled', 'cancelled');
  const { file, folder, name, key, exists, expect } = task;
  const pieces = new Pieces();
  const start: Message = { action: 'upload', path: folder, name, size: file.size, key, resume: true, exists, expect };
  const answer = await device.converse<Message>(start, (message, done) => {
    if (message['action'] === 'uploadstart') done(message);
  });
  void device.send({ action: 'uploadcancel', keep: true });
  const at = Number(answer['at']);
  if (at === 0) return 0;
  await addPrefix(pieces, file, at);
  return (await pieces.root()) === answer['root'] ? at : 0;
}

/// Removes what the device has kept of an upload that is given up.
export async function dropPart(device: Device, { folder, name, key }: UploadTask): Promise<void> {
  if (key !== undefined) await device.request({ action: 'uploaddrop', path: folder, name, key });
}

/// Cuts a piece into frames; each begins with a zero, which the device takes off (agent-protocol 7.3).
function framesOf(block = kFrame): (piece: Uint8Array) => Generator<Uint8Array> {
  return function* (piece) {
    for (let at = 0; at < piece.length; at += block - 1) {
      const part = piece.subarray(at, at + block - 1);
      const frame = new Uint8Array(part.length + 1);
      frame.set(part, 1);
      yield frame;
    }
  };
}

/// A small file in one message. Many may be under way.
export async function put(device: Device, task: UploadTask): Promise<Placed> {
  const bytes = await bytesOf(task.file, 0, task.file.size);
  const root = await rootOf(bytes);
  const placed = device.request<Message & { path: string }>({ action: 'put', path: task.folder, name: task.name, size: bytes.length, root, exists: task.exists });
  if (bytes.length > 0) {
    const frame = new Uint8Array(bytes.length + 1);
    frame.set(bytes, 1);
    // Directly behind its request: sendBytes keeps the order.
    void device.sendBytes(frame);
  }
  const { path } = await placed;
  task.onProgress(bytes.length);
  return { path, sha256: '' };
}
