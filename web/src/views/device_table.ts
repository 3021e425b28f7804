import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { directory } from '../app';
import { ago, exactTime } from '../core/format';
import { i18n, t, type TextKey } from '../core/i18n';
import { deviceLink, formatPlace, router } from '../core/router';
import { Watch } from '../core/watch';
import { isOnline, isReachable, type Device } from '../model/device';
import type { SortKey } from '../model/device_list';
import { icon, platformIcon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { rowWindow, scrollTopFor } from '../widgets/virtual_rows';

export const columns: { key: SortKey; label: TextKey; extra?: boolean }[] = [
  { key: 'name', label: 'device.name' },
  { key: 'group', label: 'device.group' },
  { key: 'os', label: 'device.os' },
  { key: 'user', label: 'device.user', extra: true },
  { key: 'address', label: 'device.address', extra: true },
  { key: 'seen', label: 'device.seen' },
];

/// The rows of the device list. Only what is visible is in the page, so its length does not matter.
/// One tab stop: arrow keys move through the rows, Enter opens (WAI-ARIA grid pattern).
@customElement('device-table')
export class DeviceTable extends LightElement {
  readonly watch = new Watch(this, directory, i18n);
  @property({ attribute: false }) devices: Device[] = [];
  @property() sort: SortKey = 'name';
  @property({ type: Boolean }) descending = false;
  @property({ attribute: false }) onSort: (key: SortKey) => void = () => undefined;
  @state() private at = 0;
  @state() private scrollTop_ = 0;
  @state() private height = 600;
  @state() private rowHeight = 34;
  private readonly resize = new ResizeObserver(() => this.measure());
  private clock: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    // "3 minutes ago" has to move on while nothing else happens.
    this.clock = setInterval(() => this.requestUpdate(), 30_000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resize.disconnect();
    clearInterval(this.clock);
  }

  protected override firstUpdated(): void {
    this.resize.observe(this.body());
    this.measure();
  }

  override render() {
    const { first, end } = rowWindow(this.scrollTop_, this.height, this.rowHeight, this.devices.length);
    const rows = this.devices.slice(first, end);
    const at = Math.min(this.at, this.devices.length - 1);
    return html`<div
      class="grid"
      role="grid"
      tabindex="0"
      aria-label=${t('devices.title')}
      aria-rowcount=${this.devices.length + 1}
      aria-activedescendant=${at >= first && at < end ? `row-${at}` : nothing}
      data-testid="device-table"
      @keydown=${(event: KeyboardEvent) => this.onKey(event)}
    >
      <div class="scroller" role="presentation" @scroll=${() => this.onScroll()}>
        <div class="thead" role="rowgroup">
          <div class="tr" role="row" aria-rowindex="1">${columns.map((column) => this.renderHeading(column))}</div>
        </div>
        <div class="tbody" role="rowgroup">${rows.map((device, offset) => this.renderRow(device, first + offset, at))}</div>
      </div>
    </div>`;
  }

  // Styles are set through the object model: the content security policy refuses style attributes.
  protected override updated(changed: PropertyValues): void {
    const { first } = rowWindow(this.scrollTop_, this.height, this.rowHeight, this.devices.length);
    const { style } = this.querySelector<HTMLElement>('.tbody')!;
    style.height = `${this.devices.length * this.rowHeight}px`;
    style.paddingTop = `${first * this.rowHeight}px`;
    if (changed.has('devices')) this.onScroll();
  }

  private renderHeading({ key, label, extra }: (typeof columns)[number]) {
    const isSorted = key === this.sort;
    return html`<div
      class="th ${extra ? 'extra' : ''}"
      role="columnheader"
      aria-sort=${isSorted ? (this.descending ? 'descending' : 'ascending') : 'none'}
    >
      <button type="button" class="btn plain small" @click=${() => this.onSort(key)} data-testid="sort-${key}">
        ${t(label)}${isSorted ? icon(this.descending ? 'down' : 'up') : nothing}
      </button>
    </div>`;
  }

  private renderRow(device: Device, index: number, at: number) {
    const online = isOnline(device);
    const href = formatPlace(deviceLink(device.id));
    return html`<div
      class="tr ${isReachable(device) ? '' : 'off'} ${index === at ? 'at' : ''}"
      role="row"
      id="row-${index}"
      aria-rowindex=${index + 2}
      aria-selected=${index === at}
      data-testid="device-row"
      @click=${(event: MouseEvent) => this.onRowClick(event, index)}
    >
      <div class="td name" role="gridcell">
        <span class="dot ${online ? 'on' : isReachable(device) ? 'partly' : ''}"></span>
        <span class="sr">${stateText(device)}</span>
        ${platformIcon(device.platform)}
        <a class="cut" href=${href} tabindex="-1" title=${device.name}>${device.name}</a>
      </div>
      <div class="td cut" role="gridcell">${directory.groupName(device.groupId)}</div>
      <div class="td os cut" role="gridcell" title=${device.os || nothing}>
        <span class="phone">${directory.groupName(device.groupId)} · </span>${device.os || '–'}
      </div>
      <div class="td extra cut" role="gridcell">${device.users[0] ?? '–'}</div>
      <div class="td extra num cut" role="gridcell">${device.address || '–'}</div>
      <div class="td seen num cut" role="gridcell" title=${seenTitle(device)}>${seenText(device)}</div>
    </div>`;
  }

  private onRowClick(event: MouseEvent, index: number): void {
    this.at = index;
    // A link click, a selection of text, or a click that opens another tab stays what it is.
    if ((event.target as Element).closest('a') || event.ctrlKey || event.metaKey || getSelection()?.toString()) return;
    this.openRow(index);
  }

  private openRow(index: number): void {
    const device = this.devices[index];
    if (device) router.go(deviceLink(device.id));
  }

  private onKey(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.height / this.rowHeight) - 1);
    const last = this.devices.length - 1;
    const moves: Record<string, number> = {
      ArrowDown: this.at + 1,
      ArrowUp: this.at - 1,
      PageDown: this.at + page,
      PageUp: this.at - page,
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (event.key === 'Enter') this.openRow(this.at);
    else if (to === undefined) return;
    else this.moveTo(Math.max(0, Math.min(last, to)));
    event.preventDefault();
  }

  private moveTo(index: number): void {
    this.at = index;
    const body = this.body();
    body.scrollTop = scrollTopFor(index, body.scrollTop, this.height, this.rowHeight);
    this.onScroll();
  }

  private onScroll(): void {
    this.scrollTop_ = this.body().scrollTop;
  }

  private measure(): void {
    this.height = this.body().clientHeight - this.querySelector('.thead')!.getBoundingClientRect().height;
    const row = this.querySelector('.tbody .tr');
    if (row) this.rowHeight = row.getBoundingClientRect().height || this.rowHeight;
    this.onScroll();
  }

  private body(): HTMLElement {
    return this.querySelector<HTMLElement>('.scroller')!;
  }
}

export function stateText(device: Device): string {
  if (isOnline(device)) return t('state.online');
  return isReachable(device) ? t('state.reachable') : t('state.offline');
}

export function seenText(device: Device): string {
  if (isReachable(device)) return stateText(device);
  return device.lastSeen ? ago(device.lastSeen) : t('state.offline');
}

function seenTitle(device: Device) {
  if (isReachable(device)) return device.onlineSince ? t('device.since', { time: exactTime(device.onlineSince) }) : nothing;
  return device.lastSeen ? exactTime(device.lastSeen) : nothing;
}
