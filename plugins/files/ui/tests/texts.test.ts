import de from '../../i18n/de.json';
import en from '../../i18n/en.json';

it('has every text in both languages, with the same places to fill in', () => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();
  expect(Object.keys(de)).toEqual(Object.keys(en));
  for (const [key, text] of Object.entries(en)) expect(places((de as Record<string, string>)[key]!), key).toEqual(places(text));
});
