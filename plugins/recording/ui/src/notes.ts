import type { App } from './app';
import { Fault } from './fault';

/// Why a recording is incomplete, in the server's words: how they begin, and the key of ours. What follows a
/// colon is the system's reason and stays.
const notes: [begin: string, key: string][] = [
  ['the server stopped while it recorded', 'stopped'],
  ['the disk of the recordings is full', 'diskFull'],
  ['the recording has reached the largest size of a file', 'largest'],
  ["the recording can't be written", 'unwritable'],
  ['the file could not be mended', 'unmended'],
];

export function noteText(t: App['t'], note: string): string {
  const known = notes.find(([begin]) => note === begin || note.startsWith(`${begin}: `));
  return known ? t(`note.${known[1]}`) + note.slice(known[0].length) : note;
}

/// What went wrong, in words.
export function faultText(t: App['t'], error: unknown): string {
  if (error instanceof Fault) return t(error.key, error.values);
  if (!(error instanceof Error)) return String(error);
  const { code, field } = error as { code?: unknown; field?: unknown };
  // An id may come from a link that is old or cut off.
  return code === 'not_found' || field === 'id' ? t('fault.gone') : error.message;
}
