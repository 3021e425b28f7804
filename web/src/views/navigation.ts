import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { directory, plugins, session } from '../app';
import { i18n, t } from '../core/i18n';
import { formatPlace, router } from '../core/router';
import { Watch } from '../core/watch';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { destinations, isCurrent, type Destination } from './places';

/// So many fit beside each other on a phone, the button for the rest included.
const kInBar = 5;

/// The navigation: a column in two parts on wide windows. On phones a bar of the first pages, and a sheet with all.
@customElement('tr-navigation')
export class Navigation extends LightElement {
  readonly watch = new Watch(this, session, router, plugins, directory, i18n);
  @state() private isOpen = false;

  override render() {
    const all = destinations();
    const needsMore = all.length > kInBar;
    const inBar = needsMore ? kInBar - 1 : kInBar;
    const hidden = all.slice(inBar).find((item) => isCurrent(item.path));
    return html`<nav class="nav-place" aria-label=${t('nav.main')}>
        ${(['work', 'admin'] as const).map((section) => this.renderSection(section, all, inBar))}
        ${needsMore
          ? html`<button type="button" class="nav-more" aria-haspopup="dialog" aria-expanded=${this.isOpen} data-current=${hidden ? 'true' : nothing} data-testid="nav-more" @click=${() => void this.open()}>
              ${hidden ? html`<span class="pair">${hidden.symbol}${icon('up')}</span>` : icon('menu')}<span class="cut">${hidden ? hidden.label : t('nav.more')}</span>
              ${hidden ? html`<span class="sr">${t('nav.more')}</span>` : nothing}
            </button>`
          : nothing}
      </nav>
      ${this.isOpen ? this.renderSheet(all) : nothing}`;
  }

  private renderSection(section: Destination['section'], all: Destination[], inBar: number) {
    const items = all.filter((item) => item.section === section);
    if (items.length === 0) return nothing;
    const id = `nav-${section}`;
    return html`${section === 'admin' ? html`<h2 class="nav-heading" id=${id}>${t('nav.admin')}</h2>` : nothing}
      <ul class="nav" aria-labelledby=${section === 'admin' ? id : nothing}>
        ${items.map((item) => this.renderItem(item, 'nav', all.indexOf(item) >= inBar ? 'extra' : ''))}
      </ul>`;
  }

  private renderItem(item: Destination, prefix: string, kind = '') {
    return html`<li class=${kind}>
      <a href=${formatPlace(item.path)} aria-current=${isCurrent(item.path) ? 'page' : nothing} data-testid="${prefix}-${item.path.at(-1)}">
        ${item.symbol}<span class="cut">${item.label}</span>
        ${item.count ? html`<span class="count" aria-hidden="true">${item.count.toLocaleString(i18n.language)}</span>` : nothing}
      </a>
    </li>`;
  }

  private renderSheet(all: Destination[]) {
    const part = (section: Destination['section']) => all.filter((item) => item.section === section).map((item) => this.renderItem(item, 'sheet'));
    const admin = part('admin');
    return html`<dialog class="nav-sheet" aria-label=${t('nav.main')} data-testid="nav-sheet" @close=${() => (this.isOpen = false)} @click=${(event: Event) => this.onClick(event)}>
      <div class="sheet">
        <ul class="nav">${part('work')}</ul>
        ${admin.length ? html`<h2 class="nav-heading">${t('nav.admin')}</h2><ul class="nav">${admin}</ul>` : nothing}
        <button type="button" class="btn" @click=${() => this.dialog()?.close()}>${t('common.close')}</button>
      </div>
    </dialog>`;
  }

  private async open(): Promise<void> {
    this.isOpen = true;
    await this.updateComplete;
    this.dialog()?.showModal();
    (this.querySelector<HTMLElement>('.nav-sheet [aria-current]') ?? this.querySelector<HTMLElement>('.nav-sheet a'))?.focus();
  }

  /// A press on a page or beside the sheet ends it.
  private onClick(event: Event): void {
    const target = event.target as Element;
    if (target instanceof HTMLDialogElement || target.closest('a')) this.dialog()?.close();
  }

  private dialog(): HTMLDialogElement | null {
    return this.querySelector('dialog');
  }
}
