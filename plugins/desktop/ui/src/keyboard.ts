import { isModifier, kAlt, kBackspace, kControl, kEnter, kShift, kTab, letterKey, namedKey, shortcutKey, usKey, type Key } from './keys';
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

/// `isMac`: the browser runs on one, where Option writes signs as AltGr does elsewhere.
export function strokeOf(event: KeyboardEvent, isMac: boolean): Stroke {
  const { code, key, ctrlKey, altKey, metaKey, shiftKey } = event;
  const isSign = isMac && altKey && !ctrlKey && !metaKey && [...key].length === 1;
  return { code, key, ctrlKey, altKey, metaKey, shiftKey, isAltGraph: isSign || event.getModifierState('AltGraph') };
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
  /// From a Mac to another system. Option and Cmd go out with the first key that needs them: Option mostly
  /// writes signs, and Alt or Win that comes and goes opens a menu there. Cmd+C and its like come as Ctrl+C.
  isFromMac = false;
  private readonly waiting = new Map<string, { key: Key; isAlone: boolean }>(); // Option and Cmd, by `code`
  private readonly down = new Map<string, Key>(); // by `code` of the key that was pressed here
  private readonly sticky = new Map<string, Key>();

  constructor(private readonly send: (command: Uint8Array) => void) {}

  press(stroke: Stroke): void {
    if (this.isLimited && isShortcut(stroke)) return;
    const named = namedKey(stroke.code);
    if (this.isFromMac && named && isLate(named)) return this.expect(stroke.code, named);
    for (const each of this.waiting.values()) each.isAlone = false;
    if (this.isFromMac && isEditing(stroke)) return this.pressControl(stroke);
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
    const late = this.waiting.get(code);
    if (this.waiting.delete(code) && late?.isAlone && isMeta(code)) this.chord(late.key);
    const key = this.down.get(code);
    if (!key) return;
    this.down.delete(code);
    if (![...this.down.values()].some((other) => nameOf(other) === nameOf(key))) this.send(kvm.key(key.vk, false, key.isExtended));
  }

  releaseAll(): void {
    this.waiting.clear();
    this.releaseAllBut(() => false);
    this.releaseSticky();
  }

  private releaseAllBut(isKept: (key: Key) => boolean): void {
    for (const [code, key] of [...this.down]) if (!isKept(key)) this.release(code);
  }

  /// Presses Option and Cmd that wait for what belongs to them: a click, or a key and its modifiers.
  pressWaiting({ altKey, metaKey, isAltGraph }: Pick<Stroke, 'altKey' | 'metaKey' | 'isAltGraph'>): void {
    for (const [code, { key }] of [...this.waiting]) {
      if (key.vk === kAlt.vk ? !altKey || isAltGraph : !metaKey) continue;
      this.waiting.delete(code);
      this.down.set(code, key);
      this.send(kvm.key(key.vk, true, key.isExtended));
    }
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
      else if (this.sticky.size > 0) this.writeSticky(letter);
      else this.writeLetter(letter);
    }
  }

  /// With what the key bar holds: a shortcut, or a capital.
  private writeSticky(letter: string): void {
    const key = this.isStickyShortcut() ? shortcutKey(letter, '', false) : undefined;
    if (key) return this.chord(key);
    const isCapital = this.sticky.has(nameOf(kShift));
    this.releaseSticky();
    this.writeLetter(isCapital ? letter.toUpperCase() : letter);
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

  private hold(stroke: Stroke, key: Key): void {
    const { code, metaKey } = stroke;
    const isRepeat = this.down.has(code);
    // Modifiers that repeat say nothing new.
    if (isRepeat && isModifier(key)) return;
    const before = this.down.get(code);
    if (before && nameOf(before) !== nameOf(key)) this.release(code);
    if (!isModifier(key)) this.pressWaiting(stroke);
    this.down.set(code, key);
    this.send(kvm.key(key.vk, true, key.isExtended));
    if (isModifier(key)) return;
    // On macOS browsers never tell that a key was let go while Cmd is held.
    if (metaKey || this.sticky.size > 0) this.release(code);
    this.releaseSticky();
  }

  private expect(code: string, key: Key): void {
    if (this.down.has(code) || this.waiting.has(code)) return;
    for (const each of this.waiting.values()) each.isAlone = false;
    this.waiting.set(code, { key, isAlone: this.down.size + this.waiting.size === 0 });
  }

  private pressControl({ key, code }: Stroke): void {
    for (const [other, held] of [...this.down].filter(([, each]) => isLate(each))) {
      // Cmd was needed before, and may be again.
      this.release(other);
      this.waiting.set(other, { key: held, isAlone: false });
    }
    this.chord(kControl, shortcutKey(key, code, false)!);
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

/// Option and Cmd.
const isLate = (key: Key): boolean => [kAlt.vk, 0x5b, 0x5c].includes(key.vk);

/// Cmd+A, C, V, X or Z.
function isEditing({ key, code, ctrlKey, altKey, metaKey }: Stroke): boolean {
  const vk = shortcutKey(key, code, false)?.vk ?? 0;
  return metaKey && !ctrlKey && !altKey && 'ACVXZ'.includes(String.fromCharCode(vk));
}

const isMeta = (code: string): boolean => code === 'MetaLeft' || code === 'MetaRight';

/// Number pad keys write digits, or move, by NumLock here.
function isNumberOff(stroke: Stroke): boolean {
  return /^Numpad(\d|Decimal)$/.test(stroke.code) && stroke.key.length > 1;
}
