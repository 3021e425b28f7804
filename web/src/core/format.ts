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

/// 1.5 MiB
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10));
  const value = count / 1024 ** step;
  return `${value.toLocaleString(i18n.language, { maximumFractionDigits: step === 0 || value >= 100 ? 0 : 1 })} ${units[step]}`;
}

/// "3 d 4 h", "5 min": the two largest parts.
export function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const [days, hours] = [Math.floor(minutes / 1_440), Math.floor(minutes / 60) % 24];
  if (days) return t('duration.days', { d: days, h: hours });
  return hours ? t('duration.hours', { h: hours, m: minutes % 60 }) : t('duration.minutes', { m: minutes });
}
