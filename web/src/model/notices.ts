import type { ControlChannel, Message } from '../api/control';
import { t } from '../core/i18n';
import type { Directory } from './directory';

/// What a person wants to be told of (control-protocol.md section 3.2, changemeshnotify and changeusernotify):
/// bits for a pop-up here.
export const kTellConnect = 2;
export const kTellDisconnect = 4;

export const noticesOf = (directory: Directory, id: string): number => directory.me?.notify[id] ?? 0;

export async function setNotices(channel: ControlChannel, id: string, flags: number): Promise<void> {
  if (id.startsWith('mesh/')) await channel.command('changemeshnotify', { meshid: id, notify: flags });
  else await channel.command('changeusernotify', { nodeid: id, notify: flags });
}

/// Tells of devices that come and go, as the person chose for the device or its group.
export function watchNotices(channel: ControlChannel, directory: Directory, tell: (text: string) => void): void {
  // The directory's own listener was there first, so what was is noted before it changes.
  const known = new Map<string, boolean>();
  channel.events.on('nodeconnect', (event: Message) => {
    const id = String(event['nodeid'] ?? '');
    const device = directory.devices.get(id);
    if (!device) return;
    const isOn = (Number(event['conn'] ?? 0) & 1) !== 0;
    if (known.get(id) === isOn) return;
    known.set(id, isOn);
    const wanted = noticesOf(directory, id) | noticesOf(directory, device.groupId);
    if (wanted & (isOn ? kTellConnect : kTellDisconnect)) tell(t(isOn ? 'notices.connected' : 'notices.disconnected', { name: device.name }));
  });
}
