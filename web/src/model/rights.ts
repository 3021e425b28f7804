/// Rights as bits (control-protocol.md sections 4.1 and 4.2). The server decides; the page only hides
/// what would be refused.

export const kAdmin = 0xffffffff;
export const kManageUsers = 0x2;
export const kServerFiles = 0x8;
export const kNoNewGroups = 0x40;
export const kUserGroups = 0x100;
export const kLockSettings = 0x400;

export const kEditGroup = 0x1;
export const kManageMembers = 0x2;
export const kManageDevices = 0x4;
export const kWake = 0x40;
export const kSetNotes = 0x80;
export const kChat = 0x4000;
export const kRemoveDevice = 0x8000;
export const kRunCommands = 0x20000;
export const kResetOff = 0x40000;
export const kDeviceDetails = 0x100000;

export type Links = Record<string, { rights: number; name: string }>;

export function readLinks(value: unknown): Links {
  // Without a prototype, because ids come from outside.
  const links = Object.create(null) as Links;
  if (typeof value !== 'object' || value === null) return links;
  for (const [id, link] of Object.entries(value)) {
    const { rights, name } = (link ?? {}) as { rights?: unknown; name?: unknown };
    links[id] = { rights: Number(rights ?? 0) >>> 0, name: typeof name === 'string' ? name : '' };
  }
  return links;
}

/// Combines what the person has through each of `ids` (own id and user groups) in each of `links`.
export function combineRights(ids: string[], ...links: Links[]): number {
  let rights = 0;
  for (const table of links) {
    for (const id of ids) {
      const found = table[id]?.rights ?? 0;
      if (found === kAdmin) return kAdmin;
      rights |= found;
    }
  }
  return rights >>> 0;
}

/// Whether all `wanted` bits are there and none that takes them away. A full administrator has
/// everything, whatever else is set.
export function has(rights: number, wanted: number, forbidden = 0): boolean {
  if (rights === kAdmin) return true;
  return (rights & wanted) >>> 0 === wanted >>> 0 && (rights & forbidden) === 0;
}
