import { html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { DeviceInfo, Mount, PartPlace, PluginContext, PluginHttp, ThemeInfo, Unmount } from '../../plugin-api';
import { messageOf } from '../api/errors';
import { RelayTunnel } from '../api/tunnel';
import { holds } from '../core/holds';
import { t } from '../core/i18n';
import type { Unsubscribe } from '../core/observe';
import { theme } from '../core/theme';
import type { Contribution } from '../model/plugins';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { toast, type ToastKind } from '../widgets/toast';
import { mayLeave } from './leave';
import widgetStyles from '../styles/widgets.css?inline';

let sharedSheet: CSSStyleSheet | undefined;

/// What a plugin's part gets from the page around it: the technician's, or a guest's.
export interface PluginSource {
  call<Result>(action: string, args?: Record<string, unknown>): Promise<Result>;
  on(event: string, listener: (event: Record<string, unknown>) => void): Unsubscribe;
  t(plugin: string, key: string, values?: Record<string, string | number>): string;
  device(id: string): DeviceInfo | undefined;
  rights(id: string): number;
  onDevice(listener: () => void): Unsubscribe;
  /// The place of a part that has an address of its own.
  place?(contribution: Contribution): PartPlace | undefined;
  /// The plugin's routes, if whoever is here may use any.
  http?(plugin: string): PluginHttp;
  /// Asks for a session; resolves with the path that the viewer connects to.
  openTunnel(deviceId: string, protocol: number): Promise<string>;
}

/// Loads a plugin's module and gives it a place of its own: a shadow root with the page's controls.
/// What the plugin asked for through its context ends when this element leaves the page.
export abstract class PluginMount extends LightElement {
  @property({ attribute: false }) contribution: Contribution | undefined;
  @property() deviceId = '';
  @property({ attribute: false }) chosen: readonly string[] = [];
  @property({ attribute: false }) onLive: (live: boolean) => void = () => undefined;
  @property({ attribute: false }) onClose: () => void = () => undefined;
  @state() private phase: 'loading' | 'ready' | 'failed' = 'loading';
  @state() private fault = '';
  private unmount: Unmount | undefined;
  private stops: Unsubscribe[] = [];
  private attempt = 0;

  protected abstract source(): PluginSource;

  override connectedCallback(): void {
    super.connectedCallback();
    this.classList.add('plugin-host');
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.end();
  }

  override render() {
    return html`${this.phase === 'loading'
        ? html`<div class="empty" role="status"><span class="spinner"></span><p>${t('common.loading')}</p></div>`
        : nothing}
      ${this.phase === 'failed'
        ? html`<div class="empty" role="alert">
            ${icon('warn')}
            <h2>${t('plugin.loadFailed')}</h2>
            <p>${this.fault}</p>
            <div class="row"><button class="btn" @click=${() => void this.load()}>${t('common.retry')}</button></div>
          </div>`
        : nothing}
      <div class="plugin-host place" ?hidden=${this.phase !== 'ready'}></div>`;
  }

  private async load(): Promise<void> {
    const mine = ++this.attempt;
    const { contribution } = this;
    if (!contribution) return;
    this.phase = 'loading';
    try {
      const module = await importModule(contribution.module, mine);
      await this.updateComplete;
      if (mine !== this.attempt || !this.isConnected) return;
      // Visible before it is mounted, so that it can measure and take the keyboard.
      this.phase = 'ready';
      await this.updateComplete;
      const unmount = await module.mount(this.makeRoot(), this.makeContext(contribution));
      this.unmount = typeof unmount === 'function' ? unmount : undefined;
      if (!this.isConnected) this.end();
    } catch (error) {
      this.fault = messageOf(error);
      this.phase = 'failed';
    }
  }

  private makeRoot(): HTMLElement {
    const place = this.querySelector<HTMLElement>('.place')!;
    const shadow = place.shadowRoot ?? place.attachShadow({ mode: 'open' });
    if (!sharedSheet) {
      sharedSheet = new CSSStyleSheet();
      sharedSheet.replaceSync(`:host { display: flex; flex: 1; flex-direction: column; min-height: 0; } ${widgetStyles}`);
    }
    shadow.adoptedStyleSheets = [sharedSheet];
    const root = document.createElement('div');
    root.className = 'plugin-root';
    shadow.replaceChildren(root);
    return root;
  }

  private makeContext(contribution: Contribution): PluginContext {
    const source = this.source();
    const { plugin } = contribution;
    const device = (): DeviceInfo | undefined => source.device(this.deviceId);
    const rights = (): number => source.rights(this.deviceId);
    const devices = (): DeviceInfo[] => this.chosen.map((id) => source.device(id)).filter((each) => each !== undefined);
    return {
      plugin,
      call: (action, args) => source.call(action, args),
      on: (event, listener) => this.keep(source.on(event, listener)),
      t: (key, values) => source.t(plugin, key, values),
      onDevice: (listener) => this.keep(source.onDevice(listener)),
      openTunnel: (protocol, options = {}) => this.openTunnel(protocol, options),
      place: this.makePlace(source.place?.(contribution)),
      http: source.http?.(plugin),
      toast: (text, kind) => toast(text, kind as ToastKind),
      theme: this.makeTheme(),
      adopt: (text) => this.adopt(text),
      setLive: (live) => this.onLive(live),
      holds: (words) => this.keep(holds.add(this, words)),
      close: () => void this.leave(),
      get device() {
        return device();
      },
      get rights() {
        return rights();
      },
      get devices() {
        return devices();
      },
    };
  }

  private async leave(): Promise<void> {
    if (await mayLeave(this)) this.onClose();
  }

  private openTunnel(protocol: number, options: Record<string, unknown>): RelayTunnel {
    const tunnel = new RelayTunnel({ protocol, options, ask: () => this.source().openTunnel(this.deviceId, protocol) });
    this.keep(() => tunnel.close());
    return tunnel;
  }

  private makePlace(place: PartPlace | undefined): PartPlace | undefined {
    if (!place) return undefined;
    return {
      get values() {
        return place.values;
      },
      go: (values) => place.go(values),
      replace: (values) => place.replace(values),
      onChange: (listener) => this.keep(place.onChange(listener)),
    };
  }

  private makeTheme(): ThemeInfo {
    return {
      get scheme() {
        return theme.scheme;
      },
      get contrast() {
        return theme.contrast;
      },
      onChange: (listener) => this.keep(theme.subscribe(listener)),
      token: (name) => theme.token(name),
    };
  }

  private adopt(text: string): CSSStyleSheet {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    const shadow = this.querySelector('.place')?.shadowRoot;
    if (shadow) shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet];
    return sheet;
  }

  private keep(stop: Unsubscribe): Unsubscribe {
    this.stops.push(stop);
    return stop;
  }

  private end(): void {
    this.attempt++;
    const { unmount, stops } = this;
    this.unmount = undefined;
    this.stops = [];
    try {
      unmount?.();
    } catch (error) {
      console.error(error);
    }
    for (const stop of stops) stop();
    this.onLive(false);
  }
}

/// Browsers remember a failed import for good, so a further try needs another address.
async function importModule(path: string, attempt: number): Promise<{ mount: Mount }> {
  const address = attempt > 1 ? `${path}${path.includes('?') ? '&' : '?'}try=${attempt}` : path;
  const module = (await import(/* @vite-ignore */ address)) as { mount?: unknown };
  if (typeof module.mount !== 'function') throw new Error(t('plugin.noMount'));
  return module as { mount: Mount };
}
