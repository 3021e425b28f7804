import type { PluginContext } from '../../../../web/plugin-api';
import { make, symbol, type SymbolName } from './dom';
import { kAlt, kControl, kEnter, kShift, kTab, type Key } from './keys';
import { Menu } from './menu';
import type { Mode } from './stage';

export interface Actions {
  start(): void;
  startVirtual(): void;
  end(): void;
  close(): void;
  show(mode: Mode): void;
  fullScreen(): void;
  chooseDisplay(id: number): void;
  chooseQuality(name: string): void;
  sticky(key: Key): boolean;
  chord(keys: Key[]): void;
  ctrlAltDel(): void;
  toggleTyping(): void;
  sendClipboard(): void;
  takeClipboard(): void;
  typeClipboard(): void;
  screenshot(): void;
  refresh(): void;
  lock(): void;
  lockAtEnd(isOn: boolean): void;
  blank(isOn: boolean): void;
  viewOnly(isOn: boolean): void;
  showPeople(): void;
}

export interface Person {
  name: string;
  details: string;
  badge: string;
}

export interface Screen {
  id: number;
  label: string;
}

export interface Figures {
  [name: string]: string;
}

const kMeta: Key = { vk: 0x5b, isExtended: true };
const functionKeys = Array.from({ length: 12 }, (_, index): [string, Key] => [`F${index + 1}`, { vk: 0x70 + index }]);
const modifiers: [string, Key][] = [['Ctrl', kControl], ['Alt', kAlt], ['Shift', kShift], ['Win', kMeta]];
const barKeys: [string, Key][] = [
  ['Esc', { vk: 0x1b }],
  ['Tab', kTab],
  ['⏎', kEnter],
  ['Del', { vk: 0x2e, isExtended: true }],
  ['←', { vk: 0x25, isExtended: true }],
  ['↑', { vk: 0x26, isExtended: true }],
  ['↓', { vk: 0x28, isExtended: true }],
  ['→', { vk: 0x27, isExtended: true }],
];
const chords: [string, Key[]][] = [
  ['Alt+Tab', [kAlt, kTab]],
  ['Alt+F4', [kAlt, { vk: 0x73 }]],
  ['Win', [kMeta]],
  ['PrtSc', [{ vk: 0x2c, isExtended: true }]],
];

/// The controls around the picture. Knows nothing of sessions.
export class DesktopView {
  private readonly t: PluginContext['t'];
  private readonly dot = make('span', { className: 'dot' });
  private readonly statusText = make('span', { className: 'cut', 'data-testid': 'desktop-state' });
  private readonly badges = make('span', { className: 'badges' });
  private readonly notice = make('div', { className: 'notice', role: 'status', 'data-testid': 'desktop-notice', hidden: true });
  private readonly state = make('div', { className: 'state', 'data-testid': 'desktop-overlay', hidden: true });
  private readonly displays = make('select', { className: 'select', 'data-testid': 'desktop-displays' });
  private readonly quality = make('select', { className: 'select', 'data-testid': 'desktop-quality' });
  private readonly figures = make('dl', { className: 'figures', 'data-testid': 'desktop-figures' });
  private readonly peopleList = make('ul', { 'data-testid': 'desktop-people-list' });
  private readonly peopleCount = make('span', { 'data-testid': 'desktop-people-count' }, '1');
  private readonly peopleButton: HTMLButtonElement;
  private readonly keys = make('div', { className: 'keys', role: 'group', 'data-testid': 'desktop-keybar', hidden: true });
  private readonly keysButton: HTMLButtonElement;
  private readonly viewOnly: HTMLButtonElement;
  private lockAtEnd!: HTMLButtonElement;
  private blank!: HTMLButtonElement;
  private readonly endButton: HTMLButtonElement;
  private readonly modes: Record<'fit' | 'actual', HTMLButtonElement>;
  private readonly stickyButtons: HTMLButtonElement[] = [];
  private readonly forInput: HTMLElement[] = [];
  private readonly forSession: HTMLElement[] = [];

