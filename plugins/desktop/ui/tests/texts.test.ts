import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import de from '../../i18n/de.json';
import en from '../../i18n/en.json';

it('has every text in both languages, with the same places to fill in', () => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();
  expect(Object.keys(de)).toEqual(Object.keys(en));
  for (const [key, text] of Object.entries(en)) expect(places((de as Record<string, string>)[key]!), key).toEqual(places(text));
});

it('has the texts that the tab asks for, and no others', () => {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const files = [`${folder}desktop.ts`, ...readdirSync(`${folder}src`).map((name) => `${folder}src/${name}`)];
  const source = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  const isUsed = (key: string) => source.includes(`'${key}'`) || /^(quality|figure)\./.test(key) || key === 'title';
  expect(Object.keys(en).map((key) => key.replace('desktop.', '')).filter((key) => !isUsed(key))).toEqual([]);
  const asked = [...source.matchAll(/\bt\('([\w.]+)'/g)].map(([, key]) => `desktop.${key}`);
  expect(asked.filter((key) => !(key in en))).toEqual([]);
});
