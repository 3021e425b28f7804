/// Where bytes of a download go. Constant memory: what does not fit into a little of it goes to the disk.
export interface Sink {
  /// Takes the bytes at its end; resolves when it has them.
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
  /// Leaves nothing behind.
  abort(): Promise<void>;
}

const kInMemory = 16 * 1024 * 1024;
const kFolder = 'trellis-downloads';
const kStaleMs = 24 * 3600 * 1000;

/// What the browser saves under `name` when it is closed. Kept in memory while small, then in the
/// browser's private file system, whose files are saved without being read.
export class SavedSink implements Sink {
  private parts: Uint8Array<ArrayBuffer>[] = [];
  private size = 0;
  private writer: FileSystemWritableFileStream | undefined;
  private handle: FileSystemFileHandle | undefined;

  constructor(private readonly name: string) {}

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.size += bytes.length;
    if (!this.writer && this.size <= kInMemory) return void this.parts.push(bytes);
    this.writer ??= await this.spill();
    await this.writer.write(bytes);
  }

  async close(): Promise<void> {
    await this.writer?.close();
    const blob = this.handle ? await this.handle.getFile() : new Blob(this.parts);
    this.parts = [];
    save(blob, this.name);
  }

  async abort(): Promise<void> {
    this.parts = [];
    await this.writer?.abort().catch(() => undefined);
    if (this.handle) await remove(this.handle.name);
  }

  private async spill(): Promise<FileSystemWritableFileStream> {
    const folder = await privateFolder();
    this.handle = await folder.getFileHandle(`${Date.now()}-${crypto.randomUUID()}`, { create: true });
    const writer = await this.handle.createWritable();
    for (const part of this.parts) await writer.write(part);
    this.parts = [];
    return writer;
  }
}

/// A file that the person has chosen; it appears when it is whole.
export class HandleSink implements Sink {
  private writer: Promise<FileSystemWritableFileStream> | undefined;

  constructor(private readonly handle: FileSystemFileHandle) {}

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await (await this.open()).write(bytes);
  }

  async close(): Promise<void> {
    await (await this.open()).close();
  }

  async abort(): Promise<void> {
    await (await this.writer)?.abort().catch(() => undefined);
  }

  private open(): Promise<FileSystemWritableFileStream> {
    return (this.writer ??= this.handle.createWritable());
  }
}

/// The browser makes nothing of this name or in this place; other files are not affected.
export class PlaceError extends Error {}

/// What the browser answers, with a PlaceError for what it refuses because of the name: one that it never
/// makes (Windows' shortcuts), that is too long, or is of the other kind (a folder where a file should be).
export function allowed<T>(asked: Promise<T>): Promise<T> {
  return asked.catch((error: Error) => {
    const isName = ['TypeError', 'TypeMismatchError', 'InvalidModificationError'].includes(error.name);
    throw isName ? new PlaceError(error.message) : error;
  });
}

const kRemoveTries = 50;
const kRemoveEveryMs = 100;

/// A file in a folder that the person has chosen. It is made with its first bytes, and one that was not
/// there before is gone when it is aborted.
export class FolderSink implements Sink {
  private file: HandleSink | undefined;
  private isNew = false;

  constructor(
    private readonly folder: FileSystemDirectoryHandle,
    private readonly name: string,
  ) {}

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await (await this.open()).write(bytes);
  }

  async close(): Promise<void> {
    await (await this.open()).close();
  }

  async abort(): Promise<void> {
    await this.file?.abort();
    if (this.isNew) await this.remove();
  }

  /// Browsers hold what was written a moment longer than they say.
  private async remove(): Promise<void> {
    for (let tries = 0; tries < kRemoveTries; tries++) {
      const error = await this.folder.removeEntry(this.name).then(() => undefined, (why: Error) => why);
      if (!error || error.name === 'NotFoundError') return;
      await new Promise((resolve) => setTimeout(resolve, kRemoveEveryMs));
    }
  }

  private async open(): Promise<HandleSink> {
    if (this.file) return this.file;
    this.isNew = !(await this.isThere());
    return (this.file = new HandleSink(await allowed(this.folder.getFileHandle(this.name, { create: true }))));
  }

  private isThere(): Promise<boolean> {
    return allowed(this.folder.getFileHandle(this.name)).then(
      () => true,
      (error: Error) => {
        if (error.name === 'NotFoundError') return false;
        throw error;
      },
    );
  }
}

/// Keeps everything; for small files that are edited.
export class MemorySink implements Sink {
  private parts: Uint8Array<ArrayBuffer>[] = [];

  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.parts.push(bytes);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  abort(): Promise<void> {
    this.parts = [];
    return Promise.resolve();
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await new Blob(this.parts).arrayBuffer());
  }
}

const privateFolder = async (): Promise<FileSystemDirectoryHandle> => (await navigator.storage.getDirectory()).getDirectoryHandle(kFolder, { create: true });

async function remove(name: string): Promise<void> {
  await (await privateFolder()).removeEntry(name).catch(() => undefined);
}

/// Removes what earlier downloads left; those of the last day may still be copied by the browser.
export async function removeStale(): Promise<void> {
  try {
    const folder = await privateFolder();
    for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) {
      if (Date.now() - parseInt(name, 10) > kStaleMs) await remove(name);
    }
  } catch {
    // No private file system here: small downloads work nevertheless.
  }
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
