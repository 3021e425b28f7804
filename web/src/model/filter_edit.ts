import { filterKeys, parseFilter, partsOf, states, type FilterKey } from './filter';

/// Changing the text of a filter: suggestions while typing, and terms that buttons put in and take out.

export interface Suggestion {
  /// What is shown and, between `start` and `end` of the text, put in.
  text: string;
  start: number;
  end: number;
  /// More is to be typed after it.
  isOpen: boolean;
}

/// Values that a column has, the most frequent first.
export type ValuesOf = (key: FilterKey) => string[];

const kMostSuggestions = 8;

/// Quotes where the value needs them.
export const quoted = (value: string): string => (/[\s,"]/.test(value) ? `"${value.replaceAll('"', '')}"` : value);

export function suggest(text: string, caret: number, valuesOf: ValuesOf): Suggestion[] {
  const part = partsOf(text).find(({ start, end }) => start < caret && caret <= end);
  if (!part) return [];
  const sign = text[part.start] === '-' ? 1 : 0;
  const typed = text.slice(part.start + sign, caret);
  const colon = typed.indexOf(':');
  if (colon < 0) return suggestKeys(typed, part.start + sign, part.end);
  const key = filterKeys.find((known) => known === typed.slice(0, colon).toLowerCase());
  return key ? suggestValues(key, typed, part.start + sign, part.end, valuesOf) : [];
}

function suggestKeys(typed: string, start: number, end: number): Suggestion[] {
  const begin = typed.toLowerCase();
  return filterKeys.filter((key) => key.startsWith(begin)).map((key) => ({ text: `${key}:`, start, end, isOpen: true }));
}

function suggestValues(key: FilterKey, typed: string, start: number, end: number, valuesOf: ValuesOf): Suggestion[] {
  const list = typed.slice(key.length + 1);
  const last = list.lastIndexOf(',') + 1;
  const begun = list.slice(last).replaceAll('"', '').toLowerCase();
  const from = start + key.length + 1 + last;
  const all = key === 'is' ? [...states] : key === 'seen' ? ['<1d', '<7d', '>30d', '>90d'] : valuesOf(key);
  return all
    .filter((value) => value.toLowerCase().includes(begun) && value.toLowerCase() !== begun)
    .slice(0, kMostSuggestions)
    .map((value) => ({ text: quoted(value), start: from, end, isOpen: false }));
}

/// The text and the caret after a suggestion was taken.
export function take(text: string, suggestion: Suggestion): { text: string; caret: number } {
  const rest = text.slice(suggestion.end).trimStart();
  const before = text.slice(0, suggestion.start) + suggestion.text + (suggestion.isOpen ? '' : ' ');
  return { text: before + rest, caret: before.length };
}

/// Whether `key:value` stands in the filter by itself or among alternatives.
export function hasTerm(text: string, key: FilterKey, value: string): boolean {
  return parseFilter(text).terms.some((term) => term.key === key && !term.isNegated && term.values.includes(value));
}

/// Puts a value in, beside others of the same column as an alternative, or takes it out.
export function toggleTerm(text: string, key: FilterKey, value: string): string {
  const parts = partsOf(text).map(({ start, end }) => text.slice(start, end));
  const at = parts.findIndex((part) => part.toLowerCase().startsWith(`${key}:`));
  if (at < 0) return [...parts, `${key}:${quoted(value)}`].join(' ');
  const [term] = parseFilter(parts[at]!).terms;
  const before = term?.values ?? [];
  const values = before.includes(value) ? before.filter((one) => one !== value) : [...before, value];
  if (values.length === 0) parts.splice(at, 1);
  else parts[at] = `${key}:${values.map(quoted).join(',')}`;
  return parts.join(' ');
}
