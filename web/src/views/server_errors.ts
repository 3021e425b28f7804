import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { CatchUp } from '../api/catch_up';
import { messageOf } from '../api/errors';
import { channel } from '../app';
import { i18n, t } from '../core/i18n';
import { Watch } from '../core/watch';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { toastError } from '../widgets/toast';

/// The latest errors of the server's log.
@customElement('server-errors')
export class ServerErrors extends LightElement {
  readonly watch = new Watch(this, i18n);
  readonly catchUp = new CatchUp(this, channel, () => this.load());
  @state() private text: string | undefined;
  @state() private fault = '';

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  override render() {
    return html`<section class="panel" aria-labelledby="server-errors">
      <header>
        <h2 id="server-errors">${t('server.errors')}</h2>
        <span class="row">
          <button class="btn small plain" @click=${() => void this.load()}>${t('server.reload')}</button>
          ${this.text ? html`<button class="btn small plain" @click=${() => void this.clear()} data-testid="clear-errors">${icon('trash')}${t('server.clear')}</button>` : nothing}
        </span>
      </header>
      ${this.text
        ? html`<pre class="log" tabindex="0" role="region" aria-label=${t('server.errorLog')} data-testid="error-log">${this.text}</pre>`
        : html`<p class="inside soft" data-testid="no-errors">${this.fault || (this.text === undefined ? t('common.loading') : t('server.noErrors'))}</p>`}
    </section>`;
  }

  private async load(): Promise<void> {
    try {
      const reply = await channel.command('servererrors');
      this.text = typeof reply['data'] === 'string' ? reply['data'].trim() : '';
      this.fault = '';
    } catch (error) {
      this.fault = messageOf(error);
    }
  }

  private async clear(): Promise<void> {
    await channel.command('serverclearerrorlog').catch(toastError);
    await this.load();
  }
}
