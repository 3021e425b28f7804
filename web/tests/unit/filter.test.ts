import { readDevice, haystackOf, type NodeDocument } from '../../src/model/device';
import { compile, matchesPattern, parseFilter } from '../../src/model/filter';
import { hasTerm, suggest, take, toggleTerm } from '../../src/model/filter_edit';

const now = Date.now();
const devices = [
  { _id: 'node//1', meshid: 'mesh//a', name: 'web-01', osdesc: 'Debian GNU/Linux 12', ip: '10.0.4.7', tags: ['prod', 'old rack'], users: ['Anna'], conn: 1 },
  { _id: 'node//2', meshid: 'mesh//b', name: 'web-12', osdesc: 'Windows 11', ip: '192.168.1.10', tags: ['production'], conn: 4 },
  { _id: 'node//3', meshid: 'mesh//b', name: 'db', osdesc: 'Debian 11', ip: '10.9.0.1', lastconnect: now - 40 * 86_400_000 },
].map((node) => readDevice(node as NodeDocument, ''));
const groups: Record<string, string> = { 'mesh//a': 'Head office', 'mesh//b': 'Branch' };

function found(text: string): string {
  const { terms, mistakes } = parseFilter(text);
  expect(mistakes).toEqual([]);
  const test = compile(terms, { groupName: (id) => groups[id]!, haystackOf, now });
  return devices.filter(test).map(({ name }) => name).join(' ');
}

const mistake = (text: string) => parseFilter(text).mistakes.map(({ key, values }) => [key, ...Object.values(values)].join(' '));

describe('filter', () => {
  it.each([
    ['', 'web-01 web-12 db'],
    ['debian ANNA', 'web-01'],
    ['os:debian', 'web-01 db'],
    ['os:debian ip:10.0.', 'web-01'],
    ['tag:prod', 'web-01'],
    ['tag:~prod', 'web-01 web-12'],
    ['tag:"old rack"', 'web-01'],
    ['-tag:prod', 'web-12 db'],
    ['is:online', 'web-01'],
    ['is:reachable', 'web-01 web-12'],
    ['is:offline,online', 'web-01 db'],
    ['group:"Head office"', 'web-01'],
    ['group:head,branch', 'web-01 web-12 db'],
    ['name:~web-?2', 'web-12'],
    ['name:=web-01', 'web-01'],
    ['name:=web', ''],
    ['user:ann', 'web-01'],
    ['seen:>30d', 'db'],
    ['seen:<7d', 'web-01 web-12'],
    ['-debian', 'web-12'],
    ['10.9.0.1', 'db'],
    ['"web-01\u0020"', ''],
    ['ip:10.0.4.7,192.168.1.10 -is:online', 'web-12'],
  ])('%s finds %s', (text, names) => expect(found(text)).toBe(names));

  it.each([
    ['oss:debian', 'filter.unknownNear oss os'],
    ['tags:x', 'filter.unknownNear tags tag'],
    ['colour:red', 'filter.unknown colour'],
    ['os:', 'filter.noValue os'],
    ['name:~', 'filter.noValue name'],
    ['is:on', 'filter.badState on'],
    ['seen:7', 'filter.badAge 7'],
    ['group:"Head', 'filter.openQuote'],
  ])('%s is a mistake: %s', (text, said) => expect(mistake(text)).toEqual([said]));

  it('goes on with the other parts when one is wrong, and takes colons in quotes or after digits as text', () => {
    expect(parseFilter('oss:x os:debian').terms).toHaveLength(1);
    expect(mistake('"http://x" fe80::1 00:11:22')).toEqual([]);
  });

  it('looks at no more than it can', () => {
    expect(mistake('a '.repeat(2_000))).toEqual(['filter.tooLong 2000']);
    const start = performance.now();
    expect(matchesPattern('*a'.repeat(400) + 'b', 'a'.repeat(1_000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe('suggestions', () => {
  const valuesOf = () => ['Head office', 'Branch', 'prod'];
  const texts = (text: string, caret = text.length) => suggest(text, caret, valuesOf).map((one) => one.text);

  it('are columns, then their values, with quotes where needed', () => {
    expect(texts('g')).toEqual(['group:']);
    expect(texts('web -ta')).toEqual(['tag:']);
    expect(texts('group:')).toEqual(['"Head office"', 'Branch', 'prod']);
    expect(texts('group:"he')).toEqual(['"Head office"']);
    expect(texts('group:Branch,pr')).toEqual(['prod']);
    expect(texts('is:')).toEqual(['online', 'offline', 'reachable']);
    expect(texts('zzz:')).toEqual([]);
    expect(texts('')).toEqual([]);
  });

  it('are put in where the caret is', () => {
    const text = 'os:x group:He web';
    const [one] = suggest(text, 13, valuesOf);
    expect(take(text, one!)).toEqual({ text: 'os:x group:"Head office" web', caret: 25 });
  });
});

describe('terms of buttons', () => {
  it('are put beside others of their column and taken out again', () => {
    let text = toggleTerm('web', 'group', 'Head office');
    expect(text).toBe('web group:"Head office"');
    text = toggleTerm(text, 'group', 'Branch');
    expect(text).toBe('web group:"Head office",Branch');
    expect(hasTerm(text, 'group', 'Head office')).toBe(true);
    text = toggleTerm(toggleTerm(text, 'group', 'Head office'), 'group', 'Branch');
    expect(text).toBe('web');
  });
});
