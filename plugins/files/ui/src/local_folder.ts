import { local, LocalNames, numbered } from './local_names';

/// What a folder of this computer has already.

/// Windows and macOS take names for the same that differ in case or composition.
const same = (path: string): string => path.normalize('NFC').toLowerCase();

export const namesHere = (decided?: ReadonlyMap<string, string>): LocalNames => new LocalNames(local, same, decided);

/// Those of `names` that would meet something in `folder`.
export async function takenIn(folder: FileSystemDirectoryHandle, names: string[]): Promise<string[]> {
  const here = namesHere();
  const found: string[] = [];
  for (const name of names) if (await isTaken(folder, here.of(name))) found.push(name);
  return found;
}

/// What each of `names` is called in `folder`; those of `taken` get numbers under which nothing is there.
export async function besides(folder: FileSystemDirectoryHandle, names: string[], taken: string[]): Promise<Map<string, string>> {
  const here = namesHere();
  const decided = new Map(names.map((name) => [name, here.of(name)]));
  const used = new Set([...decided.values()].map(same));
  for (const name of taken) {
    let number = 2;
    const next = (): string => numbered(decided.get(name)!, number);
    while (used.has(same(next())) || (await isTaken(folder, next()))) number++;
    used.add(same(next()));
    decided.set(name, next());
  }
  return decided;
}

/// A name that the browser refuses is not there; the transfer says so itself.
function isTaken(folder: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  return folder.getFileHandle(name).then(
    () => true,
    (error: Error) => {
      if (['NotFoundError', 'TypeError'].includes(error.name)) return false;
      if (error.name === 'TypeMismatchError') return true;
      throw error;
    },
  );
}
