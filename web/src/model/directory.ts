import type { ControlChannel, Message } from '../api/control';
import { Observable } from '../core/observe';
import { haystackOf, isReachable, readDevice, rowReader, sortable, type Device, type NodeDocument } from './device';
import { combineRights, kAdmin, readLinks, type Links } from './rights';

export interface Group {
  id: string;
  name: string;
  description: string;
  /// 1 AMT, 2 agents, 3 local without agent, 4 IP-KVM
  kind: number;
  createdAt: number;
  /// Bits of control-protocol.md sections 4.3 and 4.4.
  consent: number;
  flags: number;
  /// Days after which devices that were not seen are removed, 0: never.
  expireDays: number;
  links: Links;
  sortName: string;
}

export interface User {
  id: string;
  name: string;
  email: string;
  siteadmin: number;
  links: Links;
  /// Id of a group or device -> what the person is told of it.
  notify: Record<string, number>;
}

export type LoadState = 'loading' | 'ready' | 'failed';

const kAnnounceEveryMs = 40;
// Sorting and drawing tens of thousands takes its time; the page has to stay responsive in between.
const kAnnounceManyEveryMs = 250;
const kMany = 5_000;
const kWarmUpMs = 8;

/// An answer of `device.page`.
interface Page {
  columns: unknown;
  groups: unknown;
  rows: unknown;
  next?: string | null;
}

/// What a change can affect: who is connected; also what is known of a device; also its place in a list.
type Change = 'presence' | 'content' | 'structure';
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/// Devices, groups and the signed-in user, kept current by the server's events.
export class Directory extends Observable {
  state: LoadState = 'loading';
  me: User | undefined;
  readonly devices = new Map<string, Device>();
  readonly groups = new Map<string, Group>();
  /// Count changes; each includes the ones before it.
  structureVersion = 0;
  contentVersion = 0;
  version = 0;

  /// More devices are on their way.
  isPartial = false;
  private loads = 0;
  // What events told while pages were under way.
  private readonly added = new Set<string>();
  private readonly removed = new Set<string>();