  constructor(
    root: HTMLElement,
    context: PluginContext,
    private readonly stage: HTMLElement,
    private readonly actions: Actions,
  ) {
    this.t = context.t;
    this.displays.setAttribute('aria-label', this.t('display.choose'));
    this.displays.addEventListener('change', () => actions.chooseDisplay(Number(this.displays.value)));
    this.modes = {
      fit: this.tool('fit', 'tool.fit', () => actions.show('fit')),
      actual: this.tool('actual', 'tool.actual', () => actions.show('actual')),
    };
    this.keysButton = this.tool('keys', 'tool.keys', () => this.toggleKeys());
    this.keysButton.setAttribute('aria-pressed', 'false');
    this.viewOnly = this.toggle('viewOnly.toggle', (isOn) => actions.viewOnly(isOn), 'desktop-viewonly');
    this.endButton = this.button('session.end', () => actions.end(), 'desktop-disconnect');
    this.endButton.classList.add('ending');
    this.peopleButton = this.opener('people', 'tool.people');
    this.peopleButton.classList.remove('square');
    this.peopleButton.append(this.peopleCount);
    this.setPeople([]);
    this.keys.setAttribute('aria-label', this.t('keys.label'));
    this.makeKeys();
    stage.append(this.state);
    root.append(this.makeBar(), this.notice, stage, this.keys);
    if (matchMedia('(pointer: coarse)').matches) this.toggleKeys();
  }

  // ---- what it shows ------------------------------------------------------------------------------------

  setStatus(text: string, look: '' | 'on' | 'partly'): void {
    this.dot.className = `dot ${look}`;
    this.statusText.textContent = text;
    this.endButton.hidden = look === '';
    for (const element of this.forSession) element.toggleAttribute('inert', look !== 'on');
  }

  /// `[text, kind of badge, test id]`.
  setBadges(badges: [string, string, string][]): void {
    this.badges.replaceChildren(...badges.map(([text, kind, id]) => make('span', { className: `badge ${kind}`, 'data-testid': id }, text)));
  }

  setNotice(text: string): void {
    this.notice.hidden = text === '';
    this.notice.textContent = text;
  }

  /// Over the picture: what is waited for or why there is none. '' takes it away.
  setState(text: string, offers: { spin?: boolean; start?: boolean; startVirtual?: boolean; isStale?: boolean } = {}): void {
    this.state.hidden = text === '';
    this.stage.classList.toggle('blank', text !== '' && !offers.isStale);
    this.stage.classList.toggle('stale', text !== '' && offers.isStale === true);
    const buttons = make('div', { className: 'row' });
    if (offers.start) buttons.append(this.button('session.reconnect', () => this.actions.start(), 'desktop-reconnect'));
    if (offers.startVirtual) buttons.append(this.button('session.startVirtual', () => this.actions.startVirtual(), 'desktop-virtual'));
    const parts: HTMLElement[] = offers.spin ? [make('span', { className: 'spinner' })] : [];
    this.state.replaceChildren(...parts, make('p', { role: 'status' }, text), ...(buttons.childElementCount > 0 ? [buttons] : []));
  }

  setDisplays(screens: Screen[], selected: number): void {
    this.displays.hidden = screens.length < 2;
    this.displays.replaceChildren(...screens.map(({ id, label }) => make('option', { value: String(id), selected: id === selected }, label)));
  }

  setQuality(name: string): void {
    this.quality.value = name;
  }

  setLockAtEnd(isOn: boolean): void {
    this.lockAtEnd.setAttribute('aria-pressed', String(isOn));
  }

  /// Whether the device's monitors can be made dark, and are.
  setBlank(isPossible: boolean, isOn: boolean): void {
    this.blank.hidden = !isPossible;
    this.blank.setAttribute('aria-pressed', String(isOn));
  }

