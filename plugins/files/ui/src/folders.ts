import { LostError, type Device, type Entry, type Message } from './device';
import { download, type DownloadTask } from './download';
import type { Job, Queue } from './queue';
import { HandleSink, type Sink } from './sinks';
import { ZipWriter } from './zip';

/// Folders that are fetched: their tree is read first, then file by file, into an archive or a folder of
/// this computer.
export interface Target {
  folder(path: string): Promise<void>;
  /// The sink of one file; closed before the next is asked for.
  file(path: string, changed: Date): Promise<Sink>;
  end(): Promise<void>;
  abort(): Promise<void>;
}

export function zipTarget(out: Sink): Target {
  const zip = new ZipWriter(out);
  return {
    folder: (path) => zip.addFolder(path),
    file: (path, changed) => zip.add(path, changed),
    end: async () => {
      await zip.close();
      await out.close();
    },
    abort: () => out.abort(),
  };
}

export function directoryTarget(root: FileSystemDirectoryHandle): Target {
  const folderAt = async (parts: string[]): Promise<FileSystemDirectoryHandle> => {
    let at = root;
    for (const part of parts) at = await at.getDirectoryHandle(local(part), { create: true });
    return at;
  };
  return {
    folder: async (path) => void (await folderAt(path.split('/'))),
    file: async (path) => {
      const parts = path.split('/');
      const name = parts.pop()!;
      return new HandleSink(await (await folderAt(parts)).getFileHandle(local(name), { create: true }));
    },
    end: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  };
}

/// A name that other systems accept: what they forbid is replaced by "_".
export function local(name: string): string {
  // eslint-disable-next-line no-control-regex
  const clean = name.replace(/[\u0000-\u001f\u007f\\/:*?"<>|\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '_').replace(/[ .]+$/, (end) => '_'.repeat(end.length));
  return clean || '_';
}

/// One transfer of the queue for everything in `names` of `folder`.
export function fetchTree(queue: Queue, title: string, folder: string, names: string[], target: Target): Job {
  const state = { tree: undefined as Entry[] | undefined, at: 0, taken: 0, task: undefined as DownloadTask | undefined };
  const run = async (device: Device, job: Job): Promise<void> => {
    try {
      state.tree ??= await readTree(device, folder, names);
      job.size = state.tree.reduce((sum, { s }) => sum + (s ?? 0), 0);
      for (; state.at < state.tree.length; state.at++) {
        if (job.stop.signal.aborted) return;
        await one(device, job, state.tree[state.at]!);
      }
      await target.end();
    } catch (error) {
      if (!(error instanceof LostError)) await target.abort();
      throw error;
    }
  };
  const one = async (device: Device, job: Job, { n, t, d }: Entry): Promise<void> => {
    const slashes = n.replaceAll('\\', '/');
    if (t !== 3) return target.folder(slashes);
    const task = (state.task ??= {
      path: folder.endsWith('/') ? folder + n : `${folder}/${n}`,
      sink: await target.file(slashes, d ? new Date(d) : new Date()),
      onProgress: (bytes) => queue.progress(job, state.taken + bytes),
      signal: job.stop.signal,
    });
    const { size } = await download(device, task);
    await task.sink.close();
    state.taken += size;
    state.task = undefined;
  };
  return queue.addCustom('down', title, folder, 0, run, () => target.abort());
}

async function readTree(device: Device, folder: string, names: string[]): Promise<Entry[]> {
  const all: Entry[] = [];
  await device.request<Message>({ action: 'tree', path: folder, names }, (part) => {
    if (Array.isArray(part['dir'])) all.push(...(part['dir'] as Entry[]));
  });
  return all;
}
