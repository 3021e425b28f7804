import { html, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { directory, plugins, session } from '../app';
import { t } from '../core/i18n';
import { router } from '../core/router';
import type { Contribution } from '../model/plugins';
import { has, kAdmin, kManageUsers, kServerFiles, kUserGroups } from '../model/rights';
import { icon } from '../widgets/icon';

/// One of the pages that a person may go to.
export interface Destination {
  path: string[];
  label: string;
  symbol: TemplateResult;
  /// work: devices and what is done with them. admin: the server and its people.
  section: 'work' | 'admin';
  count?: number;
}

export const siteRights = (): number => directory.me?.siteadmin ?? session.me?.siteadmin ?? 0;

/// Of the server: plugins and the server itself are the default tenant's.
export const isAdmin = (): boolean => session.me?.siteadmin === kAdmin && session.me.id.startsWith('user//');

export const mayUseFiles = (): boolean => has(siteRights(), kServerFiles);

/// In the order of the navigation. Pages of plugins that need a right of the site belong to administration.
export function destinations(): Destination[] {
  const rights = siteRights();
  const pages = plugins.of('site_page').map(pageOf);
  const of = (section: Destination['section']): Destination[] => pages.filter((page) => page.section === section);
  const list: Destination[] = [
    { path: ['devices'], label: t('devices.title'), symbol: icon('devices'), section: 'work', count: directory.devices.size },
    { path: ['groups'], label: t('groups.title'), symbol: icon('groups'), section: 'work', count: directory.groups.size },
    ...of('work'),
    { path: ['events'], label: t('events.title'), symbol: icon('list'), section: 'work' },
  ];
  if (mayUseFiles()) list.push({ path: ['files'], label: t('serverFiles.title'), symbol: icon('file'), section: 'work' });
  if (has(rights, kManageUsers)) list.push({ path: ['users'], label: t('users.title'), symbol: icon('users'), section: 'admin' });
  else if (has(rights, kUserGroups)) list.push({ path: ['user-groups'], label: t('userGroups.title'), symbol: icon('users'), section: 'admin' });
  list.push(...of('admin'));
  if (isAdmin()) {
    list.push({ path: ['plugins'], label: t('plugins.title'), symbol: icon('plugins'), section: 'admin' });
    list.push({ path: ['server'], label: t('server.title'), symbol: icon('server'), section: 'admin' });
  }
  return list;
}

/// Whether the page that is shown is `path` or belongs to it.
export function isCurrent(path: string[]): boolean {
  const here = router.place.path;
  const [first = 'devices'] = here;
  if (path[0] === 'page') return path.every((part, at) => here[at] === part);
  if (path[0] === 'users' || path[0] === 'user-groups') return first === 'users' || first === 'user-groups';
  return first === path[0];
}

function pageOf(entry: Contribution): Destination {
  return {
    path: ['page', entry.plugin, entry.id],
    label: plugins.t(entry.plugin, entry.title),
    symbol: entry.icon ? pluginIcon(entry.icon) : icon('page'),
    section: entry.scope === 'site' && entry.rights !== 0 ? 'admin' : 'work',
  };
}

/// A plugin's picture, in the colour of the text around it.
function pluginIcon(path: string): TemplateResult {
  const fill = (element?: Element): void => {
    if (element instanceof HTMLElement) element.style.maskImage = `url("${path}")`;
  };
  return html`<span class="icon mask" ${ref(fill)}></span>`;
}
