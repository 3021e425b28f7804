import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import '../admin';
import { CatchUp } from '../api/catch_up';
import { messageOf } from '../api/errors';
import { channel } from '../app';
import { ago, bytes, duration, exactTime } from '../core/format';
import { i18n, t } from '../core/i18n';
import type { Unsubscribe } from '../core/observe';
import { Watch } from '../core/watch';
import { knownCommands } from '../model/known_commands';
import '../styles/server.css';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { skeleton } from './devices_view';
import { pluginLooks } from './plugins_view';
import './server_backups';
import './server_console';
import './server_errors';
import './server_sessions';
import './server_stats';

interface ServerState {
  version: string;
  name: string;
  url: string;
  started: number;
  now: number;
  memory: number;
  database: string;
  libraries: Record<string, string>;
  certificates: { name: string; expires: number }[];
}

interface PluginState {
  id: string;
  name: string;
  state: string;
  enabled: boolean;
}

const kSoonMs = 30 * 86_400_000;
const kLookAgainMs = 30_000;

/// The server itself, for its administrators: how it is, what it did, and what to do about it.
@customElement('server-view')
export class ServerView extends LightElement {
  readonly watch = new Watch(this, i18n);
  readonly catchUp = new CatchUp(this, channel, () => this.load());
  @state() private about: ServerState | undefined;
  @state() private pluginList: PluginState[] = [];
  @state() private commands: ReadonlySet<string> = new Set();
  @state() private fault = '';
  private stops: Unsubscribe[] = [];
  private timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.stops = [channel.events.on('plugin.stateChanged', () => void this.load())];
    this.timer = setInterval(() => void this.load(), kLookAgainMs);
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.stops) stop();
    clearInterval(this.timer);
  }

  override render() {
    return html`<div class="head"><h1>${t('server.title')}</h1></div>
      <div class="scroll" tabindex="0" role="region" aria-label=${t('server.title')}>${this.renderBody()}</div>`;
  }

  private renderBody() {
    if (this.fault) return html`<div class="empty">${icon('warn')}<h2>${this.fault}</h2><div class="row"><button class="btn" @click=${() => void this.load()}>${t('common.retry')}</button></div></div>`;
    if (!this.about) return skeleton();
    return html`<div class="panels">
        ${this.renderAbout(this.about)} ${this.renderHealth(this.about)}
        <server-stats .hasHistory=${this.commands.has('servertimelinestats')}></server-stats>
        <server-sessions></server-sessions>
      </div>
      <div class="panels single">${this.commands.has('backup.state') ? html`<server-backups></server-backups>` : nothing}<server-errors></server-errors><server-console></server-console></div>`;
  }

  private renderAbout(about: ServerState) {
    return panel(
      'server-about',
      t('server.about'),
      html`<dl class="facts">
        <dt>${t('server.version')}</dt><dd data-testid="server-version">${about.version}</dd>
        <dt>${t('server.address')}</dt><dd>${about.url}</dd>
        <dt>${t('server.uptime')}</dt><dd title=${exactTime(about.started)}>${duration(about.now - about.started)}</dd>
        <dt>${t('server.memory')}</dt><dd>${bytes(about.memory)}</dd>
        <dt>${t('server.database')}</dt><dd>${about.database}</dd>
        <dt>${t('server.libraries')}</dt><dd>${Object.entries(about.libraries).map(([name, version]) => html`<div>${name} ${version}</div>`)}</dd>
      </dl>`,
    );
  }

  private renderHealth(about: ServerState) {
    const bad = this.pluginList.filter(({ enabled, state: how }) => enabled && how !== 'running');
    return panel(
      'server-health',
      t('server.health'),
      html`<dl class="facts">
        ${about.certificates.map(
          ({ name, expires }) => html`<dt>${t('server.certificate')} (${name})</dt>
            <dd data-testid="certificate"><span class="badge ${expires < about.now ? 'bad' : expires < about.now + kSoonMs ? 'warn' : 'ok'}">${t(expires < about.now ? 'server.expired' : 'server.expires', { time: ago(expires, about.now) })}</span> <span class="faint">${exactTime(expires)}</span></dd>`,
        )}
        <dt>${t('plugins.title')}</dt>
        <dd>
          <a href="#/plugins">${t('server.pluginsRun', { n: this.pluginList.filter(({ state: how }) => how === 'running').length })}</a>
          ${bad.map(({ name, id, state: how }) => html`<div><span class="badge ${pluginLooks.get(how)?.kind ?? 'bad'}">${t(pluginLooks.get(how)?.label ?? 'plugins.failed')}</span> ${name || id}</div>`)}
        </dd>
      </dl>`,
    );
  }

  private async load(): Promise<void> {
    try {
      if (this.commands.size === 0) this.commands = await knownCommands();
      const [about, list] = await Promise.all([channel.call<ServerState>('server.state'), channel.call<{ plugins?: PluginState[] }>('plugin.list')]);
      this.about = about;
      this.pluginList = Array.isArray(list.plugins) ? list.plugins : [];
      this.fault = '';
    } catch (error) {
      if (!this.about) this.fault = messageOf(error);
    }
  }
}

export function panel(id: string, title: string, body: TemplateResult | typeof nothing, action: TemplateResult | typeof nothing = nothing) {
  return html`<section class="panel" aria-labelledby=${id}>
    <header><h2 id=${id}>${title}</h2>${action}</header>
    ${body}
  </section>`;
}
