import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { exactTime } from '../core/format';
import { i18n, t, type TextKey } from '../core/i18n';
import { theme } from '../core/theme';
import { Watch } from '../core/watch';
import { Guest, type GuestPhase, type Invitation } from '../model/guest';
import type { Contribution } from '../model/plugins';
import { field } from '../widgets/field';
import { icon, platformIcon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { tabList } from '../widgets/tabs';
import '../widgets/toast';
import { gate } from './gate';
import { mayLeave } from './leave';
import { PluginMount, type PluginSource } from './plugin_mount';

const kMaxName = 64;
const guest = new Guest(location.hash);

const source: PluginSource = {
  // A guest has sessions and nothing else; plugins live with that as with any refused command.
  call: () => Promise.reject(new Error(t('guest.noCommands'))),
  on: () => () => undefined,
  t: (plugin, key, values) => guest.t(plugin, key, values),
  device: () => guest.invitation?.device,
  rights: () => guest.invitation?.rights ?? 0,
  onDevice: (listener) => guest.subscribe(listener),
  openTunnel: (_device, protocol) => guest.openTunnel(protocol),
};

/// A plugin's part in a guest's page.
@customElement('guest-part')
export class GuestPart extends PluginMount {
  protected source(): PluginSource {
    return source;
  }
}

const kWords: Partial<Record<GuestPhase, [TextKey, TextKey]>> = {
  invalid: ['guest.invalidTitle', 'guest.invalid'],
  over: ['guest.overTitle', 'guest.over'],
  throttled: ['guest.throttledTitle', 'guest.throttled'],
  unreachable: ['guest.unreachableTitle', 'guest.unreachable'],
};

/// What somebody sees who was sent a link: what is shared, by whom and until when, then the tabs of
/// whatever plugins can show it.
@customElement('trellis-guest')
export class GuestView extends LightElement {
  readonly watch = new Watch(this, guest, i18n, theme);
  @state() private isIn = false;
  @state() private name = '';
  @state() private tab = '';
  @state() private opened: string[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    guest.begin();
    // Another link in the same window is another page.
    addEventListener('hashchange', () => location.reload());
  }

  protected override willUpdate(): void {
    const ids = guest.parts.map(tabId);
    if (!ids.includes(this.tab)) this.tab = ids[0] ?? '';
    const kept = this.opened.filter((id) => ids.includes(id));
    this.opened = this.tab && !kept.includes(this.tab) ? [...kept, this.tab] : kept;
    if (guest.phase !== 'open') this.isIn = false;
  }

  protected override updated(): void {
    document.title = `${guest.invitation?.device?.name || t('guest.title')} · Trellis`;
  }

  override render() {
    return html`${this.renderPhase()}<tr-toasts></tr-toasts>`;
  }

  private renderPhase() {
    const { phase, invitation } = guest;
    if (phase === 'loading') return gate(t('guest.title'), html`<div role="status"><span class="spinner"></span> ${t('common.loading')}</div>`);
    const words = kWords[phase];
    if (words || !invitation) {
      const [title, text] = words ?? ['guest.invalidTitle', 'guest.invalid'];
      return gate(t(title), html`<p role="status" data-testid="guest-${phase}">${t(text)}</p>`);
    }
    if (phase === 'early') return this.renderEarly(invitation);
    return this.isIn ? this.renderSession(invitation) : this.renderWelcome(invitation);
  }

  private renderEarly(invitation: Invitation) {
    return gate(
      t('guest.earlyTitle'),
      html`<p role="status" data-testid="guest-early">${t('guest.early', { by: invitation.by, time: exactTime(invitation.from ?? 0) })}</p>
        <p class="hint">${t('guest.earlyHint')}</p>`,
    );
  }

  private renderWelcome(invitation: Invitation) {
    const enter = (event: Event): void => {
      event.preventDefault();
      if (invitation.askName && !this.name.trim()) return;
      guest.name = this.name.trim();
      this.isIn = true;
    };
    return gate(
      t('guest.welcome', { by: invitation.by }),
      html`<form @submit=${enter}>
        <dl class="guest-facts" data-testid="guest-facts">
          <dt>${t('guest.device')}</dt>
          <dd>${invitation.device?.name}</dd>
          <dt>${t('guest.shared')}</dt>
          <dd>${this.sharedText(invitation)}</dd>
          <dt>${t('guest.until')}</dt>
          <dd>${untilText(invitation)}</dd>
        </dl>
        ${invitation.viewOnly ? html`<p class="hint">${t('guest.viewOnly')}</p>` : nothing}
        ${invitation.askName
          ? field({
              id: 'guest-name',
              label: t('guest.name'),
              hint: t('guest.nameHint'),
              value: this.name,
              maxlength: kMaxName,
              required: true,
              autofocus: true,
              autocomplete: 'name',
              onInput: (value) => (this.name = value),
            })
          : html`<p class="hint">${t('guest.youAre', { name: invitation.guest })}</p>`}
        <button class="btn primary" data-testid="guest-enter" ?disabled=${guest.parts.length === 0 || (invitation.askName && !this.name.trim())}>
          ${t('guest.enter')}
        </button>
      </form>`,
    );
  }

  private sharedText(invitation: Invitation): string {
    const titles = guest.parts.map((part) => guest.t(part.plugin, part.title));
    const text = titles.join(', ') || t('guest.nothing');
    return invitation.viewOnly ? t('guest.lookOnly', { what: text }) : text;
  }

  private renderSession(invitation: Invitation) {
    const { device } = invitation;
    return html`<div class="guest">
      <header class="head device-head">
        ${device ? platformIcon(device.platform) : nothing}
        <h1 class="cut" data-testid="guest-device">${device?.name}</h1>
        <span class="badge ${device?.online ? 'ok' : ''}" role="status">
          <span class="dot ${device?.online ? 'on' : ''}"></span>${t(device?.online ? 'guest.online' : 'guest.offline')}
        </span>
        <span class="grow"></span>
        <span class="guest-note">${t('guest.sharedBy', { by: invitation.by })} · ${invitation.until === undefined ? t('guest.noEnd') : t('guest.untilTime', { time: exactTime(invitation.until) })}</span>
        <button class="btn small" @click=${() => void this.leave()} data-testid="guest-leave">${icon('logout')}${t('guest.leave')}</button>
      </header>
      <main>
        ${tabList(
          t('device.tabs'),
          guest.parts.map((part) => ({ id: tabId(part), label: guest.t(part.plugin, part.title) })),
          this.tab,
          (id) => (this.tab = id),
        )}
        ${repeat(guest.parts.filter((part) => this.opened.includes(tabId(part))), tabId, (part) => this.renderPart(part, invitation))}
      </main>
    </div>`;
  }

  private async leave(): Promise<void> {
    if (await mayLeave()) this.isIn = false;
  }

  private renderPart(part: Contribution, invitation: Invitation) {
    const id = tabId(part);
    return html`<div role="tabpanel" id="panel-${id}" aria-labelledby="tab-${id}" ?hidden=${id !== this.tab}>
      <guest-part .contribution=${part} .deviceId=${invitation.device?.id ?? ''} .onClose=${() => (this.isIn = false)}></guest-part>
    </div>`;
  }
}

const tabId = (part: Contribution): string => `${part.plugin}-${part.id}`;

function untilText(invitation: Invitation): string {
  return invitation.until === undefined ? t('guest.noEnd') : exactTime(invitation.until);
}
