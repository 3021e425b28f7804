import { unified, withEndsOf } from '../src/line_ends';

const mixed = 'one\r\ntwo\nthree\r\nfour\n';

describe('line ends of an edited text', () => {
  it.each(['', 'a', '\n', mixed, 'one\rtwo\rthree', '\na\r\nb\r\n', 'a\r\r\n\n\rb', 'same\r\nsame\nsame\r\n', '\r\n\n\r\n\n'])('are what they were in %j', (text) => {
    expect(withEndsOf(text, unified(text))).toBe(text);
  });

  it.each([
    ['a line that is longer', 'one\ntwo\nthree!\nfour\n', 'one\r\ntwo\nthree!\r\nfour\n'],
    ['every line in its place', '1\n2\n3\n4\n', '1\r\n2\n3\r\n4\n'],
    ['a new line at the end', 'one\ntwo\nthree\nfour\nfive', 'one\r\ntwo\nthree\r\nfour\nfive'],
    ['new lines at the beginning', '0\none\ntwo\nthree\nfour\n', '0\r\none\r\ntwo\nthree\r\nfour\n'],
    ['a line that is gone', 'one\nthree\nfour\n', 'one\r\nthree\r\nfour\n'],
    ['a line that was split', 'one\nt\nwo\nthree\nfour\n', 'one\r\nt\r\nwo\nthree\r\nfour\n'],
    ['lines that were joined', 'onetwo\nthree\nfour\n', 'onetwo\nthree\r\nfour\n'],
    ['several places at once', 'zero\none\ntwo\nthree\nfour\nfive\n', 'zero\r\none\r\ntwo\nthree\r\nfour\nfive\r\n'],
    ['what moved', 'three\none\ntwo\nfour\n', 'three\r\none\r\ntwo\nfour\n'],
    ['nothing left', '', ''],
  ])('%s', (_, edited, expected) => {
    expect(withEndsOf(mixed, edited)).toBe(expected);
  });

  it('a line that was the last gets what most have', () => {
    expect(withEndsOf('a\r\nb', 'a\nb\nc')).toBe('a\r\nb\r\nc');
    expect(withEndsOf('a\rb', 'a\nb\n')).toBe('a\rb\r');
  });

  it('in a large text with many changes', () => {
    const lines = Array.from({ length: 60_000 }, (_, at) => `line ${at % 1000 === 0 ? 'again' : at}`);
    const ends = lines.map((_, at) => (at % 3 === 0 ? '\n' : '\r\n'));
    const text = (keep: (at: number) => boolean): string => lines.map((line, at) => (keep(at) ? line + ends[at]! : '')).join('');
    const kept = (at: number): boolean => at % 7 !== 0;
    expect(withEndsOf(text(() => true), unified(text(kept)))).toBe(text(kept));
  });
});
