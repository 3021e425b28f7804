import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { t } from '../core/i18n';
import type { Mistake } from '../model/filter';
import { suggest, take, type Suggestion, type ValuesOf } from '../model/filter_edit';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';

/// The box where a filter is typed, with suggestions below it (WAI-ARIA combobox with a listbox).
@customElement('filter-box')
export class FilterBox extends LightElement {
  @property() text = '';
  @property({ attribute: false }) mistakes: Mistake[] = [];
  @property({ attribute: false }) valuesOf: ValuesOf = () => [];
  @property({ attribute: false }) onText: (text: string) => void = () => undefined;
  /// The person goes on to what was found.
  @property({ attribute: false }) onLeave: () => void = () => undefined;
  @state() private suggestions: Suggestion[] = [];
  @state() private at = -1;

  override render() {
    const { suggestions, mistakes } = this;
    const isOpen = suggestions.length > 0;
    return html`<div class="search">
        ${icon('search')}
        <input
          class="input"
          type="search"
          id="device-search"
          data-testid="device-search"
          role="combobox"
          aria-expanded=${isOpen}
          aria-controls="filter-list"
          aria-autocomplete="list"
          aria-activedescendant=${isOpen && this.at >= 0 ? `suggestion-${this.at}` : nothing}
          aria-invalid=${mistakes.length ? 'true' : nothing}
          aria-describedby=${mistakes.length ? 'filter-fault' : nothing}
          placeholder=${t('devices.search')}
          aria-label=${t('devices.search')}
          aria-keyshortcuts="/"
          autocomplete="off"
          spellcheck="false"
          .value=${live(this.text)}
          @input=${(event: Event) => this.typed(event.target as HTMLInputElement)}
          @keydown=${(event: KeyboardEvent) => this.onKey(event)}
          @blur=${() => this.shut()}
        />
        <kbd aria-hidden="true">/</kbd>
        <div class="suggestions" role="listbox" id="filter-list" aria-label=${t('filter.suggestions')} ?hidden=${!isOpen}>
          ${suggestions.map(
            (one, index) => html`<div
              role="option"
              id="suggestion-${index}"
              aria-selected=${index === this.at}
              @pointerdown=${(event: Event) => event.preventDefault()}
              @click=${() => this.accept(one)}
            >
              <span class="cut">${one.text}</span>
            </div>`,
          )}
        </div>
      </div>
      ${mistakes.length
        ? html`<p class="fault" id="filter-fault" role="status" data-testid="filter-fault">${mistakes.map(({ key, values }) => t(key, values)).join(' ')}</p>`
        : nothing}`;
  }

  /// Puts the caret at the end of what is there.
  override focus(): void {
    const input = this.input();
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
    this.suggestAt(input);
  }

  select(): void {
    this.input().select();
  }

  private input(): HTMLInputElement {
    return this.querySelector('input')!;
  }

  private typed(input: HTMLInputElement): void {
    this.onText(input.value);
    this.suggestAt(input);
  }

  private suggestAt(input: HTMLInputElement): void {
    this.suggestions = suggest(input.value, input.selectionStart ?? input.value.length, this.valuesOf);
    this.at = -1;
  }

  private shut(): void {
    this.suggestions = [];
    this.at = -1;
  }

  private accept(suggestion: Suggestion): void {
    const input = this.input();
    const { text, caret } = take(input.value, suggestion);
    input.value = text;
    input.setSelectionRange(caret, caret);
    this.shut();
    this.onText(text);
    if (suggestion.isOpen) this.suggestAt(input);
  }

  private onKey(event: KeyboardEvent): void {
    const count = this.suggestions.length;
    const chosen = this.suggestions[this.at];
    if (count && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      this.at = (this.at + (event.key === 'ArrowDown' ? 1 : -1) + (this.at < 0 && event.key === 'ArrowUp' ? 1 : 0) + count) % count;
      void this.updateComplete.then(() => this.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }));
    } else if (chosen && (event.key === 'Enter' || event.key === 'Tab')) this.accept(chosen);
    else if (event.key === 'Escape' && count) this.shut();
    else if (event.key === 'Escape') this.onText('');
    else if (event.key === 'ArrowDown' || event.key === 'Enter') this.onLeave();
    else return;
    event.preventDefault();
  }
}
