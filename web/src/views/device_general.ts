import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { channel, directory } from '../app';
import { ago, exactTime } from '../core/format';
import { i18n, t, type TextKey } from '../core/i18n';
import { formatPlace, shortId } from '../core/router';
import { Watch } from '../core/watch';
import { isOnline, isReachable, type Device } from '../model/device';
import { readInterfaces, type Addresses } from '../model/network';
import { agentKindText } from '../model/platform';
import { has, kManageDevices } from '../model/rights';
import { openDialog } from '../widgets/dialog';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { toastError } from '../widgets/toast';
import { EditDeviceDialog } from './device_dialogs';
import { stateText } from './device_columns';

@customElement('device-general')
export class DeviceGeneral extends LightElement {
  readonly watch = new Watch(this, directory, i18n);
  @property() deviceId = '';
  @state() private interfaces: Addresses[] = [];
  @state() private lastAddress = '';

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('deviceId')) void this.load(this.deviceId);
    // The element appears in its place when its code is here.
    void import('./device_extra').catch(toastError);
  }

  override render() {
    const device = directory.devices.get(this.deviceId);
    if (!device) return nothing;
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('device.general')}><div class="panels">
      ${this.renderAbout(device)} ${this.renderConnection(device)} ${this.renderIdentity(device)}
      <device-extra .deviceId=${device.id}></device-extra>
    </div></div>`;
  }

  private renderAbout(device: Device) {
    const group = directory.groups.get(device.groupId);
    const link = formatPlace(['devices'], { group: shortId(device.groupId) });
    return panel(
      'device.about',
      html`${fact('device.os', device.os)}
      ${fact('device.hostName', device.hostName)}
      ${fact('device.group', group ? html`<a href=${link}>${group.name}</a>` : '')}
      ${fact('device.users', device.users.join(', '))}
      ${fact('device.description', device.description)}
      ${fact('device.tags', device.tags.length ? html`<span class="tags">${device.tags.map((tag) => html`<span class="badge">${tag}</span>`)}</span>` : '')}`,
      has(directory.deviceRights(device), kManageDevices)
        ? html`<button class="btn plain small" @click=${() => openDialog(new EditDeviceDialog(device))} data-testid="edit-device">
            ${icon('edit')}${t('common.edit')}
          </button>`
        : nothing,
    );
  }

  private renderConnection(device: Device) {
    return panel(
      'device.connection',
      html`${fact('device.state', html`${stateText(device)}${isReachable(device) ? ` (${this.ways(device)})` : ''}`)}
      ${isOnline(device) && device.onlineSince ? fact('device.onlineSince', moment(device.onlineSince)) : nothing}
      ${!isReachable(device) ? fact('device.seen', device.lastSeen ? moment(device.lastSeen) : '') : nothing}
      ${fact('device.address', this.lastAddress || device.address)}
      ${this.interfaces.map(
        (entry) => html`<dt>${entry.name}</dt>
          <dd>${entry.addresses.map((address) => html`<div>${address}</div>`)}${entry.mac ? html`<div class="faint mono">${entry.mac}</div>` : nothing}</dd>`,
      )}
      ${fact('device.booted', device.bootedAt ? moment(device.bootedAt) : '')}`,
    );
  }

  private renderIdentity(device: Device) {
    return panel(
      'device.identity',
      html`${fact('device.agentVersion', device.agentVersion)}
      ${fact('device.agentKind', device.agentKind ? agentKindText(device.agentKind) : '')}
      ${fact('device.firstSeen', device.firstSeen ? moment(device.firstSeen) : '')}
      ${fact('device.id', html`<code>${device.id}</code>`)}
      ${fact('device.groupId', html`<code>${device.groupId}</code>`)}`,
    );
  }

  private ways(device: Device): string {
    const names = ['agent', 'CIRA', 'AMT', 'AMT relay', 'MQTT'];
    return names.filter((_, bit) => device.connection & (1 << bit)).join(', ');
  }

  /// What only the device page needs. Both may be refused or unknown to the server; then it is left out.
  private async load(id: string): Promise<void> {
    this.interfaces = [];
    this.lastAddress = '';
    const [network, last] = await Promise.all([
      channel.request('getnetworkinfo', { nodeid: id }).catch(() => undefined),
      channel.request('lastconnect', { nodeid: id }).catch(() => undefined),
    ]);
    if (id !== this.deviceId) return;
    this.interfaces = readInterfaces(network);
    if (typeof last?.['addr'] === 'string') this.lastAddress = last['addr'].replace(/:\d+$/, '');
  }
}

function panel(title: TextKey, facts: TemplateResult, action: TemplateResult | typeof nothing = nothing) {
  return html`<section class="panel" aria-label=${t(title)}>
    <header><h2>${t(title)}</h2>${action}</header>
    <dl class="facts">${facts}</dl>
  </section>`;
}

function fact(label: TextKey, value: string | TemplateResult) {
  return html`<dt>${t(label)}</dt><dd>${value === '' ? html`<span class="faint">–</span>` : value}</dd>`;
}

const moment = (time: number) => html`<time datetime=${new Date(time).toISOString()}>${exactTime(time)}</time> <span class="faint">${ago(time)}</span>`;
