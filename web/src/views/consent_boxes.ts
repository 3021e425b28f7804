import { html } from 'lit';
import { t, type TextKey } from '../core/i18n';
import { checkBox } from '../widgets/boxes';

/// Consent flags (control-protocol.md section 4.3).
const flags: [number, TextKey][] = [
  [1, 'consent.notifyDesktop'],
  [2, 'consent.notifyTerminal'],
  [4, 'consent.notifyFiles'],
  [8, 'consent.askDesktop'],
  [16, 'consent.askTerminal'],
  [32, 'consent.askFiles'],
  [64, 'consent.bar'],
];

export function consentBoxes(prefix: string, value: number, onChange: (flags: number) => void) {
  return html`<fieldset class="boxes"><legend>${t('consent.title')}</legend>
    ${flags.map(([bit, key]) => checkBox({ id: `${prefix}-${bit}`, label: t(key), checked: (value & bit) !== 0, onChange: (on) => onChange(on ? value | bit : value & ~bit) }))}
  </fieldset>`;
}

export const consentWords = (value: number): string => flags.filter(([bit]) => value & bit).map(([, key]) => t(key)).join(', ');
