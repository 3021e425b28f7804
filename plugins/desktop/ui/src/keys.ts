/// From the browser's keys to Windows virtual-key codes, the wire's language for keyboards.

export interface Key {
  vk: number;
  isExtended?: boolean;
}

const range = (prefix: string, first: number, count: number, vk: number): [string, Key][] =>
  Array.from({ length: count }, (_, index) => [`${prefix}${first + index}`, { vk: vk + index }]);
const extended = (vk: number): Key => ({ vk, isExtended: true });

/// Keys that are the same on every layout, by where they are (`KeyboardEvent.code`).
const byCode = new Map<string, Key>([
  ['Backspace', { vk: 0x08 }],
  ['Tab', { vk: 0x09 }],
  ['Enter', { vk: 0x0d }],
  ['NumpadEnter', extended(0x0d)],
  ['ShiftLeft', { vk: 0x10 }],
  ['ShiftRight', { vk: 0x10 }],
  ['ControlLeft', { vk: 0x11 }],
  ['ControlRight', extended(0x11)],
  ['AltLeft', { vk: 0x12 }],
  ['AltRight', extended(0x12)],
  ['Pause', { vk: 0x13 }],
  ['CapsLock', { vk: 0x14 }],
  ['Escape', { vk: 0x1b }],
  ['Space', { vk: 0x20 }],
  ['PageUp', extended(0x21)],
  ['PageDown', extended(0x22)],
  ['End', extended(0x23)],
  ['Home', extended(0x24)],
  ['ArrowLeft', extended(0x25)],
  ['ArrowUp', extended(0x26)],
  ['ArrowRight', extended(0x27)],
  ['ArrowDown', extended(0x28)],
  ['PrintScreen', extended(0x2c)],
  ['Insert', extended(0x2d)],
  ['Delete', extended(0x2e)],
  ['MetaLeft', extended(0x5b)],
  ['MetaRight', extended(0x5c)],
  ['ContextMenu', extended(0x5d)],
  ...range('Numpad', 0, 10, 0x60),
  ['NumpadMultiply', { vk: 0x6a }],
  ['NumpadAdd', { vk: 0x6b }],
  ['NumpadSubtract', { vk: 0x6d }],
  ['NumpadDecimal', { vk: 0x6e }],
  ['NumpadDivide', extended(0x6f)],
  ...range('F', 1, 24, 0x70),
  ['NumLock', extended(0x90)],
  ['ScrollLock', { vk: 0x91 }],
]);

/// Where the letters and signs are on an American keyboard: what shortcuts mean when the layout has no
/// Latin letter there.
const usByCode = new Map<string, number>([
  ...Array.from({ length: 26 }, (_, index): [string, number] => [`Key${String.fromCharCode(65 + index)}`, 65 + index]),
  ...Array.from({ length: 10 }, (_, index): [string, number] => [`Digit${index}`, 0x30 + index]),
  ['Semicolon', 0xba],
  ['Equal', 0xbb],
  ['Comma', 0xbc],
  ['Minus', 0xbd],
  ['Period', 0xbe],
  ['Slash', 0xbf],
  ['Backquote', 0xc0],
  ['BracketLeft', 0xdb],
  ['Backslash', 0xdc],
  ['BracketRight', 0xdd],
  ['Quote', 0xde],
  ['IntlBackslash', 0xe2],
]);

/// Signs on an American keyboard, plain and with Shift, for agents that know no other.
const usPlain = ";=,-./`[\\]'0123456789";
const usShifted = ':+<_>?~{|}")!@#$%^&*(';
const usKeys = [0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf, 0xc0, 0xdb, 0xdc, 0xdd, 0xde, ...Array.from({ length: 10 }, (_, index) => 0x30 + index)];

export const kShift: Key = { vk: 0x10 };
export const kControl: Key = { vk: 0x11 };
export const kAlt: Key = { vk: 0x12 };
export const kEnter: Key = { vk: 0x0d };
export const kTab: Key = { vk: 0x09 };
export const kBackspace: Key = { vk: 0x08 };

/// A key that writes nothing, or the same everywhere.
export function namedKey(code: string): Key | undefined {
  return byCode.get(code);
}

/// What a shortcut presses: what stands on the key, else the key's place.
export function shortcutKey(text: string, code: string, isShifted: boolean): Key | undefined {
  if (/^[a-z0-9]$/i.test(text)) return { vk: text.toUpperCase().charCodeAt(0) };
  const sign = usKey(text);
  // Where digits need Shift, the sign that comes without it stands for the digit, apart from these.
  const isMeant = code.startsWith('Digit') ? '-=/'.includes(text) : !sign?.isShifted || isShifted || text === '+';
  if (sign && isMeant) return sign.key;
  const vk = usByCode.get(code);
  return vk === undefined ? undefined : { vk };
}

/// The key that writes a letter, with Shift or not; only what is the same on every Latin layout.
export function letterKey(text: string): Key | undefined {
  return /^[a-z]$/i.test(text) ? { vk: text.toUpperCase().charCodeAt(0) } : undefined;
}

/// The key that writes `text` on an American keyboard.
export function usKey(text: string): { key: Key; isShifted: boolean } | undefined {
  if (/^[a-zA-Z]$/.test(text)) return { key: letterKey(text)!, isShifted: text !== text.toLowerCase() };
  if (text === ' ') return { key: { vk: 0x20 }, isShifted: false };
  for (const [signs, isShifted] of [[usPlain, false], [usShifted, true]] as const) {
    const at = signs.indexOf(text);
    if (text.length === 1 && at >= 0) return { key: { vk: usKeys[at]! }, isShifted };
  }
  return undefined;
}

export const isModifier = (key: Key): boolean => [0x10, 0x11, 0x12, 0x5b, 0x5c].includes(key.vk);
