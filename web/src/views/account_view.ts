import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import '../admin';
import { CatchUp } from '../api/catch_up';
import { ApiError } from '../api/errors';
import { channel, directory, plugins, session } from '../app';
import { exactTime } from '../core/format';
import { i18n, languageName, languages, t, type Language } from '../core/i18n';
import { theme, type ContrastChoice, type ThemeChoice } from '../core/theme';
import type { Unsubscribe } from '../core/observe';
import { Watch } from '../core/watch';
import type { Contribution } from '../model/plugins';
import { refusalOf, type Refusal } from '../model/refusals';
import { kAdmin, kLockSettings } from '../model/rights';
import { openDialog } from '../widgets/dialog';
import { field } from '../widgets/field';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { toast, toastError } from '../widgets/toast';
import './account_api_tokens';
import { ChangeEmailDialog, CreateTokenDialog, readToken, RemoveTokenDialog, type LoginToken } from './account_dialogs';
import './account_notices';
import './account_sessions';
import { alertBox } from './gate';
import './plugin_host';
import { signOut } from './sign_out';
import { rightsText } from './users_view';

const kTries = 3;
const kPauseMs = 500;

/// What a person does with the own account.
@customElement('account-view')
export class AccountView extends LightElement {
  readonly watch = new Watch(this, directory, session, plugins, theme, i18n);
  readonly catchUp = new CatchUp(this, channel, () => this.loadTokens());
  @state() private tokens: LoginToken[] | undefined;
  @state() private tokenFault = '';
  @state() private oldPassword = '';
  @state() private newPassword = '';
  @state() private isShown = false;
  @state() private isBusy = false;
  @state() private refusal: Refusal | undefined;
  private stops: Unsubscribe[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.stops = ['loginTokenAdded', 'loginTokenChanged'].map((name) => channel.events.on(name, () => void this.loadTokens()));
    void this.loadTokens();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.stops) stop();
  }

  override render() {
    const rights = directory.me?.siteadmin ?? 0;
    const isBound = this.isBound();
    return html`<div class="head">
        <h1>${t('account.title')}</h1>
        <span class="grow"></span>
        <button class="btn" @click=${() => void signOut()} data-testid="sign-out">${icon('logout')}${t('account.logout')}</button>
      </div>
      <div class="scroll">
        ${isBound ? html`<p class="soft">${t('account.bound')}</p>` : nothing}
        <div class="panels">${this.renderProfile(rights, isBound)} ${isBound ? nothing : this.renderPassword()} ${plugins.of('settings_page').map((entry) => renderPart(entry))} ${this.renderLook()} <account-notices></account-notices> <account-sessions></account-sessions> ${this.renderTokens()} <account-api-tokens></account-api-tokens></div>
      </div>`;
  }

  private renderProfile(rights: number, isBound: boolean) {
    const email = directory.me?.email ?? '';
    return html`<section class="panel" aria-labelledby="account-profile">
      <header>
        <h2 id="account-profile">${t('account.profile')}</h2>
        ${isBound
          ? nothing
          : html`<button class="btn small plain" @click=${() => openDialog(new ChangeEmailDialog(email))} data-testid="change-email">${icon('edit')}${t('account.changeEmail')}</button>`}
      </header>
      <dl class="facts">
        <dt>${t('users.name')}</dt>
        <dd>${session.me?.name}</dd>
        <dt>${t('users.email')}</dt>
        <dd data-testid="own-email">${email || '–'}</dd>
        <dt>${t('users.rights')}</dt>
        <dd>${rightsText(rights) || '–'}</dd>
      </dl>
    </section>`;
  }

  /// What is kept in this browser, but the language, which the server writes in too.
  private renderLook() {
    const isBound = this.isBound();
    return html`<section class="panel" aria-labelledby="account-look">
      <header><h2 id="account-look">${t('look.title')}</h2></header>
      <div class="inside">
        <div class="field">
          <label for="account-language">${t('language.title')}</label>
          <select class="select" id="account-language" data-testid="account-language" @change=${(event: Event) => void this.chooseLanguage((event.target as HTMLSelectElement).value as Language, isBound)}>
            ${languages.map((language) => html`<option value=${language} lang=${language} ?selected=${language === i18n.language}>${languageName(language)}</option>`)}
          </select>
        </div>
        ${choice('account-theme', t('theme.title'), theme.choice, [['system', t('theme.system')], ['light', t('theme.light')], ['dark', t('theme.dark')]], (value) => (theme.choice = value as ThemeChoice))}
        ${choice('account-contrast', t('contrast.title'), theme.contrastChoice, [['system', t('contrast.system')], ['normal', t('contrast.normal')], ['high', t('contrast.high')]], (value) => (theme.contrastChoice = value as ContrastChoice))}
      </div>
    </section>`;
  }

  private isBound(): boolean {
    const rights = directory.me?.siteadmin ?? 0;
    return rights !== kAdmin && (rights & kLockSettings) !== 0;
  }

  private renderPassword() {
    const fault = (name: Refusal['field']) => (this.refusal?.field === name ? this.refusal.text : undefined);
    return html`<section class="panel" aria-labelledby="account-password">
      <header><h2 id="account-password">${t('login.password')}</h2></header>
      <form novalidate @submit=${(event: Event) => void this.changePassword(event)} data-testid="password-form">
        ${this.refusal?.field === '' ? alertBox(this.refusal.text) : nothing}
        <input class="sr" type="text" autocomplete="username" tabindex="-1" aria-hidden="true" readonly .value=${session.me?.name ?? ''} />
        ${field({
          id: 'old-password',
          label: t('account.oldPassword'),
          type: 'password',
          value: this.oldPassword,
          onInput: (value) => (this.oldPassword = value),
          autocomplete: 'current-password',
          required: true,
          maxlength: 256,
          fault: fault('old'),
        })}
        ${field({
          id: 'new-password',
          label: t('account.newPassword'),
          type: 'password',
          value: this.newPassword,
          onInput: (value) => (this.newPassword = value),
          autocomplete: 'new-password',
          hint: t('account.passwordHint'),
          required: true,
          maxlength: 256,
          isShown: this.isShown,
          onShow: () => (this.isShown = !this.isShown),
          fault: fault('password'),
        })}
        <button class="btn primary" ?disabled=${this.isBusy || !this.oldPassword || !this.newPassword} data-testid="change-password">
          ${this.isBusy ? html`<span class="spinner"></span>` : nothing}${t('account.changePassword')}
        </button>
      </form>
    </section>`;
  }

  private renderTokens() {
    return html`<section class="panel" aria-labelledby="account-tokens">
      <header>
        <h2 id="account-tokens">${t('tokens.title')}</h2>
        <button class="btn small plain" @click=${() => openDialog(new CreateTokenDialog(() => void this.loadTokens()))} data-testid="create-token">${icon('plus')}${t('tokens.create')}</button>
      </header>
      ${this.renderTokenList()}
    </section>`;
  }

  private renderTokenList() {
    if (this.tokenFault) {
      return html`<div class="inside">${alertBox(this.tokenFault)}<button class="btn small" @click=${() => void this.loadTokens()}>${t('common.retry')}</button></div>`;
    }
    if (!this.tokens) return html`<div class="inside" role="status">${t('common.loading')}</div>`;
    if (this.tokens.length === 0) return html`<p class="inside soft">${t('tokens.none')}</p>`;
    return html`<ul class="plain-list" data-testid="token-list">
      ${this.tokens.map(
        (token) => html`<li data-testid="token-row">
          <div class="about">
            ${token.name}
            <p><span class="mono">${token.user}</span> · ${token.expires ? t('tokens.until', { time: exactTime(token.expires) }) : t('tokens.forever')}</p>
          </div>
          <button
            class="btn small plain square"
            aria-label=${t('tokens.removeNamed', { name: token.name })}
            @click=${() => openDialog(new RemoveTokenDialog(token, () => void this.loadTokens()))}
            data-testid="token-remove"
          >
            ${icon('trash')}
          </button>
        </li>`,
      )}
    </ul>`;
  }

  private async loadTokens(): Promise<void> {
    try {
      const reply = await channel.command('loginTokens');
      const list = Array.isArray(reply['loginTokens']) ? (reply['loginTokens'] as unknown[]) : [];
      this.tokens = list.map(readToken).filter((token) => token !== undefined);
      this.tokenFault = '';
    } catch (error) {
      if (!this.tokens) this.tokenFault = refusalOf(error).text;
    }
  }

  private async chooseLanguage(language: Language, isBound: boolean): Promise<void> {
    await i18n.choose(language);
    if (!isBound) await channel.command('changelang', { lang: language }).catch(toastError);
  }

  private async changePassword(event: Event): Promise<void> {
    event.preventDefault();
    if (this.isBusy || !this.oldPassword || !this.newPassword) return;
    this.isBusy = true;
    this.refusal = undefined;
    try {
      await this.setPassword();
      this.oldPassword = this.newPassword = '';
    } catch (error) {
      this.refusal = refusalOf(error);
      await this.updateComplete;
      this.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
    } finally {
      this.isBusy = false;
    }
  }

  /// A new password ends all sessions, this one included, often before the answer is here; so a
  /// connection that was cut is no failure before the new password was tried.
  private async setPassword(): Promise<void> {
    let cut: ApiError | undefined;
    try {
      await channel.command('changepassword', { oldpass: this.oldPassword, newpass: this.newPassword });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'disconnected') throw error;
      cut = error;
    }
    channel.stop();
    try {
      await signInAgain(this.newPassword, cut !== undefined);
      toast(t('account.passwordChanged'), 'success');
    } catch (error) {
      await session.recheck();
      if (session.state === 'in') channel.start();
      // With a second factor only the person can sign in again: the sign-in page follows.
      const isChanged = !cut || (error instanceof ApiError && error.code === 'second_factor_required');
      if (!isChanged) throw cut;
      toast(t('account.passwordChanged'), 'success');
    }
  }
}

