import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { directory } from '../app';
import { i18n, t } from '../core/i18n';
import { deviceLink, formatPlace, router } from '../core/router';
import { Watch } from '../core/watch';
import { isOnline, isReachable, type Device } from '../model/device';
import { isHeading, type Heading, type Row, type SortKey } from '../model/device_list';
import type { Selection } from '../model/selection';
import { icon, platformIcon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import '../widgets/menu';
import type { MenuEntry } from '../widgets/menu';
import { rowWindow, scrollTopFor } from '../widgets/virtual_rows';
import { cell, cellTitle, stateText, type Column } from './device_columns';

const kCheckWidth = 34;
/// Rows beyond the visible ones: that have to be there, and that are drawn when some are missing.
const kNear = 2;
const kSpare = 10;

/// The rows of the device list. Only what is visible is in the page, so its length does not matter.
/// One tab stop: arrow keys move through the rows, Enter opens, Space chooses, with Shift from the one
/// chosen before (WAI-ARIA grid pattern).
@customElement('device-table')
export class DeviceTable extends LightElement {
  readonly watch = new Watch(this, directory, i18n);
  @property({ attribute: false }) rows: Row[] = [];
  @property({ attribute: false }) columns: Column[] = [];
  @property({ attribute: false }) selection!: Selection;
  /// How many of the chosen are among the rows: to show whether that is all of them.
  @property({ attribute: false }) deviceCount = 0;
  @property() sort: SortKey = 'name';
  @property({ type: Boolean }) descending = false;
  @property({ attribute: false }) onSort: (key: SortKey) => void = () => undefined;
  @property({ attribute: false }) onFold: (key: string) => void = () => undefined;
  @property({ attribute: false }) onAll: () => void = () => undefined;
  @property({ attribute: false }) filterEntries: (column: Column) => MenuEntry[] = () => [];
  @state() private at = 0;
  @state() private first = 0;
  @state() private end = 0;
  private height = 600;
  private rowHeight = 34;
  private stopSelection = (): void => undefined;
  private readonly resize = new ResizeObserver(() => this.measure());
  private clock: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopSelection = this.selection.subscribe(() => this.requestUpdate());
    // "3 minutes ago" has to move on while nothing else happens.
    this.clock = setInterval(() => this.requestUpdate(), 30_000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopSelection();
    this.resize.disconnect();
    clearInterval(this.clock);
  }

  protected override firstUpdated(): void {
    this.resize.observe(this.body());
    this.measure();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('rows')) this.look();
  }

  override render() {
    const { first, end } = this;
    const at = Math.min(this.at, this.rows.length - 1);
    return html`<div
      class="grid"
      role=${this.rows[0] && isHeading(this.rows[0]) ? 'treegrid' : 'grid'}
      tabindex="0"
      aria-label=${t('devices.title')}
      aria-multiselectable="true"
      aria-rowcount=${this.rows.length + 1}
      aria-activedescendant=${at >= first && at < end ? `row-${at}` : nothing}
      data-testid="device-table"
      @keydown=${(event: KeyboardEvent) => this.onKey(event)}
    >
      <div class="scroller" role="presentation" @scroll=${() => this.look()}>
        <div class="thead" role="rowgroup">
          <div class="tr" role="row" aria-rowindex="1">${this.renderCheckAll()}${this.columns.map((column) => this.renderHeading(column))}</div>
        </div>
        <div class="tbody" role="rowgroup">${this.rows.slice(first, end).map((row, offset) => this.renderRow(row, first + offset, at))}</div>
      </div>
    </div>`;
  }

  // Styles are set through the object model: the content security policy refuses style attributes.
  protected override updated(changed: PropertyValues): void {
    const { style } = this.querySelector<HTMLElement>('.tbody')!;
    style.height = `${this.rows.length * this.rowHeight}px`;
    style.paddingTop = `${this.first * this.rowHeight}px`;
    if (changed.has('columns')) this.layOut();
  }

  private layOut(): void {
    const grid = this.querySelector<HTMLElement>('.grid')!;
    const widths = this.columns.map(({ min, share }) => `minmax(${min}px, ${share}fr)`);
    grid.style.setProperty('--columns', `${kCheckWidth}px ${widths.join(' ')}`);
    grid.style.setProperty('--least', `${this.columns.reduce((sum, { min }) => sum + min, kCheckWidth + 24)}px`);
  }

  private renderCheckAll() {
    const isAll = this.deviceCount > 0 && this.selection.size >= this.deviceCount;
    return html`<div class="th check" role="columnheader">
      <input
        type="checkbox"
        aria-label=${t('select.all')}
        data-testid="select-all"
        .checked=${live(isAll)}
        .indeterminate=${this.selection.size > 0 && !isAll}
        @change=${() => this.onAll()}
      />
    </div>`;
  }

  private renderHeading(column: Column) {
    const { key, label } = column;
    const isSorted = key === this.sort;
    return html`<div class="th" role="columnheader" aria-sort=${isSorted ? (this.descending ? 'descending' : 'ascending') : 'none'}>
      <button type="button" class="btn plain small grow" @click=${() => this.onSort(key)} data-testid="sort-${key}">
        <span class="cut">${t(label)}</span>${isSorted ? icon(this.descending ? 'down' : 'up') : nothing}
      </button>
      <tr-menu
        .entries=${() => this.filterEntries(column)}
        .label=${t('filter.column', { name: t(label) })}
        .buttonClass=${'btn plain small square'}
        .content=${icon('filter')}
        data-testid="filter-${key}"
      ></tr-menu>
    </div>`;
  }

  private renderRow(row: Row, index: number, at: number) {
    return isHeading(row) ? this.renderGroup(row, index, at) : this.renderDevice(row, index, at);
  }

  private renderGroup(row: Heading, index: number, at: number) {
    return html`<div class="tr part ${index === at ? 'at' : ''}" role="row" id="row-${index}" aria-rowindex=${index + 2} aria-expanded=${!row.isShut} data-testid="part-row" @click=${() => this.fold(index)}>
      <div class="td" role="gridcell" aria-colspan=${this.columns.length + 1}>
        ${icon(row.isShut ? 'down' : 'up')}<b class="cut">${row.heading}</b><span class="count">${row.count.toLocaleString(i18n.language)}</span>
      </div>
    </div>`;
  }

  private renderDevice(device: Device, index: number, at: number) {
    const isChosen = this.selection.has(device.id);
    return html`<div
      class="tr ${isReachable(device) ? '' : 'off'} ${index === at ? 'at' : ''} ${isChosen ? 'chosen' : ''}"
      role="row"
      id="row-${index}"
      aria-rowindex=${index + 2}
      aria-selected=${isChosen}
      data-testid="device-row"
      @click=${(event: MouseEvent) => this.onRowClick(event, index)}
    >
      <div class="td check" role="gridcell">
        <input type="checkbox" tabindex="-1" aria-label=${t('select.device', { name: device.name })} .checked=${live(isChosen)} @click=${(event: MouseEvent) => this.onCheck(event, index)} />
      </div>
      <div class="td name" role="gridcell">
        <span class="dot ${isOnline(device) ? 'on' : isReachable(device) ? 'partly' : ''}"></span>
        <span class="sr">${stateText(device)}</span>
        ${platformIcon(device.platform)}
        <a class="cut" href=${formatPlace(deviceLink(device.id))} tabindex="-1" title=${device.name}>${device.name}</a>
      </div>
      ${this.columns.map((column) =>
        column.key === 'name'
          ? nothing
          : html`<div class="td cut ${column.key} ${column.style ?? ''}" role="gridcell" title=${cellTitle(column, device)}>${cell(column, device)}</div>`,
      )}
    </div>`;
  }

  private onCheck(event: MouseEvent, index: number): void {
    event.stopPropagation();
    this.at = index;
    this.choose(index, event.shiftKey);
    this.querySelector<HTMLElement>('.grid')?.focus({ preventScroll: true });
  }

  private choose(index: number, isRange: boolean): void {
    const row = this.rows[index];
    if (!row || isHeading(row)) return;
    if (isRange) this.selection.extendTo(row.id, this.rows.flatMap((one) => (isHeading(one) ? [] : [one.id])));
    else this.selection.toggle(row.id);
  }

  private onRowClick(event: MouseEvent, index: number): void {
    this.at = index;
    if (event.shiftKey || ((event.ctrlKey || event.metaKey) && !(event.target as Element).closest('a'))) {
      getSelection()?.removeAllRanges();
      return this.choose(index, event.shiftKey);
    }
    // A link click, a selection of text, or a click that opens another tab stays what it is.
    if ((event.target as Element).closest('a, .check') || event.ctrlKey || event.metaKey || getSelection()?.toString()) return;
    this.openRow(index);
  }

  private fold(index: number): void {
    const row = this.rows[index];
    if (row && isHeading(row)) this.onFold(row.key);
  }

  private openRow(index: number): void {
    const row = this.rows[index];
    if (row && isHeading(row)) this.onFold(row.key);
    else if (row) router.go(deviceLink(row.id));
  }

  private onKey(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== 'a') return;
      this.onAll();
      return event.preventDefault();
    }
    const page = Math.max(1, Math.floor(this.height / this.rowHeight) - 1);
    const last = this.rows.length - 1;
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
    else if (event.key === ' ') this.choose(this.at, event.shiftKey);
    else if (event.key === 'Escape' && this.selection.size) this.selection.clear();
    else if (to === undefined) return;
    else this.moveTo(Math.max(0, Math.min(last, to)), event.shiftKey);
    event.preventDefault();
  }

  private moveTo(index: number, isChoosing: boolean): void {
    if (isChoosing && this.selection.size === 0) this.choose(this.at, false);
    this.at = index;
    if (isChoosing) this.choose(index, true);
    const body = this.body();
    body.scrollTop = scrollTopFor(index, body.scrollTop, this.height, this.rowHeight);
    this.look();
  }

  /// Which rows are to be drawn. Some more than are visible, so that most steps of scrolling draw nothing.
  private look(): void {
    const top = this.querySelector('.scroller')?.scrollTop ?? 0;
    const count = this.rows.length;
    const needed = rowWindow(top, this.height, this.rowHeight, count, kNear);
    if (this.first <= needed.first && this.end >= needed.end && this.end <= count) return;
    const { first, end } = rowWindow(top, this.height, this.rowHeight, count, kSpare);
    this.first = first;
    this.end = end;
  }

  private measure(): void {
    this.height = this.body().clientHeight - this.querySelector('.thead')!.getBoundingClientRect().height;
    const row = this.querySelector('.tbody .tr');
    if (row) this.rowHeight = row.getBoundingClientRect().height || this.rowHeight;
    this.look();
    this.requestUpdate();
  }

  private body(): HTMLElement {
    return this.querySelector<HTMLElement>('.scroller')!;
  }
}
