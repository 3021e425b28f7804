import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '../admin';
import { CatchUp } from '../api/catch_up';
import { channel, directory } from '../app';
import { duration, shortTime } from '../core/format';
import { i18n, t, type TextKey } from '../core/i18n';
import { Watch } from '../core/watch';
import type { Device } from '../model/device';
import { powerSums, powerWord, readPower, type PowerSpan, type PowerWord } from '../model/power';
import { has, kManageDevices, kSetNotes } from '../model/rights';
import '../styles/device_extra.css';
import { DialogElement, openDialog } from '../widgets/dialog';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { toast, toastError } from '../widgets/toast';
import { consentBoxes, consentWords } from './consent_boxes';
import { noticeBoxes } from './notice_boxes';

const kDays = 7;
const kDayMs = 86_400_000;
const powerWords: Record<PowerWord, TextKey> = { on: 'power.isOn', sleep: 'power.isAsleep', off: 'power.isOff', unknown: 'power.isUnknown' };

/// What is known of a device besides what the list has: power over the last days, a note, consent and
/// notifications. Comes a moment after the rest.
@customElement('device-extra')
export class DeviceExtra extends LightElement {
  readonly watch = new Watch(this, directory, i18n);
  readonly catchUp = new CatchUp(this, channel, () => this.load(this.deviceId));
  @property() deviceId = '';
  @state() private spans: PowerSpan[] | undefined;
  @state() private note: string | undefined;
  @state() private draft: string | undefined;
  private until = 0;

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('deviceId')) return;
    this.spans = this.note = this.draft = undefined;
    void this.load(this.deviceId);
  }

  override render() {
    const device = directory.devices.get(this.deviceId);
    if (!device) return nothing;
    return html`${this.renderPower()} ${this.renderNote(device)} ${this.renderRules(device)}`;
  }

  private renderPower() {
    const { spans } = this;
    const sums = powerSums(spans ?? []);
    return html`<section class="panel" aria-labelledby="device-power">
      <header><h2 id="device-power">${t('power.timeline')}</h2></header>
      ${spans?.length
        ? html`<div class="inside">
            <div class="power" role="img" aria-label=${[...sums].map(([word, ms]) => `${t(powerWords[word])}: ${duration(ms)}`).join(', ')} data-testid="power-timeline">
              ${spans.map((span) => html`<i class=${powerWord(span.state)} title="${t(powerWords[powerWord(span.state)])}, ${shortTime(span.from)} – ${shortTime(span.until)}"></i>`)}
            </div>
            <p class="row legend">${[...sums].map(([word, ms]) => html`<span><i class=${word} aria-hidden="true"></i>${t(powerWords[word])} <span class="soft">${duration(ms)}</span></span>`)}</p>
          </div>`
        : html`<p class="inside soft">${spans ? t('stats.noHistory') : t('common.loading')}</p>`}
    </section>`;
  }

  private renderNote(device: Device) {
    const mayWrite = has(directory.deviceRights(device), kSetNotes);
    const { note, draft } = this;
    if (note === undefined) return nothing;
    return html`<section class="panel" aria-labelledby="device-note">
      <header>
        <h2 id="device-note">${t('bulk.noteLabel')}</h2>
        ${mayWrite && draft === undefined ? html`<button class="btn plain small" @click=${() => (this.draft = note)} data-testid="edit-note">${icon('edit')}${t('common.edit')}</button>` : nothing}
      </header>
      ${draft === undefined
        ? html`<p class="inside note-text ${note ? '' : 'soft'}" data-testid="note-text">${note || t('notes.none')}</p>`
        : html`<form @submit=${(event: Event) => void this.saveNote(event)}>
            <textarea class="input" rows="5" maxlength="60000" aria-label=${t('bulk.noteLabel')} data-testid="note-input" .value=${draft} @input=${(event: Event) => (this.draft = (event.target as HTMLTextAreaElement).value)}></textarea>
            <div class="row">
              <button class="btn primary small" data-testid="save-note">${t('common.save')}</button>
              <button type="button" class="btn small" @click=${() => (this.draft = undefined)}>${t('common.cancel')}</button>
            </div>
          </form>`}
    </section>`;
  }

  private renderRules(device: Device) {
    const group = directory.groups.get(device.groupId)?.consent ?? 0;
    const own = consentWords(device.consent);
    return html`<section class="panel" aria-labelledby="device-rules">
        <header>
          <h2 id="device-rules">${t('consent.title')}</h2>
          ${has(directory.deviceRights(device), kManageDevices) ? html`<button class="btn plain small" @click=${() => openDialog(new ConsentOfDevice(device))} data-testid="edit-consent">${icon('edit')}${t('common.edit')}</button>` : nothing}
        </header>
        <dl class="facts">
          <dt>${t('consent.ofDevice')}</dt><dd data-testid="consent-own">${own || t('consent.none')}</dd>
          <dt>${t('consent.ofGroup')}</dt><dd>${consentWords(group) || t('consent.none')}</dd>
        </dl>
      </section>
      <section class="panel" aria-labelledby="device-notices">
        <header><h2 id="device-notices">${t('notices.title')}</h2></header>
        ${noticeBoxes(device.id, 'device-notice')}
      </section>`;
  }

  // Widths through the object model: the content security policy refuses style attributes.
  protected override updated(): void {
    const from = this.until - kDays * kDayMs;
    this.querySelectorAll<HTMLElement>('.power i').forEach((bar, at) => {
      const span = this.spans![at]!;
      bar.style.left = `${((span.from - from) / (kDays * kDayMs)) * 100}%`;
      bar.style.width = `${((span.until - span.from) / (kDays * kDayMs)) * 100}%`;
    });
  }

  private async saveNote(event: Event): Promise<void> {
    event.preventDefault();
    const note = this.draft ?? '';
    try {
      await channel.command('setNotes', { id: this.deviceId, notes: note });
      this.note = note;
      this.draft = undefined;
      toast(t('common.saved'), 'success');
    } catch (error) {
      toastError(error);
    }
  }

  private async load(id: string): Promise<void> {
    const [power, note] = await Promise.all([
      channel.request('powertimeline', { nodeid: id }).catch(() => undefined),
      channel.request('getNotes', { id }).catch(() => undefined),
    ]);
    if (id !== this.deviceId || (!power && this.spans)) return;
    this.until = Date.now();
    this.spans = readPower(power?.['timeline'], this.until - kDays * kDayMs, this.until);
    // Refused: then there is no note to show.
    if (note && typeof note['result'] !== 'string') this.note = typeof note['notes'] === 'string' ? note['notes'] : '';
  }
}

@customElement('device-consent-dialog')
export class ConsentOfDevice extends DialogElement {
  @state() private flags: number;
  protected override roomy = true;

  constructor(private readonly device: Device) {
    super();
    this.flags = device.consent;
  }

  protected heading = () => t('bulk.consent');
  protected override submitLabel = () => t('common.save');
  protected body = () => consentBoxes('device-consent', this.flags, (flags) => (this.flags = flags));

  protected async submit(): Promise<void> {
    await channel.command('changedevice', { nodeid: this.device.id, consent: this.flags });
    toast(t('common.saved'), 'success');
  }
}
