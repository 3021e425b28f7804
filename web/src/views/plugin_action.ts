import { html } from 'lit';
import { customElement } from 'lit/decorators.js';
import { plugins } from '../app';
import type { Contribution } from '../model/plugins';
import { DialogElement } from '../widgets/dialog';
import './plugin_host';

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

  protected submit(): Promise<void> {
    return Promise.resolve();
  }
}
