import { kAdmin, readLinks, type Links } from './rights';

/// An account as user managers see it (control-protocol.md section 5). Times in ms, 0 if never.
export interface Account {
  id: string;
  name: string;
  realName: string;
  email: string;
  isEmailVerified: boolean;
  siteRights: number;
  lastLogin: number;
  createdAt: number;
  /// A new password is asked for at the next login.
  mustChange: boolean;
  links: Links;
}

export interface UserGroup {
  id: string;
  name: string;
  description: string;
  /// Members come and go with an identity provider alone.
  isKeptElsewhere: boolean;
  /// Users with the right 1; device groups and devices with the rights that the group gives.
  links: Links;
}

type Document = Record<string, unknown>;
export const isDocument = (value: unknown): value is Document => typeof value === 'object' && value !== null;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const seconds = (value: unknown): number => (typeof value === 'number' && value > 0 ? value * 1000 : 0);

export function readAccount(value: unknown): Account | undefined {
  if (!isDocument(value) || !text(value['_id'])) return undefined;
  const id = text(value['_id']);
  return {
    id,
    name: text(value['name']) || id.slice(id.lastIndexOf('/') + 1),
    realName: text(value['realname']),
    email: text(value['email']),
    isEmailVerified: value['emailVerified'] === true,
    siteRights: Number(value['siteadmin'] ?? 0) >>> 0,
    lastLogin: seconds(value['login']),
    createdAt: seconds(value['creation']),
    mustChange: value['passchange'] === -1,
    links: readLinks(value['links']),
  };
}

export function readUserGroup(id: string, value: unknown, before?: UserGroup): UserGroup {
  const document = isDocument(value) ? value : {};
  return {
    id,
    name: text(document['name']) || before?.name || '',
    description: document['desc'] === undefined ? (before?.description ?? '') : text(document['desc']),
    isKeptElsewhere: document['membershipType'] === undefined ? (before?.isKeptElsewhere ?? false) : text(document['membershipType']) !== '',
    links: document['links'] === undefined ? (before?.links ?? readLinks(undefined)) : readLinks(document['links']),
  };
}

export const membersOf = (group: UserGroup): string[] => Object.keys(group.links).filter((id) => id.startsWith('user/'));
export const deviceGroupsOf = (group: UserGroup): string[] => Object.keys(group.links).filter((id) => id.startsWith('mesh/'));

/// The name part of an id: what is shown of a user that is not in the list.
export const idName = (id: string): string => id.slice(id.lastIndexOf('/') + 1);

export const kLocked = 0x20;
export const isLocked = (account: Account): boolean => account.siteRights !== kAdmin && (account.siteRights & kLocked) !== 0;

/// Whether one with `own` rights may change an account from `before` to `after` (section 4.1). The
/// server decides; forms only offer what it would take.
export function changeableSiteRights(own: number, isNew: boolean): number {
  if (own === kAdmin) return kAdmin;
  const allowed = 0x20 | 0x40 | 0x80;
  return isNew ? allowed : allowed | 0x2 | (own & (0x100 | 0x200));
}

/// Does every word of `query` occur in the account's name, real name or mail address?
export function matches(account: Account, query: string): boolean {
  const all = `${account.name} ${account.realName} ${account.email}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

/// Five groups of four letters without look-alikes: about 98 bits, and it can be read out.
export function makePassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyzACDEFHJKLMNPQRTUVWXY34679';
  const limit = 256 - (256 % letters.length);
  let made = '';
  while (made.length < 20) {
    for (const byte of crypto.getRandomValues(new Uint8Array(32))) if (byte < limit && made.length < 20) made += letters[byte % letters.length];
  }
  return made.match(/.{4}/g)!.join('-');
}
