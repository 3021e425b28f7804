import { isReachable, type Device } from './device';
import type { Directory } from './directory';

export const sortKeys = ['name', 'group', 'os', 'user', 'address', 'seen'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface Query {
  text: string;
  groupId: string;
  state: '' | 'online' | 'offline';
  sort: SortKey;
  descending: boolean;
}

export const kNoQuery: Query = { text: '', groupId: '', state: '', sort: 'name', descending: false };

/// The devices that match a query, in order. Sorting is kept between calls and done again only when
/// something that decides the order changed, so that typing in the search field only filters.
export class DeviceList {
  private sorted: Device[] = [];
  private sortedFor = '';
  private found: Device[] = [];
  private foundFor = '';

  constructor(private readonly directory: Directory) {}

  find(query: Query): Device[] {
    const key = JSON.stringify([this.directory.version, query]);
    if (key === this.foundFor) return this.found;
    this.sort(query);
    const words = query.text.toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.sorted.filter((device) => matches(device, query, words));
    this.found = query.descending ? found.reverse() : found;
    this.foundFor = key;
    return this.found;
  }

  private sort(query: Query): void {
    const { directory } = this;
    const key = `${query.sort} ${this.versionFor(query.sort)}`;
    if (key === this.sortedFor) return;
    const keyed = [...directory.devices.values()].map((device): [string, Device] => [this.keyOf(device, query.sort), device]);
    keyed.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x.sortName < y.sortName ? -1 : x.sortName > y.sortName ? 1 : 0));
    this.sorted = keyed.map(([, device]) => device);
    this.sortedFor = key;
  }

  /// Changes whenever the order may have changed.
  private versionFor(sort: SortKey): number {
    const { structureVersion, contentVersion, version } = this.directory;
    if (sort === 'name' || sort === 'group') return structureVersion;
    return sort === 'seen' ? version : contentVersion;
  }

  private keyOf(device: Device, sort: SortKey): string {
    if (sort === 'group') return this.directory.groups.get(device.groupId)?.sortName ?? '';
    if (sort === 'os') return device.os.toLowerCase() || '\uffff';
    if (sort === 'user') return device.users[0]?.toLowerCase() ?? '\uffff';
    if (sort === 'address') return addressKey(device.address);
    if (sort === 'seen') return seenKey(device);
    return device.sortName;
  }
}

function matches(device: Device, query: Query, words: string[]): boolean {
  if (query.groupId && device.groupId !== query.groupId) return false;
  if (query.state && isReachable(device) !== (query.state === 'online')) return false;
  return words.every((word) => device.haystack.includes(word));
}

// Connected devices first, then the most recently seen.
function seenKey(device: Device): string {
  return isReachable(device) ? '0' : '1' + String(1e14 - device.lastSeen).padStart(15, '0');
}

// 10.0.0.9 before 10.0.0.10.
function addressKey(address: string): string {
  return address ? address.replace(/\d+/g, (digits) => digits.padStart(5, '0')) : '\uffff';
}
