import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { mySiteRights } from '../admin';
import { channel, directory } from '../app';
import { t } from '../core/i18n';
import { changeableSiteRights, kLocked, makePassword, type Account } from '../model/accounts';
import { refusalOf, type Refusal } from '../model/refusals';
import { siteRightWords } from '../model/right_words';
import { kAdmin } from '../model/rights';
import { checkBox, rightBoxes } from '../widgets/boxes';
import '../widgets/copy';
import { DialogElement } from '../widgets/dialog';
import { field } from '../widgets/field';
import { toast } from '../widgets/toast';

const kMaxName = 64;
const kMaxText = 256;

/// A form whose refusals are shown beside the field that they are about.
export abstract class FieldDialog extends DialogElement {
  @state() protected refusal: Refusal | undefined;

  /// The fields that this form has.
  protected abstract fields(): Refusal['field'][];

  protected override placeFault(error: unknown): boolean {
    const refusal = refusalOf(error);
    const isPlaced = refusal.field !== '' && this.fields().includes(refusal.field);
    this.refusal = isPlaced ? refusal : undefined;
    if (!isPlaced) this.fault = refusal.text;
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
    return true;
  }

  protected faultFor(name: Refusal['field']): string | undefined {
    return this.refusal?.field === name ? this.refusal.text : undefined;
  }
}

/// Password typed, or made here: then it is shown with a button that copies it.
abstract class PasswordDialog extends FieldDialog {
  @state() protected password = '';
  @state() protected isMade = false;
  @state() private isShown = false;

  protected passwordField() {
    const make = html`<button type="button" class="btn small" data-testid="make-password" @click=${() => this.make()}>${t('users.makePassword')}</button>`;
    if (this.isMade) {
      return html`<div class="field">
        <span class="label">${t('login.password')}</span>
        <tr-copy .value=${this.password} .label=${t('login.password')}></tr-copy>
        <div class="hint">${t('users.madeHint')}</div>
        ${this.faultFor('password') ? html`<div class="fault" role="alert">${this.faultFor('password')}</div>` : nothing}
        <div class="row">${make}<button type="button" class="btn small" data-testid="type-password" @click=${() => this.type()}>${t('users.typePassword')}</button></div>
      </div>`;
    }
    return html`${field({
        id: 'user-password',
        label: t('login.password'),
        type: 'password',
        value: this.password,
        onInput: (value) => (this.password = value),
        autocomplete: 'new-password',
        hint: t('setup.strengthHint'),
        required: true,
        maxlength: kMaxText,
        isShown: this.isShown,
        onShow: () => (this.isShown = !this.isShown),
        fault: this.faultFor('password'),
      })}
      <div>${make}</div>`;
  }

  private make(): void {
    this.password = makePassword();
    this.isMade = true;
  }

  private type(): void {
    this.password = '';
    this.isMade = false;
  }
}

@customElement('add-user-dialog')
export class AddUserDialog extends PasswordDialog {
  protected override roomy = true;
  @state() private name = '';
  @state() private realName = '';
  @state() private email = '';
  @state() private rights = 0;
  @state() private mustChange = false;

  protected heading(): string {
    return t('users.addTitle');
  }

  protected override submitLabel(): string {
    return t('users.add');
  }

  protected override isReady(): boolean {
    return this.name.trim() !== '' && this.password !== '';
  }

  protected fields(): Refusal['field'][] {
    return ['name', 'password', 'email', 'rights'];
  }

  protected body() {
    return html`${field({
      id: 'user-name',
      label: t('users.name'),
      value: this.name,
      onInput: (value) => (this.name = value),
      hint: t('users.nameHint'),
      required: true,
      autofocus: true,
      maxlength: kMaxName,
      fault: this.faultFor('name'),
    })}
    ${this.passwordField()}
    ${checkBox({ id: 'user-must-change', label: t('users.mustChange'), hint: t('users.mustChangeHint'), checked: this.mustChange, onChange: (checked) => (this.mustChange = checked) })}
    ${field({ id: 'user-real-name', label: t('users.realName'), value: this.realName, onInput: (value) => (this.realName = value), hint: t('common.optional'), maxlength: kMaxText })}
    ${emailField(this.email, (value) => (this.email = value), this.faultFor('email'))}
    ${rightsFields(this.rights, changeableSiteRights(mySiteRights(), true), (rights) => (this.rights = rights), this.faultFor('rights'))}`;
  }

  protected async submit(): Promise<void> {
    this.refusal = undefined;
    await channel.command('adduser', {
      username: this.name.trim(),
      pass: this.password,
      ...(this.email.trim() ? { email: this.email.trim() } : {}),
      ...(this.realName.trim() ? { realname: this.realName.trim() } : {}),
      ...(this.rights ? { siteadmin: this.rights } : {}),
      ...(this.mustChange ? { resetNextLogin: true } : {}),
    });
    toast(t('users.added', { name: this.name.trim() }), 'success');
  }
}

@customElement('edit-user-dialog')
export class EditUserDialog extends FieldDialog {
  protected override roomy = true;
  @state() private realName: string;
  @state() private email: string;
  @state() private rights: number;
  @state() private mustChange: boolean;

  constructor(private readonly account: Account) {
    super();
    this.realName = account.realName;
    this.email = account.email;
    this.rights = account.siteRights;
    this.mustChange = account.mustChange;
  }

