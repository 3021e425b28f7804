import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { CatchUp } from '../api/catch_up';
import { messageOf } from '../api/errors';
import { channel } from '../app';
import { exactTime, shortTime } from '../core/format';
import { i18n, t, type TextKey } from '../core/i18n';
import type { Unsubscribe } from '../core/observe';
import { Watch } from '../core/watch';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { toast, toastError } from '../widgets/toast';
import { skeleton } from './devices_view';

interface PluginInfo {
  id: string;
  name: string;
  version: string;
  summary: string;
  state: string;
  reason: string;
  problems: string[];
  since: number;
  enabled: boolean;
  required: boolean;
}

export const pluginLooks = new Map<string, { kind: string; label: TextKey }>(Object.entries({
  found: { kind: '', label: 'plugins.found' },
  described: { kind: 'warn', label: 'plugins.starting' },
  configured: { kind: 'warn', label: 'plugins.starting' },
  misconfigured: { kind: 'bad', label: 'plugins.misconfigured' },
  running: { kind: 'ok', label: 'plugins.running' },
  starting: { kind: 'warn', label: 'plugins.starting' },
  stopping: { kind: 'warn', label: 'plugins.stopping' },
  degraded: { kind: 'warn', label: 'plugins.degraded' },
  stopped: { kind: '', label: 'plugins.stopped' },
  disabled: { kind: '', label: 'plugins.disabled' },
  failed: { kind: 'bad', label: 'plugins.failed' },
  refused: { kind: 'bad', label: 'plugins.refused' },
  quarantined: { kind: 'bad', label: 'plugins.quarantined' },
}));

// Stopping and starting have limits of their own on the server, dependents included; it answers by then.
const kSwitchTimeoutMs = 130_000;

/// The switchboard: what is installed, how it is, and switches for it.
@customElement('plugins-view')
export class PluginsView extends LightElement {
  readonly watch = new Watch(this, i18n);
  readonly catchUp = new CatchUp(this, channel, () => this.load());
  @state() private list: PluginInfo[] | undefined;
  @state() private fault = '';
  @state() private busy = new Set<string>();
  private stops: Unsubscribe[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.stops = [channel.events.on('plugin.stateChanged', () => void this.load())];
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.stops) stop();
  }

  override render() {
    return html`<div class="head"><h1>${t('plugins.title')}</h1></div>
      <div class="scroll">${this.renderBody()}</div>`;
  }

  private renderBody() {
    if (this.fault && !this.list) {
      return html`<div class="empty">
        ${icon('warn')}
        <h2>${this.fault}</h2>
        <div class="row"><button class="btn" @click=${() => void this.load()}>${t('common.retry')}</button></div>
      </div>`;
    }
    if (!this.list) return skeleton();
    if (this.list.length === 0) {
      return html`<div class="empty">${icon('plugins')}<h2>${t('plugins.noneTitle')}</h2><p>${t('plugins.none')}</p></div>`;
    }
    return html`<ul class="list narrow" data-testid="plugin-list">${this.list.map((plugin) => this.renderPlugin(plugin))}</ul>`;
  }

  private renderPlugin(plugin: PluginInfo) {
    const look = pluginLooks.get(plugin.state);
    const isBusy = this.busy.has(plugin.id);
    return html`<li data-testid="plugin-${plugin.id}">
      <div class="about">
        <h2>${plugin.name} <span class="faint">${plugin.version}</span></h2>
        <p>${plugin.summary}</p>
      </div>
      <span class="badge ${look?.kind ?? ''}" data-testid="plugin-state" title=${plugin.since ? exactTime(plugin.since) : nothing}>
        ${look ? t(look.label) : plugin.state}
      </span>
      ${plugin.since ? html`<span class="faint since wide">${t('plugins.since', { time: shortTime(plugin.since) })}</span>` : nothing}
      ${plugin.required ? html`<span class="faint">${t('plugins.required')}</span>` : nothing}
      <button
        type="button"
        class="switch"
        role="switch"
        aria-checked=${plugin.enabled}
        aria-label=${t('plugins.switch', { name: plugin.name })}
        ?disabled=${plugin.required || isBusy}
        data-testid="plugin-switch"
        @click=${() => void this.toggle(plugin)}
      ></button>
      ${this.renderReason(plugin, look?.kind === 'bad' || look?.kind === 'warn')}
    </li>`;
  }

  private renderReason(plugin: PluginInfo, isFault: boolean) {
    if (!plugin.reason && plugin.problems.length === 0) return nothing;
    return html`<div class="reason" data-testid="plugin-reason">
      ${isFault ? icon('warn') : nothing}
      <div>
        ${plugin.reason}
        ${plugin.problems.length ? html`<ul>${plugin.problems.map((problem) => html`<li class="mono">${problem}</li>`)}</ul>` : nothing}
      </div>
    </div>`;
  }

  private async load(): Promise<void> {
    try {
      const result = await channel.call<{ plugins?: unknown }>('plugin.list');
      const list = Array.isArray(result?.plugins) ? result.plugins : [];
      this.list = list.map(readPlugin).filter((plugin) => plugin !== undefined);
      this.fault = '';
    } catch (error) {
      this.fault = messageOf(error);
    }
  }

  private async toggle(plugin: PluginInfo): Promise<void> {
    this.busy = new Set([...this.busy, plugin.id]);
    try {
      await channel.call(plugin.enabled ? 'plugin.disable' : 'plugin.enable', { id: plugin.id }, kSwitchTimeoutMs);
      toast(t(plugin.enabled ? 'plugins.nowDisabled' : 'plugins.nowEnabled', { name: plugin.name }), 'success');
      await this.load();
    } catch (error) {
      toastError(error);
    } finally {
      this.busy = new Set([...this.busy].filter((id) => id !== plugin.id));
    }
  }
}

function readPlugin(value: unknown): PluginInfo | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entry = value as Record<string, unknown>;
  const text = (key: string): string => (typeof entry[key] === 'string' ? entry[key] : '');
  if (!text('id')) return undefined;
  const { since, problems } = entry;
  return {
    id: text('id'),
    name: text('name') || text('id'),
    version: text('version'),
    summary: text('summary'),
    state: text('state'),
    reason: text('reason'),
    problems: Array.isArray(problems) ? problems.filter((problem) => typeof problem === 'string') : [],
    since: typeof since === 'number' ? since : Date.parse(text('since')) || 0,
    enabled: entry['enabled'] === true,
    required: entry['required'] === true,
  };
}
