import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { directory } from '../app';
import { t, i18n, type TextKey } from '../core/i18n';
import { longId, router, shortId } from '../core/router';
import { Watch } from '../core/watch';
import { DeviceList, sortKeys, type Query, type SortKey } from '../model/device_list';
import { openDialog } from '../widgets/dialog';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { columns } from './device_table';
import { CreateGroupDialog, InstallDialog, mayCreateGroups } from './group_dialogs';

/// All devices the person may see, live, with search, filters and order kept in the address.
@customElement('devices-view')
export class DevicesView extends LightElement {
  readonly watch = new Watch(this, directory, i18n);
  @state() private query: Query = readQuery();
  private readonly list = new DeviceList(directory);

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('keydown', this.onKey);
    addEventListener('hashchange', this.onHash);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.onKey);
    removeEventListener('hashchange', this.onHash);
  }

  override render() {
    const found = this.list.find(this.query);
    return html`<div class="head devices-head">
        <h1>${t('devices.title')}<span class="count" data-testid="device-count">${this.countText(found.length)}</span></h1>
        ${directory.devices.size > 0 ? this.renderFilters() : html`<span class="grow"></span>`} ${this.renderAdd()}
      </div>
      <p class="sr" role="status">${this.isFiltered() ? t('devices.found', { n: found.length }) : ''}</p>
      ${this.renderBody(found)}`;
  }

  private renderBody(found: ReturnType<DeviceList['find']>) {
    if (directory.state === 'loading') return skeleton();
    if (directory.state === 'failed') return this.renderFailed();
    if (directory.devices.size === 0) return directory.groups.size === 0 ? this.renderNoGroup() : this.renderNoDevice();
    if (found.length === 0) return this.renderNothingFound();
    return html`<device-table
      .devices=${found}
      .sort=${this.query.sort}
      .descending=${this.query.descending}
      .onSort=${(key: SortKey) => this.sortBy(key)}
    ></device-table>`;
  }

  private renderFilters() {
    const { query } = this;
    return html`<div class="filters" role="search">
      <div class="search">
        ${icon('search')}
        <input
          class="input"
          type="search"
          id="device-search"
          data-testid="device-search"
          placeholder=${t('devices.search')}
          aria-label=${t('devices.search')}
          aria-keyshortcuts="/"
          .value=${live(query.text)}
          @input=${(event: Event) => this.change({ text: (event.target as HTMLInputElement).value })}
          @keydown=${(event: KeyboardEvent) => this.onSearchKey(event)}
        />
        <kbd aria-hidden="true">/</kbd>
      </div>
      <select
        class="select"
        aria-label=${t('devices.groupFilter')}
        data-testid="filter-group"
        @change=${(event: Event) => this.change({ groupId: (event.target as HTMLSelectElement).value })}
      >
        <option value="" ?selected=${query.groupId === ''}>${t('devices.allGroups')}</option>
        ${directory.groupList().map(
          (group) => html`<option value=${group.id} ?selected=${group.id === query.groupId}>${group.name}</option>`,
        )}
      </select>
      <select
        class="select"
        aria-label=${t('devices.stateFilter')}
        data-testid="filter-state"
        @change=${(event: Event) => this.change({ state: (event.target as HTMLSelectElement).value as Query['state'] })}
      >
        ${(['', 'online', 'offline'] as const).map(
          (value) => html`<option value=${value} ?selected=${value === query.state}>${t(stateLabels[value])}</option>`,
        )}
      </select>
      ${this.renderSort()}
    </div>`;
  }

  /// For phones, where the list has no column headings.
  private renderSort() {
    return html`<select
      class="select phone"
      aria-label=${t('devices.sort')}
      @change=${(event: Event) => this.change({ sort: (event.target as HTMLSelectElement).value as SortKey, descending: false })}
    >
      ${columns.map(({ key, label }) => html`<option value=${key} ?selected=${key === this.query.sort}>${t(label)}</option>`)}
    </select>`;
  }

  private renderAdd() {
    if (directory.groups.size === 0) return nothing;
    return html`<button class="btn primary" @click=${() => openDialog(new InstallDialog(this.query.groupId))} data-testid="add-device">
      ${icon('plus')}${t('devices.add')}
    </button>`;
  }

  private renderNoGroup() {
    return html`<div class="scroll"><div class="empty" data-testid="empty-no-group">
      ${icon('groups')}
      <h2>${t('empty.noGroupTitle')}</h2>
      <p>${t('empty.noGroup')}</p>
      ${mayCreateGroups()
        ? html`<div class="row"><button class="btn primary" @click=${() => openDialog(new CreateGroupDialog(true))} data-testid="create-group">
            ${icon('plus')}${t('groups.create')}
          </button></div>`
        : html`<p>${t('empty.askAdmin')}</p>`}
    </div></div>`;
  }

  private renderNoDevice() {
    return html`<div class="scroll"><div class="empty" data-testid="empty-no-device">
      ${icon('devices')}
      <h2>${t('empty.noDeviceTitle')}</h2>
      <p>${t('empty.noDevice')}</p>
      <div class="row"><button class="btn primary" @click=${() => openDialog(new InstallDialog(''))}>
        ${icon('plus')}${t('devices.add')}
      </button></div>
    </div></div>`;
  }

  private renderNothingFound() {
    return html`<div class="scroll"><div class="empty" data-testid="empty-search">
      ${icon('search')}
      <h2>${t('empty.nothingFoundTitle')}</h2>
      <p>${t('empty.nothingFound')}</p>
      <div class="row"><button class="btn" @click=${() => this.change({ text: '', groupId: '', state: '' })}>${t('devices.clear')}</button></div>
    </div></div>`;
  }

  private renderFailed() {
    return html`<div class="scroll"><div class="empty">
      ${icon('warn')}
      <h2>${t('empty.failedTitle')}</h2>
      <div class="row"><button class="btn" @click=${() => void directory.load()}>${t('common.retry')}</button></div>
    </div></div>`;
  }

  private countText(found: number): string {
    const all = directory.devices.size;
    if (directory.state !== 'ready' || all === 0) return '';
    return this.isFiltered() ? t('devices.countOf', { found, all }) : all.toLocaleString(i18n.language);
  }

  private isFiltered(): boolean {
    return this.query.text !== '' || this.query.groupId !== '' || this.query.state !== '';
  }

  private sortBy(key: SortKey): void {
    this.change({ sort: key, descending: key === this.query.sort ? !this.query.descending : false });
  }

  private change(part: Partial<Query>): void {
    this.query = { ...this.query, ...part };
    const { text, groupId, state, sort, descending } = this.query;
    router.replace(['devices'], {
      q: text,
      group: groupId ? shortId(groupId) : '',
      state,
      sort: sort === 'name' && !descending ? '' : (descending ? '-' : '') + sort,
    });
  }

  private onSearchKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.change({ text: '' });
    else if (event.key === 'ArrowDown') this.querySelector<HTMLElement>('.grid')?.focus();
    else return;
    event.preventDefault();
  }

  private readonly onHash = (): void => {
    if (router.place.path[0] === 'devices' || router.place.path.length === 0) this.query = readQuery();
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || isTyping(event) || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    this.querySelector<HTMLInputElement>('#device-search')?.select();
  };
}

const stateLabels: Record<Query['state'], TextKey> = { '': 'devices.anyState', online: 'state.online', offline: 'state.offline' };

function readQuery(): Query {
  const { query } = router.place;
  const sort = (query.get('sort') ?? 'name').replace(/^-/, '') as SortKey;
  const state = query.get('state') ?? '';
  const group = query.get('group') ?? '';
  return {
    text: query.get('q') ?? '',
    groupId: group ? longId('mesh', group) : '',
    state: state === 'online' || state === 'offline' ? state : '',
    sort: sortKeys.includes(sort) ? sort : 'name',
    descending: (query.get('sort') ?? '').startsWith('-'),
  };
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