  protected heading(): string {
    return t('users.editTitle', { name: this.account.name });
  }

  protected override submitLabel(): string {
    return t('common.save');
  }

  protected fields(): Refusal['field'][] {
    return ['email', 'rights'];
  }

  protected body() {
    return html`${field({
      id: 'user-real-name',
      label: t('users.realName'),
      value: this.realName,
      onInput: (value) => (this.realName = value),
      hint: t('common.optional'),
      autofocus: true,
      maxlength: kMaxText,
    })}
    ${emailField(this.email, (value) => (this.email = value), this.faultFor('email'))}
    ${checkBox({
      id: 'user-must-change',
      label: t('users.mustChange'),
      hint: t('users.mustChangeHint'),
      checked: this.mustChange,
      // The server takes this wish back by a new password alone.
      disabled: this.account.mustChange,
      onChange: (checked) => (this.mustChange = checked),
    })}
    ${this.isSelf() ? html`<p class="faint">${t('users.ownRights')}</p>` : nothing}
    ${this.rights === kAdmin || this.isSelf() ? nothing : this.lockBox()}
    ${rightsFields(this.rights, this.changeable(), (rights) => (this.rights = rights), this.faultFor('rights'))}`;
  }

  private lockBox() {
    return checkBox({
      id: 'user-locked',
      label: t('users.lock'),
      hint: t('users.lockHint'),
      checked: (this.rights & kLocked) !== 0,
      disabled: (this.changeable() & kLocked) === 0,
      onChange: (checked) => (this.rights = (checked ? this.rights | kLocked : this.rights & ~kLocked) >>> 0),
    });
  }

  private isSelf(): boolean {
    return this.account.id === directory.me?.id;
  }

  private changeable(): number {
    const own = mySiteRights();
    const isAbove = this.account.siteRights === kAdmin && own !== kAdmin;
    return this.isSelf() || isAbove ? 0 : changeableSiteRights(own, false);
  }

  protected async submit(): Promise<void> {
    this.refusal = undefined;
    await channel.command('edituser', {
      userid: this.account.id,
      realname: this.realName.trim(),
      ...(this.email.trim() === this.account.email ? {} : { email: this.email.trim() }),
      ...(this.rights === this.account.siteRights ? {} : { siteadmin: this.rights }),
      ...(this.mustChange && !this.account.mustChange ? { resetNextLogin: true } : {}),
    });
    toast(t('common.saved'), 'success');
  }
}

@customElement('reset-password-dialog')
export class ResetPasswordDialog extends PasswordDialog {
  @state() private mustChange = false;
  @state() private removesFactors = false;

  constructor(private readonly account: Account) {
    super();
  }

  protected heading(): string {
    return t('users.resetTitle', { name: this.account.name });
  }

  protected override submitLabel(): string {
    return t('users.resetPassword');
  }

  protected override isReady(): boolean {
    return this.password !== '';
  }

  protected fields(): Refusal['field'][] {
    return ['password'];
  }

  protected body() {
    return html`<p>${t('users.resetText')}</p>
      ${this.passwordField()}
      ${checkBox({ id: 'user-must-change', label: t('users.mustChange'), hint: t('users.mustChangeHint'), checked: this.mustChange, onChange: (checked) => (this.mustChange = checked) })}
      ${checkBox({ id: 'user-no-factors', label: t('users.removeFactors'), checked: this.removesFactors, onChange: (checked) => (this.removesFactors = checked) })}`;
  }

  protected async submit(): Promise<void> {
    this.refusal = undefined;
    await channel.command('changeuserpass', {
      userid: this.account.id,
      pass: this.password,
      removeMultiFactor: this.removesFactors,
      resetNextLogin: this.mustChange,
    });
    toast(t('users.passwordSet', { name: this.account.name }), 'success');
  }
}

@customElement('remove-user-dialog')
export class RemoveUserDialog extends FieldDialog {
  constructor(private readonly account: Account) {
    super();
  }

  protected heading(): string {
    return t('device.removeTitle', { name: this.account.name });
  }

  protected override submitLabel(): string {
    return t('users.remove');
  }

  protected override isDanger(): boolean {
    return true;
  }

  protected fields(): Refusal['field'][] {
    return [];
  }

  protected body() {
    return html`<p>${t('users.removeText', { name: this.account.name })}</p>`;
  }

  protected async submit(): Promise<void> {
    await channel.command('deleteuser', { userid: this.account.id });
    toast(t('device.removed', { name: this.account.name }), 'success');
  }
}

export function emailField(value: string, onInput: (value: string) => void, fault: string | undefined) {
  return field({ id: 'user-email', label: t('users.email'), value, onInput, hint: t('common.optional'), inputmode: 'email', maxlength: 1024, fault });
}

/// "Site administrator", or else single rights.
function rightsFields(rights: number, changeable: number, onChange: (rights: number) => void, fault: string | undefined) {
  const isAdmin = rights === kAdmin;
  return html`${checkBox({
      id: 'user-admin',
      label: t('users.siteAdmin'),
      hint: t('users.siteAdminHint'),
      checked: isAdmin,
      disabled: changeable !== kAdmin,
      onChange: (checked) => onChange(checked ? kAdmin : 0),
    })}
    ${isAdmin ? nothing : rightBoxes('site', siteRightWords, rights, changeable, onChange)}
    ${fault ? html`<div class="alert" role="alert">${fault}</div>` : nothing}`;
}
