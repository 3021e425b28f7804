import type { PluginContext } from '../../../../web/plugin-api';
import { make, symbol } from './dom';
import type { Shell } from './shells';

export interface Actions {
  choose(protocol: number): void;
  copy(): void;
  paste(): void;
  resizeFont(step: number): void;
  toggleReader(): void;
  start(): void;
  end(): void;
}

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
    root.append(this.makeBar(context), this.notice, make('div', { className: 'screen' }, this.place));
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
      this.tool('copy', 'tool.copy', () => this.actions.copy()),
      this.tool('paste', 'tool.paste', () => this.actions.paste()),
      this.tool('smaller', 'tool.smaller', () => this.actions.resizeFont(-1)),
      this.tool('larger', 'tool.larger', () => this.actions.resizeFont(1)),
      this.reader,
      this.endButton,
      this.tool('close', 'tool.close', () => context.close()),
    );
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
