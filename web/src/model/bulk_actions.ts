import type { ControlChannel, Message } from '../api/control';
import { ApiError } from '../api/errors';
import { t } from '../core/i18n';
import type { Device } from './device';
import { isOnline } from './device';
import type { Directory } from './directory';
import { has } from './rights';

/// What can be done with many devices: the right that each needs, and the command for one of them
/// (control-protocol.md sections 3.6 and 3.7).

export interface Split {
  able: Device[];
  /// Left out, and why: the caller lacks the right, or the agent is not there to do it.
  barred: Device[];
  offline: Device[];
}

/// Told before anything starts, so that nobody wonders about the rest afterwards.
export function split(directory: Directory, devices: Device[], rights: number, needsAgent = false): Split {
  const result: Split = { able: [], barred: [], offline: [] };
  for (const device of devices) {
    if (!has(directory.deviceRights(device), rights)) result.barred.push(device);
    else if (needsAgent && !isOnline(device)) result.offline.push(device);
    else result.able.push(device);
  }
  return result;
}

const kRunTimeoutMs = 300_000;

/// An answer with a word that is not "ok" is a refusal (control-protocol.md section 3.0).
function taken(reply: Message): string {
  if (reply['error'] !== undefined) throw new ApiError('refused', String((reply['error'] as { message?: unknown }).message ?? t('error.refused')));
  const result = String(reply['result'] ?? '');
  if (result === 'Device already in correct group') return t('bulk.unchanged');
  if (!/^ok$/i.test(result)) throw new ApiError('refused', reasonOf(result));
  return '';
}

function reasonOf(text: string): string {
  if (text === 'Agent not connected') return t('bulk.offline');
  if (/^(Access|Permission) ?denied$|^Denied$/i.test(text)) return t('refusal.denied');
  return text || t('error.refused');
}

export class BulkActions {
  constructor(
    private readonly channel: ControlChannel,
    private readonly directory: Directory,
  ) {}

  move(groupId: string) {
    return async (id: string): Promise<string> => taken(await this.channel.request('changeDeviceMesh', { nodeids: [id], meshid: groupId }));
  }

  /// From the tags that the device has at that moment.
  tags(add: string[], remove: string[]) {
    return async (id: string): Promise<string> => {
      const before = this.directory.devices.get(id)?.tags ?? [];
      const tags = [...new Set([...before.filter((tag) => !remove.includes(tag)), ...add])];
      if (tags.join() === before.join()) return t('bulk.unchanged');
      return taken(await this.channel.request('changedevice', { nodeid: id, tags }));
    };
  }

  consent(flags: number) {
    return async (id: string): Promise<string> => taken(await this.channel.request('changedevice', { nodeid: id, consent: flags }));
  }

  /// 2 off, 3 restart, 4 sleep.
  power(type: number) {
    return async (id: string): Promise<string> => taken(await this.channel.request('poweraction', { nodeids: [id], actiontype: type }));
  }

  wake() {
    return async (id: string): Promise<string> => {
      const result = String((await this.channel.request('wakedevices', { nodeids: [id] }))['result'] ?? '');
      const used = /^Used (\d+) device/.exec(result);
      if (used && used[1] !== '0') return t('bulk.waking', { n: Number(used[1]) });
      if (used) throw new ApiError('refused', t('bulk.noWaker'));
      throw new ApiError('refused', /No (network|known)/.test(result) ? t('bulk.noMac') : reasonOf(result));
    };
  }

  run(command: string, type: number, runAsUser: number) {
    return async (id: string): Promise<string> => {
      const reply = await this.channel.request('runcommands', { nodeids: [id], type, cmds: command, runAsUser, reply: true }, kRunTimeoutMs);
      if (reply['type'] === 'runcommands') return String(reply['result'] ?? '').trim() || t('bulk.noOutput');
      return taken(reply);
    };
  }

  message(text: string, title: string) {
    return async (id: string): Promise<string> => taken(await this.channel.request('toast', { nodeids: [id], msg: text, ...(title ? { title } : {}) }));
  }

  note(text: string) {
    return async (id: string): Promise<string> => taken(await this.channel.request('setNotes', { id, notes: text }));
  }

  remove() {
    return async (id: string): Promise<string> => taken(await this.channel.request('removedevices', { nodeids: [id] }));
  }
}
