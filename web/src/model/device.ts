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
  /// Lower-case text that a search looks in, and the name in a form that sorts.
  haystack: string;
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
    platform: platformOf(text(node['osdesc']), number(agent['id'])),
    description: text(node['desc']),
    tags: texts(node['tags']),
    users: texts(node['users']),
    agentVersion: typeof agent['ver'] === 'number' ? String(agent['ver']) : text(agent['ver']),
    agentKind: number(agent['id']),
    connection: kept('conn', 'connection', number(node['conn'])),
    power: kept('pwr', 'power', number(node['pwr'])),
    onlineSince: kept('agct', 'onlineSince', number(node['agct'])),
    lastSeen: kept('lastconnect', 'lastSeen', lastSeenOf(node['lastconnect'])),
    firstSeen: number(node['firstconnect']),
    bootedAt: number(node['lastbootuptime']),
    links: readLinks(node['links']),
    haystack: '',
    sortName: '',
  };
  return index(device);
}

export function index(device: Device): Device {
  device.haystack = [device.name, device.hostName, device.address, device.os, device.description, ...device.tags, ...device.users]
    .join('\n')
    .toLowerCase();
  device.sortName = sortable(device.name);
  return device;
}

/// "PC-9" before "PC-10": runs of digits are padded, so that plain comparison, which is what keeps
/// sorting tens of thousands fast, puts them in order.
export function sortable(name: string): string {
  return name.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(10, '0'));
}

function lastSeenOf(value: unknown): number {
  if (typeof value === 'object' && value !== null) return number((value as Record<string, unknown>)['time']);
  return number(value);
}

/// From what a person typed: separated by commas, each once.
export function readTags(text: string): string[] {
  const tags = text.split(',').map((tag) => tag.trim());
  return [...new Set(tags.filter(Boolean))];
}
