import { local } from '../src/local_names';
import { faultOf, Paths, shown, sizeText, timeText } from '../src/names';
import { patternOf } from '../src/search';

describe('names', () => {
  it('show what would not be seen, or would turn the line around', () => {
    expect(shown('abc\u202efdp.exe')).toBe('abc⟨U+202E⟩fdp.exe');
    expect(shown('two\nlines\u007f')).toBe('two␊lines␡');
    expect(shown('Grüße ☃')).toBe('Grüße ☃');
  });

  it('are refused as the device would refuse them', () => {
    expect([faultOf('', true), faultOf('..', true), faultOf('a/b', true), faultOf('ü'.repeat(128), true)]).toEqual(['name.empty', 'name.dots', 'name.slash', 'name.long']);
    expect([faultOf('a:b', false), faultOf('a:b', true)]).toEqual(['name.letters', undefined]);
  });

  it('become such that every computer can save them', () => {
    expect(local('a:b?\n')).toBe('a_b__');
    expect(local('...')).toBe('___');
    expect(local('report. ')).toBe('report__');
    expect(['nul', 'AUX.txt', 'com1', 'console'].map(local)).toEqual(['_nul', '_AUX.txt', '_com1', 'console']);
  });
});

describe('paths', () => {
  const unix = new Paths(true);
  const windows = new Paths(false);
  it('are put together and taken apart', () => {
    expect(unix.join('/', 'a')).toBe('/a');
    expect(unix.parent('/a/b')).toBe('/a');
    expect([unix.parent('/a'), unix.parent('/')]).toEqual(['/', '/']);
    expect(windows.join('C:', 'a')).toBe('C:\\a');
    expect([windows.parent('C:\\a'), windows.parent('C:')]).toEqual(['C:', '']);
  });

  it('are cleaned of what somebody typed', () => {
    expect(unix.clean('//a/./b/../c/')).toBe('/a/c');
    expect(unix.clean('../../..')).toBe('/');
    expect(windows.clean('C:/a\\')).toBe('C:\\a');
  });
});

it('says sizes and times in few figures', () => {
  expect([sizeText(0), sizeText(999), sizeText(1500), sizeText(999_600), sizeText(12_000_000_000)]).toEqual(['0 B', '999 B', '1.5 KB', '1.0 MB', '12 GB']);
  expect([timeText(0.2), timeText(75), timeText(7325)]).toEqual(['1 s', '1:15 min', '2:02 h']);
});

describe('what is searched for', () => {
  it('is part of a name, or a pattern with "*" and "?" only', () => {
    expect(patternOf('report[1]', true)).toBe('*report[[]1]*');
    expect(patternOf('back\\slash', true)).toBe('*back\\\\slash*');
    expect(patternOf('*.[ab]?', true)).toBe('*.[[]ab]?');
    expect(patternOf('a[1]', false)).toBe('*a[[]1]*');
    expect(patternOf('plain', false)).toBe('*plain*');
  });
});
