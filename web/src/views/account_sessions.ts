import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { CatchUp } from '../api/catch_up';
import { messageOf } from '../api/errors';
import { channel } from '../app';
import { ago, exactTime } from '../core/format';
import { i18n, t } from '../core/i18n';
import { Watch } from '../core/watch';
import { browserName } from '../model/browser_name';
import { LightElement } from '../widgets/light';
import { toast, toastError } from '../widgets/toast';

interface BrowserSession {
  id: string;
  address: string;
  userAgent: string;
  created: number;
  used: number;
  loginToken: string;
  current: boolean;
}

/// Where the person is signed in, and signing out there.
@customElement('account-sessions')
export class AccountSessions extends LightElement {
  readonly watch = new Watch(this, i18n);
  readonly catchUp = new CatchUp(this, channel, () => this.load());
  @state() private list: BrowserSession[] | undefined;
  @state() private fault = '';

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  override render() {
    const { list } = this;
    const hasOthers = list?.some(({ current }) => !current) ?? false;
    return html`<section class="panel" aria-labelledby="account-sessions">
      <header>
        <h2 id="account-sessions">${t('sessions.title')}</h2>
        ${hasOthers ? html`<button class="btn small plain" @click=${() => void this.end()} data-testid="end-others">${t('sessions.endOthers')}</button>` : nothing}
      </header>
      ${list ? html`<ul class="plain-list">${list.map((one) => this.renderOne(one))}</ul>` : html`<p class="inside soft">${this.fault || t('common.loading')}</p>`}
    </section>`;
  }

  private renderOne(one: BrowserSession) {
    const name = browserName(one.userAgent);
    return html`<li data-testid="session-row">
      <div class="about">
        ${name} ${one.current ? html`<span class="badge ok">${t('sessions.current')}</span>` : nothing} ${one.loginToken ? html`<span class="badge">${one.loginToken}</span>` : nothing}
        <p><span class="mono">${one.address}</span> · <span title=${exactTime(one.used)}>${one.current ? t('time.now') : ago(one.used)}</span> · ${t('sessions.since', { time: ago(one.created) })}</p>
      </div>
      ${one.current ? nothing : html`<button class="btn small" @click=${() => void this.end(one.id)}>${t('account.logout')}<span class="sr">${name}</span></button>`}
    </li>`;
  }

  private async end(id?: string): Promise<void> {
    try {
      const { ended } = await channel.call<{ ended: number }>('session.end', id ? { id } : {});
      toast(t('sessions.ended', { n: ended }), 'success');
    } catch (error) {
      toastError(error);
    }
    await this.load();
  }

  private async load(): Promise<void> {
    try {
      this.list = (await channel.call<{ sessions?: BrowserSession[] }>('session.list')).sessions ?? [];
      this.fault = '';
    } catch (error) {
      this.fault = messageOf(error);
    }
  }
}
