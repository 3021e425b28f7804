import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { directory, savedViews } from '../app';
import { t, i18n, type TextKey } from '../core/i18n';
import { router } from '../core/router';
import { Watch } from '../core/watch';
import { DeviceList, type Query, type Row, type SortKey } from '../model/device_list';
import { kFewColumns, kUsualColumns, listStateText, readColumns, readListState, writeListState, type ListState } from '../model/list_state';
import { readPref, writePref } from '../core/prefs';
import { Selection } from '../model/selection';
import { TopValues } from '../model/top_values';
import { openDialog } from '../widgets/dialog';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import './bulk_bar';
import { columnOf, columns, type Column } from './device_columns';
import { columnEntries, displayEntries, headingWords, viewEntries } from './device_menus';
import './device_table';
import { loadFailed, noDevice, noGroup, nothingFound } from './devices_empty';
import './filter_box';
import type { FilterBox } from './filter_box';
import { InstallDialog } from './group_dialogs';

const kPhone = '(max-width: 759px)';
const kNarrow = '(max-width: 1099px)';
// A choice of columns that is in no address is this browser's.
const kColumnsPref = 'columns';

/// The choice outlives the view, so that looking at a device does not lose it.
const selection = new Selection();

/// All devices the person may see, live, with filter, order, grouping and columns kept in the address.
@customElement('devices-view')
export class DevicesView extends LightElement {
  readonly watch = new Watch(this, directory, savedViews, selection, i18n);
  @state() private shown: ListState = readState();
  @state() private shut: ReadonlySet<string> = new Set();
  private readonly list = new DeviceList(directory);
  private readonly values = new TopValues(directory);
  private readonly widths = [kPhone, kNarrow].map((query) => matchMedia(query));
  private words = headingWords('');
  private wordsFor = '';

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('keydown', this.onKey);
    addEventListener('hashchange', this.onHash);
    for (const width of this.widths) width.addEventListener('change', this.onWidth);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.onKey);
    removeEventListener('hashchange', this.onHash);
    for (const width of this.widths) width.removeEventListener('change', this.onWidth);
  }

  protected override willUpdate(): void {
    if (selection.size && directory.state === 'ready' && !directory.isPartial) selection.keepOnly((id) => directory.devices.has(id));
    const key = `${this.shown.query.by} ${i18n.language}`;
    if (key !== this.wordsFor) this.words = headingWords(this.shown.query.by);
    this.wordsFor = key;
  }

  override render() {
    const { query } = this.shown;
    const found = this.list.find(query);
    const rows = this.list.arrange(query, this.shut, this.words);
    return html`<div class="head devices-head">
        <h1>${t('devices.title')}<span class="count" data-testid="device-count">${this.countText(found.length)}</span></h1>
        ${directory.devices.size > 0 ? this.renderFilters() : html`<span class="grow"></span>`} ${this.renderAdd()}
      </div>
      <p class="sr" role="status">${this.isFiltered() ? t('devices.found', { n: found.length }) : ''}</p>
      ${this.renderBody(found.length, rows)}
      ${selection.size ? html`<bulk-bar .selection=${selection} .shown=${found}></bulk-bar>` : nothing}`;
  }

  private renderBody(count: number, rows: Row[]) {
    if (directory.state === 'loading') return skeleton();
    if (directory.state === 'failed') return loadFailed();
    if (directory.devices.size === 0) return directory.groups.size === 0 ? noGroup() : noDevice();
    if (count === 0) return nothingFound(() => this.change({ text: '', groupId: '', state: '' }));
    const { sort, descending } = this.shown.query;
    return html`<device-table
      .rows=${rows}
      .columns=${this.columnsShown()}
      .selection=${selection}
      .deviceCount=${count}
      .sort=${sort}
      .descending=${descending}
      .onSort=${this.sortBy}
      .onFold=${this.fold}
      .onAll=${this.chooseAll}
      .filterEntries=${this.filterEntries}
    ></device-table>`;
  }

  private renderFilters() {
    const { query } = this.shown;
    return html`<div class="filters" role="search">
      <filter-box .text=${query.text} .mistakes=${this.list.filter.mistakes} .valuesOf=${(key: never) => this.values.of(key)} .onText=${(text: string) => this.change({ text })} .onLeave=${() => this.querySelector<HTMLElement>('.grid')?.focus()}></filter-box>
      <select class="select" aria-label=${t('devices.groupFilter')} data-testid="filter-group" @change=${(event: Event) => this.change({ groupId: (event.target as HTMLSelectElement).value })}>
        <option value="" ?selected=${query.groupId === ''}>${t('devices.allGroups')}</option>
        ${directory.groupList().map((group) => html`<option value=${group.id} ?selected=${group.id === query.groupId}>${group.name}</option>`)}
      </select>
      <select class="select" aria-label=${t('devices.stateFilter')} data-testid="filter-state" @change=${(event: Event) => this.change({ state: (event.target as HTMLSelectElement).value as Query['state'] })}>
        ${(['', 'online', 'offline'] as const).map((value) => html`<option value=${value} ?selected=${value === query.state}>${t(stateLabels[value])}</option>`)}
      </select>
      ${this.renderSort()}
      <span class="row buttons">
        <tr-menu .entries=${() => viewEntries(this.addressed())} .label=${t('views.title')} .buttonClass=${'btn'} .content=${html`${icon('star')}<span class="wide cut">${this.viewName()}</span>`} data-testid="views-menu"></tr-menu>
        <tr-menu .entries=${() => displayEntries(this.shown, this.apply)} .label=${t('columns.menu')} .buttonClass=${'btn square'} .content=${icon('columns')} data-testid="display-menu"></tr-menu>
      </span>
    </div>`;
  }

  /// For phones, where the list has no column headings.
  private renderSort() {
    return html`<select class="select phone" aria-label=${t('devices.sort')} @change=${(event: Event) => this.change({ sort: (event.target as HTMLSelectElement).value as SortKey, descending: false })}>
      ${columns.map(({ key, label }) => html`<option value=${key} ?selected=${key === this.shown.query.sort}>${t(label)}</option>`)}
    </select>`;
  }

  private renderAdd() {
    if (directory.groups.size === 0) return nothing;
    return html`<button class="btn primary" aria-label=${t('devices.add')} @click=${() => openDialog(new InstallDialog(this.shown.query.groupId))} data-testid="add-device">
      ${icon('plus')}<span class="wide">${t('devices.add')}</span>
    </button>`;
  }

  private viewName(): string {
    const now = listStateText(this.addressed());
    return savedViews.views.find(({ query }) => query === now)?.name ?? t('views.title');
  }

  private columnsFor: Column[] = [];
  private columnsShown(): Column[] {
    const [isPhone, isNarrow] = this.widths.map((width) => width.matches);
    const keys = isPhone ? (['os', 'seen'] as SortKey[]) : (this.shown.columns ?? (isNarrow ? kFewColumns : kUsualColumns));
    const next = (['name', ...keys] as SortKey[]).map(columnOf);
    // The same array while nothing changed, so that the table lays nothing out again.
    if (next.length !== this.columnsFor.length || next.some((column, at) => column !== this.columnsFor[at])) this.columnsFor = next;
    return this.columnsFor;
  }

  private countText(found: number): string {
    const all = directory.devices.size;
    if (directory.state !== 'ready' || all === 0) return '';
    const text = this.isFiltered() ? t('devices.countOf', { found, all }) : all.toLocaleString(i18n.language);
    return directory.isPartial ? `${text}…` : text;
  }

  private isFiltered(): boolean {
    const { text, groupId, state } = this.shown.query;
    return text !== '' || groupId !== '' || state !== '';
  }

  private readonly filterEntries = (column: Column) =>
    columnEntries(column, this.shown.query.text, this.values, (text) => this.change({ text }), (text) => this.type(text));

  private type(text: string): void {
    this.change({ text });
    void this.updateComplete.then(() => this.querySelector<FilterBox>('filter-box')?.focus());
  }

  private readonly sortBy = (key: SortKey): void => {
    const { sort, descending } = this.shown.query;
    this.change({ sort: key, descending: key === sort ? !descending : false });
  };

  private readonly fold = (key: string): void => {
    const next = new Set(this.shut);
    if (!next.delete(key)) next.add(key);
    this.shut = next;
  };

  /// All that the filter lets through; a second time: none.
  private readonly chooseAll = (): void => {
    const found = this.list.find(this.shown.query);
    if (found.every(({ id }) => selection.has(id))) selection.clear();
    else selection.addAll(found.map(({ id }) => id));
  };

  private change(part: Partial<Query>): void {
    this.apply({ query: { ...this.shown.query, ...part } });
  }

  private readonly apply = (part: Partial<ListState>): void => {
    if (part.columns) writePref(kColumnsPref, part.columns.join('.'));
    this.shown = { ...this.shown, ...part };
    router.replace(['devices'], writeListState(this.addressed()));
  };

  /// Columns that are as usual here need no place in the address.
  private addressed(): ListState {
    const { query, columns: chosen } = this.shown;
    const isUsual = chosen === undefined || chosen.join('.') === kUsualColumns.join('.');
    return { query, columns: isUsual ? undefined : chosen };
  }

  private readonly onHash = (): void => {
    if (router.place.path[0] === 'devices' || router.place.path.length === 0) this.shown = readState();
  };

  private readonly onWidth = (): void => this.requestUpdate();

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || isTyping(event) || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    this.querySelector<FilterBox>('filter-box')?.select();
  };
}

const stateLabels: Record<Query['state'], TextKey> = { '': 'devices.anyState', online: 'state.online', offline: 'state.offline' };

/// What the address says; columns that it does not name are those chosen in this browser, unless it is a
/// link that somebody made with the usual ones.
function readState(): ListState {
  const search = router.place.query;
  const state = readListState(search);
  const isBare = [...search.keys()].length === 0;
  return state.columns === undefined && isBare ? { ...state, columns: readColumns(readPref(kColumnsPref)) } : state;
}

export function isTyping(event: Event): boolean {
  const target = event.composedPath()[0];
  return target instanceof HTMLElement && (target.matches('input, textarea, select') || target.isContentEditable);
}

export function skeleton() {
  return html`<div class="skeleton" role="status" aria-label=${t('common.loading')}>
    ${[0, 1, 2, 3, 4, 5, 6, 7].map(() => html`<i></i>`)}
  </div>`;
}
