import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { messageOf } from '../api/errors';
import { channel, session } from '../app';
import { ago, bytes } from '../core/format';
import { i18n, t } from '../core/i18n';
import { deviceLink, formatPlace } from '../core/router';
import { Watch } from '../core/watch';
import { idName, isDocument } from '../model/accounts';
import { protocolName } from '../model/protocols';
import { DialogElement, openDialog } from '../widgets/dialog';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { toastError } from '../widgets/toast';

interface Relay {
  id: string;
  protocol: number;
  nodeid: string;
  name: string;
  userid: string;
  opened: number;
  toDevice: number;
  toViewer: number;
}

const kLookAgainMs = 5_000;

/// Who is connected, and which sessions run through the relay; each can be ended.
@customElement('server-sessions')
export class ServerSessions extends LightElement {
  readonly watch = new Watch(this, i18n);
  @state() private relays: Relay[] = [];
  @state() private users: [string, number][] = [];
  @state() private fault = '';
  private timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = setInterval(() => void this.load(), kLookAgainMs);
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  override render() {
    return html`<section class="panel" aria-labelledby="server-relays">
        <header><h2 id="server-relays">${t('relays.title')}</h2></header>
        ${this.relays.length ? html`<ul class="plain-list">${this.relays.map((relay) => this.renderRelay(relay))}</ul>` : html`<p class="inside soft">${this.fault || t('relays.none')}</p>`}
      </section>
      <section class="panel" aria-labelledby="server-users">
        <header><h2 id="server-users">${t('stats.users')}</h2></header>
        <ul class="plain-list">
          ${this.users.map(
            ([id, count]) => html`<li data-testid="user-session">
              <div class="about">${idName(id)}<p>${t('relays.connections', { n: count })}</p></div>
              ${id === session.me?.id
                ? html`<span class="badge">${t('users.you')}</span>`
                : html`<button class="btn small" @click=${() => openDialog(new EndUserDialog(id, () => void this.load()))}>${t('relays.end')}<span class="sr">${idName(id)}</span></button>`}
            </li>`,
          )}
        </ul>
      </section>`;
  }

  private renderRelay(relay: Relay) {
    return html`<li data-testid="relay">
      <div class="about">
        <a href=${formatPlace(deviceLink(relay.nodeid))}>${relay.name || relay.nodeid}</a> · ${protocolName(relay.protocol)}
        <p>${idName(relay.userid)} · ${ago(relay.opened)} · ${bytes(relay.toDevice + relay.toViewer)}</p>
      </div>
      <button class="btn small" @click=${() => void this.end(relay)} data-testid="relay-end">${icon('close')}${t('relays.end')}<span class="sr">${relay.name}</span></button>
    </li>`;
  }

  private async end(relay: Relay): Promise<void> {
    await channel.call('relay.end', { id: relay.id }).catch(toastError);
    await this.load();
  }

  private async load(): Promise<void> {
    try {
      const [relays, counts] = await Promise.all([channel.call<{ relays?: Relay[] }>('relay.list'), channel.request('wssessioncount')]);
      this.relays = relays.relays ?? [];
      this.users = Object.entries(isDocument(counts['wssessions']) ? counts['wssessions'] : {}).map(([id, count]) => [id, Number(count)]);
      this.fault = '';
    } catch (error) {
      this.fault = messageOf(error);
    }
  }
}

/// Connections of somebody else are ended only after a question: unsaved input may be lost.
@customElement('end-user-dialog')
export class EndUserDialog extends DialogElement {
  constructor(
    private readonly userId: string,
    private readonly done: () => void,
  ) {
    super();
  }

  protected heading = () => t('relays.endUser', { name: idName(this.userId) });
  protected override submitLabel = () => t('relays.end');
  protected override isDanger = () => true;
  protected body = () => html`<p>${t('relays.endUserText')}</p>${nothing}`;

  protected async submit(): Promise<void> {
    await channel.command('serverconsole', { value: `closeusersessions ${idName(this.userId)}` });
    this.done();
  }
}
