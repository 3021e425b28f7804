import { html, nothing, type TemplateResult } from 'lit';
import { directory } from '../app';
import { ago, exactTime } from '../core/format';
import { t, type TextKey } from '../core/i18n';
import { isOnline, isReachable, type Device } from '../model/device';
import type { SortKey } from '../model/device_list';
import type { FilterKey } from '../model/filter';

export interface Column {
  key: SortKey;
  label: TextKey;
  /// Least width in px, and its share of what is left.
  min: number;
  share: number;
  /// How the filter box calls it.
  filter: FilterKey;
  /// The heading offers the values that there are.
  hasValues?: boolean;
  style?: string;
}

export const columns: Column[] = [
  { key: 'name', label: 'device.name', min: 170, share: 2.2, filter: 'name' },
  { key: 'group', label: 'device.group', min: 100, share: 1.2, filter: 'group', hasValues: true },
  { key: 'tags', label: 'device.tags', min: 110, share: 1.2, filter: 'tag', hasValues: true },
  { key: 'os', label: 'device.os', min: 120, share: 1.8, filter: 'os', hasValues: true },
  { key: 'user', label: 'device.user', min: 88, share: 1, filter: 'user', hasValues: true },
  { key: 'address', label: 'device.address', min: 110, share: 1, filter: 'ip', style: 'num' },
  { key: 'seen', label: 'device.seen', min: 124, share: 0.8, filter: 'is', hasValues: true, style: 'num' },
  { key: 'host', label: 'device.hostName', min: 120, share: 1.2, filter: 'host' },
  { key: 'description', label: 'device.description', min: 130, share: 1.6, filter: 'desc' },
  { key: 'agent', label: 'device.agentVersion', min: 110, share: 0.6, filter: 'agent', hasValues: true, style: 'num' },
  { key: 'booted', label: 'device.booted', min: 120, share: 0.8, filter: 'seen', style: 'num' },
  { key: 'first', label: 'device.firstSeen', min: 120, share: 0.8, filter: 'seen', style: 'num' },
];

export const columnOf = (key: SortKey): Column => columns.find((column) => column.key === key)!;

type Content = string | TemplateResult | typeof nothing;

const texts: Partial<Record<SortKey, (device: Device) => string>> = {
  group: (device) => directory.groupName(device.groupId),
  os: (device) => device.os,
  user: (device) => device.users.join(', '),
  address: (device) => device.address,
  host: (device) => device.hostName,
  description: (device) => device.description,
  agent: (device) => device.agentVersion,
  booted: (device) => (device.bootedAt ? ago(device.bootedAt) : ''),
  first: (device) => (device.firstSeen ? ago(device.firstSeen) : ''),
  seen: seenText,
};

export function cell({ key }: Column, device: Device): Content {
  if (key === 'tags') return device.tags.length ? tagChips(device.tags) : '–';
  const text = texts[key]?.(device) || '–';
  // On phones there is one line for both.
  return key === 'os' ? html`<span class="phone">${directory.groupName(device.groupId)} · </span>${text}` : text;
}

/// What the cell's text alone does not say.
export function cellTitle({ key }: Column, device: Device): string | typeof nothing {
  if (key === 'seen') return seenTitle(device);
  if (key === 'booted') return device.bootedAt ? exactTime(device.bootedAt) : nothing;
  if (key === 'first') return device.firstSeen ? exactTime(device.firstSeen) : nothing;
  if (key === 'tags') return device.tags.join(', ') || nothing;
  return key === 'os' || key === 'description' || key === 'group' ? (texts[key]?.(device) ?? '') || nothing : nothing;
}

export function tagChips(tags: string[]): TemplateResult {
  return html`<span class="tags">${tags.map((tag) => html`<span class="badge">${tag}</span>`)}</span>`;
}

export function stateText(device: Device): string {
  if (isOnline(device)) return t('state.online');
  return isReachable(device) ? t('state.reachable') : t('state.offline');
}

export function seenText(device: Device): string {
  if (isReachable(device)) return stateText(device);
  return device.lastSeen ? ago(device.lastSeen) : t('state.offline');
}

function seenTitle(device: Device) {
  if (isReachable(device)) return device.onlineSince ? t('device.since', { time: exactTime(device.onlineSince) }) : nothing;
  return device.lastSeen ? exactTime(device.lastSeen) : nothing;
}
