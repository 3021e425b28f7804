import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { mySiteRights, OpenPeople, people } from '../admin';
import { directory } from '../app';
import { ago, exactTime } from '../core/format';
import { i18n, t } from '../core/i18n';
import { formatPlace, router } from '../core/router';
import { Watch } from '../core/watch';
import { isLocked, matches, type Account } from '../model/accounts';
import { siteRightWords, wordsOf } from '../model/right_words';
import { kAdmin } from '../model/rights';
import { openDialog } from '../widgets/dialog';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import '../widgets/menu';
import type { MenuEntry } from '../widgets/menu';
import { skeleton } from './devices_view';
import { failure, peopleTabs } from './people_parts';
import { AddUserDialog, EditUserDialog, RemoveUserDialog, ResetPasswordDialog } from './user_dialogs';

// More rows than anybody reads; the filter finds the others.
const kMaxRows = 500;

/// The accounts of this server, for who has the right to manage them.
@customElement('users-view')
export class UsersView extends LightElement {
  readonly watch = new Watch(this, people, directory, router, i18n);
  readonly opened = new OpenPeople(this, () => true);
  @state() private query = router.place.query.get('q') ?? '';

  override render() {
    const all = people.accountList();
    const found = all.filter((account) => matches(account, this.query));
    return html`<div class="head">
        <h1>${t('users.title')}${all.length ? html` <span class="count" data-testid="user-count">${this.countText(found.length, all.length)}</span>` : nothing}</h1>
        <div class="filters">
          <div class="search">
            ${icon('search')}
            <input class="input" type="search" id="user-search" data-testid="user-search" aria-label=${t('users.search')} placeholder=${t('users.search')} autocomplete="off" .value=${this.query} @input=${(event: Event) => this.filter((event.target as HTMLInputElement).value)} />
          </div>
          <button class="btn primary" @click=${() => openDialog(new AddUserDialog())} data-testid="add-user">${icon('plus')}${t('users.add')}</button>
        </div>
      </div>
      ${peopleTabs('users', mySiteRights())}
      <p class="sr" role="status">${this.query ? t('users.found', { n: found.length }) : ''}</p>
      <div class="scroll" tabindex="0" role="region" aria-label=${t('users.title')}>${this.renderBody(found)}</div>`;
  }

  private countText(found: number, all: number): string {
    return found === all ? all.toLocaleString(i18n.language) : t('devices.countOf', { found, all });
  }

  private renderBody(found: Account[]) {
    if (people.accountState === 'loading') return skeleton();
    if (people.accountState === 'failed') return failure(people.fault, () => void people.load());
    if (found.length === 0) {
      return html`<div class="empty" data-testid="no-user-found">${icon('search')}<h2>${t('empty.nothingFoundTitle')}</h2><p>${t('users.nothingFound')}</p></div>`;
    }
    return html`<table class="people" data-testid="user-table">
        <thead>
          <tr>
            <th scope="col">${t('users.name')}</th>
            <th scope="col">${t('users.realName')}</th>
            <th scope="col">${t('users.email')}</th>
            <th scope="col">${t('users.rights')}</th>
            <th scope="col">${t('users.lastLogin')}</th>
            <th scope="col">${t('users.sessions')}</th>
            <th scope="col"><span class="sr">${t('users.actions')}</span></th>
          </tr>
        </thead>
        <tbody>
          ${repeat(
            found.slice(0, kMaxRows),
            (account) => account.id,
            (account) => this.renderRow(account),
          )}
        </tbody>
      </table>
      ${found.length > kMaxRows ? html`<p class="faint more">${t('users.more', { n: found.length - kMaxRows })}</p>` : nothing}`;
  }

  private renderRow(account: Account) {
    const sessions = people.sessions.get(account.id) ?? 0;
    return html`<tr data-testid="user-row">
      <th scope="row" class="name">
        <button class="link" @click=${() => openDialog(new EditUserDialog(account))} data-testid="user-open">${account.name}</button>
        ${account.id === directory.me?.id ? html`<span class="badge">${t('users.you')}</span>` : nothing}
        ${isLocked(account) ? html`<span class="badge bad">${t('users.locked')}</span>` : nothing}
        ${account.mustChange ? html`<span class="badge warn">${t('users.mustChangeShort')}</span>` : nothing}
      </th>
      <td class="soft real">${account.realName}</td>
      <td class="soft mail">${account.email}</td>
      <td class="soft rights">${rightsText(account.siteRights)}</td>
      <td class="soft num login" title=${account.lastLogin ? exactTime(account.lastLogin) : nothing}>${account.lastLogin ? ago(account.lastLogin) : t('users.never')}</td>
      <td class="num sessions">
        <span class="dot ${sessions ? 'on' : ''}"></span><span class="sr">${t('users.sessions')}: </span>${sessions}
      </td>
      <td class="act"><tr-menu .entries=${this.menu(account)} .label=${t('groups.actions', { name: account.name })} data-testid="user-menu"></tr-menu></td>
    </tr>`;
  }

  private menu(account: Account): MenuEntry[] {
    return [
      { label: t('common.edit'), icon: 'edit', testid: 'user-edit', run: () => openDialog(new EditUserDialog(account)) },
      { label: t('users.resetPassword'), icon: 'key', testid: 'user-password', run: () => openDialog(new ResetPasswordDialog(account)) },
      { label: t('users.showEvents'), icon: 'page', testid: 'user-events', run: () => (location.hash = formatPlace(['events'], { user: account.name })) },
      'line',
      { label: t('users.remove'), icon: 'trash', danger: true, testid: 'user-remove', run: () => openDialog(new RemoveUserDialog(account)) },
    ];
  }

  private filter(query: string): void {
    this.query = query;
    router.replace(['users'], { q: query });
  }
}

/// Site rights as a list of words.
export function rightsText(rights: number): string {
  if (rights === kAdmin) return t('users.siteAdmin');
  return wordsOf(rights, siteRightWords)
    .map(({ label }) => t(label))
    .join(', ');
}
