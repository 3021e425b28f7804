import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { channel } from '../app';
import { exactTime } from '../core/format';
import { t, type TextKey } from '../core/i18n';
import type { Refusal } from '../model/refusals';
import '../widgets/copy';
import { DialogElement, openDialog } from '../widgets/dialog';
import { field } from '../widgets/field';
import { toast } from '../widgets/toast';
import { emailField, FieldDialog } from './user_dialogs';

/// A way to sign in without the password, for programs. Times in ms, 0: no end.
export interface LoginToken {
  name: string;
  user: string;
  createdAt: number;
  expires: number;
}

export function readToken(value: unknown): LoginToken | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, tokenUser, created, expire } = value as Record<string, unknown>;
  if (typeof tokenUser !== 'string') return undefined;
  return { name: typeof name === 'string' ? name : tokenUser, user: tokenUser, createdAt: Number(created) || 0, expires: Number(expire) || 0 };
}

@customElement('change-email-dialog')
export class ChangeEmailDialog extends FieldDialog {
  @state() private email: string;

  constructor(before: string) {
    super();
    this.email = before;
  }

  protected heading(): string {
    return t('account.changeEmail');
  }

  protected override submitLabel(): string {
    return t('common.save');
  }

  protected override isReady(): boolean {
    return this.email.trim().length > 2;
  }

  protected fields(): Refusal['field'][] {
    return ['email'];
  }

  protected body() {
    return emailField(this.email, (value) => (this.email = value), this.faultFor('email'));
  }

  protected async submit(): Promise<void> {
    this.refusal = undefined;
    await channel.command('changeemail', { email: this.email.trim() });
    toast(t('common.saved'), 'success');
  }
}

const kDay = 1440;
const terms: [number, TextKey][] = [
  [60, 'tokens.hour'],
  [kDay, 'tokens.day'],
  [7 * kDay, 'tokens.week'],
  [30 * kDay, 'tokens.month'],
  [365 * kDay, 'tokens.year'],
  [0, 'tokens.forever'],
];

@customElement('create-token-dialog')
export class CreateTokenDialog extends FieldDialog {
  @state() private name = '';
  @state() private minutes = 30 * kDay;

  constructor(private readonly onMade: () => void) {
    super();
  }

  protected heading(): string {
    return t('tokens.create');
  }

  protected override submitLabel(): string {
    return t('tokens.create');
  }

  protected override isReady(): boolean {
    return this.name.trim() !== '';
  }

  protected fields(): Refusal['field'][] {
    return ['name'];
  }

  protected body() {
    return html`<p>${t('tokens.text')}</p>
      ${field({ id: 'token-name', label: t('tokens.name'), value: this.name, onInput: (value) => (this.name = value), hint: t('tokens.nameHint'), autofocus: true, required: true, maxlength: 100, fault: this.faultFor('name') })}
      <div class="field">
        <label for="token-term">${t('tokens.term')}</label>
        <select class="select" id="token-term" data-testid="token-term" @change=${(event: Event) => (this.minutes = Number((event.target as HTMLSelectElement).value))}>
          ${terms.map(([minutes, key]) => html`<option value=${minutes} ?selected=${minutes === this.minutes}>${t(key)}</option>`)}
        </select>
      </div>`;
  }

  protected async submit(): Promise<void> {
    this.refusal = undefined;
    const reply = await channel.command('createLoginToken', { name: this.name.trim(), expire: this.minutes });
    this.onMade();
    const token = readToken(reply);
    const secret = reply['tokenPass'];
    if (token && typeof secret === 'string') setTimeout(() => openDialog(new ShowTokenDialog(token, secret)));
  }
}

/// Shows a new token, this once: the server keeps no secret that it could show again.
@customElement('show-token-dialog')
export class ShowTokenDialog extends DialogElement {
  constructor(
    private readonly token: LoginToken,
    private readonly secret: string,
  ) {
    super();
  }

  protected heading(): string {
    return t('tokens.madeTitle', { name: this.token.name });
  }

  protected body() {
    const { user, expires } = this.token;
    return html`<p>${t('tokens.once')}</p>
      <div class="field"><span class="label">${t('users.name')}</span><tr-copy .value=${user} .label=${t('users.name')} data-testid="token-user"></tr-copy></div>
      <div class="field"><span class="label">${t('login.password')}</span><tr-copy .value=${this.secret} .label=${t('login.password')} data-testid="token-secret"></tr-copy></div>
      ${expires ? html`<p class="faint">${t('tokens.until', { time: exactTime(expires) })}</p>` : nothing}`;
  }

  protected async submit(): Promise<void> {
    // Nothing to send: the dialog only shows.
  }
}

@customElement('remove-token-dialog')
export class RemoveTokenDialog extends FieldDialog {
  constructor(
    private readonly token: LoginToken,
    private readonly onRemoved: () => void,
  ) {
    super();
  }

  protected heading(): string {
    return t('device.removeTitle', { name: this.token.name });
  }

  protected override submitLabel(): string {
    return t('tokens.remove');
  }

  protected override isDanger(): boolean {
    return true;
  }

  protected fields(): Refusal['field'][] {
    return [];
  }

  protected body() {
    return html`<p>${t('tokens.removeText')}</p>`;
  }

  protected async submit(): Promise<void> {
    await channel.command('loginTokens', { remove: [this.token.user] });
    this.onRemoved();
    toast(t('device.removed', { name: this.token.name }), 'success');
  }
}
