import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { people } from '../admin';
import { channel, directory } from '../app';
import { i18n, t } from '../core/i18n';
import { Watch } from '../core/watch';
import { consentText, isTurningPoint, readExplanation, stepText, type Explanation } from '../model/explanation';
import { kAdmin } from '../model/rights';
import { field } from '../widgets/field';
import { icon } from '../widgets/icon';
import { FieldDialog } from './user_dialogs';
import { knownUsers } from './grant_dialog';

export interface Place {
  id: string;
  name: string;
}

/// What people ask about most; anything else is typed.
const kActions = ['desktop', 'terminal', 'files', 'runcommands', 'poweraction', 'wakedevices', 'msg', 'toast', 'changedevice', 'removedevices', 'remotecontrol', 'devicedetails'];

/// Why may, or may not, somebody do something here: the rules that decided, as the server has them.
@customElement('why-dialog')
export class WhyDialog extends FieldDialog {
  readonly watch = new Watch(this, people, i18n);
  protected override roomy = true;
  @state() private user = directory.me?.name ?? '';
  @state() private action = '';
  @state() private answer: Explanation | undefined;

  constructor(private readonly place: Place) {
    super();
  }

  private readonly mayAskAboutAll = directory.me?.siteadmin === kAdmin;

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.mayAskAboutAll) people.open(true);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.mayAskAboutAll) people.close();
  }

  protected heading(): string {
    return t('why.title', { name: this.place.name });
  }

  protected override submitLabel(): string {
    return t('why.ask');
  }

  protected override isReady(): boolean {
    return this.user.trim() !== '' && this.action.trim() !== '';
  }

  protected fields() {
    return [];
  }

  protected body() {
    return html`${this.mayAskAboutAll
        ? html`${field({ id: 'why-user', label: t('access.user'), value: this.user, onInput: (value) => this.changed('user', value), list: 'known-users', required: true, maxlength: 256 })}${knownUsers()}`
        : nothing}
      ${field({ id: 'why-action', label: t('why.action'), hint: t('why.actionHint'), value: this.action, onInput: (value) => this.changed('action', value), list: 'why-actions', required: true, autofocus: true, maxlength: 64 })}
      <datalist id="why-actions">${kActions.map((name) => html`<option value=${name}></option>`)}</datalist>
      <div aria-live="polite">${this.answer ? this.renderAnswer(this.answer) : nothing}</div>`;
  }

  private renderAnswer(answer: Explanation) {
    return html`<section class="why" data-testid="why-answer">
      <p><span class="badge ${answer.isAllowed ? 'ok' : 'bad'}" data-testid="why-verdict">${icon(answer.isAllowed ? 'check' : 'warn')}${t(answer.isAllowed ? 'why.yes' : 'why.no')}</span></p>
      <ol>
        ${answer.steps.map((step) => html`<li class=${isTurningPoint(step) ? 'strong' : ''} data-testid="why-step">${stepText(step, answer.isSite)}</li>`)}
      </ol>
      ${answer.hasOwnRules ? html`<p class="soft">${t('why.ownRules')}</p>` : nothing}
      ${answer.consent === undefined ? nothing : html`<p class="soft">${consentText(answer.consent)}</p>`}
    </section>`;
  }

  private changed(which: 'user' | 'action', value: string): void {
    this[which] = value;
    this.answer = undefined;
  }

  protected async submit(): Promise<void> {
    const reply = await channel.call('rights.explain', { user: this.user.trim(), device: this.place.id, what: this.action.trim() });
    this.answer = readExplanation(reply);
  }

  // The answer is what it was opened for: it stays.
  protected override closesWhenDone(): boolean {
    return false;
  }
}
