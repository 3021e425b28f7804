/// What this browser remembers for terminals. Without storage a setting lasts until the tab is closed.
export function readSetting(key: string): string | null {
  try {
    return localStorage.getItem(`trellis.terminal.${key}`);
  } catch {
    return null;
  }
}

export function writeSetting(key: string, value: string): void {
  try {
    localStorage.setItem(`trellis.terminal.${key}`, value);
  } catch {
    // Not remembered.
  }
}
