import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { ifDefined } from 'lit/directives/if-defined.js';
import { icon } from './icon';
import { t } from '../core/i18n';

export interface Field {
  id: string;
  label: string;
  value: string;
  onInput: (value: string) => void;
  type?: 'text' | 'password';
  autocomplete?: string;
  inputmode?: 'numeric' | 'email';
  /// Id of a <datalist> with suggestions.
  list?: string;
  hint?: string;
  fault?: string;
  required?: boolean;
  autofocus?: boolean;
  maxlength?: number;
  multiline?: boolean;
  /// For passwords: whether it is readable, and the wish to change that.
  isShown?: boolean;
  onShow?: () => void;
}

/// A labelled input with hint and error, connected for screen readers.
export function field(options: Field) {
  const { id } = options;
  const describedBy = [options.hint ? `${id}-hint` : '', options.fault ? `${id}-fault` : ''].filter(Boolean).join(' ');
  return html`<div class="field">
    <label for=${id}>${options.label}</label>
    ${options.onShow ? html`<div class="with-button">${input(options, describedBy)}${showButton(options)}</div>` : input(options, describedBy)}
    ${options.hint ? html`<div class="hint" id="${id}-hint">${options.hint}</div>` : nothing}
    ${options.fault ? html`<div class="fault" id="${id}-fault">${options.fault}</div>` : nothing}
  </div>`;
}

function input(options: Field, describedBy: string) {
  const onInput = (event: Event): void => options.onInput((event.target as HTMLInputElement).value);
  if (options.multiline) {
    return html`<textarea
      class="input"
      id=${options.id}
      data-testid=${options.id}
      maxlength=${ifDefined(options.maxlength)}
      aria-describedby=${describedBy || nothing}
      .value=${live(options.value)}
      @input=${onInput}
    ></textarea>`;
  }
  return html`<input
    class="input"
    id=${options.id}
    name=${options.id}
    data-testid=${options.id}
    type=${options.type === 'password' && !options.isShown ? 'password' : 'text'}
    autocomplete=${(options.autocomplete ?? 'off') as AutoFill}
    inputmode=${ifDefined(options.inputmode)}
    maxlength=${ifDefined(options.maxlength)}
    list=${ifDefined(options.list)}
    autocapitalize="none"
    spellcheck="false"
    ?autofocus=${options.autofocus ?? false}
    ?required=${options.required ?? false}
    aria-invalid=${options.fault ? 'true' : nothing}
    aria-describedby=${describedBy || nothing}
    .value=${live(options.value)}
    @input=${onInput}
  />`;
}

function showButton(options: Field) {
  return html`<button
    type="button"
    class="btn plain small square"
    aria-pressed=${options.isShown ?? false}
    aria-label=${t('field.showPassword')}
    @click=${options.onShow}
  >
    ${icon('eye')}
  </button>`;
}
