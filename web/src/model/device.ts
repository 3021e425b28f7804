import { platformOf, type Platform } from './platform';
import { readLinks, type Links } from './rights';

/// A managed machine as the list shows it. Built from what the server sends ("node" documents,
/// control-protocol.md section 5.4); every field is checked, because much of it comes from the device.
export interface Device {
  id: string;
  groupId: string;
  name: string;
  hostName: string;
  address: string;
  os: string;
  platform: Platform;
  description: string;
  tags: string[];
  users: string[];
  agentVersion: string;
  agentKind: number;
  /// Its agent runs without being installed; the device is forgotten when it has left.
  isTemporary: boolean;
  /// Bits of control-protocol.md section 4.4: 1 agent, 2 CIRA, 4 AMT, 8 AMT relay, 16 MQTT.
  connection: number;
  power: number;
  /// ms; when the agent connected, 0 if it isn't.
  onlineSince: number;
  /// ms; when the device was last connected, 0 if not known.
  lastSeen: number;
  firstSeen: number;
  bootedAt: number;
  links: Links;
  consent: number;
  /// Lower-case text that a search looks in; "" until asked for: see haystackOf.
  haystack: string;
  /// The name in a form that sorts.
  sortName: string;
}

export const isOnline = (device: Device): boolean => (device.connection & 1) !== 0;
export const isReachable = (device: Device): boolean => device.connection !== 0;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []);

export type NodeDocument = Record<string, unknown>;

/// `previous` keeps what an event does not repeat: presence is left out of stored documents.
export function readDevice(node: NodeDocument, groupId: string, previous?: Device): Device {
  const agent = (typeof node['agent'] === 'object' && node['agent'] !== null ? node['agent'] : {}) as Record<string, unknown>;
  const has = (key: string): boolean => node[key] !== undefined;
  const kept = <Key extends keyof Device>(key: string, field: Key, value: Device[Key]): Device[Key] =>
    has(key) || !previous ? value : previous[field];
  const device: Device = {
    id: text(node['_id']) || previous?.id || '',
    groupId: text(node['meshid']) || groupId,
    name: text(node['name']) || previous?.name || '',
    hostName: text(node['rname']),
    address: text(node['ip']) || text(node['host']),
    os: text(node['osdesc']),
    platform: knownPlatform(text(node['osdesc']), number(agent['id'])),
    description: text(node['desc']),
    tags: texts(node['tags']),
    users: texts(node['users']),
    // MeshAgents say 0; what runs on them names the release.
    agentVersion: number(agent['ver']) > 0 ? String(agent['ver']) : text(agent['core']),
    agentKind: number(agent['id']),
    isTemporary: (number(agent['caps']) & kTemporary) !== 0,
    connection: kept('conn', 'connection', number(node['conn'])),
    power: kept('pwr', 'power', number(node['pwr'])),
    onlineSince: kept('agct', 'onlineSince', number(node['agct'])),
    lastSeen: kept('lastconnect', 'lastSeen', lastSeenOf(node['lastconnect'])),
    firstSeen: number(node['firstconnect']),
    bootedAt: number(node['lastbootuptime']),
    consent: number(node['consent']),
    links: node['links'] === undefined ? kNoLinks : readLinks(node['links']),
    haystack: '',
    sortName: '',
  };
  device.sortName = sortable(device.name);
  return device;
}

/// `agent.caps`: runs for once, without being installed.
const kTemporary = 32;

const kNoLinks = Object.freeze(readLinks(undefined));

// Thousands of devices have few systems among them, and the name of each is looked at by many patterns.
const platforms = new Map<string, Platform>();
const kMaxPlatforms = 5_000;

function knownPlatform(os: string, agentKind: number): Platform {
  const key = `${agentKind} ${os}`;
  let found = platforms.get(key);
  if (found === undefined) {
    if (platforms.size >= kMaxPlatforms) platforms.clear();
    platforms.set(key, (found = platformOf(os, agentKind)));
  }
  return found;
}

/// Made when somebody searches, and kept: making it for all takes longer than reading them.
export function haystackOf(device: Device): string {
  if (!device.haystack) {
    const { name, hostName, address, os, description, tags, users } = device;
    device.haystack = `${name}\n${hostName}\n${address}\n${os}\n${description}\n${tags.join('\n')}\n${users.join('\n')}`.toLowerCase();
  }
  return device.haystack;
}

/// "PC-9" before "PC-10": runs of digits are padded, so that plain comparison, which is what keeps
/// sorting tens of thousands fast, puts them in order.
export function sortable(name: string): string {
  return name.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(10, '0'));
}

/// Reads the rows of a page (`device.page`): values in the order of `columns`, null at the end left out.
/// `groups`: ids that the column `meshid` counts through. The same as readDevice, without a document for
/// each of tens of thousands.
export function rowReader(columns: unknown, groups: unknown): (row: unknown) => Device | undefined {
  const names = Array.isArray(columns) ? columns.map(String) : [];
  const groupIds = Array.isArray(groups) ? groups.map(text) : [];
  const places = Object.fromEntries(rowColumns.map((name) => [name, names.indexOf(name)])) as Record<RowColumn, number>;
  return (row) => {
    if (!Array.isArray(row)) return undefined;
    const at = (name: RowColumn): unknown => row[places[name]];
    const id = text(at('_id'));
    if (!id) return undefined;
    const agent: unknown[] = Array.isArray(at('agent')) ? (at('agent') as unknown[]) : [];
    const kind = number(agent[0]);
    const version = agent[1];
    const os = text(at('osdesc'));
    const name = text(at('name'));
    const links = at('links');
    return {
      id,
      groupId: groupIds[number(at('meshid'))] ?? '',
      name,
      hostName: text(at('rname')),
      address: text(at('ip')) || text(at('host')),
      os,
      platform: knownPlatform(os, kind),
      description: text(at('desc')),
      tags: listOf(at('tags')),
      users: listOf(at('users')),
      agentVersion: typeof version === 'number' ? String(version) : text(version),
      agentKind: kind,
      isTemporary: (number(agent[2]) & kTemporary) !== 0,
      connection: number(at('conn')),
      power: number(at('pwr')),
      onlineSince: number(at('agct')),
      lastSeen: number(at('lastconnect')),
      firstSeen: number(at('firstconnect')),
      bootedAt: number(at('lastbootuptime')),
      consent: number(at('consent')),
      links: links === undefined || links === null ? kNoLinks : readLinks(links),
      haystack: '',
      sortName: sortable(name),
    };
  };
}

const rowColumns = ['_id', 'meshid', 'name', 'rname', 'host', 'ip', 'osdesc', 'desc', 'tags', 'users', 'agent', 'conn', 'pwr', 'agct', 'lastconnect', 'firstconnect', 'lastbootuptime', 'consent', 'links'] as const;
type RowColumn = (typeof rowColumns)[number];

// Most devices have neither tags nor users; one empty list is enough for them.
const kNone: string[] = Object.freeze([]) as never;
const listOf = (value: unknown): string[] => (Array.isArray(value) ? texts(value) : kNone);

function lastSeenOf(value: unknown): number {
  if (typeof value === 'object' && value !== null) return number((value as Record<string, unknown>)['time']);
  return number(value);
}

/// From what a person typed: separated by commas, each once.
export function readTags(text: string): string[] {
  const tags = text.split(',').map((tag) => tag.trim());
  return [...new Set(tags.filter(Boolean))];
}
