import { html } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { channel } from '../app';
import { t } from '../core/i18n';
import { router, shortId } from '../core/router';
import { membersOf, type UserGroup } from '../model/accounts';
import type { Refusal } from '../model/refusals';
import { field } from '../widgets/field';
import { toast } from '../widgets/toast';
import { FieldDialog } from './user_dialogs';

/// Makes a user group, or changes name and description of `group`.
@customElement('user-group-dialog')
export class UserGroupDialog extends FieldDialog {
  @state() private name: string;
  @state() private description: string;

  constructor(private readonly group?: UserGroup) {
    super();
    this.name = group?.name ?? '';
    this.description = group?.description ?? '';
  }

  protected heading(): string {
    return this.group ? t('groups.editTitle') : t('userGroups.createTitle');
  }

  protected override submitLabel(): string {
    return this.group ? t('common.save') : t('userGroups.create');
  }

  protected override isReady(): boolean {
    return this.name.trim() !== '';
  }

  protected fields(): Refusal['field'][] {
    return ['name', 'description'];
  }

  protected body() {
    return html`${field({ id: 'user-group-name', label: t('groups.name'), value: this.name, onInput: (value) => (this.name = value), autofocus: true, required: true, maxlength: 64, fault: this.faultFor('name') })}
    ${field({
      id: 'user-group-description',
      label: t('groups.description'),
      hint: t('common.optional'),
      value: this.description,
      onInput: (value) => (this.description = value),
      maxlength: 1024,
      multiline: true,
      fault: this.faultFor('description'),
    })}`;
  }

  protected async submit(): Promise<void> {
    this.refusal = undefined;
    const texts = { name: this.name.trim(), desc: this.description.trim() };
    if (this.group) {
      await channel.command('editusergroup', { ugrpid: this.group.id, ...texts });
      toast(t('common.saved'), 'success');
      return;
    }
    const reply = await channel.command('createusergroup', texts);
    toast(t('groups.created', { name: texts.name }), 'success');
    // An empty group does nothing yet: go on to its members and rights.
    if (typeof reply['ugrpid'] === 'string') router.go(['user-groups', shortId(reply['ugrpid'])]);
  }
}

@customElement('delete-user-group-dialog')
export class DeleteUserGroupDialog extends FieldDialog {
  constructor(private readonly group: UserGroup) {
    super();
  }

  protected heading(): string {
    return t('groups.deleteTitle', { name: this.group.name });
  }

  protected override submitLabel(): string {
    return t('groups.delete');
  }

  protected override isDanger(): boolean {
    return true;
  }

  protected fields(): Refusal['field'][] {
    return [];
  }

  protected body() {
    return html`<p>${t('userGroups.deleteText', { n: membersOf(this.group).length })}</p>`;
  }

  protected async submit(): Promise<void> {
    await channel.command('deleteusergroup', { ugrpid: this.group.id });
    toast(t('groups.deleted', { name: this.group.name }), 'success');
    if (router.place.path[0] === 'user-groups') router.go(['user-groups']);
  }
}
