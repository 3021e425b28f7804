import { isModifier, kBackspace, kEnter, kShift, kTab, letterKey, namedKey, shortcutKey, usKey, type Key } from './keys';
import * as kvm from './kvm';

/// How a device writes: `unicode` whatever it is told, by the keys of its own layout where that has it;
/// `signs` letters by keys, since characters that come without a key break some programs of Windows, and
/// everything else as it is told; `american` only what an American keyboard has.
export type Typing = 'unicode' | 'signs' | 'american';

/// What is read of a KeyboardEvent.
export interface Stroke {
  code: string;
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  isAltGraph: boolean;
}

const isShortcut = (stroke: Stroke): boolean => (stroke.ctrlKey || stroke.altKey || stroke.metaKey) && !stroke.isAltGraph;

const nameOf = (key: Key): string => `${key.vk}${key.isExtended ? 'e' : ''}`;

/// Turns strokes into commands and remembers what is held, so that nothing stays down on the device.
export class Keyboard {
  typing: Typing = 'american';
  /// CapsLock on the device.
  isCapsOn = false;
  /// The server lets no Ctrl, Alt or Win pass: what is left of a shortcut would be a letter in a text.
  isLimited = false;
  private readonly down = new Map<string, Key>(); // by `code` of the key that was pressed here
  private readonly sticky = new Map<string, Key>();

  constructor(private readonly send: (command: Uint8Array) => void) {}

  press(stroke: Stroke): void {
    if (this.isLimited && isShortcut(stroke)) return;
    const named = namedKey(stroke.code);
    if (named && !isNumberOff(stroke)) return this.hold(stroke, named);
    if (stroke.key.length !== 1 && [...stroke.key].length !== 1) {
      // A key of the number pad without NumLock is what its name says.
      const other = namedKey(stroke.key);
      if (other) this.hold(stroke, other);
      return;
    }
    const isForShortcut = isShortcut(stroke) || (this.isStickyShortcut() && !stroke.isAltGraph);
    const key = isForShortcut ? shortcutKey(stroke.key, stroke.code, stroke.shiftKey) : this.writingKey(stroke);
    if (key) this.hold(stroke, key);
    else this.write(stroke.key);
    this.releaseSticky();
  }

  release(code: string): void {
    if (isMeta(code)) this.releaseAllBut(isModifier);
    const key = this.down.get(code);
    if (!key) return;
    this.down.delete(code);
    if (![...this.down.values()].some((other) => nameOf(other) === nameOf(key))) this.send(kvm.key(key.vk, false, key.isExtended));
  }

  releaseAll(): void {
    this.releaseAllBut(() => false);
    this.releaseSticky();
  }

  private releaseAllBut(isKept: (key: Key) => boolean): void {
    for (const [code, key] of [...this.down]) if (!isKept(key)) this.release(code);
  }

  /// Presses and releases keys in order, as one shortcut.
  chord(...keys: Key[]): void {
    for (const key of keys) this.send(kvm.key(key.vk, true, key.isExtended));
    for (const key of [...keys].reverse()) this.send(kvm.key(key.vk, false, key.isExtended));
    if (!keys.every(isModifier)) this.releaseSticky();
  }

  /// A modifier of the key bar: held until the next key. Returns whether it is held now.
  toggleSticky(key: Key): boolean {
    if (this.isLimited && key.vk !== kShift.vk) return false;
    const name = nameOf(key);
    if (this.sticky.delete(name)) {
      this.send(kvm.key(key.vk, false, key.isExtended));
      return false;
    }
    this.sticky.set(name, key);
    this.send(kvm.key(key.vk, true, key.isExtended));
    return true;
  }

  /// Told when the held modifiers of the key bar were let go.
  onSticky: () => void = () => undefined;

