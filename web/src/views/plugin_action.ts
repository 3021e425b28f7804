import { html } from 'lit';
import { customElement } from 'lit/decorators.js';
import { plugins } from '../app';
import type { Contribution, Slot } from '../model/plugins';
import { DialogElement, openDialog } from '../widgets/dialog';
import type { MenuEntry } from '../widgets/menu';
import { mayLeave } from './leave';
import { mayUse } from './plugin_host';

/// What plugins can do with at least one of `ids`, each for those with which it can; `prefix` of their test ids.
export function pluginActions(slot: Slot, ids: readonly string[], prefix: string): MenuEntry[] {
  return plugins.of(slot).flatMap((entry) => {
    const allowed = ids.filter((id) => mayUse(entry, id));
    const run = (): void => openDialog(new PluginActionDialog(entry, allowed));
    return allowed.length > 0 ? [{ label: plugins.t(entry.plugin, entry.title), testid: `${prefix}-${entry.plugin}-${entry.id}`, run }] : [];
  });
}

/// A plugin's action on a device, or on several, in a dialog. It closes by itself when the plugin says so.
@customElement('plugin-action-dialog')
export class PluginActionDialog extends DialogElement {
  constructor(
    private readonly contribution: Contribution,
    private readonly deviceIds: readonly string[],
  ) {
    super();
    this.roomy = true;
  }

  protected heading(): string {
    return plugins.t(this.contribution.plugin, this.contribution.title);
  }

  protected body() {
    return html`<plugin-host class="action" .contribution=${this.contribution} .deviceId=${this.deviceIds.length === 1 ? this.deviceIds[0] : ''} .chosen=${this.deviceIds} .onClose=${() => this.close()}></plugin-host>`;
  }

  protected override mayClose(): true | Promise<boolean> {
    const host = this.querySelector('plugin-host');
    return host ? mayLeave(host) : true;
  }

  protected submit(): Promise<void> {
    return Promise.resolve();
  }
}
