import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { ApiError, messageOf } from '../api/errors';
import { session } from '../app';
import { t, type TextKey } from '../core/i18n';
import { router } from '../core/router';
import { checkPassword, kUsualMinPassword, type PasswordCheck } from '../model/password';
import { field } from '../widgets/field';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { alertBox, gate } from './gate';

const minLength = (): number => session.passwordMinLength || kUsualMinPassword;

/// First run: the token from the server's console makes the first account.
@customElement('setup-view')
export class SetupView extends LightElement {
  @state() private token = router.place.query.get('token') ?? '';
  @state() private name = '';
  @state() private password = '';
  @state() private isShown = false;
  @state() private isBusy = false;
  @state() private error: ApiError | undefined;
  private readonly hasLink = this.token !== '';

  override connectedCallback(): void {
    super.connectedCallback();
    // The token is a secret: it must not stay in the address, the history or a screenshot.
    if (this.hasLink) router.replace(['setup']);
  }

  override render() {
    const check = checkPassword(this.password, this.name, minLength());
    return gate(
      t('setup.title'),
      html`<p class="soft">${this.hasLink ? t('setup.intro') : t('setup.introNoLink')}</p>
        <form novalidate @submit=${(event: Event) => void this.submit(event, check)} data-testid="setup-form">
          ${this.error && !this.isFieldFault() ? alertBox(this.error.message) : nothing} ${this.renderToken()}
          ${field({
            id: 'setup-name',
            label: t('setup.name'),
            value: this.name,
            onInput: (value) => (this.name = value),
            autocomplete: 'username',
            maxlength: 64,
            required: true,
            autofocus: this.hasLink,
            fault: this.faultFor('name', 'username'),
          })}
          ${field({
            id: 'setup-password',
            label: t('setup.password'),
            type: 'password',
            value: this.password,
            onInput: (value) => (this.password = value),
            autocomplete: 'new-password',
            maxlength: 256,
            required: true,
            isShown: this.isShown,
            onShow: () => (this.isShown = !this.isShown),
            fault: this.faultFor('password', 'pass'),
          })}
          ${this.renderRules(check)}
          <button class="btn primary" ?disabled=${this.isBusy || !this.isReady(check)} data-testid="setup-submit">
            ${this.isBusy ? html`<span class="spinner"></span>` : nothing}${t('setup.create')}
          </button>
        </form>`,
    );
  }

  private renderToken() {
    if (this.hasLink && !this.faultFor('token')) return nothing;
    return field({
      id: 'setup-token',
      label: t('setup.token'),
      value: this.token,
      onInput: (value) => (this.token = value.trim()),
      hint: t('setup.tokenHint'),
      required: true,
      autofocus: true,
      fault: this.faultFor('token'),
    });
  }

  private renderRules(check: PasswordCheck) {
    const rule = (met: boolean, text: string) =>
      html`<li class=${met ? 'met' : ''}>${icon(met ? 'check' : 'close')}<span>${text}</span
        ><span class="sr">${met ? t('setup.ruleMet') : t('setup.ruleOpen')}</span></li>`;
    const words: TextKey[] = ['strength.0', 'strength.1', 'strength.2', 'strength.3', 'strength.4'];
    return html`<div class="field">
      <ul class="rules" aria-label=${t('setup.rules')}>
        ${rule(check.longEnough, t('setup.ruleLength', { n: minLength() }))} ${rule(check.notName, t('setup.ruleName'))}
      </ul>
      <meter class="strength" min="0" max="4" low="2" high="3" optimum="4" .value=${check.strength} aria-label=${t('setup.strength')}></meter>
      <div class="hint" aria-live="polite" data-testid="strength">
        ${this.password ? t('setup.strengthIs', { word: t(words[check.strength]!) }) : t('setup.strengthHint')}
      </div>
    </div>`;
  }

  private isReady(check: PasswordCheck): boolean {
    return this.token !== '' && this.name.trim() !== '' && check.longEnough && check.notName;
  }

  private faultFor(...names: string[]): string | undefined {
    return this.error && names.includes(this.error.field) ? this.error.message : undefined;
  }

  private isFieldFault(): boolean {
    return this.faultFor('token', 'name', 'username', 'password', 'pass') !== undefined;
  }

  private async submit(event: Event, check: PasswordCheck): Promise<void> {
    event.preventDefault();
    if (this.isBusy || !this.isReady(check)) return;
    this.isBusy = true;
    this.error = undefined;
    try {
      await session.setUp(this.token, this.name.trim(), this.password);
      router.go(['devices']);
    } catch (error) {
      this.error = error instanceof ApiError ? error : new ApiError('unknown', messageOf(error));
    } finally {
      this.isBusy = false;
    }
  }
}
