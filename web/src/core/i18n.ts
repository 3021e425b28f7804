import english from '../../i18n/en.json';
import { Observable } from './observe';
import { readPref, writePref } from './prefs';

export type TextKey = keyof typeof english;
export type TextValues = Record<string, string | number>;
export type Catalogue = Record<string, string>;

// English is always there as the fallback; another language is fetched when it is chosen.
const loaders = import.meta.glob<{ default: Catalogue }>('../../i18n/*.json');
// Texts of events that the server writes in English, for languages that have them.
const eventLoaders = import.meta.glob<{ default: Catalogue }>('../../i18n/events/*.json');
export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

/// Puts values into `{name}` places. `{n|one|many}` picks a word by the number `n`.
export function fill(text: string, values: TextValues = {}): string {
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (one !== undefined && many !== undefined) return Number(value) === 1 ? one : many;
    return typeof value === 'number' ? value.toLocaleString(i18n?.language) : value;
  });
}

class I18n extends Observable {
  private catalogue: Catalogue = english;
  language: Language = 'en';

  async start(): Promise<void> {
    const stored = readPref('language');
    const wanted = stored ? [stored] : navigator.languages.map((tag) => tag.split('-')[0]!);
    await this.use(wanted.find((tag): tag is Language => languages.includes(tag as Language)) ?? 'en');
  }

  async choose(language: Language): Promise<void> {
    writePref('language', language);
    await this.use(language);
  }

  t(key: TextKey, values?: TextValues): string {
    return fill(this.catalogue[key] ?? english[key], values);
  }

  /// A text that not every language has.
  find(key: string): string | undefined {
    return this.catalogue[key];
  }

  private async use(language: Language): Promise<void> {
    const found = [loaders[`../../i18n/${language}.json`], eventLoaders[`../../i18n/events/${language}.json`]];
    const loaded = language === 'en' ? [] : await Promise.all(found.map((load) => load?.()));
    this.catalogue = Object.assign({}, english, ...loaded.map((one) => one?.default));
    this.language = language;
    document.documentElement.lang = language;
    this.changed();
  }
}

export const i18n = new I18n();
export const t = (key: TextKey, values?: TextValues): string => i18n.t(key, values);

export function languageName(language: Language): string {
  return { en: 'English', de: 'Deutsch' }[language];
}
