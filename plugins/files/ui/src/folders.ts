import { DeviceError, LostError, type Device, type Entry, type Message } from './device';
import { download, type DownloadTask } from './download';
import { LocalNames } from './local_names';
import { namesHere } from './local_folder';
import { partsOf } from './names';
import type { Job, Queue } from './queue';
import { allowed, FolderSink, PlaceError, type Sink } from './sinks';
import { ZipWriter } from './zip';

/// Folders that are fetched: their tree is read first, then file by file, into an archive or a folder of
/// this computer.
export interface Target {
  folder(path: string): Promise<void>;
  /// The sink of one file; closed or aborted before the next is asked for.
  file(path: string, changed: Date): Promise<Sink>;
  end(): Promise<void>;
  abort(): Promise<void>;
}

export function zipTarget(out: Sink): Target {
  const zip = new ZipWriter(out);
  // Windows would take it for a separator; in names of other systems it is a sign like others.
  const names = new LocalNames((name) => name.replaceAll('\\', '_'), (path) => path);
  return {
    folder: (path) => zip.addFolder(names.of(path)),
    file: (path, changed) => Promise.resolve(zip.add(names.of(path), changed)),
    end: async () => {
      await zip.close();
      await out.close();
    },
    abort: () => out.abort(),
  };
}

/// `decided`: what the names at the top are called there (local_folder.ts); the same when it begins anew.
export function directoryTarget(root: FileSystemDirectoryHandle, decided?: ReadonlyMap<string, string>): Target {
  const names = namesHere(decided);
  const folderAt = async (parts: string[]): Promise<FileSystemDirectoryHandle> => {
    let at = root;
    for (const part of parts) at = await allowed(at.getDirectoryHandle(part, { create: true }));
    return at;
  };
  return {
    folder: async (path) => void (await folderAt(names.of(path).split('/'))),
    file: async (path) => {
      const parts = names.of(path).split('/');
      const name = parts.pop()!;
      return new FolderSink(await folderAt(parts), name);
    },
    end: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  };
}

/// A path of a tree that stays below what was asked for, on every system that it may be unpacked on.
export function isWithin(path: unknown, names: string[]): path is string {
  if (typeof path !== 'string' || path.includes('\0') || /^[a-z]:/i.test(path)) return false;
  const parts = path.split('/');
  return names.includes(parts[0]!) && parts.every((part) => !['', '.', '..'].includes(part));
}

/// One transfer of the queue for everything in `names` of `folder`. What can't be fetched is left out and
/// said. `makeTarget` is asked again when it begins anew.
export function fetchTree(queue: Queue, title: string, folder: string, names: string[], makeTarget: () => Target): Job {
  const fetching = new TreeFetch(queue, folder, names, makeTarget);
  return queue.addCustom('down', title, folder, 0, (device, job) => fetching.run(device, job), () => fetching.drop());
}

class TreeFetch {
  private tree: Entry[] | undefined;
  private target: Target | undefined;
  private at = 0;
  private taken = 0;
  /// The file that is being fetched: a lost connection leaves it to be continued.
  private task: DownloadTask | undefined;

  constructor(
    private readonly queue: Queue,
    private readonly folder: string,
    private readonly names: string[],
    private readonly makeTarget: () => Target,
  ) {}

  async run(device: Device, job: Job): Promise<void> {
    try {
      this.tree ??= await this.begin(device, job);
      for (; this.at < this.tree.length; this.at++) {
        if (job.stop.signal.aborted) return;
        await this.one(device, job, this.tree[this.at]!);
      }
      await this.target!.end();
      this.tree = this.target = undefined;
    } catch (error) {
      if (!(error instanceof LostError)) await this.drop();
      throw error;
    }
  }

  /// Leaves nothing behind; run() then begins anew.
  async drop(): Promise<void> {
    const { target, task } = this;
    this.tree = this.target = this.task = undefined;
    await task?.sink.abort();
    await target?.abort();
  }

  private async begin(device: Device, job: Job): Promise<Entry[]> {
    const { all, closed } = await readTree(device, this.folder, this.names);
    const tree = all.filter(({ n }) => isWithin(n, this.names));
    const refused = all.filter(({ n }) => !isWithin(n, this.names));
    job.missing = [...closed.map(({ n, why }) => ({ name: n || job.name, why })), ...refused.map(({ n }) => ({ name: String(n), why: 'this name is not safe' }))];
    job.size = tree.reduce((sum, { s }) => sum + (s ?? 0), 0);
    this.target = this.makeTarget();
    this.at = this.taken = 0;
    this.queue.progress(job, 0);
    return tree;
  }

  private async one(device: Device, job: Job, entry: Entry): Promise<void> {
    try {
      await (entry.t === 3 ? this.fetch(device, job, entry) : this.target!.folder(entry.n));
    } catch (error) {
      if (!(error instanceof DeviceError || error instanceof PlaceError) || job.stop.signal.aborted) throw error;
      await this.leaveOut(job, entry, error.message);
    }
  }

  private async fetch(device: Device, job: Job, { n, d }: Entry): Promise<void> {
    const task = (this.task ??= {
      path: this.folder.endsWith('/') ? this.folder + n : `${this.folder}/${n}`,
      sink: await this.target!.file(n, d ? new Date(d) : new Date()),
      onProgress: (bytes) => this.queue.progress(job, this.taken + bytes),
      signal: job.stop.signal,
    });
    const { size } = await download(device, task);
    await task.sink.close();
    this.taken += size;
    this.task = undefined;
  }

  private async leaveOut(job: Job, { n, s }: Entry, why: string): Promise<void> {
    job.missing.push({ name: n, why });
    job.size -= s ?? 0;
    await this.task?.sink.abort();
    this.task = undefined;
    this.queue.progress(job, this.taken);
  }
}

interface Tree {
  all: Entry[];
  /// What the device can't look into.
  closed: { n: string; why: string }[];
}

async function readTree(device: Device, folder: string, names: string[]): Promise<Tree> {
  const tree: Tree = { all: [], closed: [] };
  for (const some of partsOf(names)) {
    await device.request<Message>({ action: 'tree', path: folder, names: some }, ({ dir, missing }) => {
      if (Array.isArray(dir)) for (const entry of dir as Entry[]) tree.all.push(entry);
      if (Array.isArray(missing)) for (const { n, why } of missing as Tree['closed']) tree.closed.push({ n: String(n), why: String(why) });
    });
  }
  return tree;
}
