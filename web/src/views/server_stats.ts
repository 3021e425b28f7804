import { html, nothing, svg } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { channel } from '../app';
import { bytes } from '../core/format';
import { i18n, t, type TextKey } from '../core/i18n';
import type { Unsubscribe } from '../core/observe';
import { Watch } from '../core/watch';
import { linePieces, readHistory, readNumbers, type HistoryPoint, type Numbers } from '../model/server_numbers';
import { LightElement } from '../widgets/light';

const kEveryMs = 3_000;
const kHours = 24;
const kWidth = 300;
const kHeight = 44;

const countWords: Record<string, TextKey> = {
  UserAccounts: 'stats.accounts',
  DeviceGroups: 'stats.groups',
  AgentSessions: 'stats.agents',
  ConnectedUsers: 'stats.users',
  UsersSessions: 'stats.connections',
  RelaySessions: 'stats.relays',
};

const lines: [keyof HistoryPoint, TextKey][] = [
  ['agents', 'stats.agents'],
  ['users', 'stats.connections'],
  ['relays', 'stats.relays'],
  ['load', 'stats.load'],
  ['memory', 'server.memory'],
];

/// The server's numbers as they change, and the last 24 hours where the server keeps them.
@customElement('server-stats')
export class ServerStats extends LightElement {
  readonly watch = new Watch(this, i18n);
  @property({ type: Boolean }) hasHistory = false;
  @state() private numbers: Numbers | undefined;
  @state() private history: HistoryPoint[] = [];
  private stops: Unsubscribe[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.stops = [
      channel.messages.on('serverstats', (message) => (this.numbers = readNumbers(message))),
      channel.messages.on('serverinfo', () => void this.begin()),
      channel.events.on('servertimelinestats', (event) => (this.history = [...this.history, ...readHistory([event['data']])])),
    ];
    void this.begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.stops) stop();
    void channel.request('serverstats', { interval: 0 }).catch(() => undefined);
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('hasHistory') && this.hasHistory) void this.loadHistory();
  }

  override render() {
    const { numbers } = this;
    return html`<section class="panel" aria-labelledby="server-now">
        <header><h2 id="server-now">${t('stats.now')}</h2></header>
        ${numbers
          ? html`<dl class="facts" data-testid="stats">
              ${numbers.counts.filter(([name]) => countWords[name]).map(([name, value]) => html`<dt>${t(countWords[name]!)}</dt><dd>${value.toLocaleString(i18n.language)}</dd>`)}
              <dt>${t('stats.load')}</dt>
              <dd>${numbers.load.map((one) => one.toLocaleString(i18n.language, { maximumFractionDigits: 2 })).join(' · ') || '–'}</dd>
              <dt>${t('stats.machine')}</dt>
              <dd>${t('stats.free', { free: bytes(numbers.availableMemory), all: bytes(numbers.totalMemory) })}</dd>
            </dl>`
          : html`<p class="inside soft">${t('common.loading')}</p>`}
      </section>
      <section class="panel" aria-labelledby="server-day">
        <header><h2 id="server-day">${t('stats.day')}</h2></header>
        ${this.history.length ? this.renderHistory() : html`<p class="inside soft" data-testid="no-history">${t('stats.noHistory')}</p>`}
      </section>`;
  }

  private renderHistory() {
    const until = Date.now();
    const from = until - kHours * 3_600_000;
    return html`<div class="inside charts" data-testid="history">
      ${lines.map(([key, label]) => {
        const values = this.history.map((point) => ({ time: point.time, value: point[key] }));
        const last = values.at(-1)?.value ?? 0;
        const most = values.reduce((max, { value }) => Math.max(max, value), 0);
        const show = (value: number) => (key === 'memory' ? bytes(value) : value.toLocaleString(i18n.language, { maximumFractionDigits: 2 }));
        if (key === 'memory' && most === 0) return nothing;
        return html`<figure>
          <figcaption><span>${t(label)}</span><span class="soft">${t('stats.lastMost', { last: show(last), most: show(most) })}</span></figcaption>
          <svg viewBox="0 0 ${kWidth} ${kHeight}" preserveAspectRatio="none" role="img" aria-label=${t('stats.chart', { name: t(label), last: show(last), most: show(most) })}>
            ${linePieces(values, from, until, kWidth, kHeight).map((points) => svg`<polyline points=${points} />`)}
          </svg>
        </figure>`;
      })}
    </div>`;
  }

  private async begin(): Promise<void> {
    const reply = await channel.request('serverstats', { interval: kEveryMs }).catch(() => undefined);
    if (reply?.['values']) this.numbers = readNumbers(reply);
    if (this.hasHistory) await this.loadHistory();
  }

  private async loadHistory(): Promise<void> {
    const reply = await channel.request('servertimelinestats', { hours: kHours }).catch(() => undefined);
    if (reply) this.history = readHistory(reply['events']);
  }
}
