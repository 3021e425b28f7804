import { t, type TextKey } from '../core/i18n';

// Tunnel protocols (control-protocol.md section 4.4).
const names: [TextKey, number[]][] = [
  ['protocol.terminal', [1, 6, 8, 9]],
  ['protocol.desktop', [2]],
  ['protocol.files', [5]],
  ['protocol.messages', [200]],
  ['protocol.port', [14]],
];

/// What a session is for; its number if it has no word here.
export function protocolName(protocol: number): string {
  const found = names.find(([, numbers]) => numbers.includes(protocol));
  return found ? t(found[0]) : t('protocol.other', { n: protocol });
}
