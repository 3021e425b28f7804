import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { directory, plugins } from '../app';
import { i18n, t, type TextKey } from '../core/i18n';
import { deviceLink, longId, router } from '../core/router';
import { Watch } from '../core/watch';
import { isOnline, isReachable, type Device } from '../model/device';
import type { Contribution } from '../model/plugins';
import { has, kChat, kDeviceDetails, kManageDevices, kRemoveDevice, kResetOff, kRunCommands, kWake } from '../model/rights';
import { openDialog } from '../widgets/dialog';
import { icon, platformIcon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import '../widgets/menu';
import type { MenuEntry } from '../widgets/menu';
import { tabList, type Tab } from '../widgets/tabs';
import { EditDeviceDialog, RemoveDeviceDialog } from './device_dialogs';
import './device_events';
import './device_general';
import { seenText, stateText } from './device_columns';
import { skeleton } from './devices_view';
import type { BulkKind } from './bulk_dialogs';
import { LazyViews } from './lazy';
import { toastError } from '../widgets/toast';
import { pluginActions } from './plugin_action';
import { mayUse } from './plugin_host';
import { WhyDialog } from './why_dialog';

/// One device: name and state, and tabs, of which plugins bring some. A plugin's tab stays mounted while
/// the person looks at another tab of the same device, so that a session is not lost by a glance at
/// the addresses; it ends when it is closed or the page is left.
@customElement('device-view')
export class DeviceView extends LightElement {
  private readonly lazy = new LazyViews();
  readonly watch = new Watch(this, directory, plugins, i18n, this.lazy);
  @property() deviceId = '';
  @property() tab = 'general';
  @state() private opened: string[] = [];
  @state() private live = new Set<string>();

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('deviceId')) this.opened = [];
    const known = this.contributions().map(tabId);
    this.opened = this.opened.filter((id) => known.includes(id));
    if (known.includes(this.tab) && !this.opened.includes(this.tab)) this.opened = [...this.opened, this.tab];
  }

  override render() {
    const device = directory.devices.get(longId('node', this.deviceId));
    if (!device) return directory.state === 'loading' ? skeleton() : this.renderGone();
    return html`${this.renderHead(device)} ${tabList(t('device.tabs'), this.tabs(), this.current(), (id) => this.select(id))}
      ${this.renderPanel(device)} ${this.renderPlugins(device)}`;
  }

  private renderHead(device: Device) {
    const online = isOnline(device);
    return html`<div class="head device-head">
      <div class="crumbs">
        <a href="#/devices">${t('devices.title')}</a><span class="sep" aria-hidden="true">/</span>
        ${platformIcon(device.platform)}
        <h1 class="cut" data-testid="device-title">${device.name}</h1>
      </div>
      <span class="badge ${online ? 'ok' : isReachable(device) ? 'warn' : ''}" role="status" data-testid="device-state">
        <span class="dot ${online ? 'on' : isReachable(device) ? 'partly' : ''}"></span>${this.stateText(device)}
      </span>
      ${device.isTemporary ? html`<span class="badge" title=${t('device.temporaryHint')} data-testid="device-temporary">${t('device.temporary')}</span>` : nothing}
      <span class="grow"></span>
      ${this.renderActions(device)}
    </div>`;
  }

  private stateText(device: Device): string {
    const seen = seenText(device);
    return isReachable(device) || !device.lastSeen ? stateText(device) : t('device.lastSeen', { time: seen });
  }

  private renderActions(device: Device) {
    const rights = directory.deviceRights(device);
    const entries = [...this.actionEntries(device, rights), ...pluginActions('device_action', [device.id], 'action')];
    if (entries.length && has(rights, kRemoveDevice)) entries.push('line');
    if (has(rights, kRemoveDevice)) {
      entries.push({
        label: t('device.remove'),
        icon: 'trash',
        danger: true,
        testid: 'remove-device',
        run: () => openDialog(new RemoveDeviceDialog(device)),
      });
    }
    entries.unshift({ label: t('why.open'), icon: 'key', testid: 'why', run: () => openDialog(new WhyDialog(device)) });
    return html`${has(rights, kManageDevices)
      ? html`<button class="btn small" @click=${() => openDialog(new EditDeviceDialog(device))} aria-label=${t('device.editTitle')} data-testid="rename-device">
          ${icon('edit')}<span class="wide">${t('common.edit')}</span>
        </button>`
      : nothing}
    ${entries.length ? html`<tr-menu .entries=${entries} .label=${t('device.actions')} data-testid="device-menu"></tr-menu>` : nothing}`;
  }

  /// The same as for many devices, with one.
  private actionEntries(device: Device, rights: number): MenuEntry[] {
    const entry = (kind: BulkKind, label: TextKey, right: number, danger = false): MenuEntry[] =>
      has(rights, right) ? [{ label: t(label), danger, testid: `device-${kind}`, run: () => void openBulkFor(kind, device) }] : [];
    if (!isOnline(device)) return entry('wake', 'power.wake', kWake);
    return [
      ...entry('run', 'bulk.run', kRunCommands),
      ...entry('message', 'bulk.message', kChat),
      ...entry('reset', 'power.reset', kResetOff, true),
      ...entry('sleep', 'power.sleep', kResetOff, true),
      ...entry('off', 'power.off', kResetOff, true),
    ];
  }

  private renderPanel(device: Device) {
    const current = this.current();
    if (current === 'general') {
      return html`<div role="tabpanel" id="panel-general" aria-labelledby="tab-general">
        <device-general .deviceId=${device.id}></device-general>
      </div>`;
    }
    if (current === 'details') {
      return html`<div role="tabpanel" id="panel-details" aria-labelledby="tab-details">
        ${this.lazy.show('details', html`<device-details .deviceId=${device.id}></device-details>`, skeleton)}
      </div>`;
    }
    if (current === 'events') {
      return html`<div role="tabpanel" id="panel-events" aria-labelledby="tab-events">
        <device-events .deviceId=${device.id}></device-events>
      </div>`;
    }
    return nothing;
  }

  private renderPlugins(device: Device) {
    const shown = this.contributions().filter((entry) => this.opened.includes(tabId(entry)));
    return repeat(
      shown,
      (entry) => `${device.id} ${tabId(entry)}`,
      (entry) => {
        const id = tabId(entry);
        return html`<div role="tabpanel" id="panel-${id}" aria-labelledby="tab-${id}" ?hidden=${id !== this.current()}>
          <plugin-host
            .contribution=${entry}
            .deviceId=${device.id}
            .onLive=${(live: boolean) => this.setLive(id, live)}
            .onClose=${() => this.closeTab(id)}
          ></plugin-host>
        </div>`;
      },
    );
  }

  private renderGone() {
    return html`<div class="scroll"><div class="empty" data-testid="device-gone">
      ${icon('devices')}
      <h1>${t('device.goneTitle')}</h1>
      <p>${t('device.gone')}</p>
      <div class="row"><a class="btn" href="#/devices">${t('notFound.back')}</a></div>
    </div></div>`;
  }

  private contributions(): Contribution[] {
    const id = longId('node', this.deviceId);
    return plugins.of('device_tab').filter((entry) => mayUse(entry, id));
  }

  private maySeeDetails(): boolean {
    const device = directory.devices.get(longId('node', this.deviceId));
    return device !== undefined && has(directory.deviceRights(device), kDeviceDetails);
  }

  private tabs(): Tab[] {
    const own = [
      { id: 'general', label: t('device.general') },
      ...(this.maySeeDetails() ? [{ id: 'details', label: t('device.details') }] : []),
      { id: 'events', label: t('events.title') },
    ];
    const added = this.contributions().map((entry) => ({
      id: tabId(entry),
      label: plugins.t(entry.plugin, entry.title),
      isLive: this.live.has(tabId(entry)),
    }));
    return [...own, ...added];
  }

  /// The tab in the address, or the first if it names none (yet): plugins load a moment later.
  private current(): string {
    return this.tabs().some((tab) => tab.id === this.tab) ? this.tab : 'general';
  }

  private select(id: string): void {
    router.replace(deviceLink(longId('node', this.deviceId), id === 'general' ? undefined : id));
  }

  private closeTab(id: string): void {
    this.select('general');
    this.tab = 'general';
    this.opened = this.opened.filter((other) => other !== id);
  }

  private setLive(id: string, live: boolean): void {
    if (this.live.has(id) === live) return;
    const next = new Set(this.live);
    if (live) next.add(id);
    else next.delete(id);
    this.live = next;
  }
}

async function openBulkFor(kind: BulkKind, device: Device): Promise<void> {
  try {
    (await import('./bulk_dialogs')).openBulk(kind, [device]);
  } catch (error) {
    toastError(error);
  }
}

/// Own tabs come first, so a plugin cannot take their names.
function tabId(contribution: Contribution): string {
  return ['general', 'details', 'events'].includes(contribution.id) ? `${contribution.plugin}-${contribution.id}` : contribution.id;
}
