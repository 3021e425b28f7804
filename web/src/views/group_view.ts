import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { OpenPeople, people } from '../admin';
import { directory } from '../app';
import { i18n, t } from '../core/i18n';
import { formatPlace, longId, shortId } from '../core/router';
import { Watch } from '../core/watch';
import { idName } from '../model/accounts';
import type { Group } from '../model/directory';
import { has, kEditGroup } from '../model/rights';
import { openDialog } from '../widgets/dialog';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { skeleton } from './devices_view';
import { consentWords } from './consent_boxes';
import { groupFlags, GroupSettingsDialog } from './group_settings_dialog';
import { noticeBoxes } from './notice_boxes';
import { WhyDialog } from './why_dialog';
import { GrantDialog, groupRightsText, mayManageMembers, RevokeDialog } from './grant_dialog';

interface Member {
  id: string;
  name: string;
  rights: number;
}

/// Who has which rights on a device group.
@customElement('group-view')
export class GroupView extends LightElement {
  readonly watch = new Watch(this, directory, people, i18n);
  readonly opened = new OpenPeople(this);
  @property() groupId = '';

  override render() {
    const group = directory.groups.get(longId('mesh', this.groupId));
    if (!group) return directory.state === 'loading' ? html`<div class="scroll">${skeleton()}</div>` : this.renderGone();
    const isManager = mayManageMembers(group);
    return html`<div class="head">
        <div class="crumbs">
          <a href="#/groups">${t('groups.title')}</a><span class="sep" aria-hidden="true">/</span>
          <h1 class="cut" data-testid="group-title">${group.name}</h1>
        </div>
        <span class="grow"></span>
        <button class="btn plain" @click=${() => openDialog(new WhyDialog(group))} aria-label=${t('why.open')} data-testid="why">${icon('key')}<span class="wide">${t('why.open')}</span></button>
        <a class="btn" href=${formatPlace(['devices'], { group: shortId(group.id) })}>${icon('devices')}${t('devices.title')}</a>
      </div>
      <div class="scroll">
        ${group.description ? html`<p class="soft">${group.description}</p>` : nothing}
        <div class="panels">
          ${this.renderSettings(group)}
          <section class="panel" aria-labelledby="group-notices">
            <header><h2 id="group-notices">${t('notices.title')}</h2></header>
            ${noticeBoxes(group.id, 'group-notice')}
          </section>
        </div>
        <div class="panels single">
          <section class="panel" aria-labelledby="group-members">
            <header>
              <h2 id="group-members">${t('access.title')}</h2>
              ${isManager
                ? html`<button class="btn small plain" @click=${() => openDialog(new GrantDialog({ group }))} aria-label=${t('access.add')} data-testid="grant">${icon('plus')}${t('common.add')}</button>`
                : nothing}
            </header>
            <ul class="plain-list" data-testid="member-list">${members(group).map((member) => this.renderMember(group, member, isManager))}</ul>
          </section>
        </div>
      </div>`;
  }

  private renderSettings(group: Group) {
    const flags = groupFlags.filter(([bit]) => group.flags & bit).map(([, key]) => t(key));
    return html`<section class="panel" aria-labelledby="group-settings">
      <header>
        <h2 id="group-settings">${t('groupSettings.title')}</h2>
        ${has(directory.groupRights(group), kEditGroup) ? html`<button class="btn small plain" @click=${() => openDialog(new GroupSettingsDialog(group))} data-testid="group-settings">${icon('edit')}${t('common.edit')}</button>` : nothing}
      </header>
      <dl class="facts">
        <dt>${t('consent.title')}</dt><dd data-testid="group-consent">${consentWords(group.consent) || t('consent.none')}</dd>
        <dt>${t('groupSettings.devices')}</dt><dd>${flags.join(', ') || '–'}</dd>
        <dt>${t('groupSettings.expire')}</dt><dd>${group.expireDays ? t('groupSettings.expireAfter', { n: group.expireDays }) : t('groupSettings.never')}</dd>
      </dl>
    </section>`;
  }

  private renderMember(group: Group, member: Member, isManager: boolean) {
    const isSelf = member.id === directory.me?.id;
    const isGroup = member.id.startsWith('ugrp/');
    return html`<li data-testid="member-row">
      <div class="about">
        ${member.name} ${isGroup ? html`<span class="badge">${t('access.userGroup')}</span>` : nothing} ${isSelf ? html`<span class="badge">${t('users.you')}</span>` : nothing}
        <p>${groupRightsText(member.rights)}</p>
      </div>
      ${isManager && !isSelf ? memberButtons(group, member) : nothing}
    </li>`;
  }

  private renderGone() {
    return html`<div class="scroll"><div class="empty" data-testid="group-gone">
      ${icon('groups')}
      <h1>${t('access.goneTitle')}</h1>
      <p>${t('device.gone')}</p>
      <div class="row"><a class="btn" href="#/groups">${t('groups.title')}</a></div>
    </div></div>`;
  }
}

function memberButtons(group: Group, member: Member) {
  return html`<button
      class="btn small plain square"
      aria-label=${t('access.editTitle', { name: member.name })}
      @click=${() => openDialog(new GrantDialog({ group, holder: member, rights: member.rights }))}
      data-testid="member-edit"
    >
      ${icon('edit')}
    </button>
    <button
      class="btn small plain square"
      aria-label=${t('access.revokeNamed', { name: member.name })}
      @click=${() => openDialog(new RevokeDialog(group, member))}
      data-testid="member-remove"
    >
      ${icon('trash')}
    </button>`;
}

/// User groups first, then users, by name.
function members(group: Group): Member[] {
  return Object.entries(group.links)
    .map(([id, { name, rights }]) => ({ id, rights, name: name || people.groups.get(id)?.name || people.accounts.get(id)?.name || idName(id) }))
    .sort((a, b) => Number(b.id.startsWith('ugrp/')) - Number(a.id.startsWith('ugrp/')) || a.name.localeCompare(b.name));
}
