import xtermStyle from '@xterm/xterm/css/xterm.css?inline';
import type { Mount, PluginContext, Tunnel } from '../../../web/plugin-api';
import { InputFlow, OutputFlow } from './src/flow';
import { TerminalScreen } from './src/screen';
import { readSetting, writeSetting } from './src/settings';
import { shellsFor, type Shell } from './src/shells';
import { style } from './src/style';
import { TerminalView } from './src/view';

const kInterrupt = 3; // Ctrl+C

interface TerminalOptions {
  shells?: string[];
  scrollbackLines?: number;
}

/// The terminal tab: one session at a time with the device's shell.
export const mount: Mount = async (root, context) => {
  context.adopt(xtermStyle);
  context.adopt(style);
  const tab = new TerminalTab(root, context);
  await tab.begin();
  return () => tab.end();
};

/// Whoever goes from tab to tab with the keyboard stays there; Tab leads into the terminal.
function walksThroughTabs(): boolean {
  return document.activeElement?.matches('[role=tab]:focus-visible') ?? false;
}

class TerminalTab {
  private readonly view: TerminalView;
  private readonly screen: TerminalScreen;
  private readonly input = new InputFlow((bytes) => this.tunnel?.send(bytes) ?? false);
  private tunnel: Tunnel | undefined;
  private output: OutputFlow | undefined;
  private shells: Shell[] = [];
  private protocol = 1;
  private hadSession = false;

  constructor(
    root: HTMLElement,
    private readonly context: PluginContext,
  ) {
    this.view = new TerminalView(root, context, {
      choose: (protocol) => this.choose(protocol),
      copy: () => void this.copy(),
      paste: () => void this.paste(),
      resizeFont: (step) => this.screen.resizeFont(step),
      toggleReader: () => this.toggleReader(),
      send: (keys) => this.screen.xterm.input(keys),
      start: () => this.connect(),
      end: () => this.tunnel?.close(),
    });
    this.screen = new TerminalScreen(this.view.place, context, () => this.view.focusControls());
    this.view.setReader(this.screen.readerMode);
    this.view.setBackground(this.screen.background);
    this.listen();
  }

  async begin(): Promise<void> {
    const id = this.context.device?.id ?? '';
    const options: TerminalOptions = await this.context.call<TerminalOptions>('terminal.options', { nodeid: id }).catch(() => ({}));
    if (options.scrollbackLines) this.screen.xterm.options.scrollback = options.scrollbackLines;
    this.shells = shellsFor(this.context.device, options.shells ?? ['root', 'user']);
    const last = Number(readSetting('shell'));
    this.protocol = (this.shells.find((shell) => shell.protocol === last) ?? this.shells[0])?.protocol ?? 1;
    this.view.setShells(this.shells, this.protocol);
    if (this.context.device?.online) this.connect();
    else this.show();
  }

  end(): void {
    this.tunnel?.close();
    this.input.clear();
    this.screen.dispose();
  }

  private listen(): void {
    const { xterm } = this.screen;
    const encoder = new TextEncoder();
    xterm.onData((text) => this.type(encoder.encode(this.view.withCtrl(text))));
    xterm.onBinary((text) => this.type(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
    xterm.onResize(({ cols, rows }) => this.tunnel?.control({ type: 'termsize', cols, rows }));
    this.context.theme.onChange(() => {
      this.screen.applyTheme();
      this.view.setBackground(this.screen.background);
    });
    let wasOnline = this.context.device?.online ?? false;
    this.context.onDevice(() => {
      const online = this.context.device?.online ?? false;
      if (online === wasOnline) return;
      wasOnline = online;
      // Opens by itself for somebody who waits for the device; a session that ended is theirs to renew.
      if (online && !this.hadSession) this.connect();
      else this.show();
    });
  }

  private connect(): void {
    this.tunnel?.close();
    this.input.clear();
    const { xterm } = this.screen;
    if (this.hadSession) this.screen.startNewSession();
    const tunnel = this.context.openTunnel(this.protocol, { cols: xterm.cols, rows: xterm.rows, xterm: true });
    const tellSkipped = (count: number): void =>
      xterm.write(`\x1b[0m\r\n[${this.context.t('session.skipped', { kilobytes: Math.round(count / 1024) })}]\r\n`);
    const output = new OutputFlow(xterm, tellSkipped);
    this.output = output;
    tunnel.onData = (bytes) => output.push(bytes);
    tunnel.onSkipped = tellSkipped;
    tunnel.onState = () => this.changed(tunnel);
    this.tunnel = tunnel;
    this.hadSession = true;
    this.show();
    if (!walksThroughTabs()) xterm.focus();
  }

  private changed(tunnel: Tunnel): void {
    if (tunnel !== this.tunnel) return;
    // The window may have changed while the session was being opened.
    if (tunnel.state === 'open') tunnel.control({ type: 'termsize', cols: this.screen.xterm.cols, rows: this.screen.xterm.rows });
    if (tunnel.state === 'closed') this.input.clear();
    this.show();
  }

  private type(bytes: Uint8Array): void {
    const state = this.tunnel?.state;
    if (state === 'closed' || state === undefined) {
      if (bytes.length === 1 && bytes[0] === 13 && this.context.device?.online) this.connect();
      return;
    }
    if (bytes.length === 1 && bytes[0] === kInterrupt) this.output?.interrupt();
    if (!this.input.push(bytes)) this.context.toast(this.context.t('paste.tooLarge'), 'error');
  }

  private choose(protocol: number): void {
    this.protocol = protocol;
    writeSetting('shell', String(protocol));
    if (this.context.device?.online) this.connect();
  }

  private async copy(): Promise<void> {
    if (!this.screen.xterm.hasSelection()) this.context.toast(this.context.t('copy.nothing'));
    else if (await this.screen.copy()) this.context.toast(this.context.t('copy.done'), 'success');
    else this.context.toast(this.context.t('copy.refused'), 'error');
    this.screen.xterm.focus();
  }

  private async paste(): Promise<void> {
    try {
      this.screen.xterm.paste(await navigator.clipboard.readText());
    } catch {
      this.context.toast(this.context.t('paste.refused'), 'info');
    }
    this.screen.xterm.focus();
  }

  private toggleReader(): void {
    this.screen.readerMode = !this.screen.readerMode;
    this.view.setReader(this.screen.readerMode);
  }

  private show(): void {
    const { t, device } = this.context;
    const { tunnel } = this;
    const state = tunnel?.state ?? 'closed';
    this.context.setLive(state === 'open' || state === 'waiting');
    if (state === 'opening') this.view.setStatus(t('state.connecting'), 'partly');
    else if (state === 'waiting') this.view.setStatus(tunnel?.reason || t('state.waiting'), 'partly');
    else if (state === 'open') this.view.setStatus(this.openText(), 'on');
    else this.view.setStatus(tunnel ? t('state.closed') : t('state.idle'), '');
    if (state !== 'closed') this.view.setNotice('', false);
    else if (!device?.online) this.view.setNotice(tunnel?.reason ? `${tunnel.reason} ${t('device.offline')}` : t('device.offline'), false);
    else this.view.setNotice(tunnel?.reason || t('session.ended'), true);
  }

  private openText(): string {
    const { tunnel, context } = this;
    if (tunnel?.reason) return tunnel.reason;
    return tunnel?.recorded ? context.t('state.recorded') : context.t('state.open');
  }
}