  setMode(mode: Mode): void {
    this.modes.fit.setAttribute('aria-pressed', String(mode === 'fit'));
    this.modes.actual.setAttribute('aria-pressed', String(mode === 'actual'));
  }

  setFigures(figures: Figures): void {
    this.figures.replaceChildren(
      ...Object.entries(figures).flatMap(([name, value]) => [make('dt', {}, this.t(`figure.${name}`)), make('dd', { 'data-testid': `figure-${name}` }, value)]),
    );
  }

  setPeople(people: Person[]): void {
    const count = Math.max(1, people.length);
    this.peopleCount.textContent = String(count);
    this.peopleButton.setAttribute('aria-label', `${this.t('tool.people')}: ${count}`);
    this.peopleList.replaceChildren(
      ...people.map(({ name, details, badge }) =>
        make('li', {}, make('span', { className: 'cut' }, name), ...(badge ? [make('span', { className: 'badge' }, badge)] : []), make('span', { className: 'soft' }, details)),
      ),
    );
  }

  /// Whether this person may use mouse and keyboard, and has chosen not to.
  setInput(mayInput: boolean, isViewOnly: boolean): void {
    this.viewOnly.hidden = !mayInput;
    this.viewOnly.setAttribute('aria-pressed', String(isViewOnly));
    for (const element of this.forInput) element.hidden = !mayInput || isViewOnly;
    if (!mayInput || isViewOnly) this.keys.hidden = true;
    else this.keys.hidden = this.keysButton.getAttribute('aria-pressed') !== 'true';
  }

  letGoSticky(): void {
    for (const button of this.stickyButtons) button.setAttribute('aria-pressed', 'false');
  }

  focusControls(): void {
    this.modes.fit.focus();
  }

  // ---- how it is made -----------------------------------------------------------------------------------

  private makeBar(): HTMLElement {
    const close = this.tool('close', 'tool.close', () => this.actions.close());
    close.classList.add('closing');
    const status = make('span', { className: 'status', role: 'status' }, this.dot, this.statusText);
    const ways = make('span', { className: 'group' }, this.modes.fit, this.modes.actual, this.tool('full', 'tool.full', () => this.actions.fullScreen()));
    const inputs = make('span', { className: 'group' }, this.keysButton, this.makeClipboard());
    this.forInput.push(inputs);
    const tools = make('span', { className: 'group' }, inputs, this.makePeople(), this.makeMore());
    this.forSession.push(this.displays, tools);
    return make(
      'div',
      { className: 'bar', role: 'group', 'aria-label': this.t('tool.bar') },
      status,
      this.badges,
      make('span', { className: 'grow' }),
      this.displays,
      ways,
      tools,
      this.endButton,
      close,
    );
  }

  private makeClipboard(): HTMLElement {
    const menu = new Menu(this.opener('clipboard', 'tool.clipboard'), this.t('tool.clipboard'));
    const run = (action: () => void) => (): void => {
      menu.close();
      action();
    };
    menu.panel.append(
      this.item('clipboard.send', run(() => this.actions.sendClipboard()), 'desktop-clip-send'),
      this.item('clipboard.take', run(() => this.actions.takeClipboard()), 'desktop-clip-take'),
      this.item('clipboard.type', run(() => this.actions.typeClipboard()), 'desktop-clip-type'),
    );
    return menu.element;
  }

  private makePeople(): HTMLElement {
    const menu = new Menu(this.peopleButton, this.t('tool.people'), () => this.actions.showPeople());
    menu.panel.append(this.peopleList);
    return menu.element;
  }

