import type { TextKey, TextValues } from '../core/i18n';
import { isOnline, isReachable, type Device } from './device';

/// The language of the device list's filter box: words, and `column:value` with these columns. All parts
/// have to match; values after one column, separated by commas, are alternatives; `-` in front of a part
/// turns it round. A value matches anywhere in the text, in any case; `=` before it means the whole text,
/// `~` a pattern with * and ?. A tag always is a whole tag.
export const filterKeys = ['name', 'host', 'group', 'os', 'user', 'ip', 'tag', 'desc', 'agent', 'is', 'seen', 'id'] as const;
export type FilterKey = (typeof filterKeys)[number];
export const states = ['online', 'offline', 'reachable'] as const;

export interface Term {
  key: FilterKey | '';
  /// As typed, with its operator, without quotes.
  values: string[];
  isNegated: boolean;
}

/// What is wrong, as a sentence of the catalogue.
export interface Mistake {
  key: TextKey;
  values: TextValues;
}

export interface Filter {
  terms: Term[];
  mistakes: Mistake[];
}

export const kMaxFilter = 2_000;
const kMaxAgeMs = 100 * 365 * 86_400_000;

/// A part of the text between blanks: from `start` up to `end`.
export interface Part {
  start: number;
  end: number;
  isOpen: boolean;
}

/// Blanks inside quotes belong to the part.
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let start = -1;
  let isQuoted = false;
  for (let at = 0; at <= text.length; at++) {
    const sign = text[at];
    if (sign === '"') isQuoted = !isQuoted;
    const isGap = sign === undefined || (!isQuoted && /\s/.test(sign));
    if (!isGap && start < 0) start = at;
    if (isGap && start >= 0) {
      parts.push({ start, end: at, isOpen: isQuoted });
      start = -1;
    }
  }
  return parts;
}

export function parseFilter(text: string): Filter {
  const filter: Filter = { terms: [], mistakes: [] };
  const limited = text.slice(0, kMaxFilter);
  if (text.length > kMaxFilter) filter.mistakes.push({ key: 'filter.tooLong', values: { n: kMaxFilter } });
  for (const { start, end, isOpen } of partsOf(limited)) {
    if (isOpen) filter.mistakes.push({ key: 'filter.openQuote', values: {} });
    readPart(limited.slice(start, end), filter);
  }
  return filter;
}

function readPart(part: string, filter: Filter): void {
  const isNegated = part.length > 1 && part.startsWith('-');
  const body = isNegated ? part.slice(1) : part;
  const colon = /^([A-Za-z]+):/.exec(body);
  if (!colon) {
    const word = unquoted(body);
    if (word) filter.terms.push({ key: '', values: [word], isNegated });
    return;
  }
  const name = colon[1]!.toLowerCase();
  const key = filterKeys.find((known) => known === name);
  if (!key) {
    const near = nearest(name);
    filter.mistakes.push(near ? { key: 'filter.unknownNear', values: { name, near } } : { key: 'filter.unknown', values: { name } });
    return;
  }
  const values = splitValues(body.slice(colon[0].length));
  const mistake = mistakeIn(key, values);
  if (mistake) filter.mistakes.push(mistake);
  else filter.terms.push({ key, values, isNegated });
}

function mistakeIn(key: FilterKey, values: string[]): Mistake | undefined {
  if (values.length === 0) return { key: 'filter.noValue', values: { name: key } };
  if (key === 'is') {
    const wrong = values.find((value) => !states.includes(value.toLowerCase() as never));
    if (wrong !== undefined) return { key: 'filter.badState', values: { value: wrong } };
  }
  if (key === 'seen') {
    const wrong = values.find((value) => readAge(value) === undefined);
    if (wrong !== undefined) return { key: 'filter.badAge', values: { value: wrong } };
  }
  return undefined;
}

const unquoted = (text: string): string => text.replaceAll('"', '');

/// Commas inside quotes belong to the value.
function splitValues(text: string): string[] {
  const values: string[] = [];
  for (const match of text.matchAll(/(?:"[^"]*"?|[^",])+/g)) {
    const value = unquoted(match[0]).trim();
    if (value && value !== '=' && value !== '~') values.push(value);
  }
  return values;
}

