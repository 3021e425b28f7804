/// What this browser remembers. Storage may be missing or full; then a setting lasts until reload.
const memory = new Map<string, string>();

export function readPref(key: string): string | null {
  try {
    return localStorage.getItem(`trellis.${key}`) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

export function writePref(key: string, value: string | null): void {
  if (value === null) memory.delete(key);
  else memory.set(key, value);
  try {
    if (value === null) localStorage.removeItem(`trellis.${key}`);
    else localStorage.setItem(`trellis.${key}`, value);
  } catch {
    // Kept in memory above.
  }
}
