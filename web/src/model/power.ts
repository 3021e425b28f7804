/// The power states of a device over time (`powertimeline`, control-protocol.md section 3.6).

export interface PowerSpan {
  from: number;
  until: number;
  /// Section 4.4: 1 on, 2 to 4 asleep, 5 hibernating, 6 and 8 off, 7 present, 0 not known.
  state: number;
}

export type PowerWord = 'on' | 'sleep' | 'off' | 'unknown';

export function powerWord(state: number): PowerWord {
  if (state === 1 || state === 7) return 'on';
  if (state >= 2 && state <= 5) return 'sleep';
  return state === 6 || state === 8 ? 'off' : 'unknown';
}

const kMsAbove = 100_000_000_000;

/// The wire's list is: a state, when it changed (s), the next state, after how many seconds, and so on.
/// Without any change the time is in ms. Spans are clipped to `from` and `until`.
export function readPower(line: unknown, from: number, until: number): PowerSpan[] {
  if (!Array.isArray(line) || line.length < 3 || !line.every((value) => typeof value === 'number')) return [];
  const numbers = line as number[];
  let time = numbers[1]! > kMsAbove ? numbers[1]! : numbers[1]! * 1000;
  const spans: PowerSpan[] = [{ from: 0, until: time, state: numbers[0]! }];
  for (let at = 2; at < numbers.length; at += 2) {
    const begin = time;
    const seconds = numbers[at + 1];
    time = seconds === undefined ? until : time + seconds * 1000;
    spans.push({ from: begin, until: time, state: numbers[at]! });
  }
  return spans
    .map((span) => ({ ...span, from: Math.max(from, span.from), until: Math.min(until, span.until) }))
    .filter((span) => span.until > span.from);
}

/// ms in each state.
export function powerSums(spans: PowerSpan[]): Map<PowerWord, number> {
  const sums = new Map<PowerWord, number>();
  for (const { from, until, state } of spans) {
    const word = powerWord(state);
    sums.set(word, (sums.get(word) ?? 0) + until - from);
  }
  return sums;
}
