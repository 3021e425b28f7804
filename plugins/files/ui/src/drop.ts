/// What was dropped or chosen: files with their folders, relative to where they were dropped.
export interface Dropped {
  /// Folders on the way, "a", "a/b": those above come first. Empty ones as well.
  folders: string[];
  files: { path: string; file: File }[];
}

export const kMaxFiles = 100_000;

/// Must be called within the event: afterwards the browser gives nothing out any more.
export function entriesOf(transfer: DataTransfer): FileSystemEntry[] {
  return [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
}

/// Reads folders to the bottom. Throws RangeError above kMaxFiles entries.
export async function readEntries(entries: FileSystemEntry[]): Promise<Dropped> {
  const found: Dropped = { folders: [], files: [] };
  const waiting = entries.map((entry) => ({ entry, path: entry.name }));
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { entry, path } = next;
    if (entry.isFile) {
      found.files.push({ path, file: await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)) });
    } else {
      found.folders.push(path);
      const inside = await allOf((entry as FileSystemDirectoryEntry).createReader());
      waiting.push(...inside.map((each) => ({ entry: each, path: `${path}/${each.name}` })));
    }
    if (found.files.length + found.folders.length + waiting.length > kMaxFiles) throw new RangeError('too many files');
  }
  return found;
}

/// A reader gives at most a hundred at once, and nothing when it is at its end.
async function allOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
    if (all.length > kMaxFiles) throw new RangeError('too many files');
  }
}

/// Of an <input>; with folders their relative paths say where a file was.
export function filesOf(list: FileList | File[]): Dropped {
  const files = [...list].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  return { folders: foldersOf(files.map(({ path }) => path)), files };
}

function foldersOf(paths: string[]): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, at) => found.add(parts.slice(0, at + 1).join('/')));
  }
  return [...found];
}
