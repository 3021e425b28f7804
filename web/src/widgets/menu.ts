import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { icon, type IconName } from './icon';
import { LightElement } from './light';

export type MenuEntry =
  | {
      label: string;
      icon?: IconName;
      danger?: boolean;
      /// One of several that exclude each other, or with `isBox` a switch of its own, after which the menu stays.
      checked?: boolean;
      isBox?: boolean;
      testid?: string;
      run: () => void;
    }
  | { heading: string }
  | 'line';

/// A button that opens a list of actions (WAI-ARIA menu button pattern).
@customElement('tr-menu')
export class MenuElement extends LightElement {
  /// A function: made when the menu is opened, and after each choice that leaves it open.
  @property({ attribute: false }) entries: MenuEntry[] | (() => MenuEntry[]) = [];
  @property({ attribute: false }) content: TemplateResult | typeof nothing = nothing;
  @property() label = '';
  @property() buttonClass = 'btn plain square';
  @property({ type: Boolean }) up = false;
  @state() private isOpen = false;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('pointerdown', this.onOutside);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('pointerdown', this.onOutside);
  }

  override render() {
    return html`<button
        type="button"
        class=${this.buttonClass}
        aria-haspopup="menu"
        aria-expanded=${this.isOpen}
        aria-label=${this.label}
        @click=${() => (this.isOpen ? this.shut() : void this.open())}
        @keydown=${(event: KeyboardEvent) => this.onButtonKey(event)}
      >
        ${this.content === nothing ? icon('more') : this.content}
      </button>
      ${this.isOpen ? this.renderMenu() : nothing}`;
  }

  private renderMenu() {
    return html`<div
      class="menu ${this.up ? 'up' : ''}"
      role="menu"
      aria-label=${this.label}
      @keydown=${(event: KeyboardEvent) => this.onMenuKey(event)}
    >
      ${(typeof this.entries === 'function' ? this.entries() : this.entries).map((entry) => this.renderEntry(entry))}
    </div>`;
  }

  private renderEntry(entry: MenuEntry) {
    if (entry === 'line') return html`<hr role="separator" />`;
    if ('heading' in entry) return html`<div class="heading" role="presentation">${entry.heading}</div>`;
    const isChoice = entry.checked !== undefined;
    return html`<button
      type="button"
      role=${isChoice ? (entry.isBox ? 'menuitemcheckbox' : 'menuitemradio') : 'menuitem'}
      aria-checked=${isChoice ? String(entry.checked) : nothing}
      class=${entry.danger ? 'danger' : ''}
      tabindex="-1"
      data-testid=${entry.testid ?? nothing}
      @click=${() => (entry.isBox ? this.flip(entry.run) : this.choose(entry.run))}
    >
      ${entry.icon ? icon(entry.icon) : nothing}<span class="grow">${entry.label}</span>
      ${entry.checked ? icon('check') : nothing}
    </button>`;
  }

  private choose(run: () => void): void {
    this.shut();
    run();
  }

  private flip(run: () => void): void {
    run();
    this.requestUpdate();
  }

  private async open(last = false): Promise<void> {
    this.isOpen = true;
    await this.updateComplete;
    this.focusItem(last ? -1 : 0);
  }

  private shut(): void {
    this.isOpen = false;
    this.querySelector<HTMLElement>('button[aria-haspopup]')?.focus();
  }

  private items(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>('[role^=menuitem]')];
  }

  private focusItem(index: number): void {
    this.items().at(index)?.focus();
  }

  private onButtonKey(event: KeyboardEvent): void {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    void this.open(event.key === 'ArrowUp');
  }

  private onMenuKey(event: KeyboardEvent): void {
    const items = this.items();
    const at = items.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'ArrowDown') this.focusItem((at + 1) % items.length);
    else if (event.key === 'ArrowUp') this.focusItem(at <= 0 ? -1 : at - 1);
    else if (event.key === 'Home') this.focusItem(0);
    else if (event.key === 'End') this.focusItem(-1);
    else if (event.key === 'Escape') this.shut();
    else if (event.key === 'Tab') {
      this.isOpen = false;
      return;
    } else if (!this.jumpTo(event.key, items, at)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  private jumpTo(key: string, items: HTMLElement[], at: number): boolean {
    if (key.length !== 1 || key === ' ') return false;
    const ordered = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    const found = ordered.find((item) => item.textContent?.trim().toLowerCase().startsWith(key.toLowerCase()));
    found?.focus();
    return found !== undefined;
  }

  private readonly onOutside = (event: Event): void => {
    if (this.isOpen && !this.contains(event.target as Node)) this.isOpen = false;
  };
}
