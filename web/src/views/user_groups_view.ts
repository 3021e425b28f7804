import { html, nothing } from 'lit';
import { customElement } from 'lit/decorators.js';
import { mySiteRights, OpenPeople, people } from '../admin';
import { directory } from '../app';
import { i18n, t } from '../core/i18n';
import { formatPlace, shortId } from '../core/router';
import { Watch } from '../core/watch';
import { deviceGroupsOf, membersOf, type UserGroup } from '../model/accounts';
import { openDialog } from '../widgets/dialog';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import '../widgets/menu';
import { skeleton } from './devices_view';
import { failure, peopleTabs } from './people_parts';
import { DeleteUserGroupDialog, UserGroupDialog } from './user_group_dialogs';

/// The user groups of this server.
@customElement('user-groups-view')
export class UserGroupsView extends LightElement {
  readonly watch = new Watch(this, people, directory, i18n);
  readonly opened = new OpenPeople(this);

  override render() {
    return html`<div class="head">
        <h1>${t('userGroups.title')}</h1>
        <span class="grow"></span>
        <button class="btn primary" @click=${() => openDialog(new UserGroupDialog())} data-testid="create-user-group">${icon('plus')}${t('userGroups.create')}</button>
      </div>
      ${peopleTabs('user-groups', mySiteRights())}
      <div class="scroll">${this.renderBody()}</div>`;
  }

  private renderBody() {
    if (people.groupState === 'loading') return skeleton();
    if (people.groupState === 'failed') return failure(people.fault, () => void people.load());
    const groups = people.groupList();
    if (groups.length === 0) {
      return html`<div class="empty" data-testid="no-user-group">${icon('users')}<h2>${t('userGroups.noneTitle')}</h2><p>${t('userGroups.none')}</p></div>`;
    }
    return html`<ul class="list narrow below" data-testid="user-group-list">${groups.map((group) => this.renderGroup(group))}</ul>`;
  }

  private renderGroup(group: UserGroup) {
    return html`<li data-testid="user-group-row">
      <div class="about">
        <h2><a href=${formatPlace(['user-groups', shortId(group.id)])}>${group.name}</a></h2>
        ${group.description ? html`<p>${group.description}</p>` : nothing}
      </div>
      <div class="numbers">${t('userGroups.members', { n: membersOf(group).length })}, ${t('userGroups.deviceGroups', { n: deviceGroupsOf(group).length })}</div>
      <tr-menu
        .entries=${[
          { label: t('groups.rename'), icon: 'edit', testid: 'user-group-edit', run: () => openDialog(new UserGroupDialog(group)) },
          { label: t('groups.delete'), icon: 'trash', danger: true, testid: 'user-group-delete', run: () => openDialog(new DeleteUserGroupDialog(group)) },
        ]}
        .label=${t('groups.actions', { name: group.name })}
        data-testid="user-group-menu"
      ></tr-menu>
    </li>`;
  }
}
