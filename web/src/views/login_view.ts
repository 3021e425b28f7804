import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { ApiError, messageOf } from '../api/errors';
import { session } from '../app';
import { t } from '../core/i18n';
import { field } from '../widgets/field';
import { LightElement } from '../widgets/light';
import { alertBox, gate } from './gate';

/// Name and password; a field for the second factor or for a new password when the server asks for one.
@customElement('login-view')
export class LoginView extends LightElement {
  @state() private name = '';
  @state() private password = '';
  @state() private code = '';
  @state() private needsCode = false;
  @state() private newPassword = '';
  @state() private needsNewPassword = false;
  @state() private isShown = false;
  @state() private isBusy = false;
  @state() private fault = '';
  /// Seconds until the server listens again; 0 when it does.
  @state() private waitSeconds = 0;
  private countdown: ReturnType<typeof setInterval> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.countdown);
  }

  override render() {
    return gate(
      t('login.title'),
      html`${session.ended && !this.fault ? html`<p class="soft" role="status">${t('login.ended')}</p>` : nothing}
        <form novalidate @submit=${(event: Event) => void this.submit(event)} data-testid="login-form">
          ${this.fault ? alertBox(this.fault) : nothing} ${this.renderFields()}
          <button class="btn primary" ?disabled=${!this.isReady()} data-testid="login-submit">
            ${this.isBusy ? html`<span class="spinner"></span>` : nothing}
            ${this.waitSeconds > 0 ? t('login.wait', { seconds: this.waitSeconds }) : t('login.signIn')}
          </button>
        </form>`,
    );
  }

  private renderFields() {
    return html`${field({
      id: 'login-name',
      label: t('login.name'),
      value: this.name,
      onInput: (value) => (this.name = value),
      autocomplete: 'username',
      maxlength: 256,
      required: true,
      autofocus: true,
    })}
    ${field({
      id: 'login-password',
      label: t('login.password'),
      type: 'password',
      value: this.password,
      onInput: (value) => (this.password = value),
      autocomplete: 'current-password',
      maxlength: 256,
      required: true,
      isShown: this.isShown,
      onShow: () => (this.isShown = !this.isShown),
    })}
    ${this.needsCode
      ? field({
          id: 'login-code',
          label: t('login.code'),
          value: this.code,
          onInput: (value) => (this.code = value),
          autocomplete: 'one-time-code',
          hint: t('login.codeHint'),
          maxlength: 64,
          required: true,
        })
      : nothing}
    ${this.needsNewPassword
      ? field({
          id: 'login-new-password',
          label: t('login.newPassword'),
          type: 'password',
          value: this.newPassword,
          onInput: (value) => (this.newPassword = value),
          autocomplete: 'new-password',
          hint: t('login.newPasswordHint'),
          maxlength: 256,
          required: true,
          isShown: this.isShown,
          onShow: () => (this.isShown = !this.isShown),
        })
      : nothing}`;
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLElement>('#login-name')?.focus();
  }

  private isReady(): boolean {
    if (this.isBusy || this.waitSeconds > 0) return false;
    if (this.needsNewPassword && this.newPassword === '') return false;
    return this.name.trim() !== '' && this.password !== '' && (!this.needsCode || this.code.trim() !== '');
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.isReady()) return;
    this.isBusy = true;
    this.fault = '';
    try {
      await session.login(
        this.name.trim(),
        this.password,
        this.needsCode ? this.code.trim() : undefined,
        this.needsNewPassword ? this.newPassword : undefined,
      );
    } catch (error) {
      await this.refused(error);
    } finally {
      this.isBusy = false;
    }
  }

  private async refused(error: unknown): Promise<void> {
    const code = error instanceof ApiError ? error.code : '';
    if (code === 'second_factor_required' && !this.needsCode) {
      this.needsCode = true;
      await this.updateComplete;
      this.querySelector<HTMLElement>('#login-code')?.focus();
      return;
    }
    if (code === 'new_password_required' && !this.needsNewPassword) {
      this.needsNewPassword = true;
      await this.updateComplete;
      this.querySelector<HTMLElement>('#login-new-password')?.focus();
      return;
    }
    const isCodeFault = this.needsCode && error instanceof ApiError && error.field === 'token';
    if (code === 'second_factor_unavailable') this.fault = t('login.codeUnavailable');
    else if (code === 'unauthenticated') this.fault = t(isCodeFault ? 'login.codeWrong' : 'login.wrong');
    else this.fault = messageOf(error);
    if (error instanceof ApiError && error.retryAfterSeconds > 0) this.startCountdown(error.retryAfterSeconds);
    if (this.needsCode) this.code = '';
    await this.updateComplete;
    this.querySelector<HTMLInputElement>(this.needsCode ? '#login-code' : '#login-password')?.select();
  }

  private startCountdown(seconds: number): void {
    clearInterval(this.countdown);
    this.waitSeconds = Math.ceil(seconds);
    this.countdown = setInterval(() => {
      if (--this.waitSeconds <= 0) {
        clearInterval(this.countdown);
        this.fault = '';
      }
    }, 1_000);
  }
}
