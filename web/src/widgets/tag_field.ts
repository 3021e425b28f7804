import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { t } from '../core/i18n';
import { readTags } from '../model/device';
import { icon } from './icon';
import { LightElement } from './light';

/// Tags as chips, and a field for more: a comma or Enter ends one, Backspace in the empty field takes the
/// last one away. What is still being typed counts too, so nothing is lost by saving at once.
@customElement('tr-tags')
export class TagField extends LightElement {
  @property({ attribute: 'field-id' }) fieldId = 'tags';
  @property() label = '';
  @property() hint = '';
  @property({ attribute: false }) tags: string[] = [];
  /// For completion.
  @property({ attribute: false }) known: string[] = [];
  @property({ attribute: false }) onTags: (tags: string[]) => void = () => undefined;
  @state() private chips: string[] = [];
  @state() private text = '';

  override connectedCallback(): void {
    super.connectedCallback();
    this.chips = this.tags;
  }

  override render() {
    const { fieldId } = this;
    return html`<div class="field">
      <label for=${fieldId}>${this.label}</label>
      <div class="tag-field">
        ${this.chips.map(
          (tag) => html`<span class="badge" data-testid="tag-chip">
            ${tag}<button type="button" aria-label=${t('tags.remove', { tag })} @click=${() => this.drop(tag)}>${icon('close')}</button>
          </span>`,
        )}
        <input
          class="input"
          id=${fieldId}
          data-testid=${fieldId}
          list="${fieldId}-known"
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          aria-describedby=${this.hint ? `${fieldId}-hint` : nothing}
          .value=${this.text}
          @input=${(event: Event) => this.typed((event.target as HTMLInputElement).value)}
          @keydown=${(event: KeyboardEvent) => this.onKey(event)}
        />
        <datalist id="${fieldId}-known">${this.known.filter((tag) => !this.chips.includes(tag)).map((tag) => html`<option value=${tag}></option>`)}</datalist>
      </div>
      ${this.hint ? html`<div class="hint" id="${fieldId}-hint">${this.hint}</div>` : nothing}
    </div>`;
  }

  private typed(text: string): void {
    const end = text.lastIndexOf(',');
    this.set(readTags([...this.chips, text.slice(0, Math.max(0, end))].join(',')), text.slice(end + 1));
  }

  private drop(tag: string): void {
    this.set(this.chips.filter((one) => one !== tag), this.text);
    this.querySelector('input')?.focus();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === 'Enter' && this.text.trim()) {
      this.set(readTags([...this.chips, this.text].join(',')), '');
      event.preventDefault();
    } else if (event.key === 'Backspace' && this.text === '') this.set(this.chips.slice(0, -1), '');
  }

  private set(chips: string[], text: string): void {
    this.chips = chips;
    this.text = text;
    this.onTags(readTags([...chips, text].join(',')));
  }
}
