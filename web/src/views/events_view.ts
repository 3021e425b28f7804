import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { CatchUp } from '../api/catch_up';
import { mySiteRights } from '../admin';
import { channel, directory } from '../app';
import { ago, shortTime } from '../core/format';
import { i18n, t } from '../core/i18n';
import type { Unsubscribe } from '../core/observe';
import { deviceLink, formatPlace, longId, router, shortId } from '../core/router';
import { Watch } from '../core/watch';
import { readEvent, type EventEntry } from '../model/events';
import { refusalOf } from '../model/refusals';
import { has, kManageUsers } from '../model/rights';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { skeleton } from './devices_view';
import { failure } from './people_parts';

const kPage = 200;
const kMost = 10_000; // the server's own limit
const kLive = [
  ...['accountcreate', 'accountchange', 'accountremove', 'createusergroup', 'usergroupchange', 'deleteusergroup', 'createmesh', 'meshchange', 'deletemesh'],
  ...['addnode', 'changenode', 'nodemeshchange', 'removenode', 'agentlog', 'manual', 'runcommands', 'relaylog', 'batchupload', 'recording'],
];

/// What happened on this server as far as the person may see it, newest first, going on live.
@customElement('events-view')
export class EventsView extends LightElement {
  readonly watch = new Watch(this, directory, i18n, router);
  readonly catchUp = new CatchUp(this, channel, () => this.load());
  @state() private entries: EventEntry[] | undefined;
  @state() private fault = '';
  @state() private isBusy = false;
  @state() private limit = kPage;
  @state() private hasMore = false;
  private asked = '';
  private stops: Unsubscribe[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.stops = kLive.map((name) => channel.events.on(name, (event) => this.add(event)));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.stops) stop();
  }

  protected override willUpdate(): void {
    const wanted = `${this.device}|${this.user}`;
    if (wanted === this.asked) return;
    this.asked = wanted;
    this.limit = kPage;
    this.entries = undefined;
    void this.load();
  }

  override render() {
    const found = this.found();
    return html`<div class="head">
        <h1>${t('events.title')}</h1>
        <div class="filters">
          <div class="search">
            ${icon('search')}
            <input class="input" type="search" id="event-search" data-testid="event-search" aria-label=${t('events.search')} placeholder=${t('events.search')} autocomplete="off" .value=${this.query} @input=${(event: Event) => this.narrow({ q: (event.target as HTMLInputElement).value })} />
          </div>
        </div>
      </div>
      ${this.renderChips()}
      <p class="sr" role="status">${this.entries && this.query ? t('events.found', { n: found.length }) : ''}</p>
      <div class="scroll" tabindex="0" role="region" aria-label=${t('events.title')}>${this.renderBody(found)}</div>`;
  }

  private renderChips() {
    const chip = (kind: 'user' | 'device', label: string) => html`<button class="btn small" aria-label=${t('events.clear', { what: label })} @click=${() => this.narrow({ [kind]: '' })} data-testid="clear-${kind}">
      ${label}${icon('close')}
    </button>`;
    if (!this.user && !this.device) return nothing;
    return html`<div class="chips">
      ${this.user ? chip('user', t('events.ofUser', { name: this.user })) : nothing}
      ${this.device ? chip('device', t('events.ofDevice', { name: directory.devices.get(longId('node', this.device))?.name ?? this.device.slice(0, 12) })) : nothing}
    </div>`;
  }

  private renderBody(found: EventEntry[]) {
    if (this.fault) return failure(this.fault, () => void this.load());
    if (!this.entries) return skeleton();
    const isEmpty = found.length === 0;
    return html`${isEmpty
        ? html`<div class="empty" data-testid="no-event">${icon('list')}<h2>${this.query ? t('empty.nothingFoundTitle') : t('events.noneTitle')}</h2></div>`
        : html`<table class="events four" data-testid="event-table">
            <thead>
              <tr>
                <th scope="col">${t('events.time')}</th>
                <th scope="col">${t('events.what')}</th>
                <th scope="col">${t('events.device')}</th>
                <th scope="col">${t('events.who')}</th>
              </tr>
            </thead>
            <tbody>${found.map((entry) => this.renderEntry(entry))}</tbody>
          </table>`}
      ${this.hasMore
        ? html`<div class="row more"><button class="btn" ?disabled=${this.isBusy} @click=${() => void this.loadMore()} data-testid="more-events">${this.isBusy ? html`<span class="spinner"></span>` : nothing}${t('events.more')}</button></div>`
        : nothing}`;
  }

  private renderEntry(entry: EventEntry) {
    return html`<tr data-testid="event-row">
      <td class="when" title=${entry.time ? ago(entry.time) : nothing}>${entry.time ? shortTime(entry.time) : '–'}</td>
      <td class="what">${entry.text}</td>
      <td class="soft at">${this.renderDevice(entry.deviceId)}</td>
      <td class="soft by">${this.renderUser(entry.who)}</td>
    </tr>`;
  }

  private renderDevice(id: string) {
    const device = directory.devices.get(id);
    return device ? html`<a href=${formatPlace(deviceLink(id, 'events'))}>${device.name}</a>` : nothing;
  }

  // The server lists what one user did for managers of users alone.
  private renderUser(name: string) {
    if (!name) return nothing;
    return has(mySiteRights(), kManageUsers) ? html`<a href=${formatPlace(['events'], { user: name, q: this.query })}>${name}</a>` : name;
  }

  private get query(): string {
    return router.place.query.get('q') ?? '';
  }

  private get user(): string {
    return router.place.query.get('user') ?? '';
  }

  private get device(): string {
    return router.place.query.get('device') ?? '';
  }

  private found(): EventEntry[] {
    const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
    return (this.entries ?? []).filter((entry) => {
      const all = `${entry.text} ${entry.who} ${directory.devices.get(entry.deviceId)?.name ?? ''}`.toLowerCase();
      return words.every((word) => all.includes(word));
    });
  }

  private narrow(change: Record<string, string>): void {
    router.replace(['events'], { q: this.query, user: this.user, device: this.device, ...change });
  }

  private async loadMore(): Promise<void> {
    this.limit = Math.min(kMost, this.limit + kPage);
    await this.load();
  }

  private async load(): Promise<void> {
    const { asked, limit } = this;
    this.isBusy = true;
    try {
      const what = this.device ? { nodeid: longId('node', this.device) } : this.user ? { userid: this.user } : {};
      const reply = await channel.command('events', { ...what, limit });
      if (asked !== this.asked || limit !== this.limit) return;
      const list = Array.isArray(reply['events']) ? (reply['events'] as unknown[]) : [];
      this.entries = list.map(readEvent).filter((entry) => entry !== undefined);
      this.hasMore = list.length >= limit && limit < kMost;
      this.fault = '';
    } catch (error) {
      // What is shown stays; the next greeting of the server loads again.
      if (asked === this.asked && !this.entries) this.fault = refusalOf(error).text;
    } finally {
      this.isBusy = false;
    }
  }

  private add(event: Record<string, unknown>): void {
    if (event['nolog'] || !this.entries) return;
    const entry = readEvent({ time: new Date().toISOString(), ...event });
    if (!entry || (this.user && entry.who !== this.user) || (this.device && shortId(entry.deviceId) !== this.device)) return;
    this.entries = [entry, ...this.entries].slice(0, kMost);
  }
}
