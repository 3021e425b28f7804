import { html } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { channel } from '../app';
import { t, type TextKey } from '../core/i18n';
import type { Group } from '../model/directory';
import { checkBox } from '../widgets/boxes';
import { DialogElement } from '../widgets/dialog';
import { field } from '../widgets/field';
import { toast } from '../widgets/toast';
import { consentBoxes } from './consent_boxes';

/// Flags of a device group that this page offers (control-protocol.md section 4.4); others stay as they are.
export const groupFlags: [number, TextKey][] = [
  [1, 'groupSettings.temporary'],
  [2, 'groupSettings.hostName'],
];

const kMostDays = 2_000;

/// Consent, handling of devices, and after how long those that are away are removed.
@customElement('group-settings-dialog')
export class GroupSettingsDialog extends DialogElement {
  @state() private consent: number;
  @state() private flags: number;
  @state() private days: string;
  protected override roomy = true;

  constructor(private readonly group: Group) {
    super();
    this.consent = group.consent;
    this.flags = group.flags;
    this.days = group.expireDays ? String(group.expireDays) : '';
  }

  protected heading = () => t('groupSettings.title');
  protected override submitLabel = () => t('common.save');
  protected override isReady = () => this.days === '' || (/^\d+$/.test(this.days) && Number(this.days) <= kMostDays);

  protected body() {
    return html`${consentBoxes('group-consent', this.consent, (flags) => (this.consent = flags))}
      <fieldset class="boxes"><legend>${t('groupSettings.devices')}</legend>
        ${groupFlags.map(([bit, key]) => checkBox({ id: `group-flag-${bit}`, label: t(key), checked: (this.flags & bit) !== 0, onChange: (on) => (this.flags = on ? this.flags | bit : this.flags & ~bit) }))}
      </fieldset>
      ${field({ id: 'group-expire', label: t('groupSettings.expire'), value: this.days, onInput: (value) => (this.days = value.trim()), inputmode: 'numeric', hint: t('groupSettings.expireHint'), fault: this.isReady() ? undefined : t('groupSettings.expireWrong', { n: kMostDays }) })}`;
  }

  protected async submit(): Promise<void> {
    await channel.command('editmesh', { meshid: this.group.id, consent: this.consent, flags: this.flags, expireDevs: Number(this.days || 0) });
    toast(t('common.saved'), 'success');
  }
}
