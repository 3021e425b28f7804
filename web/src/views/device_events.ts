import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { CatchUp } from '../api/catch_up';
import { messageOf } from '../api/errors';
import { channel } from '../app';
import { ago, shortTime } from '../core/format';
import { i18n, t } from '../core/i18n';
import type { Unsubscribe } from '../core/observe';
import { Watch } from '../core/watch';
import { readEvent, type EventEntry } from '../model/events';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { skeleton } from './devices_view';

const kLimit = 300;
// Stored events of a device (control-protocol.md section 2.5) that are shown as they happen.
const kLive = ['changenode', 'nodemeshchange', 'agentlog', 'manual', 'runcommands', 'relaylog', 'batchupload', 'recording'];

/// What happened on a device, newest first, going on live.
@customElement('device-events')
export class DeviceEvents extends LightElement {
  readonly watch = new Watch(this, i18n);
  readonly catchUp = new CatchUp(this, channel, () => this.load());
  @property() deviceId = '';
  @state() private entries: EventEntry[] = [];
  @state() private phase: 'loading' | 'ready' | 'failed' = 'loading';
  @state() private fault = '';
  private stops: Unsubscribe[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.stops = kLive.map((name) => channel.events.on(name, (event) => this.add(event)));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.stops) stop();
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('deviceId')) return;
    this.phase = 'loading';
    void this.load();
  }

  override render() {
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('events.title')}>${this.renderBody()}</div>`;
  }

  private renderBody() {
    if (this.phase === 'loading') return skeleton();
    if (this.phase === 'failed') {
      return html`<div class="empty">
        ${icon('warn')}
        <h2>${this.fault}</h2>
        <div class="row"><button class="btn" @click=${() => void this.load()}>${t('common.retry')}</button></div>
      </div>`;
    }
    if (this.entries.length === 0) {
      return html`<div class="empty">${icon('page')}<h2>${t('events.noneTitle')}</h2><p>${t('events.none')}</p></div>`;
    }
    return html`<table class="events" data-testid="event-table">
      <thead><tr><th>${t('events.time')}</th><th>${t('events.what')}</th><th>${t('events.who')}</th></tr></thead>
      <tbody>
        ${this.entries.map(
          (entry) => html`<tr>
            <td class="when" title=${entry.time ? ago(entry.time) : nothing}>${entry.time ? shortTime(entry.time) : '–'}</td>
            <td class="what">${entry.text}</td>
            <td class="soft">${entry.who || '–'}</td>
          </tr>`,
        )}
      </tbody>
    </table>`;
  }

  private async load(): Promise<void> {
    const id = this.deviceId;
    if (this.phase === 'failed') this.phase = 'loading';
    try {
      const reply = await channel.request('events', { nodeid: id, limit: kLimit });
      if (id !== this.deviceId) return;
      const list = Array.isArray(reply['events']) ? (reply['events'] as unknown[]) : [];
      this.entries = list.map(readEvent).filter((entry) => entry !== undefined);
      this.phase = 'ready';
    } catch (error) {
      if (this.phase === 'ready') return; // what is shown stays
      this.fault = messageOf(error);
      this.phase = 'failed';
    }
  }

  private add(event: Record<string, unknown>): void {
    if (event['nodeid'] !== this.deviceId || event['nolog'] || this.phase !== 'ready') return;
    const entry = readEvent({ time: new Date().toISOString(), ...event });
    if (entry) this.entries = [entry, ...this.entries].slice(0, kLimit);
  }
}
