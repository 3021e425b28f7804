import { html, nothing } from 'lit';
import { t } from '../core/i18n';
import { kManageUsers, kUserGroups, has } from '../model/rights';
import { icon } from '../widgets/icon';

/// Users and user groups share a place in the navigation; who has the rights to both moves between them here.
export function peopleTabs(current: 'users' | 'user-groups', rights: number) {
  if (!has(rights, kManageUsers) || !has(rights, kUserGroups)) return nothing;
  const link = (id: typeof current, label: string) =>
    html`<a href="#/${id}" aria-current=${id === current ? 'page' : nothing} data-testid="to-${id}">${label}</a>`;
  return html`<nav class="sub" aria-label=${t('users.areas')}>${link('users', t('users.title'))}${link('user-groups', t('userGroups.title'))}</nav>`;
}

/// What is shown instead of a list that could not be loaded.
export function failure(text: string, retry: () => void) {
  return html`<div class="empty" data-testid="load-failed">
    ${icon('warn')}
    <h2>${text}</h2>
    <div class="row"><button class="btn" @click=${retry}>${t('common.retry')}</button></div>
  </div>`;
}
