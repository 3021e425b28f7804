import { html, nothing } from 'lit';
import { customElement } from 'lit/decorators.js';
import { directory } from '../app';
import { i18n, t } from '../core/i18n';
import { formatPlace, router, shortId } from '../core/router';
import { Watch } from '../core/watch';
import type { Group } from '../model/directory';
import { openDialog } from '../widgets/dialog';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import '../widgets/menu';
import type { MenuEntry } from '../widgets/menu';
import { skeleton } from './devices_view';
import {
  CreateGroupDialog,
  DeleteGroupDialog,
  EditGroupDialog,
  InstallDialog,
  mayCreateGroups,
  mayDeleteGroup,
  mayEditGroup,
} from './group_dialogs';

@customElement('groups-view')
export class GroupsView extends LightElement {
  readonly watch = new Watch(this, directory, i18n);

  override render() {
    const groups = directory.groupList();
    return html`<div class="head">
        <h1>${t('groups.title')}</h1>
        <span class="grow"></span>
        ${mayCreateGroups() && groups.length > 0
          ? html`<button class="btn primary" @click=${() => openDialog(new CreateGroupDialog())} data-testid="create-group">
              ${icon('plus')}${t('groups.create')}
            </button>`
          : nothing}
      </div>
      <div class="scroll">
        ${directory.state === 'loading' ? skeleton() : groups.length === 0 ? this.renderEmpty() : this.renderList(groups)}
      </div>`;
  }

  private renderList(groups: Group[]) {
    const counts = directory.countByGroup();
    return html`<ul class="list narrow" data-testid="group-list">
      ${groups.map((group) => this.renderGroup(group, counts.get(group.id) ?? { all: 0, online: 0 }))}
    </ul>`;
  }

  private renderGroup(group: Group, count: { all: number; online: number }) {
    const link = formatPlace(['devices'], { group: shortId(group.id) });
    return html`<li data-testid="group-row">
      <div class="about">
        <h2><a href=${link}>${group.name}</a></h2>
        ${group.description ? html`<p>${group.description}</p>` : nothing}
      </div>
      <div class="numbers">
        ${count.all === 0 ? t('groups.noDevices') : t('groups.count', { n: count.all, online: count.online })}
      </div>
      <button
        class="btn small"
        @click=${() => openDialog(new InstallDialog(group.id))}
        aria-label=${t('groups.addDeviceTo', { name: group.name })}
        data-testid="group-install"
      >
        ${icon('plus')}${t('devices.add')}
      </button>
      ${this.renderMenu(group, count.all)}
    </li>`;
  }

  private renderMenu(group: Group, deviceCount: number) {
    const entries: MenuEntry[] = [
      { label: t('access.title'), icon: 'users', testid: 'group-access', run: () => router.go(['groups', shortId(group.id)]) },
    ];
    if (mayEditGroup(group)) {
      entries.push({
        label: t('groups.rename'),
        icon: 'edit',
        testid: 'group-rename',
        run: () => openDialog(new EditGroupDialog(group)),
      });
    }
    if (mayDeleteGroup(group)) {
      entries.push({
        label: t('groups.delete'),
        icon: 'trash',
        danger: true,
        testid: 'group-delete',
        run: () => openDialog(new DeleteGroupDialog(group, deviceCount)),
      });
    }
    return html`<tr-menu .entries=${entries} .label=${t('groups.actions', { name: group.name })} data-testid="group-menu"></tr-menu>`;
  }

  private renderEmpty() {
    return html`<div class="empty" data-testid="empty-groups">
      ${icon('groups')}
      <h2>${t('empty.noGroupTitle')}</h2>
      <p>${t('empty.noGroup')}</p>
      ${mayCreateGroups()
        ? html`<div class="row"><button class="btn primary" @click=${() => openDialog(new CreateGroupDialog(true))} data-testid="create-group">
            ${icon('plus')}${t('groups.create')}
          </button></div>`
        : html`<p>${t('empty.askAdmin')}</p>`}
    </div>`;
  }
}