  /// Writes a text, whatever keys that takes.
  write(text: string): void {
    for (const letter of text.replaceAll('\r\n', '\n')) {
      if (letter === '\n' || letter === '\r') this.chord(kEnter);
      else if (letter === '\t') this.chord(kTab);
      else if (letter === '\b') this.chord(kBackspace);
      else this.writeLetter(letter);
    }
  }

  private writeLetter(letter: string): void {
    const us = usKey(letter);
    if (us && this.writesByKey(letter)) {
      const isShifted = us.isShifted !== (this.isCapsOn && /^[a-z]$/i.test(letter));
      const lifted = this.lift((key) => key.vk !== kShift.vk || !isShifted);
      const needsShift = isShifted && !this.holds(kShift.vk);
      this.chord(...(needsShift ? [kShift] : []), us.key);
      this.putBack(lifted);
      return;
    }
    const lifted = this.lift(() => true);
    for (let index = 0; index < letter.length; index++) {
      this.send(kvm.unicodeKey(letter.charCodeAt(index), true));
      this.send(kvm.unicodeKey(letter.charCodeAt(index), false));
    }
    this.putBack(lifted);
  }

  /// Other layouts have other signs on the American keys, and those of another alphabet no Latin letters.
  private writesByKey(letter: string): boolean {
    if (letter === ' ' || this.typing === 'american') return true;
    return this.typing === 'signs' && /^[a-z]$/i.test(letter);
  }

  /// The key to hold down for a sign, if it is one that the device writes by itself with Shift as it is here.
  private writingKey(stroke: Stroke): Key | undefined {
    if (stroke.isAltGraph) return undefined;
    if (stroke.key === ' ') return { vk: 0x20 };
    if (!this.writesByKey(stroke.key)) return undefined;
    const letter = letterKey(stroke.key);
    // CapsLock may be on at one end only.
    if (letter) return (stroke.key !== stroke.key.toLowerCase()) === (this.holds(kShift.vk) !== this.isCapsOn) ? letter : undefined;
    const us = usKey(stroke.key);
    return us && us.isShifted === this.holds(kShift.vk) ? us.key : undefined;
  }

  private hold({ code, metaKey }: Stroke, key: Key): void {
    const isRepeat = this.down.has(code);
    // Modifiers that repeat say nothing new.
    if (isRepeat && isModifier(key)) return;
    const before = this.down.get(code);
    if (before && nameOf(before) !== nameOf(key)) this.release(code);
    this.down.set(code, key);
    this.send(kvm.key(key.vk, true, key.isExtended));
    if (isModifier(key)) return;
    // On macOS browsers never tell that a key was let go while Cmd is held.
    if (metaKey || this.sticky.size > 0) this.release(code);
    this.releaseSticky();
  }

  private holds(vk: number): boolean {
    return [...this.down.values(), ...this.sticky.values()].some((key) => key.vk === vk);
  }

  private isStickyShortcut(): boolean {
    return [...this.sticky.values()].some((key) => key.vk !== kShift.vk);
  }

  /// A held Ctrl would make a shortcut of what is to be written.
  private lift(isWanted: (key: Key) => boolean): Key[] {
    const held = new Map([...this.down.values()].filter((key) => isModifier(key) && isWanted(key)).map((key) => [nameOf(key), key]));
    for (const key of held.values()) this.send(kvm.key(key.vk, false, key.isExtended));
    return [...held.values()];
  }

  private putBack(keys: Key[]): void {
    for (const key of keys) this.send(kvm.key(key.vk, true, key.isExtended));
  }

  private releaseSticky(): void {
    if (this.sticky.size === 0) return;
    for (const key of this.sticky.values()) this.send(kvm.key(key.vk, false, key.isExtended));
    this.sticky.clear();
    this.onSticky();
  }
}

const isMeta = (code: string): boolean => code === 'MetaLeft' || code === 'MetaRight';

/// Number pad keys write digits, or move, by NumLock here.
function isNumberOff(stroke: Stroke): boolean {
  return /^Numpad(\d|Decimal)$/.test(stroke.code) && stroke.key.length > 1;
}
