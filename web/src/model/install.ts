/// What `device.installcommand` answers.
export interface InstallCommand {
  linux?: string;
  linuxTemporary?: string;
  settingsUrl?: string;
  agentUrl?: string;
  expires?: number | string;
}

/// Only addresses that a link may safely lead to.
export function safeLink(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  try {
    const url = new URL(value, location.href);
    return url.protocol === 'https:' || url.origin === location.origin ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/// ms; seconds and ISO text are understood. 0 if it does not expire.
export function expiryOf(value: unknown): number {
  if (typeof value === 'string') return Date.parse(value) || 0;
  if (typeof value !== 'number' || value <= 0) return 0;
  return value < 1e11 ? value * 1_000 : value;
}
