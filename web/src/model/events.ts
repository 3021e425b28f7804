import { exactTime } from '../core/format';
import { i18n } from '../core/i18n';

/// One line of the event list (control-protocol.md section 2.5). `time` in ms, 0 if unknown.
export interface EventEntry {
  time: number;
  readonly text: string;
  who: string;
  deviceId: string;
}

export function readEvent(value: unknown): EventEntry | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const event = value as Record<string, unknown>;
  const word = (key: string): string => (typeof event[key] === 'string' ? event[key] : '');
  if (!word('msg') && !word('action')) return undefined;
  const time = typeof event['time'] === 'number' ? event['time'] : Date.parse(word('time')) || 0;
  return {
    time,
    // Asked for when it is shown: the language may change.
    get text() {
      return translated(event) ?? (word('msg') || word('action'));
    },
    who: word('username'),
    deviceId: word('nodeid'),
  };
}

/// By the number of its text; undefined in English, for texts that have no number, and when a value is missing.
function translated(event: Record<string, unknown>): string | undefined {
  const pattern = i18n.find(`event.${String(event['msgid'])}`);
  if (pattern === undefined) return undefined;
  const values = Array.isArray(event['msgArgs']) ? (event['msgArgs'] as unknown[]).map(argument) : [];
  const places = [...pattern.matchAll(/\{(\d+)\}/g)].map((match) => Number(match[1]));
  if (places.some((place) => values[place] === undefined)) return undefined;
  return pattern.replace(/\{(\d+)\}/g, (_, place: string) => values[Number(place)]!);
}

function argument(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  const time = /^DATETIME:(\d{1,15})$/.exec(value);
  return time ? exactTime(Number(time[1])) : value;
}
