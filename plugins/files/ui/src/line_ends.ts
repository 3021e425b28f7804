/// A text area knows one line end only. What ended each line of a file comes back to the lines that are
/// still there.
const kEnd = /\r\n|\r|\n/g;

/// What a text area makes of a text.
export const unified = (text: string): string => text.replace(kEnd, '\n');

/// The text after it was edited, with the line ends of the file: a line that is the file's keeps its own,
/// one that is new gets what most lines have.
export function withEndsOf(original: string, edited: string): string {
  const ends: string[] = original.match(kEnd) ?? [];
  const usual = usualOf(ends);
  const lines = unified(edited).split('\n');
  if (ends.every((end) => end === usual)) return lines.join(usual);
  const from = originsOf(original.split(/\r\n|\r|\n/), lines);
  return lines.map((line, at) => (at === lines.length - 1 ? line : line + (ends[from[at]!] ?? usual))).join('');
}

function usualOf(ends: string[]): string {
  const counts = new Map<string, number>();
  for (const end of ends) counts.set(end, (counts.get(end) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '\n';
}

/// Number of the old line that each new one is; -1 if it is none. Lines of a part that kept its number of
/// lines were changed in their place.
function originsOf(old: string[], now: string[]): Int32Array {
  const origins = new Int32Array(now.length).fill(-1);
  const parts = [{ old: { from: 0, to: old.length }, now: { from: 0, to: now.length } }];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const { old: was, now: is } = part;
    for (; was.from < was.to && is.from < is.to && old[was.from] === now[is.from]; was.from++, is.from++) origins[is.from] = was.from;
    for (; was.from < was.to && is.from < is.to && old[was.to - 1] === now[is.to - 1]; was.to--, is.to--) origins[is.to - 1] = was.to - 1;
    // Between lines that both have once, in the same order, each part is looked at by itself.
    const fixed = inOrder(onceInBoth(old, was, now, is));
    if (fixed.length === 0) {
      const isInPlace = was.to - was.from === is.to - is.from;
      for (let at = is.from; isInPlace && at < is.to; at++) origins[at] = was.from + at - is.from;
      // A line that was split or joined ends as it did.
      if (was.to > was.from && is.to > is.from) origins[is.to - 1] = was.to - 1;
      continue;
    }
    for (const [before, after] of [...fixed, [was.to, is.to] as const]) {
      parts.push({ old: { from: was.from, to: before }, now: { from: is.from, to: after } });
      if (after < is.to) origins[after] = before;
      was.from = before + 1;
      is.from = after + 1;
    }
  }
  return origins;
}

interface Range {
  from: number;
  to: number;
}

/// Pairs of line numbers, in the order of the new lines.
function onceInBoth(old: string[], was: Range, now: string[], is: Range): [number, number][] {
  const inOld = placesOf(old, was);
  const inNow = placesOf(now, is);
  return [...inNow].flatMap(([line, at]): [number, number][] => {
    const before = inOld.get(line);
    return at >= 0 && before !== undefined && before >= 0 ? [[before, at]] : [];
  });
}

/// -1: more than once.
function placesOf(lines: string[], { from, to }: Range): Map<string, number> {
  const places = new Map<string, number>();
  for (let at = from; at < to; at++) places.set(lines[at]!, places.has(lines[at]!) ? -1 : at);
  return places;
}

/// The longest selection whose old line numbers rise as well.
function inOrder(pairs: [number, number][]): [number, number][] {
  const ends: number[] = [];
  const before = new Int32Array(pairs.length);
  pairs.forEach(([line], at) => {
    let low = 0;
    for (let high = ends.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (pairs[ends[middle]!]![0] < line) low = middle + 1;
      else high = middle;
    }
    before[at] = low > 0 ? ends[low - 1]! : -1;
    ends[low] = at;
  });
  const chosen: [number, number][] = [];
  for (let at = ends[ends.length - 1] ?? -1; at >= 0; at = before[at]!) chosen.push(pairs[at]!);
  return chosen.reverse();
}
