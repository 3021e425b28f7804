import type { PluginContext } from '../../../../web/plugin-api';
import { make, symbol } from './dom';
import type { Shell } from './shells';

export interface Actions {
  choose(protocol: number): void;
  copy(): void;
  paste(): void;
  resizeFont(step: number): void;
  toggleReader(): void;
  send(keys: string): void;
  start(): void;
  end(): void;
}

const touchKeys = { Esc: '\x1b', Tab: '\t', '↑': '\x1b[A', '↓': '\x1b[B', '←': '\x1b[D', '→': '\x1b[C', '|': '|', '/': '/', '-': '-', '~': '~' };

/// The controls around the screen. Knows nothing of sessions.
export class TerminalView {
  readonly place = make('div', { className: 'place' });
  private readonly t: PluginContext['t'];
  private readonly dot = make('span', { className: 'dot' });
  private readonly statusText = make('span', { className: 'cut', 'data-testid': 'terminal-state' });
  private readonly shell: HTMLSelectElement;
  private readonly reader: HTMLButtonElement;
  private readonly endButton: HTMLButtonElement;
  private readonly notice = make('div', { className: 'notice', 'data-testid': 'terminal-notice', hidden: true });
  private readonly noticeText = make('span', { className: 'grow' });
  private readonly startButton: HTMLButtonElement;
  private readonly tools: HTMLElement;
  private ctrlKey: HTMLButtonElement | undefined;
  private isCtrlHeld = false;

  constructor(
    root: HTMLElement,
    context: PluginContext,
    private readonly actions: Actions,
  ) {
    this.t = context.t;
    this.shell = make('select', { className: 'select', 'aria-label': this.t('shell.choose'), 'data-testid': 'terminal-shell' });
    this.shell.addEventListener('change', () => actions.choose(Number(this.shell.value)));
    this.reader = this.tool('reader', 'tool.reader', () => actions.toggleReader());
    this.endButton = this.button('session.end', () => actions.end(), 'terminal-disconnect');
    this.startButton = this.button('session.reconnect', () => actions.start(), 'terminal-reconnect');
    this.notice.append(this.noticeText, this.startButton);
    this.tools = this.makeTools();
    root.append(this.makeBar(context), this.notice, make('div', { className: 'screen' }, this.place), this.makeKeys());
  }

  /// What the keyboard sent, as a control character if Ctrl is held on the screen.
  withCtrl(text: string): string {
    if (!this.isCtrlHeld || text.length !== 1) return text;
    this.holdCtrl(false);
    return String.fromCharCode(text.toUpperCase().charCodeAt(0) & 0x1f);
  }

  private holdCtrl(held: boolean): void {
    this.isCtrlHeld = held;
    this.ctrlKey?.setAttribute('aria-pressed', String(held));
  }

  setShells(shells: Shell[], current: number): void {
    const options = shells.map(({ protocol, label }) =>
      make('option', { value: String(protocol), selected: protocol === current }, this.t(label)),
    );
    this.shell.replaceChildren(...options);
    this.shell.hidden = shells.length < 2;
  }

  /// `look`: colour of the dot.
  setStatus(text: string, look: '' | 'on' | 'partly'): void {
    this.dot.className = `dot ${look}`;
    this.statusText.textContent = text;
    this.endButton.hidden = look === '';
  }

  setNotice(text: string, canStart: boolean): void {
    this.notice.hidden = text === '';
    this.noticeText.textContent = text;
    this.startButton.hidden = !canStart;
  }

  setReader(on: boolean): void {
    this.reader.setAttribute('aria-pressed', String(on));
  }

  setBackground(colour: string): void {
    this.place.parentElement!.style.setProperty('--terminal-background', colour);
  }

  /// Where the keyboard goes when it leaves the screen.
  focusControls(): void {
    (this.shell.hidden ? this.reader : this.shell).focus();
  }

  private makeBar(context: PluginContext): HTMLElement {
    const status = make('span', { className: 'status grow', role: 'status' }, this.dot, this.statusText);
    return make(
      'div',
      { className: 'bar', role: 'group', 'aria-label': this.t('tool.bar') },
      this.shell,
      status,
      this.makeMore(),
      this.tools,
      this.tool('close', 'tool.close', () => context.close()),
    );
  }

  private makeTools(): HTMLElement {
    const tools = make(
      'div',
      { className: 'tools' },
      this.tool('copy', 'tool.copy', () => this.actions.copy()),
      this.tool('paste', 'tool.paste', () => this.actions.paste()),
      this.tool('smaller', 'tool.smaller', () => this.actions.resizeFont(-1)),
      this.tool('larger', 'tool.larger', () => this.actions.resizeFont(1)),
      this.reader,
      this.endButton,
    );
    return tools;
  }

  /// On a phone the tools are a line of their own that opens when it is wanted.
  private makeMore(): HTMLButtonElement {
    const more = this.tool('more', 'tool.more', () => {
      const open = this.tools.classList.toggle('open');
      more.setAttribute('aria-expanded', String(open));
    });
    more.classList.add('more');
    more.setAttribute('aria-expanded', 'false');
    return more;
  }

  /// Keys that on-screen keyboards lack. Ctrl holds for one key.
  private makeKeys(): HTMLElement {
    const ctrl = this.key('Ctrl', () => this.holdCtrl(!this.isCtrlHeld));
    ctrl.setAttribute('aria-pressed', 'false');
    this.ctrlKey = ctrl;
    const keys = Object.entries(touchKeys).map(([label, sequence]) => this.key(label, () => this.actions.send(sequence)));
    return make('div', { className: 'keys', role: 'group', 'aria-label': this.t('tool.keys') }, ctrl, ...keys);
  }

  private key(label: string, run: () => void): HTMLButtonElement {
    const button = make('button', { type: 'button', className: 'btn small', tabIndex: -1 }, label);
    // The on-screen keyboard closes when the screen loses the focus.
    button.addEventListener('pointerdown', (event) => event.preventDefault());
    button.addEventListener('click', run);
    return button;
  }

  private tool(name: string, key: string, run: () => void): HTMLButtonElement {
    const label = this.t(key);
    const button = make('button', { type: 'button', className: 'btn plain small square', title: label, 'aria-label': label, 'data-testid': `terminal-${name}` }, symbol(name));
    button.addEventListener('click', run);
    return button;
  }

  private button(key: string, run: () => void, testid: string): HTMLButtonElement {
    const button = make('button', { type: 'button', className: 'btn small', 'data-testid': testid }, this.t(key));
    button.addEventListener('click', run);
    return button;
  }
}
