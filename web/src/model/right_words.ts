import type { TextKey } from '../core/i18n';
import { kAdmin } from './rights';

export interface RightWord {
  bit: number;
  label: TextKey;
  /// Set: it takes something away.
  limits?: boolean;
}

/// Site rights in words, in the order of forms (control-protocol.md section 4.1).
export const siteRightWords: RightWord[] = [
  { bit: 0x2, label: 'right.site.users' },
  { bit: 0x100, label: 'right.site.userGroups' },
  { bit: 0x800, label: 'right.site.allEvents' },
  { bit: 0x8, label: 'right.site.files' },
  { bit: 0x200, label: 'right.site.recordings' },
  { bit: 0x1, label: 'right.site.backup' },
  { bit: 0x4, label: 'right.site.restore' },
  { bit: 0x10, label: 'right.site.update' },
  { bit: 0x40, label: 'right.site.noGroups', limits: true },
  { bit: 0x1000, label: 'right.site.noDevices', limits: true },
  { bit: 0x80, label: 'right.site.noTools', limits: true },
  { bit: 0x400, label: 'right.site.noSettings', limits: true },
];

/// Rights on a device group in words (section 4.2).
export const groupRightWords: RightWord[] = [
  { bit: 0x1, label: 'right.group.edit' },
  { bit: 0x2, label: 'right.group.users' },
  { bit: 0x4, label: 'right.group.devices' },
  { bit: 0x8, label: 'right.group.remote' },
  { bit: 0x20000, label: 'right.group.commands' },
  { bit: 0x10, label: 'right.group.console' },
  { bit: 0x40, label: 'right.group.wake' },
  { bit: 0x40000, label: 'right.group.power' },
  { bit: 0x100000, label: 'right.group.details' },
  { bit: 0x80, label: 'right.group.notes' },
  { bit: 0x4000, label: 'right.group.chat' },
  { bit: 0x20, label: 'right.group.files' },
  { bit: 0x200000, label: 'right.group.relay' },
  { bit: 0x80000, label: 'right.group.share' },
  { bit: 0x8000, label: 'right.group.uninstall' },
  { bit: 0x100, label: 'right.group.viewOnly', limits: true },
  { bit: 0x1000, label: 'right.group.fewKeys', limits: true },
  { bit: 0x10000, label: 'right.group.noDesktop', limits: true },
  { bit: 0x200, label: 'right.group.noTerminal', limits: true },
  { bit: 0x400, label: 'right.group.noFiles', limits: true },
  { bit: 0x800, label: 'right.group.noAmt', limits: true },
  { bit: 0x2000, label: 'right.group.ownEvents', limits: true },
];

/// The words for what is set in `rights`; nothing for a full administrator, who has one word.
export function wordsOf(rights: number, words: RightWord[]): RightWord[] {
  return rights === kAdmin ? [] : words.filter(({ bit }) => (rights & bit) !== 0);
}
