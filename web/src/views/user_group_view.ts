import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { OpenPeople, people } from '../admin';
import { ApiError } from '../api/errors';
import { channel, directory } from '../app';
import { i18n, t } from '../core/i18n';
import { formatPlace, longId, shortId } from '../core/router';
import { Watch } from '../core/watch';
import { deviceGroupsOf, idName, membersOf, type UserGroup } from '../model/accounts';
import { refusalOf } from '../model/refusals';
import { openDialog } from '../widgets/dialog';
import { field } from '../widgets/field';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { toast } from '../widgets/toast';
import { skeleton } from './devices_view';
import { GrantDialog, groupRightsText, knownUsers, mayManageMembers, RevokeDialog } from './grant_dialog';
import { DeleteUserGroupDialog, UserGroupDialog } from './user_group_dialogs';

/// One user group: its members, and its rights on device groups.
@customElement('user-group-view')
export class UserGroupView extends LightElement {
  readonly watch = new Watch(this, people, directory, i18n);
  readonly opened = new OpenPeople(this);
  @property() groupId = '';
  @state() private name = '';
  @state() private fault = '';
  @state() private isBusy = false;

  override render() {
    const group = people.groups.get(longId('ugrp', this.groupId));
    if (!group) return people.groupState === 'loading' ? html`<div class="scroll">${skeleton()}</div>` : this.renderGone();
    return html`<div class="head">
        <div class="crumbs">
          <a href="#/user-groups">${t('userGroups.title')}</a><span class="sep" aria-hidden="true">/</span>
          <h1 class="cut" data-testid="user-group-title">${group.name}</h1>
        </div>
        <span class="grow"></span>
        <button class="btn" @click=${() => openDialog(new UserGroupDialog(group))} data-testid="user-group-edit">${icon('edit')}${t('common.edit')}</button>
        <button class="btn danger" @click=${() => openDialog(new DeleteUserGroupDialog(group))} data-testid="user-group-delete">${icon('trash')}${t('groups.delete')}</button>
      </div>
      <div class="scroll">
        ${group.description ? html`<p class="soft">${group.description}</p>` : nothing}
        ${group.isKeptElsewhere ? html`<p class="soft">${t('userGroups.keptElsewhere')}</p>` : nothing}
        <div class="panels">${this.renderMembers(group)} ${this.renderDeviceGroups(group)}</div>
      </div>`;
  }

  private renderMembers(group: UserGroup) {
    const members = membersOf(group)
      .map((id) => ({ id, name: people.accounts.get(id)?.name ?? (group.links[id]?.name || idName(id)), realName: people.accounts.get(id)?.realName ?? '' }))
      .sort((a, b) => a.name.localeCompare(b.name));
    return html`<section class="panel" aria-labelledby="user-group-members">
      <header><h2 id="user-group-members">${t('userGroups.membersTitle')}</h2></header>
      <ul class="plain-list" data-testid="member-list">
        ${members.map(
          (member) => html`<li data-testid="member-row">
            <div class="about">${member.name}${member.realName ? html`<p>${member.realName}</p>` : nothing}</div>
            ${group.isKeptElsewhere
              ? nothing
              : html`<button class="btn small plain square" aria-label=${t('userGroups.removeMember', { name: member.name })} @click=${() => void this.removeMember(group, member.id)} data-testid="member-remove">
                  ${icon('trash')}
                </button>`}
          </li>`,
        )}
      </ul>
      ${members.length === 0 ? html`<p class="inside soft">${t('userGroups.empty')}</p>` : nothing} ${group.isKeptElsewhere ? nothing : this.renderAdd(group)}
    </section>`;
  }

  private renderAdd(group: UserGroup) {
    return html`<form class="inside adding" novalidate @submit=${(event: Event) => void this.addMember(event, group)}>
      <div class="with-add">
        ${field({ id: 'member-name', label: t('userGroups.addMember'), value: this.name, onInput: (value) => (this.name = value), list: 'known-users', maxlength: 128, fault: this.fault || undefined })}
        <button class="btn" ?disabled=${this.isBusy || !this.name.trim()} data-testid="member-add">${icon('plus')}${t('common.add')}</button>
      </div>
      ${knownUsers()}
    </form>`;
  }

  private renderDeviceGroups(group: UserGroup) {
    const holder = { id: group.id, name: group.name };
    const ids = deviceGroupsOf(group);
    return html`<section class="panel" aria-labelledby="user-group-rights">
      <header>
        <h2 id="user-group-rights">${t('userGroups.rightsTitle')}</h2>
        <button class="btn small plain" @click=${() => openDialog(new GrantDialog({ holder }))} data-testid="grant">${icon('plus')}${t('common.add')}</button>
      </header>
      ${ids.length === 0 ? html`<p class="inside soft">${t('userGroups.noRights')}</p>` : nothing}
      <ul class="plain-list" data-testid="right-list">
        ${ids.map((id) => this.renderDeviceGroup(id, group.links[id]?.rights ?? 0, holder))}
      </ul>
    </section>`;
  }

  private renderDeviceGroup(id: string, rights: number, holder: { id: string; name: string }) {
    const group = directory.groups.get(id);
    const name = group?.name ?? t('userGroups.hidden');
    return html`<li data-testid="right-row">
      <div class="about">
        ${group ? html`<a href=${formatPlace(['groups', shortId(id)])}>${name}</a>` : name}
        <p>${groupRightsText(rights)}</p>
      </div>
      ${group && mayManageMembers(group)
        ? html`<button class="btn small plain square" aria-label=${t('access.editTitle', { name })} @click=${() => openDialog(new GrantDialog({ group, holder, rights }))} data-testid="right-edit">${icon('edit')}</button>
            <button class="btn small plain square" aria-label=${t('access.revokeNamed', { name })} @click=${() => openDialog(new RevokeDialog(group, holder))} data-testid="right-remove">${icon('trash')}</button>`
        : nothing}
    </li>`;
  }

  private renderGone() {
    return html`<div class="scroll"><div class="empty" data-testid="user-group-gone">
      ${icon('users')}
      <h1>${people.groupState === 'failed' ? people.fault : t('userGroups.goneTitle')}</h1>
      <div class="row"><a class="btn" href="#/user-groups">${t('userGroups.title')}</a></div>
    </div></div>`;
  }

  private async addMember(event: Event, group: UserGroup): Promise<void> {
    event.preventDefault();
    if (this.isBusy || !this.name.trim()) return;
    await this.change(async () => {
      const reply = await channel.command('addusertousergroup', { ugrpid: group.id, usernames: [this.name.trim()] });
      if (!(Number(reply['added']) > 0)) throw new ApiError('not_found', t('refusal.noUser'));
      this.name = '';
    });
  }

  private async removeMember(group: UserGroup, userid: string): Promise<void> {
    await this.change(async () => {
      await channel.command('removeuserfromusergroup', { ugrpid: group.id, userid });
      toast(t('device.removed', { name: idName(userid) }), 'success');
    });
  }

  private async change(work: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    this.fault = '';
    try {
      await work();
    } catch (error) {
      this.fault = refusalOf(error).text;
    } finally {
      this.isBusy = false;
    }
  }
}
