import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { CatchUp } from '../api/catch_up';
import { channel } from '../app';
import { exactTime } from '../core/format';
import { i18n, t } from '../core/i18n';
import { Watch } from '../core/watch';
import { readHardware, type HardwarePart } from '../model/hardware';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { skeleton } from './devices_view';

/// Hardware and system, as the device told last.
@customElement('device-details')
export class DeviceDetails extends LightElement {
  readonly watch = new Watch(this, i18n);
  readonly catchUp = new CatchUp(this, channel, () => this.load(this.deviceId));
  @property() deviceId = '';
  @state() private parts: HardwarePart[] | undefined;
  @state() private time = 0;

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('deviceId')) return;
    this.parts = undefined;
    void this.load(this.deviceId);
  }

  override render() {
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('device.details')}>${this.renderBody()}</div>`;
  }

  private renderBody() {
    if (!this.parts) return skeleton();
    if (this.parts.length === 0) return html`<div class="empty" data-testid="no-details">${icon('devices')}<h2>${t('hardware.noneTitle')}</h2><p>${t('hardware.none')}</p></div>`;
    return html`${this.time ? html`<p class="faint">${t('hardware.asOf', { time: exactTime(this.time) })}</p>` : nothing}
      <div class="panels" data-testid="hardware">
        ${this.parts.map(
          ({ title, facts }) => html`<section class="panel" aria-label=${t(title)}>
            <header><h2>${t(title)}</h2></header>
            <dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value || '–'}</dd>`)}</dl>
          </section>`,
        )}
      </div>`;
  }

  private async load(id: string): Promise<void> {
    const reply = await channel.request('getsysinfo', { nodeid: id }).catch(() => undefined);
    if (id !== this.deviceId || (!reply && this.parts)) return;
    this.parts = readHardware(reply);
    this.time = typeof reply?.['time'] === 'number' ? reply['time'] : 0;
  }
}
