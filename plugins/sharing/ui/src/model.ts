/// Bits of `p` (control-protocol 3.9) with their texts.
export const kKinds: { bit: number; key: string; notify: number; ask: number }[] = [
  { bit: 1, key: 'kind.terminal', notify: 2, ask: 16 },
  { bit: 2, key: 'kind.desktop', notify: 1, ask: 8 },
  { bit: 4, key: 'kind.files', notify: 4, ask: 32 },
  { bit: 8, key: 'kind.http', notify: 0, ask: 0 },
  { bit: 16, key: 'kind.https', notify: 0, ask: 0 },
];

export interface Share {
  publicid: string;
  p: number;
  guestName: string;
  askName?: boolean;
  viewOnly?: boolean;
  recurring?: number;
  url?: string;
  by: string;
  state: 'open' | 'early' | 'over' | 'unbacked';
  from?: number;
  until?: number;
  sessions: number;
}

export interface Listing {
  shares: Share[];
  kinds: number[];
  mayOnlyLook: boolean;
  maxMinutes: number;
}

export type Consent = 'notify' | 'ask' | 'none';

/// The consent bits for what is shared (control-protocol 4.3).
export function consentBits(kinds: number, consent: Consent): number {
  if (consent === 'none') return 0;
  return kKinds.filter((kind) => kinds & kind.bit).reduce((bits, kind) => bits | kind[consent], 0);
}

export interface When {
  mode: 'now' | 'range' | 'daily' | 'weekly';
  minutes: number; // of "now" (0: no end) and of each time of a recurring share
  start: number; // ms
  end: number;
}

/// Members of the command for a time; nothing if the times make no sense.
export function timeOf(when: When): Record<string, number> | undefined {
  if (when.mode === 'now') return { expire: when.minutes };
  if (!Number.isFinite(when.start)) return undefined;
  const start = Math.floor(when.start / 1000);
  if (when.mode === 'range') return when.end > when.start ? { start, end: Math.floor(when.end / 1000) } : undefined;
  const longest = when.mode === 'daily' ? 24 * 60 : 7 * 24 * 60;
  if (!(when.minutes >= 1) || when.minutes > longest) return undefined;
  return { start, expire: when.minutes, recurring: when.mode === 'daily' ? 1 : 2 };
}
