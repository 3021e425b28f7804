import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { CatchUp } from '../api/catch_up';
import { channel } from '../app';
import { ago, exactTime } from '../core/format';
import { i18n, t, type TextKey } from '../core/i18n';
import { Watch } from '../core/watch';
import { knownCommands } from '../model/known_commands';
import { checkBox } from '../widgets/boxes';
import '../widgets/copy';
import { DialogElement, openDialog } from '../widgets/dialog';
import { field } from '../widgets/field';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { toast } from '../widgets/toast';

interface ApiToken {
  id: string;
  name: string;
  commands: string[];
  readOnly: boolean;
  expire: number;
  used: number;
}

/// Tokens for scripts that may only do some things; there on servers that have them.
@customElement('account-api-tokens')
export class AccountApiTokens extends LightElement {
  readonly watch = new Watch(this, i18n);
  readonly catchUp = new CatchUp(this, channel, () => this.load());
  @state() private list: ApiToken[] | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  override render() {
    if (!this.list) return nothing;
    return html`<section class="panel" aria-labelledby="account-api-tokens">
      <header>
        <h2 id="account-api-tokens">${t('apiTokens.title')}</h2>
        <button class="btn small plain" @click=${() => openDialog(new CreateApiTokenDialog(() => void this.load()))} data-testid="create-api-token">${icon('plus')}${t('tokens.create')}</button>
      </header>
      ${this.list.length === 0 ? html`<p class="inside soft">${t('apiTokens.none')}</p>` : html`<ul class="plain-list">${this.list.map((token) => this.renderOne(token))}</ul>`}
    </section>`;
  }

  private renderOne(token: ApiToken) {
    return html`<li data-testid="api-token-row">
      <div class="about">
        ${token.name} ${token.readOnly ? html`<span class="badge">${t('apiTokens.readOnly')}</span>` : nothing}
        <p><span class="mono">${token.commands?.join(', ')}</span> · ${token.expire ? t('tokens.until', { time: exactTime(token.expire) }) : t('tokens.forever')} · ${token.used ? t('apiTokens.used', { time: ago(token.used) }) : t('apiTokens.unused')}</p>
      </div>
      <button class="btn small plain square" aria-label=${t('tokens.removeNamed', { name: token.name })} @click=${() => openDialog(new RemoveApiTokenDialog(token, () => void this.load()))} data-testid="api-token-remove">${icon('trash')}</button>
    </li>`;
  }

  private async load(): Promise<void> {
    if (!this.list && !(await knownCommands()).has('tokens.list')) return;
    const reply = await channel.call<{ tokens?: ApiToken[] }>('tokens.list').catch(() => undefined);
    if (reply) this.list = reply.tokens ?? [];
  }
}

const terms: [number, TextKey][] = [
  [7, 'tokens.week'],
  [30, 'tokens.month'],
  [365, 'tokens.year'],
  [0, 'tokens.forever'],
];

@customElement('create-api-token-dialog')
export class CreateApiTokenDialog extends DialogElement {
  @state() private name = '';
  @state() private commands = '*';
  @state() private readOnly = true;
  @state() private days = 365;

  constructor(private readonly onMade: () => void) {
    super();
  }

  protected heading = () => t('apiTokens.create');
  protected override submitLabel = () => t('tokens.create');
  protected override isReady = () => this.name.trim() !== '' && this.list().length > 0;

  private list(): string[] {
    return this.commands.split(/[\s,]+/).filter(Boolean);
  }

  protected body() {
    return html`${field({ id: 'api-token-name', label: t('tokens.name'), value: this.name, onInput: (value) => (this.name = value), hint: t('tokens.nameHint'), autofocus: true, required: true, maxlength: 100 })}
      ${field({ id: 'api-token-commands', label: t('apiTokens.commands'), value: this.commands, onInput: (value) => (this.commands = value), hint: t('apiTokens.commandsHint'), required: true, maxlength: 2_000 })}
      ${checkBox({ id: 'api-token-read', label: t('apiTokens.readOnly'), checked: this.readOnly, onChange: (on) => (this.readOnly = on), hint: t('apiTokens.readOnlyHint') })}
      <div class="field">
        <label for="api-token-term">${t('tokens.term')}</label>
        <select class="select" id="api-token-term" @change=${(event: Event) => (this.days = Number((event.target as HTMLSelectElement).value))}>
          ${terms.map(([days, key]) => html`<option value=${days} ?selected=${days === this.days}>${t(key)}</option>`)}
        </select>
      </div>`;
  }

  protected async submit(): Promise<void> {
    const { secret } = await channel.call<{ secret: string }>('tokens.create', { name: this.name.trim(), commands: this.list(), readOnly: this.readOnly, expire_days: this.days });
    this.onMade();
    const name = this.name.trim();
    setTimeout(() => openDialog(new ShowApiTokenDialog(name, secret)));
  }
}

/// Shown this once: the server keeps no secret that it could show again.
@customElement('show-api-token-dialog')
export class ShowApiTokenDialog extends DialogElement {
  constructor(
    private readonly name: string,
    private readonly secret: string,
  ) {
    super();
  }

  protected heading = () => t('tokens.madeTitle', { name: this.name });
  protected body = () => html`<p>${t('apiTokens.once')}</p><tr-copy .value=${this.secret} .label=${t('apiTokens.secret')} data-testid="api-token-secret"></tr-copy>`;

  protected async submit(): Promise<void> {
    // Nothing to send: the dialog only shows.
  }
}

@customElement('remove-api-token-dialog')
export class RemoveApiTokenDialog extends DialogElement {
  constructor(
    private readonly token: ApiToken,
    private readonly onRemoved: () => void,
  ) {
    super();
  }

  protected heading = () => t('device.removeTitle', { name: this.token.name });
  protected override submitLabel = () => t('tokens.remove');
  protected override isDanger = () => true;
  protected body = () => html`<p>${t('apiTokens.removeText')}</p>`;

  protected async submit(): Promise<void> {
    await channel.call('tokens.remove', { token: this.token.id });
    this.onRemoved();
    toast(t('device.removed', { name: this.token.name }), 'success');
  }
}