function choice(id: string, label: string, value: string, options: [string, string][], choose: (value: string) => void) {
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <select class="select" id=${id} data-testid=${id} @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
      ${options.map(([key, text]) => html`<option value=${key} ?selected=${key === value}>${text}</option>`)}
    </select>
  </div>`;
}

/// `isEarly`: the server ended the session and may only be about to store the new password, so that a
/// refusal counts after a few tries.
async function signInAgain(password: string, isEarly: boolean): Promise<void> {
  const name = session.me?.name ?? '';
  for (let left = isEarly ? kTries : 1; ; left--) {
    if (isEarly) await new Promise((done) => setTimeout(done, kPauseMs));
    try {
      await session.login(name, password);
      return;
    } catch (error) {
      if (left <= 1 || !(error instanceof ApiError) || error.code !== 'unauthenticated') throw error;
    }
  }
}

/// What a plugin adds to the own account.
function renderPart(entry: Contribution) {
  const id = `account-${entry.plugin}-${entry.id}`;
  return html`<section class="panel" aria-labelledby=${id}>
    <header><h2 id=${id}>${plugins.t(entry.plugin, entry.title)}</h2></header>
    ${keyed(plugins.language, html`<plugin-host class="part" .contribution=${entry}></plugin-host>`)}
  </section>`;
}
