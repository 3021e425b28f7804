import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fill } from '../../src/core/i18n';

const web = resolve(__dirname, '../..');
const plugins = resolve(web, '../plugins');
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;

function sources(folder: string, kind = /\.[jt]s$/): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'tests') return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path, kind);
    return kind.test(entry.name) ? [readFileSync(path, 'utf8')] : [];
  });
}

const catalogues = [
  { name: 'page', folder: join(web, 'i18n'), code: join(web, 'src'), prefix: '' },
  ...readdirSync(plugins, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(join(plugins, entry.name)).includes('ui') && readdirSync(join(plugins, entry.name)).includes('i18n'))
    .map((entry) => ({ name: entry.name, folder: join(plugins, entry.name, 'i18n'), code: join(plugins, entry.name, 'ui'), prefix: `${entry.name}.` })),
];

const places = (text: string) => [...text.matchAll(/\{(\w+)/g)].map((match) => match[1]).sort();

describe.each(catalogues)('catalogues of $name', ({ folder, code, prefix }) => {
  const english = read(join(folder, 'en.json'));
  // Titles that the server part registers.
  const registered = sources(join(folder, '../src'), /\.cpp$/).flatMap((text) => [...text.matchAll(/\.title = "([\w.]+)"/g)].map((match) => match[1]!));
  const others = readdirSync(folder).filter((name) => name !== 'en.json' && name.endsWith('.json'));

  it('have an English text for every key in the code', () => {
    const used = sources(code).flatMap((text) => [...text.matchAll(/\bt\(['"]([\w.]+)['"]/g)].map((match) => match[1]!));
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((key) => !(key in english) && !(prefix + key in english))).toEqual([]);
  });

  it('have no text that nothing uses', () => {
    const all = sources(code).join('\n');
    const isUsed = (key: string) => ["'", '"'].some((quote) => all.includes(quote + key + quote));
    // Whole families are used by a name that is put together: t(`jobs.state.${state}`).
    const families = [...all.matchAll(/`([\w.]+\.)\$\{/g)].map((match) => match[1]!);
    const isOfFamily = (key: string) => families.some((family) => key.startsWith(family));
    const unused = Object.keys(english).filter((key) => ![key, key.slice(prefix.length)].some((name) => isUsed(name) || isOfFamily(name)));
    expect(unused.filter((key) => !registered.includes(key))).toEqual([]);
  });

  it.each(others)('%s has the same keys and the same places for values', (name) => {
    const other = read(join(folder, name));
    expect(Object.keys(other)).toEqual(Object.keys(english));
    const differing = Object.keys(english).filter((key) => new Set(places(other[key]!)).size !== new Set(places(english[key]!)).size);
    expect(differing).toEqual([]);
  });
});

describe('fill', () => {
  it('puts in values and picks a word by number', () => {
    expect(fill('{n} {n|device|devices} in {group}', { n: 1, group: 'A' })).toBe('1 device in A');
    expect(fill('{n} {n|device|devices} in {group}', { n: 12, group: '{n}' })).toBe('12 devices in {n}');
  });

  it('leaves a place without a value as it is', () => {
    expect(fill('{a} and {b}', { a: 'x' })).toBe('x and {b}');
  });
});
