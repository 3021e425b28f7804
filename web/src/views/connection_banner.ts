import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { channel } from '../app';
import { i18n, t } from '../core/i18n';
import { Watch } from '../core/watch';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';

// A short break, such as a server restart, is over before anybody needs to know.
const kQuietMs = 800;

/// Says that what is shown may be old, since when, and what happens next.
@customElement('connection-banner')
export class ConnectionBanner extends LightElement {
  readonly watch = new Watch(this, channel, i18n);
  @state() private isShown = false;
  private wasOnline = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private clock: ReturnType<typeof setInterval> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
    clearInterval(this.clock);
    this.timer = this.clock = undefined;
  }

  protected override willUpdate(): void {
    if (channel.status === 'online') {
      this.wasOnline = true;
      this.isShown = false;
      clearTimeout(this.timer);
      clearInterval(this.clock);
      this.timer = this.clock = undefined;
    } else if (!this.timer) {
      // The first connection may take longer before it is called lost.
      this.timer = setTimeout(() => this.show(), this.wasOnline ? kQuietMs : kQuietMs * 4);
    }
  }

  override render() {
    const seconds = channel.retryAt ? Math.max(0, Math.ceil((channel.retryAt - Date.now()) / 1_000)) : 0;
    return html`<div role="status" class=${this.isShown ? 'banner' : nothing} data-testid="connection-banner">
      ${this.isShown
        ? html`${icon('signal')}<span>${t('connection.lost')}</span>
            <span aria-live="off">${seconds > 0 ? t('connection.retryIn', { n: seconds }) : t('connection.trying')}</span>
            <button class="btn small" ?disabled=${channel.status !== 'waiting'} @click=${() => channel.retryNow()}>${t('connection.now')}</button>`
        : nothing}
    </div>`;
  }

  private show(): void {
    if (channel.status === 'online' || channel.status === 'idle') return;
    this.isShown = true;
    this.clock = setInterval(() => this.requestUpdate(), 1_000);
  }
}