export interface Age {
  isOlder: boolean;
  ms: number;
}

/// `<7d`: within the last seven days; `>30d`: not for thirty. m, h, d and w.
export function readAge(text: string): Age | undefined {
  const match = /^([<>])(\d{1,5})([mhdw])$/i.exec(text);
  if (!match) return undefined;
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 }[match[3]!.toLowerCase() as 'm']!;
  return { isOlder: match[1] === '>', ms: Math.min(Number(match[2]) * unit, kMaxAgeMs) };
}

/// A column whose name is one slip away: a letter more, less or other, or the beginning of it.
function nearest(name: string): string | undefined {
  const aliases: Record<string, FilterKey> = { address: 'ip', state: 'is', tags: 'tag', system: 'os', hostname: 'host', description: 'desc', mesh: 'group' };
  if (aliases[name]) return aliases[name];
  return filterKeys.find((key) => key.startsWith(name) || distance(name, key) <= 1);
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

// ---- matching -----------------------------------------------------------------------------------

export type Test = (device: Device) => boolean;
type TextOf = (device: Device) => string;

export interface FilterContext {
  groupName: (id: string) => string;
  haystackOf: TextOf;
  now: number;
}

/// One function for a whole filter, made once for all devices.
export function compile(terms: Term[], context: FilterContext): Test {
  const tests = terms.map((term) => {
    const anyOf = term.values.map((value) => testOf(term.key, value.toLowerCase(), context));
    const test: Test = anyOf.length === 1 ? anyOf[0]! : (device) => anyOf.some((one) => one(device));
    return term.isNegated ? (device: Device) => !test(device) : test;
  });
  if (tests.length === 0) return () => true;
  if (tests.length === 1) return tests[0]!;
  return (device) => tests.every((test) => test(device));
}

function testOf(key: FilterKey | '', value: string, context: FilterContext): Test {
  if (key === '') return (device) => context.haystackOf(device).includes(value);
  if (key === 'is') return stateTest(value);
  if (key === 'seen') return ageTest(value, context.now);
  if (key === 'tag') return listTest((device) => device.tags, value.startsWith('=') || value.startsWith('~') ? value : `=${value}`);
  if (key === 'user') return listTest((device) => device.users, value);
  if (key === 'group') return groupTest(value, context);
  const text = texts[key];
  const test = textTest(value);
  return (device) => test(text(device).toLowerCase());
}

const texts: Record<Exclude<FilterKey, 'is' | 'seen' | 'tag' | 'user' | 'group'>, TextOf> = {
  name: (device) => device.name,
  host: (device) => device.hostName,
  os: (device) => device.os,
  ip: (device) => device.address,
  desc: (device) => device.description,
  agent: (device) => device.agentVersion,
  id: (device) => device.id,
};

function stateTest(value: string): Test {
  if (value === 'online') return isOnline;
  return value === 'offline' ? (device) => !isReachable(device) : isReachable;
}

function ageTest(value: string, now: number): Test {
  const { isOlder, ms } = readAge(value)!;
  const limit = now - ms;
  return (device) => (isReachable(device) ? !isOlder : isOlder ? device.lastSeen < limit : device.lastSeen >= limit);
}

function listTest(list: (device: Device) => string[], value: string): Test {
  const test = textTest(value);
  return (device) => list(device).some((entry) => test(entry.toLowerCase()));
}

/// There are few groups and many devices, so the answer for each group is kept.
function groupTest(value: string, { groupName }: FilterContext): Test {
  const test = textTest(value);
  const known = new Map<string, boolean>();
  return ({ groupId }) => {
    let found = known.get(groupId);
    if (found === undefined) known.set(groupId, (found = test(groupName(groupId).toLowerCase())));
    return found;
  };
}

function textTest(value: string): (text: string) => boolean {
  if (value.startsWith('=')) {
    const whole = value.slice(1);
    return (text) => text === whole;
  }
  if (!value.startsWith('~')) return (text) => text.includes(value);
  // Anywhere in the text, as without the operator. No regular expression: a link could carry one that never ends.
  const pieces = `*${value.slice(1)}*`;
  return (text) => matchesPattern(pieces, text);
}

/// `*` any text, `?` one character. Time is at most the product of both lengths.
export function matchesPattern(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
