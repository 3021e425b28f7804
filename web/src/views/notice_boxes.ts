import { html } from 'lit';
import { channel, directory } from '../app';
import { t } from '../core/i18n';
import { kTellConnect, kTellDisconnect, noticesOf, setNotices } from '../model/notices';
import { checkBox } from '../widgets/boxes';
import { toastError } from '../widgets/toast';

/// What the person is told of a device or group. Saved at once, as there is nothing else to fill in.
export function noticeBoxes(id: string, prefix: string) {
  const flags = noticesOf(directory, id);
  const box = (bit: number, name: string, label: string) =>
    checkBox({
      id: `${prefix}-${name}`,
      label,
      checked: (flags & bit) !== 0,
      onChange: (on) => void setNotices(channel, id, on ? flags | bit : flags & ~bit).catch(toastError),
    });
  return html`<div class="inside">${box(kTellConnect, 'connect', t('notices.onConnect'))}${box(kTellDisconnect, 'disconnect', t('notices.onDisconnect'))}</div>`;
}
