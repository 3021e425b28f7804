import { i18n, t } from './i18n';

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

// Making a formatter costs more than using it a thousand times, and lists format once per row.
const formatters = new Map<string, { relative: Intl.RelativeTimeFormat; exact: Intl.DateTimeFormat; time: Intl.DateTimeFormat }>();
function formatter() {
  let found = formatters.get(i18n.language);
  if (!found) {
    found = {
      relative: new Intl.RelativeTimeFormat(i18n.language, { numeric: 'auto', style: 'long' }),
      exact: new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'medium' }),
      time: new Intl.DateTimeFormat(i18n.language, { dateStyle: 'short', timeStyle: 'medium' }),
    };
    formatters.set(i18n.language, found);
  }
  return found;
}

/// "3 hr. ago"; "just now" below a minute. `time` in ms.
export function ago(time: number, now = Date.now()): string {
  const seconds = Math.round((time - now) / 1000);
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return formatter().relative.format(Math.trunc(seconds / size), unit);
  }
  return t('time.now');
}

export function exactTime(time: number): string {
  return formatter().exact.format(time);
}

export function shortTime(time: number): string {
  return formatter().time.format(time);
}
