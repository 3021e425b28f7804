/// What this browser remembers for desktops. Without storage a setting lasts until the tab is closed.
export function readSetting(key: string): string | null {
  try {
    return localStorage.getItem(`trellis.desktop.${key}`);
  } catch {
    return null;
  }
}

export function writeSetting(key: string, value: string): void {
  try {
    localStorage.setItem(`trellis.desktop.${key}`, value);
  } catch {
    // Not remembered.
  }
}
