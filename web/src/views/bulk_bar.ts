import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { directory, plugins } from '../app';
import { i18n, t, type TextKey } from '../core/i18n';
import { Watch } from '../core/watch';
import type { Device } from '../model/device';
import type { Selection } from '../model/selection';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import '../widgets/menu';
import type { MenuEntry } from '../widgets/menu';
import { toastError } from '../widgets/toast';
import type { BulkKind } from './bulk_dialogs';
import { pluginActions } from './plugin_action';

/// What can be done with the chosen devices.
@customElement('bulk-bar')
export class BulkBar extends LightElement {
  readonly watch = new Watch(this, plugins, i18n);
  @property({ attribute: false }) selection!: Selection;
  /// What the filter lets through, in order.
  @property({ attribute: false }) shown: Device[] = [];

  private button(kind: BulkKind, label: TextKey) {
    return html`<button class="btn small" @click=${() => void this.open(kind)} data-testid="bulk-${kind}">${t(label)}</button>`;
  }

  private powerEntries(): MenuEntry[] {
    return [this.entry('wake', 'power.wake'), this.entry('reset', 'power.reset', true), this.entry('sleep', 'power.sleep', true), this.entry('off', 'power.off', true)];
  }

  private moreEntries(): MenuEntry[] {
    return [...pluginActions('devices_action', [...this.selection.ids], 'bulk'), this.entry('message', 'bulk.message'), this.entry('note', 'bulk.note'), this.entry('consent', 'bulk.consent'), 'line', this.entry('remove', 'bulk.remove', true)];
  }

  private entry(kind: BulkKind, label: TextKey, danger = false): MenuEntry {
    return { label: t(label), danger, testid: `bulk-${kind}`, run: () => void this.open(kind) };
  }

  /// Comes when it is needed: few look at the list to change something.
  private async open(kind: BulkKind): Promise<void> {
    try {
      const { openBulk } = await import('./bulk_dialogs');
      openBulk(kind, [...this.selection.ids].map((id) => directory.devices.get(id)).filter((device) => device !== undefined));
    } catch (error) {
      toastError(error);
    }
  }

  private stop = (): void => undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.stop = this.selection.subscribe(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop();
  }

  override render() {
    const { size } = this.selection;
    const visible = this.shown.reduce((count, { id }) => count + Number(this.selection.has(id)), 0);
    return html`<section class="bulk" aria-label=${t('select.title')} data-testid="bulk-bar">
      <p role="status" data-testid="selected-count">
        <b>${t('select.count', { n: size })}</b>${visible < size ? html` <span class="soft">${t('select.hidden', { n: size - visible })}</span>` : nothing}
      </p>
      ${visible < this.shown.length
        ? html`<button class="btn small plain" @click=${() => this.selection.addAll(this.shown.map(({ id }) => id))} data-testid="select-shown">${t('select.allShown', { n: this.shown.length })}</button>`
        : nothing}
      <span class="grow"></span>
      ${this.button('move', 'bulk.moveShort')} ${this.button('tags', 'device.tags')} ${this.button('run', 'bulk.runShort')}
      <tr-menu up .entries=${this.powerEntries()} .label=${t('power.title')} .buttonClass=${'btn small'} .content=${html`${t('power.title')}${icon('up')}`} data-testid="bulk-power"></tr-menu>
      <tr-menu up .entries=${this.moreEntries()} .label=${t('bulk.moreActions')} .buttonClass=${'btn small square'} data-testid="bulk-more"></tr-menu>
      <button class="btn small plain" @click=${() => this.selection.clear()} data-testid="select-none">${icon('close')}${t('select.none')}</button>
    </section>`;
  }
}
