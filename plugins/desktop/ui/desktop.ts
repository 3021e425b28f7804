import type { Mount, PluginContext } from '../../../web/plugin-api';
import { Keyboard, strokeOf, type Stroke } from './src/keyboard';
import { shortcutKey } from './src/keys';
import * as kvm from './src/kvm';
import { Painter } from './src/painter';
import { optionsFrom, type DesktopOptions } from './src/options';
import { People } from './src/people';
import { Pointer } from './src/pointer';
import { kAllDisplays, Session } from './src/session';
import { readSetting, writeSetting } from './src/settings';
import { Stage, type Mode } from './src/stage';
import { style } from './src/style';
import { Typist } from './src/typist';
import { decodableCodecs, type Codec } from './src/video';
import { DesktopView } from './src/view';

/// How often the server hears that somebody who looks on is there.
const kSeenEveryMs = 5_000;
/// MeshAgent answers nothing where there is nothing.
const kClipboardWithinMs = 8_000;
const kV = 0x56; // virtual-key code

/// An iPad with a keyboard is one, too.
const kIsMac = /^(Mac|iP)/.test(navigator.platform);

/// The desktop tab: one session at a time with the device's screen.
export const mount: Mount = async (root, context) => {
  context.adopt(style);
  const tab = new DesktopTab(root, context);
  await tab.begin();
  return () => tab.end();
};

