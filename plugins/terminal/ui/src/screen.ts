import { FitAddon } from '@xterm/addon-fit';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { Terminal, type ITerminalOptions } from '@xterm/xterm';
import type { PluginContext } from '../../../../web/plugin-api';
import { coloursFor, contrastFor } from '../../../../web/plugin-api/xterm_colours';
import { openUnderPolicy } from '../../../../web/plugin-api/xterm_policy';
import { readSetting, writeSetting } from './settings';

const kMinFont = 9;
const kMaxFont = 28;
const kDefaultFont = 14;

/// xterm.js, set up for this page: size, colours, clipboard, links.
export class TerminalScreen {
  readonly xterm: Terminal;
  private readonly fitter = new FitAddon();
  private readonly sizes: ResizeObserver;
  private frame = 0;

  constructor(
    private readonly place: HTMLElement,
    private readonly context: PluginContext,
    private readonly onLeave: () => void,
  ) {
    this.xterm = new Terminal(this.options());
    this.xterm.loadAddon(this.fitter);
    // Widths of emoji and East Asian characters as current programs count them.
    this.xterm.loadAddon(new Unicode11Addon());
    this.xterm.unicode.activeVersion = '11';
    openUnderPolicy(this.xterm, place);
    this.xterm.textarea?.setAttribute('aria-label', context.t('screen.label', { device: context.device?.name ?? '' }));
    this.xterm.textarea?.setAttribute('aria-description', context.t('screen.leave'));
    this.xterm.attachCustomKeyEventHandler((event) => this.onKey(event));
    this.sizes = new ResizeObserver(() => this.fitSoon());
    this.sizes.observe(place);
    this.fit();
  }

  applyTheme(): void {
    const { theme } = this.context;
    this.xterm.options.theme = coloursFor(theme);
    this.xterm.options.minimumContrastRatio = contrastFor(theme);
  }

  get background(): string {
    return this.xterm.options.theme?.background ?? '';
  }

  resizeFont(step: number): void {
    const size = Math.max(kMinFont, Math.min(kMaxFont, (this.xterm.options.fontSize ?? kDefaultFont) + step));
    this.xterm.options.fontSize = size;
    writeSetting('fontSize', String(size));
    this.fit();
  }

  get readerMode(): boolean {
    return this.xterm.options.screenReaderMode === true;
  }

  set readerMode(on: boolean) {
    this.xterm.options.screenReaderMode = on;
    writeSetting('reader', on ? 'on' : 'off');
  }

  async copy(): Promise<boolean> {
    const text = this.xterm.getSelection();
    if (!text) return false;
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }

  /// A new session starts below what the last one left: out of full-screen programs, with plain text
  /// and a visible cursor (DECSTR resets the rest).
  startNewSession(): void {
    this.xterm.write('\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[!p\x1b[?25h\x1b[0m\r\n');
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
    this.sizes.disconnect();
    this.xterm.dispose();
  }

  private options(): ITerminalOptions {
    return {
      allowProposedApi: true, // the Unicode version is behind it
      theme: coloursFor(this.context.theme),
      minimumContrastRatio: contrastFor(this.context.theme),
      fontFamily: this.context.theme.token('--font-mono') || 'monospace',
      fontSize: Number(readSetting('fontSize')) || kDefaultFont,
      lineHeight: 1.15,
      cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      screenReaderMode: readSetting('reader') === 'on',
      scrollback: 5_000,
      linkHandler: {
        activate: (event, uri) => openLink(event, uri),
        hover: (_, uri) => (this.place.title = uri),
        leave: () => (this.place.title = ''),
      },
    };
  }

  /// False keeps a key from the device.
  private onKey(event: KeyboardEvent): boolean {
    if (event.type !== 'keydown') return true;
    const isCopy = event.ctrlKey && ((event.shiftKey && event.code === 'KeyC') || event.key === 'Insert');
    if (isCopy) {
      event.preventDefault();
      void this.copy();
      return false;
    }
    // The browser pastes by itself, without asking for leave to read the clipboard.
    if ((event.ctrlKey && event.shiftKey && event.code === 'KeyV') || (event.shiftKey && event.key === 'Insert')) return false;
    // The way out for those who work without a mouse (WCAG 2.1.2): Tab belongs to the device.
    if (event.ctrlKey && event.key === 'F6') {
      event.preventDefault();
      this.onLeave();
      return false;
    }
    return true;
  }

  private fitSoon(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.fit());
  }

  private fit(): void {
    // While another tab is shown there is no size to fit to.
    if (this.place.clientWidth < 20 || this.place.clientHeight < 20) return;
    this.fitter.fit();
  }
}

/// Links that programs print lead wherever they like: only web addresses, only on Ctrl+click, and the new
/// page learns nothing of this one.
function openLink(event: MouseEvent, uri: string): void {
  if (!/^https?:\/\//i.test(uri) || !(event.ctrlKey || event.metaKey)) return;
  window.open(uri, '_blank', 'noopener,noreferrer');
}
