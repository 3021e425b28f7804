import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { t } from '../core/i18n';
import type { RightWord } from '../model/right_words';

export interface Box {
  id: string;
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  hint?: string;
  disabled?: boolean;
}

/// A check box with its words beside it.
export function checkBox(box: Box) {
  return html`<div class="box">
    <input
      type="checkbox"
      id=${box.id}
      data-testid=${box.id}
      ?disabled=${box.disabled ?? false}
      aria-describedby=${box.hint ? `${box.id}-hint` : nothing}
      .checked=${live(box.checked)}
      @change=${(event: Event) => box.onChange((event.target as HTMLInputElement).checked)}
    />
    <label for=${box.id}>${box.label}</label>
    ${box.hint ? html`<div class="hint" id="${box.id}-hint">${box.hint}</div>` : nothing}
  </div>`;
}

/// Rights as check boxes: what they allow, then what they take away. `changeable`: the bits that the
/// person may change; the others are shown as they are.
export function rightBoxes(prefix: string, words: RightWord[], rights: number, changeable: number, onChange: (rights: number) => void) {
  const boxes = (limits: boolean) =>
    words
      .filter((word) => (word.limits ?? false) === limits)
      .map(({ bit, label }) =>
        checkBox({
          id: `${prefix}-${bit}`,
          label: t(label),
          checked: (rights & bit) !== 0,
          disabled: (changeable & bit) === 0,
          onChange: (checked) => onChange((checked ? rights | bit : rights & ~bit) >>> 0),
        }),
      );
  return html`<fieldset class="boxes"><legend>${t('rights.allowed')}</legend>${boxes(false)}</fieldset>
    <fieldset class="boxes"><legend>${t('rights.limits')}</legend>${boxes(true)}</fieldset>`;
}
