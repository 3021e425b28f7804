import type { DeviceInfo } from '../../../../web/plugin-api';

export interface Shell {
  /// Protocol number of the session (agent-protocol.md section 6.4).
  protocol: number;
  /// Key of the catalogue.
  label: string;
}

const unix: Record<string, Shell[]> = {
  root: [{ protocol: 1, label: 'shell.root' }],
  user: [{ protocol: 8, label: 'shell.user' }],
};

const windows: Record<string, Shell[]> = {
  root: [
    { protocol: 1, label: 'shell.cmdSystem' },
    { protocol: 6, label: 'shell.powershellSystem' },
  ],
  user: [
    { protocol: 8, label: 'shell.cmdUser' },
    { protocol: 9, label: 'shell.powershellUser' },
  ],
};

/// What the configuration allows, for the device's system, in the configured order.
export function shellsFor(device: DeviceInfo | undefined, allowed: string[]): Shell[] {
  const table = device?.platform === 'windows' ? windows : unix;
  return allowed.flatMap((name) => (Object.hasOwn(table, name) ? (table[name] ?? []) : []));
}