  private reloadTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly channel: ControlChannel) {
    super();
    channel.messages.on('userinfo', (message) => this.readMe(message['userinfo']));
    channel.messages.on('serverinfo', () => void this.load());
    this.listen();
  }

  reset(): void {
    this.devices.clear();
    this.groups.clear();
    this.me = undefined;
    this.state = 'loading';
    this.loads++;
    this.isPartial = false;
    this.added.clear();
    this.removed.clear();
    this.touch('structure');
  }

  async load(): Promise<void> {
    const mine = ++this.loads;
    this.isPartial = true;
    try {
      const [groups, first] = await Promise.all([this.channel.request('meshes'), this.askPage('')]);
      if (mine !== this.loads) return;
      this.readGroups(groups['meshes']);
      await this.readPages(first, () => mine !== this.loads);
      if (mine !== this.loads) return;
      this.isPartial = false;
      this.touch('structure');
      this.warmUp();
    } catch {
      if (mine !== this.loads) return;
      // Lost connection: the next greeting loads again, and what is shown stays.
      this.isPartial = false;
      if (this.state === 'loading') this.state = 'failed';
      this.touch('presence');
    }
  }

  private askPage(after: string): Promise<Page> {
    return this.channel.call<Page>('device.page', after ? { after } : {});
  }

  /// The next page is on its way while one is read. The first is shown at once, then all of them: sorting
  /// and drawing each would only make the last one late. Devices that are gone are dropped at the end.
  private async readPages(first: Page, isOver: () => boolean): Promise<void> {
    const seen = new Set<string>();
    for (let page: Page | undefined = first; page; ) {
      const following: Promise<Page> | undefined = page.next ? this.askPage(page.next) : undefined;
      following?.catch(() => undefined); // it is awaited below
      this.readPage(page, seen);
      if (this.state !== 'ready') {
        this.state = 'ready';
        this.touch('structure');
      }
      page = following && (await following);
      if (isOver()) return;
    }
    for (const id of this.devices.keys()) if (!seen.has(id) && !this.added.has(id)) this.devices.delete(id);
    this.added.clear();
  }

  private readPage(page: Page, seen: Set<string>): void {
    const read = rowReader(page.columns, page.groups);
    for (const row of Array.isArray(page.rows) ? (page.rows as unknown[]) : []) {
      const device = read(row);
      if (!device) continue;
      const { id } = device;
      seen.add(id);
      // A removal that was told after the page was made.
      if (this.removed.has(id)) continue;
      const before = this.devices.get(id);
      if (!device.lastSeen) device.lastSeen = before?.lastSeen ?? 0;
      // The object stays the same, as sorted lists and selections hold it.
      if (before) Object.assign(before, device);
      else this.devices.set(id, device);
    }
    if (!page.next) this.removed.clear();
  }

  /// What a search looks in, made in small steps while nothing else happens, so that the first letter
  /// is as quick as the next.
  private warmUp(): void {
    const waiting = this.devices.values();
    const step = (): void => {
      const until = performance.now() + kWarmUpMs;
      for (;;) {
        const { value, done } = waiting.next();
        if (done) return;
        haystackOf(value);
        if (performance.now() > until) break;
      }
      setTimeout(step, kWarmUpMs);
    };
    if (this.devices.size > kMany) setTimeout(step, kWarmUpMs);
  }

  groupName(id: string): string {
    return this.groups.get(id)?.name ?? '';
  }

  groupList(): Group[] {
    return [...this.groups.values()].sort((a, b) => (a.sortName < b.sortName ? -1 : 1));
  }

  groupRights(group: Group | undefined): number {
    return group && this.me ? combineRights(this.myIds(), group.links) : 0;
  }

  deviceRights(device: Device): number {
    const group = this.groups.get(device.groupId);
    return this.me ? combineRights(this.myIds(), device.links, group?.links ?? {}) : 0;
  }

  get isSiteAdmin(): boolean {
    return this.me?.siteadmin === kAdmin;
  }

  /// How many devices each group has, and how many of them are connected.
  countByGroup(): Map<string, { all: number; online: number }> {
    const counts = new Map<string, { all: number; online: number }>();
    for (const device of this.devices.values()) {
      let count = counts.get(device.groupId);
      if (!count) counts.set(device.groupId, (count = { all: 0, online: 0 }));
      count.all++;
      if (isReachable(device)) count.online++;
    }
    return counts;
  }

  private listen(): void {
    const { events } = this.channel;
    events.on('nodeconnect', (event) => this.connected(event));
    for (const name of ['addnode', 'changenode', 'nodemeshchange'] as const) events.on(name, (event) => this.changedNode(event));
    events.on('removenode', (event) => this.removedNode(text(event['nodeid'])));
    events.on('createmesh', (event) => this.changedGroup(event, event['mesh']));
    events.on('meshchange', (event) => this.changedGroup(event, event));
    events.on('deletemesh', (event) => this.removedGroup(text(event['meshid'])));
    events.on('accountchange', (event) => this.changedAccount(event));
  }

  private connected(event: Message): void {
    const device = this.devices.get(text(event['nodeid']));
    if (!device) {
      this.reloadSoon();
      return;
    }
    const connection = Number(event['conn'] ?? 0);
    const now = Date.now();
    if (!isReachable(device) && connection) device.onlineSince = now;
    if (isReachable(device) && !connection) device.lastSeen = now;
    if (!connection) device.onlineSince = 0;
    device.connection = connection;
    device.power = Number(event['pwr'] ?? 0);
    this.touch('presence');
  }

  private changedNode(event: Message): void {
    if (!isObject(event['node'])) {
      if (event['nodeid']) this.reloadSoon();
      return;
    }
    const node = event['node'] as NodeDocument;
    const id = text(node['_id']) || text(event['nodeid']);
    const before = this.devices.get(id);
    const groupId = text(event['newMeshId']) || text(node['meshid']) || before?.groupId || text(event['meshid']);
    const device = readDevice({ ...node, _id: id }, groupId, before);
    const isMoved = !before || before.sortName !== device.sortName || before.groupId !== device.groupId;
    // The object stays the same, so that sorted lists of devices stay true without being made again.
    if (before) Object.assign(before, device);
    else {
      this.devices.set(id, device);
      if (this.isPartial) this.added.add(id);
    }
    this.touch(isMoved ? 'structure' : 'content');
  }

  private removedNode(id: string): void {
    if (this.isPartial) this.removed.add(id);
    if (this.devices.delete(id)) this.touch('structure');
  }

  private changedGroup(event: Message, document: unknown): void {
    const id = text(event['meshid']) || (isObject(document) ? text(document['_id']) : '');
    if (!id || !isObject(document)) return;
    const before = this.groups.get(id);
    const group = readGroup({ ...document, _id: id }, before);
    this.groups.set(id, group);
    this.touch('structure');
    if (before && this.me && !this.isSiteAdmin && combineRights(this.myIds(), group.links) === 0) this.reloadSoon();
  }

  private removedGroup(id: string): void {
    this.groups.delete(id);
    for (const device of [...this.devices.values()]) if (device.groupId === id) this.devices.delete(device.id);
    this.touch('structure');
  }

  private changedAccount(event: Message): void {
    const account = event['account'];
    if (!isObject(account) || !this.me || account['_id'] !== this.me.id) return;
    const linksBefore = JSON.stringify(this.me.links);
    this.readMe(account);
    if (event['nodeListChange'] || JSON.stringify(this.me?.links) !== linksBefore) this.reloadSoon();
  }

  /// Rights changed or something unknown was named: ask for everything again, once, shortly.
  private reloadSoon(): void {
    if (this.reloadTimer !== undefined) return;
    this.reloadTimer = setTimeout(() => {
      this.reloadTimer = undefined;
      void this.load();
    }, 300);
  }

  private readMe(value: unknown): void {
    if (!isObject(value)) return;
    this.me = {
      id: text(value['_id']),
      name: text(value['realname']) || text(value['name']),
      email: text(value['email']),
      siteadmin: Number(value['siteadmin'] ?? 0) >>> 0,
      links: readLinks(value['links']),
      notify: readNotify(value['notify']),
    };
    this.touch('structure');
  }

  private readGroups(value: unknown): void {
    this.groups.clear();
    for (const entry of Array.isArray(value) ? value : []) {
      if (!isObject(entry) || !text(entry['_id'])) continue;
      const group = readGroup(entry);
      this.groups.set(group.id, group);
    }
  }

  private myIds(): string[] {
    const me = this.me;
    return me ? [me.id, ...Object.keys(me.links).filter((id) => id.startsWith('ugrp/'))] : [];
  }

  protected override quietMs(): number {
    return this.devices.size > kMany ? kAnnounceManyEveryMs : kAnnounceEveryMs;
  }

  private touch(change: Change): void {
    this.version++;
    if (change !== 'presence') this.contentVersion++;
    if (change === 'structure') this.structureVersion++;
    this.changed();
  }
}

function readNotify(value: unknown): Record<string, number> {
  return Object.fromEntries(Object.entries(isObject(value) ? value : {}).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

function readGroup(document: Record<string, unknown>, before?: Group): Group {
  const name = text(document['name']) || before?.name || '';
  return {
    id: text(document['_id']),
    name,
    description: document['desc'] === undefined ? (before?.description ?? '') : text(document['desc']),
    kind: Number(document['mtype'] ?? before?.kind ?? 2),
    createdAt: Number(document['creation'] ?? before?.createdAt ?? 0),
    // Absent means none: the server leaves out what is not set, in events too.
    consent: Number(document['consent'] ?? 0),
    flags: Number(document['flags'] ?? 0),
    expireDays: Number(document['expireDevs'] ?? 0),
    links: document['links'] === undefined ? (before?.links ?? {}) : readLinks(document['links']),
    sortName: sortable(name),
  };
}
