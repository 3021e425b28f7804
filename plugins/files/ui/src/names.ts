/// Names and paths of the device. A name is somebody else's text: it may hold anything but "/" and NUL.

const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/// What is shown of a name: characters that would not be seen, or would turn the line around, by their
/// number or their picture. Put into an element of its own that isolates directions (bdi).
export function shown(name: string): string {
  const pictured = name.replace(control, (letter) => {
    const code = letter.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '\u2421' : numbered(letter);
  });
  return pictured.replace(bidi, numbered);
}

const numbered = (letter: string): string => `⟨U+${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/// What is wrong with a new name: a key of the catalogue, undefined if nothing is.
export function faultOf(name: string, isUnix: boolean): string | undefined {
  if (name === '') return 'name.empty';
  if (name === '.' || name === '..') return 'name.dots';
  if ((isUnix ? /[/\0]/ : /[\\/:*?"<>|\0]/).test(name)) return isUnix ? 'name.slash' : 'name.letters';
  return new TextEncoder().encode(name).length > 255 ? 'name.long' : undefined;
}

/// Paths with the separator of their system. The root is "/", on Windows "" (the drives).
export class Paths {
  constructor(readonly isUnix: boolean) {}

  get separator(): string {
    return this.isUnix ? '/' : '\\';
  }

  get root(): string {
    return this.isUnix ? '/' : '';
  }

  join(folder: string, name: string): string {
    if (folder === '') return name;
    return folder.endsWith(this.separator) ? folder + name : folder + this.separator + name;
  }

  /// The folder above, the root's is the root.
  parent(path: string): string {
    const parts = this.parts(path);
    return parts.length < 2 ? this.root : parts[parts.length - 2]!.path;
  }

  name(path: string): string {
    return path.slice(path.lastIndexOf(this.separator) + 1);
  }

  /// Every folder on the way, the root not included.
  parts(path: string): { name: string; path: string }[] {
    let at = this.root;
    return path
      .split(this.separator)
      .filter((name) => name !== '')
      .map((name) => {
        at = this.join(at, name);
        return { name, path: at };
      });
  }

  /// What somebody typed: without double separators and a last one.
  clean(typed: string): string {
    if (!this.isUnix) return typed.trim().replaceAll('/', '\\').replace(/\\+$/, '');
    const names: string[] = [];
    for (const name of typed.split('/')) {
      if (name === '..') names.pop();
      else if (name !== '' && name !== '.') names.push(name);
    }
    return `/${names.join('/')}`;
  }
}

/// The device takes 1,000 names in one message, and 64 KiB with what else is in it.
export const kMostNames = 1000;
export const kMostNameBytes = 50_000;
const kNamesAtOnce = 200;

const bytesOf = (name: string): number => new TextEncoder().encode(JSON.stringify(name)).length + 1;

export function fitsOneMessage(names: string[]): boolean {
  return names.length <= kMostNames && names.reduce((sum, name) => sum + bytesOf(name), 0) <= kMostNameBytes;
}

/// Names for one message each.
export function partsOf(names: string[]): string[][] {
  const parts: string[][] = [];
  let size = Infinity;
  for (const name of names) {
    size += bytesOf(name);
    if (size > kMostNameBytes || parts[parts.length - 1]!.length === kNamesAtOnce) {
      parts.push([]);
      size = bytesOf(name);
    }
    parts[parts.length - 1]!.push(name);
  }
  return parts;
}

export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = -1;
  do {
    value /= 1000;
    unit++;
  } while (value >= 999.5 && unit < units.length - 1);
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function timeText(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')} min`;
  return `${Math.floor(whole / 3600)}:${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} h`;
}
