import type { Device } from './device';
import type { Directory } from './directory';
import type { FilterKey } from './filter';

const kMost = 200;

/// The values that devices have in a column, the most frequent first. Counted when asked for, and again
/// after something changed.
export class TopValues {
  private readonly known = new Map<FilterKey, string[]>();
  private countedFor = -1;

  constructor(private readonly directory: Directory) {}

  of(key: FilterKey): string[] {
    if (this.countedFor !== this.directory.contentVersion) {
      this.known.clear();
      this.countedFor = this.directory.contentVersion;
    }
    let found = this.known.get(key);
    if (!found) this.known.set(key, (found = this.count(key)));
    return found;
  }

  private count(key: FilterKey): string[] {
    const counts = new Map<string, number>();
    for (const device of this.directory.devices.values()) {
      for (const value of this.valuesOf(device, key)) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return [...counts]
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .slice(0, kMost)
      .map(([value]) => value);
  }

  private valuesOf(device: Device, key: FilterKey): string[] {
    switch (key) {
      case 'tag':
        return device.tags;
      case 'user':
        return device.users;
      case 'group':
        return [this.directory.groupName(device.groupId)];
      case 'os':
        return [device.os];
      case 'agent':
        return [device.agentVersion];
      default:
        return [];
    }
  }
}