class DesktopTab {
  private readonly stage = new Stage();
  private readonly painter = new Painter(this.stage.canvas);
  private readonly view: DesktopView;
  private readonly people: People;
  private readonly keyboard = new Keyboard((command) => this.sendInput(command));
  private readonly typist = new Typist((text) => this.keyboard.write(text));
  private readonly pointer: Pointer;
  private readonly timer: ReturnType<typeof setInterval>;
  private options: DesktopOptions;
  private codecs: Codec[] = [];
  private session: Session | undefined;
  private quality = readSetting('quality') ?? 'auto';
  private isViewOnly = readSetting('viewOnly') === 'on';
  private locksAtEnd = readSetting('lockAtEnd') === 'on';
  /// What the device copied last; '' once it was given something else.
  private deviceClipboard = '';
  /// What was last seen in the clipboard here.
  private localClipboard: string | undefined;
  private hadSession = false;
  private wasEnded = false;
  private seenAt = -kSeenEveryMs;
  private pasting: { stroke: Stroke; timer: ReturnType<typeof setTimeout> } | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly context: PluginContext,
  ) {
    this.options = optionsFrom(context.rights);
    this.view = new DesktopView(root, context, this.stage.element, {
      start: () => this.connect(),
      startVirtual: () => this.connect(true),
      end: () => this.finish(),
      close: () => context.close(),
      show: (mode) => this.show(mode),
      fullScreen: () => void this.fullScreen(),
      chooseDisplay: (id) => this.session?.select(id),
      chooseQuality: (name) => this.chooseQuality(name),
      sticky: (key) => this.refocused(this.keyboard.toggleSticky(key)),
      chord: (keys) => this.refocused(this.keyboard.chord(...keys)),
      ctrlAltDel: () => this.refocused(this.sendInput(kvm.ctrlAltDel())),
      toggleTyping: () => this.toggleTyping(),
      sendClipboard: () => void this.sendClipboard(),
      takeClipboard: () => void this.takeClipboard(),
      typeClipboard: () => void this.typeClipboard(),
      screenshot: () => void this.screenshot(),
      refresh: () => this.session?.send(kvm.refresh()),
      lock: () => this.session?.tell({ type: 'lock' }),
      lockAtEnd: (isOn) => this.chooseLockAtEnd(isOn),
      blank: (isOn) => this.session?.tell({ type: 'blank', value: isOn }),
      viewOnly: (isOn) => this.chooseViewOnly(isOn),
      showPeople: () => void this.people.read(),
    });
    this.people = new People(context, (people) => this.view.setPeople(people));
    this.keyboard.onSticky = () => this.view.letGoSticky();
    this.pointer = new Pointer(this.stage.canvas, {
      move: (at) => this.move(at),
      button: (at, button, isDown) => this.button(at, button, isDown),
      wheel: (at, notches) => this.wheel(at, notches),
      sideWheel: (at, notches) => this.sideWheel(at, notches),
      zoom: (at, factor, by) => this.view.setMode(this.stage.zoom(at, factor, by) ? 'zoom' : 'fit'),
      isZoomed: () => this.stage.isZoomed,
      touched: () => this.stage.field.focus({ preventScroll: true }),
    });
    this.timer = setInterval(() => this.sample(), 1_000);
    this.listen();
  }

  async begin(): Promise<void> {
    const { context } = this;
    const asked = context.call<DesktopOptions>('desktop.options', { nodeid: context.device?.id ?? '' });
    [this.options, this.codecs] = await Promise.all([asked.catch(() => this.options), decodableCodecs()]);
    this.show(readSetting('mode') === 'actual' ? 'actual' : 'fit');
    this.view.setQuality(this.quality);
    this.view.setLockAtEnd(this.locksAtEnd);
    this.view.setInput(this.mayInput, this.isViewOnly);
    this.people.begin();
    if (context.device?.online) this.connect();
    else this.update();
  }

  end(): void {
    clearInterval(this.timer);
    document.removeEventListener('visibilitychange', this.seeOrHide);
    this.stopTaking();
    this.letGo();
    this.session?.close();
    this.painter.dispose();
    this.stage.dispose();
    if (document.fullscreenElement) void document.exitFullscreen().catch(() => undefined);
  }

  private get mayInput(): boolean {
    return this.options.input !== 'none';
  }

  // ---- the session ------------------------------------------------------------------------------------

  private connect(startVirtual = false): void {
    this.letGo();
    this.session?.close();
    this.view.setNotice('');
    this.wasEnded = false;
    this.deviceClipboard = '';
    const session: Session = new Session(
      this.context,
      this.painter,
      { codecs: this.codecs, quality: this.quality, initialQuality: this.options.quality, startVirtual, lockAtEnd: this.locksAtEnd },
      {
        changed: () => session === this.session && this.update(),
        resized: () => this.stage.layOut(),
        cursor: (shape) => this.stage.setCursor(shape),
        caps: (isOn) => (this.keyboard.isCapsOn = isOn),
        pointer: (image, x, y) => this.stage.setPointer(image, x, y),
        screen: () => (this.deviceClipboard = ''),
        clipboard: (text) => void this.receiveClipboard(text),
        idle: (seconds) => this.view.setNotice(seconds > 0 ? this.context.t('idle.soon', { seconds }) : ''),
        told: (text, isFault) => this.context.toast(text, isFault ? 'error' : undefined),
      },
    );
    this.session = session;
    this.seeOrHide();
    this.hadSession = true;
    this.update();
    this.stage.field.focus({ preventScroll: true });
  }

  private readonly seeOrHide = (): void => this.session?.setHidden(document.hidden);

  private finish(): void {
    this.wasEnded = true;
    this.letGo();
    this.session?.close();
    this.update();
  }

  private update(): void {
    const { session, context } = this;
    const state = session?.state ?? 'closed';
    context.setLive(state === 'open' || state === 'waiting');
    if (state === 'closed') this.letGo();
    if (state === 'open' && session) this.opened(session);
    this.showStatus(state);
    this.showOverlay(state);
    this.showBadges();
    this.showDisplays();
  }

  private toldViewOnly: Session | undefined;
  private opened(session: Session): void {
    const isOurs = session.agent?.features.includes('unicode') ?? false;
    this.keyboard.typing = isOurs ? 'unicode' : this.context.device?.platform === 'windows' ? 'signs' : 'american';
    this.keyboard.isLimited = this.options.input === 'limited';
    this.keyboard.isFromMac = kIsMac && this.context.device?.platform !== 'macos';
    if (this.toldViewOnly === session) return;
    this.toldViewOnly = session;
    if (this.isViewOnly) session.tell({ type: 'viewonly', value: true });
    void this.people.read();
  }

  private showStatus(state: string): void {
    const { session, context } = this;
    if (state === 'opening') this.view.setStatus(context.t('state.connecting'), 'partly');
    else if (state === 'waiting') this.view.setStatus(context.t('state.waiting'), 'partly');
    else if (state === 'open') this.view.setStatus(session?.reason || context.t('state.open'), 'on');
    else this.view.setStatus(context.t(this.hadSession ? 'state.closed' : 'state.idle'), '');
  }

  private showOverlay(state: string): void {
    const { session, context } = this;
    const online = context.device?.online ?? false;
    if (state === 'opening') return this.view.setState(context.t('state.connecting'), { spin: true });
    if (state === 'waiting') return this.view.setState(session?.reason || context.t('state.waiting'), { spin: true });
    const virtual = session?.canStartVirtual === true && this.options.virtualDisplay && this.options.input === 'full';
    if (state === 'open') {
      if (session!.fault === 'nodisplay') return this.view.setState(this.why(), { startVirtual: virtual, start: true });
      return this.view.setState(session!.hasPicture ? '' : context.t('state.noPicture'), { spin: true });
    }
    const why = this.why();
    if (!online) return this.view.setState(`${why ? `${why} ` : ''}${context.t('device.offline')}`, { isStale: session?.hasPicture === true });
    const text = why || context.t(this.wasEnded || !this.hadSession ? 'state.idle' : 'session.ended');
    this.view.setState(text, { start: true, startVirtual: virtual && session?.fault === 'nodisplay', isStale: session?.hasPicture === true });
  }

  private why(): string {
    const reason = this.session?.reason ?? '';
    if (reason === 'malformed') return this.context.t('session.malformed');
    if (reason === 'nodisplay') return this.noDisplayText();
    return reason;
  }

  /// The usual reason in this page's language, another one (Wayland) in the device's words.
  private noDisplayText(): string {
    const detail = this.session?.detail ?? '';
    return detail === '' || detail.startsWith('no X server') ? this.context.t('state.noDisplay') : detail;
  }

  private showBadges(): void {
    const { t } = this.context;
    const badges: [string, string, string][] = [];
    const isOpen = this.session?.state === 'open';
    const canBlank = isOpen && this.session?.agent?.features.includes('blank') === true && this.options.input === 'full' && !this.isViewOnly;
    this.view.setBlank(canBlank, this.session?.isBlank === true);
    if (isOpen && this.session?.isBlank) badges.push([t('badge.blank'), 'warn', 'desktop-badge-blank']);
    if (isOpen && this.session?.isRecorded) badges.push([t('badge.recorded'), 'bad', 'desktop-recorded']);
    if (!this.mayTouch) badges.push([t('badge.viewOnly'), 'warn', 'desktop-badge-viewonly']);
    else if (this.options.input === 'limited') badges.push([t('badge.limited'), 'warn', 'desktop-badge-limited']);
    this.view.setBadges(badges);
  }

  private showDisplays(): void {
    const { session, context } = this;
    if (!session) return this.view.setDisplays([], 0);
    const screens = session.displays.map((id) => {
      if (id === kAllDisplays) return { id, label: context.t('display.all') };
      const place = session.geometry.find((each) => each.id === id);
      const size = place ? ` (${place.width}×${place.height})` : '';
      return { id, label: context.t('display.one', { n: id }) + size };
    });
    this.view.setDisplays(screens, session.selected);
  }

  // ---- how it is shown --------------------------------------------------------------------------------

  private show(mode: Mode): void {
    this.stage.setMode(mode);
    this.view.setMode(mode);
    if (mode !== 'zoom') writeSetting('mode', mode);
  }

  /// In full screen the browser gives up its own shortcuts, where it can.
  private async fullScreen(): Promise<void> {
    if (document.fullscreenElement) return document.exitFullscreen();
    try {
      await this.root.requestFullscreen();
      const keyboard = (navigator as { keyboard?: { lock?: () => Promise<void> } }).keyboard;
      await keyboard?.lock?.();
      this.stage.field.focus({ preventScroll: true });
    } catch {
      this.context.toast(this.context.t('full.refused'), 'info');
    }
  }

  private chooseQuality(name: string): void {
    this.quality = name;
    writeSetting('quality', name);
    this.session?.setQuality(name);
  }

  private chooseViewOnly(isOn: boolean): void {
    this.letGo();
    this.isViewOnly = isOn;
    writeSetting('viewOnly', isOn ? 'on' : 'off');
    this.session?.tell({ type: 'viewonly', value: isOn });
    this.view.setInput(this.mayInput, isOn);
    this.showBadges();
  }

  private chooseLockAtEnd(isOn: boolean): void {
    this.locksAtEnd = isOn;
    writeSetting('lockAtEnd', isOn ? 'on' : 'off');
    this.session?.tell({ type: 'autolock', value: isOn });
  }

  private sample(): void {
    const { session, context } = this;
    const updates = this.painter.updates;
    this.painter.updates = 0;
    if (!session || session.state !== 'open') return;
    session.meter.sample(updates);
    const { rttMs, kbitPerSecond } = session.meter;
    this.view.setFigures({
      rtt: rttMs > 0 ? `${rttMs} ms` : '–',
      updates: `${session.meter.framesPerSecond}/s`,
      rate: `${kbitPerSecond.toLocaleString()} kbit/s`,
      codec: session.codec ? { h264: 'H.264', vp9: 'VP9' }[session.codec] ?? session.codec : context.t('codec.tiles'),
      size: `${this.stage.canvas.width}×${this.stage.canvas.height}`,
      path: context.t('path.relay'),
    });
  }

  private async screenshot(): Promise<void> {
    const picture = await this.stage.picture();
    if (!picture) return this.context.toast(this.context.t('screenshot.failed'), 'error');
    const link = document.createElement('a');
    link.href = URL.createObjectURL(picture);
    const name = (this.context.device?.name ?? 'desktop').replace(/[^\p{L}\p{N}._-]+/gu, '_');
    link.download = `${name}-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  // ---- input ------------------------------------------------------------------------------------------

  private sendInput(command: Uint8Array): void {
    if (this.mayTouch) this.session?.send(command);
  }

  private get mayTouch(): boolean {
    return this.mayInput && !this.isViewOnly;
  }

  /// Of those who look on, too, though no further than to the server: it ends sessions of whoever isn't there.
  private move(at: kvm.Point): void {
    const now = performance.now();
    if (!this.mayTouch && now - this.seenAt < kSeenEveryMs) return;
    this.seenAt = now;
    this.session?.send(kvm.mouseMove(this.stage.toScreen(at)));
  }

  private button(at: kvm.Point, button: kvm.Button, isDown: boolean): void {
    if (isDown) this.keyboard.pressWaiting({ altKey: true, metaKey: true, isAltGraph: false });
    this.sendInput(kvm.mouseButton(this.stage.toScreen(at), button, isDown));
  }

  private wheel(at: kvm.Point, notches: number): void {
    const screen = this.stage.toScreen(at);
    for (let count = Math.min(10, Math.abs(notches)); count > 0; count--) this.sendInput(kvm.mouseWheel(screen, Math.sign(notches) * 120));
  }

  private sideWheel(at: kvm.Point, notches: number): void {
    if (!this.session?.agent?.features.includes('sidewheel')) return;
    const screen = this.stage.toScreen(at);
    for (let count = Math.min(10, Math.abs(notches)); count > 0; count--) this.sendInput(kvm.sideWheel(screen, notches > 0));
  }

  private letGo(): void {
    this.keyboard.releaseAll();
    this.pointer.release();
    this.typist.stop();
  }

  /// On-screen keyboards come and go with the focus of the field.
  private toggleTyping(): void {
    const { field } = this.stage;
    if (field.matches(':focus')) field.blur();
    else field.focus({ preventScroll: true });
  }

  private refocused<Result>(result: Result): Result {
    this.stage.field.focus({ preventScroll: true });
    return result;
  }

  private listen(): void {
    const { field } = this.stage;
    field.setAttribute('aria-label', this.context.t('screen.label', { device: this.context.device?.name ?? '' }));
    field.setAttribute('aria-description', this.context.t('screen.leave'));
    field.addEventListener('keydown', (event) => this.keyDown(event));
    field.addEventListener('keyup', (event) => this.keyUp(event));
    field.addEventListener('input', (event) => this.typed(event as InputEvent));
    field.addEventListener('compositionend', (event) => this.write(event.data));
    field.addEventListener('paste', (event) => this.pasted(event));
    field.addEventListener('blur', () => {
      this.keyboard.releaseAll();
      if (!document.hasFocus()) this.pointer.release();
      this.typist.afterwards(() => this.keyboard.releaseAll());
    });
    document.addEventListener('visibilitychange', this.seeOrHide);
    let wasOnline = this.context.device?.online ?? false;
    this.context.onDevice(() => {
      const online = this.context.device?.online ?? false;
      if (online === wasOnline) return;
      wasOnline = online;
      // Opens by itself for somebody who waits for the device; a session that ended is theirs to renew.
      if (online && !this.hadSession) this.connect();
      else this.update();
    });
  }

  private keyDown(event: KeyboardEvent): void {
    // The way out for those who work without a mouse (WCAG 2.1.2): Tab belongs to the device.
    if (event.ctrlKey && event.key === 'F6') {
      event.preventDefault();
      this.keyboard.releaseAll();
      return this.view.focusControls();
    }
    if (!this.mayTouch || this.session?.state !== 'open') return;
    // Composing, dead keys and on-screen keyboards tell what they wrote by other events.
    if (event.isComposing || ['Dead', 'Process', 'Unidentified'].includes(event.key)) return;
    if (this.isPaste(event)) return this.awaitPaste(event);
    event.preventDefault();
    if (this.typist.isTyping && event.key === 'Escape') return this.stopTyping();
    if (this.typist.isTyping && event.repeat) return;
    this.press(strokeOf(event, kIsMac));
  }

  private press(stroke: Stroke): void {
    this.typist.afterwards(() => this.keyboard.press(stroke));
  }

  private keyUp(event: KeyboardEvent): void {
    event.preventDefault();
    this.finishPaste();
    this.typist.afterwards(() => this.keyboard.release(event.code));
  }

  /// What an on-screen keyboard did to the field.
  private typed(event: InputEvent): void {
    const { field } = this.stage;
    if (event.isComposing) return;
    if (event.inputType === 'deleteContentBackward') this.write('\b');
    else if (event.inputType === 'insertLineBreak' || event.inputType === 'insertParagraph') this.write('\n');
    else if (event.data && event.inputType !== 'insertFromPaste' && event.inputType !== 'insertCompositionText') this.write(event.data);
    // Something to delete, so that Backspace is told of.
    field.value = ' ';
  }

  private write(text: string): void {
    if (text && this.mayTouch) this.typist.afterwards(() => this.keyboard.write(text));
    this.stage.field.value = ' ';
  }

  // ---- clipboard --------------------------------------------------------------------------------------

  private isPaste(event: KeyboardEvent): boolean {
    const isV = shortcutKey(event.key, event.code, event.shiftKey)?.vk === kV && (event.ctrlKey || event.metaKey) && !event.altKey;
    return this.options.clipboardToDevice && !event.repeat && (isV || (event.shiftKey && event.key === 'Insert'));
  }

  /// The browser hands over the clipboard with the paste that this key causes; the key follows it.
  private awaitPaste(event: KeyboardEvent): void {
    this.finishPaste();
    const stroke = strokeOf(event, kIsMac);
    if (kIsMac && !event.metaKey) {
      event.preventDefault();
      return void this.readAndPress(stroke);
    }
    const timer = setTimeout(() => this.finishPaste(), 120);
    this.pasting = { stroke, timer };
  }

  private pasted(event: ClipboardEvent): void {
    event.preventDefault();
    this.bring(event.clipboardData?.getData('text/plain') ?? '');
    this.finishPaste();
  }

  /// To a Mac Ctrl+V is no paste: the clipboard is read before the key, and keys after it wait.
  private async readAndPress(stroke: Stroke): Promise<void> {
    if (this.typist.isTyping) return this.press(stroke);
    this.typist.expect();
    this.press(stroke);
    this.bring(await permittedText());
    if (this.typist.isTyping) this.typist.type('');
  }

  /// What this key pastes, unless the device has it, or has copied since it was last seen here: the browser may
  /// have refused to take that.
  private bring(text: string): void {
    const isOlder = this.deviceClipboard !== '' && text === this.localClipboard;
    this.localClipboard = text;
    if (text && text !== this.deviceClipboard && !isOlder) this.giveClipboard(text);
  }

  private finishPaste(): void {
    const { pasting } = this;
    if (!pasting) return;
    clearTimeout(pasting.timer);
    this.pasting = undefined;
    this.press(pasting.stroke);
  }

  private giveClipboard(text: string): boolean {
    this.deviceClipboard = '';
    const isSent = this.session?.sendClipboard(text) ?? false;
    if (!isSent) this.context.toast(this.context.t('clipboard.tooLong'), 'error');
    return isSent;
  }

  private async sendClipboard(): Promise<void> {
    const { t } = this.context;
    if (!this.options.clipboardToDevice) return this.context.toast(t('clipboard.notAllowed'), 'info');
    const text = await this.readClipboard();
    if (text && this.giveClipboard(text)) this.context.toast(t('clipboard.sent'), 'success');
    this.stage.field.focus({ preventScroll: true });
  }

  private async readClipboard(): Promise<string> {
    const { t } = this.context;
    try {
      const text = await navigator.clipboard.readText();
      this.localClipboard = text;
      if (!text) this.context.toast(t('clipboard.empty'));
      return text;
    } catch {
      this.context.toast(t('clipboard.unreadable'), 'info');
      return '';
    }
  }

  /// What the device copied, put into the clipboard here if the browser lets it.
  private async receiveClipboard(text: string): Promise<void> {
    this.deviceClipboard = text;
    const isWanted = this.taking !== undefined;
    this.stopTaking();
    if (text === '') return isWanted ? this.context.toast(this.context.t('clipboard.nothing')) : undefined;
    if (!document.hasFocus() && !isWanted) return;
    const isWritten = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    if (isWritten) this.localClipboard = text;
    if (isWanted) this.context.toast(this.context.t(isWritten ? 'clipboard.taken' : 'clipboard.unwritable'), isWritten ? 'success' : 'info');
  }

  private taking: ReturnType<typeof setTimeout> | undefined;
  private async takeClipboard(): Promise<void> {
    const { t } = this.context;
    if (!this.options.clipboardFromDevice) return this.context.toast(t('clipboard.notAllowed'), 'info');
    this.stopTaking();
    this.taking = setTimeout(() => {
      this.stopTaking();
      this.context.toast(t('clipboard.noAnswer'), 'error');
    }, kClipboardWithinMs);
    // Our agent has sent what was copied already; others are asked.
    if (this.session?.agent && this.deviceClipboard) await this.receiveClipboard(this.deviceClipboard);
    else this.session?.tell({ type: 'getclip' });
    this.stage.field.focus({ preventScroll: true });
  }

  private stopTaking(): void {
    clearTimeout(this.taking);
    this.taking = undefined;
  }

  private async typeClipboard(): Promise<void> {
    // Keys that are pressed while the browser reads are no longer for the menu, and come behind the text.
    this.stage.field.focus({ preventScroll: true });
    this.typist.expect();
    const text = await this.readClipboard();
    if (this.typist.isTyping && !this.typist.type(text)) this.context.toast(this.context.t('type.tooLong'), 'error');
  }

  private stopTyping(): void {
    this.typist.stop();
    this.keyboard.releaseAll();
    this.context.toast(this.context.t('type.stopped'));
  }
}

/// The text in the clipboard here, if the browser asks nobody for it.
async function permittedText(): Promise<string> {
  try {
    const { state } = await navigator.permissions.query({ name: 'clipboard-read' as PermissionName });
    return state === 'granted' ? await navigator.clipboard.readText() : '';
  } catch {
    return '';
  }
}
