import { haystackOf, isOnline, isReachable, sortable, type Device } from './device';
import type { Directory } from './directory';
import { compile, parseFilter, type Filter, type Test } from './filter';

export const columnKeys = ['name', 'group', 'tags', 'os', 'user', 'address', 'seen', 'host', 'description', 'agent', 'booted', 'first'] as const;
export type SortKey = (typeof columnKeys)[number];
export const groupings = ['', 'group', 'state', 'os', 'tags', 'user'] as const;
export type Grouping = (typeof groupings)[number];

export interface Query {
  text: string;
  groupId: string;
  state: '' | 'online' | 'offline';
  sort: SortKey;
  descending: boolean;
  by: Grouping;
}

export const kNoQuery: Query = { text: '', groupId: '', state: '', sort: 'name', descending: false, by: '' };

/// The heading of rows that belong together.
export interface Heading {
  heading: string;
  key: string;
  count: number;
  isShut: boolean;
}
export type Row = Device | Heading;
export const isHeading = (row: Row): row is Heading => 'heading' in row;

/// The devices that match a query, in order. Sorting is kept between calls and done again only when
/// something that decides the order changed, so that typing in the search field only filters.
export class DeviceList {
  filter: Filter = { terms: [], mistakes: [] };
  private sorted: Device[] = [];
  private sortedFor = '';
  private found: Device[] = [];
  private foundFor = '';
  private rows: Row[] = [];
  private rowsFor: unknown[] = [];

  constructor(private readonly directory: Directory) {}

  find(query: Query): Device[] {
    const { text, groupId, state, sort, descending } = query;
    const key = JSON.stringify([this.directory.version, text, groupId, state, sort, descending]);
    if (key === this.foundFor) return this.found;
    this.sort(query);
    this.filter = parseFilter(query.text);
    const test = this.testFor(query);
    const found = test ? this.sorted.filter(test) : this.sorted;
    this.found = query.descending ? [...found].reverse() : found;
    this.foundFor = key;
    return this.found;
  }

  /// The same with headings, if the query wants some. `words`: what a heading says of a key.
  arrange(query: Query, shut: ReadonlySet<string>, words: (key: string) => string): Row[] {
    const found = this.find(query);
    if (!query.by) return found;
    const key = [found, query.by, shut, words];
    if (key.some((part, at) => part !== this.rowsFor[at])) {
      this.rows = this.withHeadings(found, query.by, shut, words);
      this.rowsFor = key;
    }
    return this.rows;
  }

  private withHeadings(found: Device[], by: Grouping, shut: ReadonlySet<string>, words: (key: string) => string): Row[] {
    const parts = new Map<string, Device[]>();
    for (const device of found) {
      for (const key of groupKeys(device, by)) {
        const part = parts.get(key);
        if (part) part.push(device);
        else parts.set(key, [device]);
      }
    }
    const named = [...parts].map(([key, devices]) => ({ key, devices, heading: words(key), order: by === 'state' ? key : sortable(words(key)) }));
    // What has none of it comes last.
    named.sort((a, b) => Number(a.key === '') - Number(b.key === '') || (a.order < b.order ? -1 : 1));
    return named.flatMap(({ key, heading, devices }): Row[] => {
      const isShut = shut.has(key);
      const head = { heading, key, count: devices.length, isShut };
      return isShut ? [head] : [head, ...devices];
    });
  }

  private testFor(query: Query): Test | undefined {
    const tests: Test[] = [];
    if (query.groupId) tests.push((device) => device.groupId === query.groupId);
    if (query.state) tests.push((device) => isReachable(device) === (query.state === 'online'));
    const groupName = (id: string) => this.directory.groupName(id);
    if (this.filter.terms.length) tests.push(compile(this.filter.terms, { groupName, haystackOf, now: Date.now() }));
    if (tests.length < 2) return tests[0];
    return (device) => tests.every((test) => test(device));
  }

  private sort(query: Query): void {
    const { directory } = this;
    const key = `${query.sort} ${this.versionFor(query.sort)}`;
    if (key === this.sortedFor) return;
    if (query.sort === 'name') {
      this.sorted = [...directory.devices.values()].sort((x, y) => (x.sortName < y.sortName ? -1 : x.sortName > y.sortName ? 1 : 0));
      this.sortedFor = key;
      return;
    }
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
    switch (sort) {
      case 'name':
        return device.sortName;
      case 'group':
        return this.directory.groups.get(device.groupId)?.sortName ?? '';
      case 'address':
        return addressKey(device.address);
      case 'seen':
        return seenKey(device);
      case 'booted':
        return timeKey(device.bootedAt);
      case 'first':
        return timeKey(device.firstSeen);
      default:
        return textKey(device, sort);
    }
  }
}

// What is empty comes last.
function textKey(device: Device, sort: SortKey): string {
  const texts: Partial<Record<SortKey, string | undefined>> = {
    os: device.os,
    user: device.users[0],
    tags: device.tags.join(', '),
    host: device.hostName,
    description: device.description,
    agent: device.agentVersion,
  };
  return sortable(texts[sort] ?? '') || '\uffff';
}

function groupKeys(device: Device, by: Grouping): string[] {
  if (by === 'group') return [device.groupId];
  if (by === 'state') return [isOnline(device) ? '0' : isReachable(device) ? '1' : '2'];
  if (by === 'os') return [device.os];
  const list = by === 'tags' ? device.tags : device.users;
  return list.length ? list : [''];
}

// The latest first.
const timeKey = (time: number): string => String(1e14 - time).padStart(15, '0');

// Connected devices first, then the most recently seen.
function seenKey(device: Device): string {
  return isReachable(device) ? '0' : '1' + timeKey(device.lastSeen);
}

// 10.0.0.9 before 10.0.0.10.
function addressKey(address: string): string {
  return address ? address.replace(/\d+/g, (digits) => digits.padStart(5, '0')) : '\uffff';
}