  private makeMore(): HTMLElement {
    const menu = new Menu(this.opener('more', 'tool.more'), this.t('tool.more'));
    const lock = this.item('tool.lock', () => this.actions.lock(), 'desktop-lock');
    this.lockAtEnd = this.toggle('tool.lockAtEnd', (isOn) => this.actions.lockAtEnd(isOn), 'desktop-autolock');
    this.blank = this.toggle('tool.blank', (isOn) => this.actions.blank(isOn), 'desktop-blank');
    this.blank.hidden = true;
    this.forInput.push(lock, this.lockAtEnd);
    for (const name of ['auto', 'best', 'high', 'medium', 'low']) this.quality.append(make('option', { value: name }, this.t(`quality.${name}`)));
    this.quality.addEventListener('change', () => this.actions.chooseQuality(this.quality.value));
    menu.panel.append(
      make('label', { className: 'line' }, this.t('quality.choose'), this.quality),
      make('hr'),
      this.viewOnly,
      this.item('tool.screenshot', () => this.actions.screenshot(), 'desktop-screenshot'),
      this.item('tool.refresh', () => this.actions.refresh(), 'desktop-refresh'),
      lock,
      this.lockAtEnd,
      this.blank,
      make('hr'),
      this.figures,
    );
    return menu.element;
  }

  /// Keys that browsers keep to themselves, and that on-screen keyboards lack.
  private makeKeys(): void {
    const gap = (): HTMLElement => make('span', { className: 'gap' });
    const typing = this.key('', () => this.actions.toggleTyping());
    typing.classList.add('typing');
    typing.setAttribute('aria-label', this.t('keys.type'));
    typing.dataset['testid'] = 'desktop-typing';
    typing.append(symbol('keys'));
    this.keys.append(typing);
    for (const [label, key] of modifiers) {
      const button = this.key(label, () => button.setAttribute('aria-pressed', String(this.actions.sticky(key))));
      button.setAttribute('aria-pressed', 'false');
      this.stickyButtons.push(button);
      this.keys.append(button);
    }
    this.keys.append(gap(), ...barKeys.map(([label, key]) => this.key(label, () => this.actions.chord([key]))), gap());
    const secure = this.key('Ctrl+Alt+Del', () => this.actions.ctrlAltDel());
    secure.dataset['testid'] = 'desktop-ctrl-alt-del';
    this.keys.append(secure, ...chords.map(([label, keys]) => this.key(label, () => this.actions.chord(keys))), gap());
    this.keys.append(...functionKeys.map(([label, key]) => this.key(label, () => this.actions.chord([key]))));
  }

  private toggleKeys(): void {
    const isShown = this.keysButton.getAttribute('aria-pressed') !== 'true';
    this.keysButton.setAttribute('aria-pressed', String(isShown));
    this.keys.hidden = !isShown;
  }

  private key(label: string, run: () => void): HTMLButtonElement {
    const button = make('button', { type: 'button', className: 'btn small' }, label);
    // The on-screen keyboard closes when its field loses the focus.
    button.addEventListener('pointerdown', (event) => event.preventDefault());
    button.addEventListener('click', run);
    return button;
  }

  private opener(name: SymbolName, key: string): HTMLButtonElement {
    const label = this.t(key);
    return make('button', { type: 'button', className: 'btn plain small square', title: label, 'aria-label': label, 'data-testid': `desktop-${name}` }, symbol(name));
  }

  private tool(name: SymbolName, key: string, run: () => void): HTMLButtonElement {
    const button = this.opener(name, key);
    button.addEventListener('click', run);
    return button;
  }

  private item(key: string, run: () => void, testid = ''): HTMLButtonElement {
    const button = make('button', { type: 'button', className: 'btn plain small', 'data-testid': testid }, this.t(key));
    button.addEventListener('click', run);
    return button;
  }

  private toggle(key: string, run: (isOn: boolean) => void, testid: string): HTMLButtonElement {
    const button = this.item(
      key,
      () => {
        const isOn = button.getAttribute('aria-pressed') !== 'true';
        button.setAttribute('aria-pressed', String(isOn));
        run(isOn);
      },
      testid,
    );
    button.setAttribute('aria-pressed', 'false');
    return button;
  }

  private button(key: string, run: () => void, testid: string): HTMLButtonElement {
    const button = make('button', { type: 'button', className: 'btn small', 'data-testid': testid }, this.t(key));
    button.addEventListener('click', run);
    return button;
  }
}
