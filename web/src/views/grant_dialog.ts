import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { people } from '../admin';
import { ApiError } from '../api/errors';
import { channel, directory } from '../app';
import { t } from '../core/i18n';
import type { Group } from '../model/directory';
import type { Refusal } from '../model/refusals';
import { groupRightWords, wordsOf } from '../model/right_words';
import { has, kAdmin, kManageMembers } from '../model/rights';
import { checkBox, rightBoxes } from '../widgets/boxes';
import { field } from '../widgets/field';
import { toast } from '../widgets/toast';
import { FieldDialog } from './user_dialogs';

/// A user or user group by id, with the name to show.
export interface Holder {
  id: string;
  name: string;
}

export interface Grant {
  group?: Group;
  holder?: Holder;
  rights?: number;
}

export const mayManageMembers = (group: Group): boolean => has(directory.groupRights(group), kManageMembers);

/// Rights on a device group as a list of words.
export function groupRightsText(rights: number): string {
  if (rights === kAdmin) return t('access.admin');
  return (
    wordsOf(rights, groupRightWords)
      .map(({ label }) => t(label))
      .join(', ') || t('access.none')
  );
}

/// Gives a user or user group rights on a device group. What `grant` leaves out is asked for.
@customElement('grant-dialog')
export class GrantDialog extends FieldDialog {
  protected override roomy = true;
  @state() private groupId: string;
  @state() private kind: 'user' | 'group' = 'user';
  @state() private name = '';
  @state() private userGroupId = '';
  @state() private rights: number;

  constructor(private readonly grant: Grant) {
    super();
    this.groupId = grant.group?.id ?? '';
    this.rights = grant.rights ?? 0;
  }

  protected heading(): string {
    const { holder, group, rights } = this.grant;
    if (rights !== undefined) return t('access.editTitle', { name: holder?.name ?? '' });
    return t('access.addTitle', { name: group?.name ?? holder?.name ?? '' });
  }

  protected override submitLabel(): string {
    return this.grant.rights === undefined ? t('access.give') : t('common.save');
  }

  protected override isReady(): boolean {
    return this.groupId !== '' && this.holderArgument() !== undefined;
  }

  protected fields(): Refusal['field'][] {
    return this.kind === 'user' && !this.grant.holder ? ['name'] : [];
  }

  protected body() {
    const mayGiveAll = directory.groupRights(directory.groups.get(this.groupId)) === kAdmin;
    return html`${this.grant.group ? nothing : this.renderGroups()} ${this.grant.holder ? nothing : this.renderHolders()}
      ${checkBox({
        id: 'grant-admin',
        label: t('access.admin'),
        hint: t('access.adminHint'),
        checked: this.rights === kAdmin,
        disabled: !mayGiveAll,
        onChange: (checked) => (this.rights = checked ? kAdmin : 0),
      })}
      ${this.rights === kAdmin ? nothing : rightBoxes('grant', groupRightWords, this.rights, kAdmin, (rights) => (this.rights = rights))}`;
  }

  private renderGroups() {
    const groups = directory.groupList().filter(mayManageMembers);
    return html`<div class="field">
      <label for="grant-group">${t('install.group')}</label>
      <select class="select" id="grant-group" data-testid="grant-group" autofocus @change=${(event: Event) => (this.groupId = (event.target as HTMLSelectElement).value)}>
        <option value="" ?selected=${this.groupId === ''}>${t('access.choose')}</option>
        ${groups.map((group) => html`<option value=${group.id} ?selected=${group.id === this.groupId}>${group.name}</option>`)}
      </select>
    </div>`;
  }

  private renderHolders() {
    const radio = (kind: 'user' | 'group', label: string) => html`<span class="box">
      <input type="radio" name="grant-kind" id="grant-kind-${kind}" data-testid="grant-kind-${kind}" .checked=${this.kind === kind} @change=${() => (this.kind = kind)} />
      <label for="grant-kind-${kind}">${label}</label>
    </span>`;
    return html`${people.groups.size
        ? html`<fieldset class="boxes"><legend>${t('access.who')}</legend>${radio('user', t('access.user'))}${radio('group', t('access.userGroup'))}</fieldset>`
        : nothing}
      ${this.kind === 'user'
        ? html`${field({ id: 'grant-name', label: t('users.name'), value: this.name, onInput: (value) => (this.name = value), list: 'known-users', required: true, autofocus: true, maxlength: 256, fault: this.faultFor('name') })}${knownUsers()}`
        : html`<div class="field">
            <label for="grant-user-group">${t('access.userGroup')}</label>
            <select class="select" id="grant-user-group" data-testid="grant-user-group" @change=${(event: Event) => (this.userGroupId = (event.target as HTMLSelectElement).value)}>
              <option value="" ?selected=${this.userGroupId === ''}>${t('access.choose')}</option>
              ${people.groupList().map((group) => html`<option value=${group.id} ?selected=${group.id === this.userGroupId}>${group.name}</option>`)}
            </select>
          </div>`}`;
  }

  private holderArgument(): Record<string, string[]> | undefined {
    if (this.grant.holder) return { userids: [this.grant.holder.id] };
    if (this.kind === 'user') return this.name.trim() ? { usernames: [this.name.trim()] } : undefined;
    return this.userGroupId ? { userids: [this.userGroupId] } : undefined;
  }

  protected async submit(): Promise<void> {
    this.refusal = undefined;
    const reply = await channel.request('addmeshuser', { meshid: this.groupId, meshadmin: this.rights, ...this.holderArgument() });
    // Its `result` is a sentence either way; only the count tells whether it was done.
    if (!(Number(reply['success']) > 0)) throw new ApiError('refused', typeof reply['result'] === 'string' ? reply['result'] : t('error.refused'));
    toast(t('common.saved'), 'success');
  }
}

/// Names to choose from while typing, for who may list the accounts.
export function knownUsers() {
  return html`<datalist id="known-users">
    ${people.accountList().map((account) => html`<option value=${account.name}>${account.realName}</option>`)}
  </datalist>`;
}

/// Takes a user or user group out of a device group, after a question.
@customElement('revoke-dialog')
export class RevokeDialog extends FieldDialog {
  constructor(
    private readonly group: Holder,
    private readonly holder: Holder,
  ) {
    super();
  }

  protected heading(): string {
    return t('access.revokeTitle', { name: this.holder.name });
  }

  protected override submitLabel(): string {
    return t('access.revoke');
  }

  protected override isDanger(): boolean {
    return true;
  }

  protected fields(): Refusal['field'][] {
    return [];
  }

  protected body() {
    return html`<p>${t('access.revokeText', { name: this.holder.name, group: this.group.name })}</p>`;
  }

  protected async submit(): Promise<void> {
    await channel.command('removemeshuser', { meshid: this.group.id, userid: this.holder.id });
    toast(t('device.removed', { name: this.holder.name }), 'success');
  }
}
