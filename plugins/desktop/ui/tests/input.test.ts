import { fitScale, keepPoint, Notches, toScreen } from '../src/geometry';
import { Keyboard, strokeOf, type Stroke, type Typing } from '../src/keyboard';
import { kAlt, kControl, kShift, kTab } from '../src/keys';
import { Pointer } from '../src/pointer';

/// What goes to the device, as `+41 -41` (keys), `u20ac` (written signs).
function listen(typing: Typing = 'signs') {
  const sent: string[] = [];
  const keyboard = new Keyboard((command) => {
    const type = command[1];
    if (type === 1) sent.push(`${[0, 4].includes(command[4]!) ? '+' : '-'}${command[5]!.toString(16)}${command[4]! > 1 ? 'e' : ''}`);
    else if (command[4] === 0) sent.push(`u${((command[5]! << 8) | command[6]!).toString(16)}`);
  });
  keyboard.typing = typing;
  const take = (): string => sent.splice(0).join(' ');
  return { keyboard, take };
}

const stroke = (code: string, key: string, more: Partial<Stroke> = {}): Stroke => ({
  code, key, ctrlKey: false, altKey: false, metaKey: false, shiftKey: false, isAltGraph: false, ...more,
});

describe('keyboard', () => {
  it('holds letters, digits and named keys down until they are let go', () => {
    const { keyboard, take } = listen();
    keyboard.press(stroke('KeyA', 'a'));
    keyboard.press(stroke('Space', ' '));
    keyboard.press(stroke('ArrowLeft', 'ArrowLeft'));
    expect(take()).toBe('+41 +20 +25e');
    for (const code of ['KeyA', 'Space', 'ArrowLeft', 'KeyA']) keyboard.release(code);
    expect(take()).toBe('-41 -20 -25e');
  });

  it('writes digits as characters, which other layouts have elsewhere', () => {
    for (const typing of ['signs', 'unicode'] as const) {
      const { keyboard, take } = listen(typing);
      keyboard.press(stroke('Digit1', '1'));
      keyboard.release('Digit1');
      keyboard.write('2');
      expect(take()).toBe('u31 u32');
      keyboard.press(stroke('Digit1', '1', { ctrlKey: true }));
      expect(take()).toBe('+31');
    }
  });

  it('writes letters as characters where the device finds the key, whatever its alphabet', () => {
    const { keyboard, take } = listen('unicode');
    keyboard.press(stroke('KeyA', 'a'));
    keyboard.press(stroke('KeyA', 'a')); // repeats
    keyboard.release('KeyA');
    expect(take()).toBe('u61 u61');
    keyboard.write('b C');
    expect(take()).toBe('u62 +20 -20 u43');
    keyboard.press(stroke('ShiftLeft', 'Shift', { shiftKey: true }));
    keyboard.press(stroke('KeyA', 'A', { shiftKey: true }));
    expect(take()).toBe('+10 -10 u41 +10');
    keyboard.releaseAll();
    take();
    keyboard.press(stroke('KeyA', 'a', { ctrlKey: true }));
    keyboard.press(stroke('Enter', 'Enter'));
    keyboard.release('KeyA');
    expect(take()).toBe('+41 +d -41');
    keyboard.toggleSticky(kControl);
    keyboard.press(stroke('KeyC', 'c'));
    expect(take()).toBe('+11 +43 -43 -11');
  });

  it('finds the sign of a shortcut, and the place only where there is none', () => {
    const { keyboard, take } = listen();
    const shortcut = (code: string, key: string, more: Partial<Stroke> = {}): string => {
      keyboard.press(stroke(code, key, { ctrlKey: true, ...more }));
      keyboard.releaseAll();
      return take().split(' ')[0]!;
    };
    expect(shortcut('Slash', '-')).toBe('+bd'); // German
    expect(shortcut('BracketRight', '+')).toBe('+bb');
    expect(shortcut('Digit0', '=', { shiftKey: true })).toBe('+bb');
    expect(shortcut('Comma', ',')).toBe('+bc');
    expect(shortcut('Period', '.')).toBe('+be');
    expect(shortcut('Digit7', '/', { shiftKey: true })).toBe('+bf');
    expect(shortcut('Minus', '?', { shiftKey: true })).toBe('+bf');
    expect(shortcut('Backslash', '#')).toBe('+dc');
    expect(shortcut('Digit2', '"', { shiftKey: true })).toBe('+32');
    expect(shortcut('Digit4', "'")).toBe('+34'); // French
    expect(shortcut('Equal', '+', { shiftKey: true })).toBe('+bb'); // American
    expect(shortcut('Slash', '.')).toBe('+be'); // Russian
    expect(shortcut('Period', 'ю')).toBe('+be');
  });

  it('lets go of what macOS tells no end of', () => {
    const { keyboard, take } = listen();
    keyboard.press(stroke('MetaLeft', 'Meta', { metaKey: true }));
    keyboard.press(stroke('KeyC', 'c', { metaKey: true }));
    keyboard.press(stroke('ArrowLeft', 'ArrowLeft', { metaKey: true }));
    keyboard.press(stroke('ShiftLeft', 'Shift', { metaKey: true, shiftKey: true }));
    expect(take()).toBe('+5be +43 -43 +25e -25e +10');
    keyboard.releaseAll();
    keyboard.press(stroke('KeyW', 'w')); // its end is not told either
    keyboard.press(stroke('ControlLeft', 'Control', { ctrlKey: true }));
    keyboard.press(stroke('MetaRight', 'Meta', { metaKey: true, ctrlKey: true }));
    take();
    keyboard.release('MetaRight');
    expect(take()).toBe('-57 -5ce');
  });

  it('sends no shortcut of which only a letter would arrive', () => {
    const { keyboard, take } = listen();
    keyboard.isLimited = true;
    keyboard.press(stroke('ControlLeft', 'Control', { ctrlKey: true }));
    keyboard.press(stroke('KeyS', 's', { ctrlKey: true }));
    keyboard.press(stroke('KeyS', 's', { altKey: true }));
    keyboard.press(stroke('KeyS', 's', { metaKey: true }));
    expect(keyboard.toggleSticky(kControl)).toBe(false);
    expect(take()).toBe('');
    keyboard.press(stroke('ShiftLeft', 'Shift', { shiftKey: true }));
    keyboard.press(stroke('KeyS', 'S', { shiftKey: true }));
    expect(take()).toBe('+10 +53');
    keyboard.releaseAll();
    take();
    keyboard.press(stroke('KeyQ', '@', { isAltGraph: true, ctrlKey: true, altKey: true }));
    expect(take()).toBe('u40');
  });

  it('follows the layout, not the place of the key', () => {
    const { keyboard, take } = listen();
    keyboard.press(stroke('KeyY', 'z')); // German
    keyboard.release('KeyY');
    expect(take()).toBe('+5a -5a');
    keyboard.press(stroke('KeyZ', 'y', { ctrlKey: true }));
    keyboard.release('KeyZ');
    expect(take()).toBe('+59 -59');
    keyboard.press(stroke('KeyC', 'с', { ctrlKey: true })); // Russian, where Ctrl+C is by place
    expect(take()).toBe('+43');
  });

  it('writes signs by themselves where the device can, with nothing held', () => {
    const { keyboard, take } = listen();
    keyboard.press(stroke('ShiftLeft', 'Shift', { shiftKey: true }));
    keyboard.press(stroke('Digit7', '/', { shiftKey: true })); // German
    expect(take()).toBe('+10 -10 u2f +10');
    keyboard.release('Digit7');
    keyboard.release('ShiftLeft');
    expect(take()).toBe('-10');
    keyboard.press(stroke('KeyE', '€', { isAltGraph: true, ctrlKey: true, altKey: true }));
    expect(take()).toBe('u20ac');
    keyboard.write('😀');
    expect(take()).toBe('ud83d ude00');
  });

  it('finds the American key for agents that know no others', () => {
    const { keyboard, take } = listen('american');
    keyboard.write('a/?');
    expect(take()).toBe('+41 -41 +bf -bf +10 +bf -bf -10');
    keyboard.press(stroke('ShiftLeft', 'Shift', { shiftKey: true }));
    take();
    keyboard.press(stroke('Digit7', '/', { shiftKey: true })); // no Shift on an American keyboard
    expect(take()).toBe('-10 +bf -bf +10');
    keyboard.press(stroke('Digit1', '!', { shiftKey: true }));
    expect(take()).toBe('+31');
    keyboard.release('Digit1');
    keyboard.releaseAll();
    take();
    keyboard.write('é');
    expect(take()).toBe('ue9');
  });

  it('writes capitals though Shift is not held, and heeds the device\'s CapsLock', () => {
    const { keyboard, take } = listen();
    keyboard.press(stroke('KeyH', 'H'));
    expect(take()).toBe('+10 +48 -48 -10');
    keyboard.isCapsOn = true;
    keyboard.press(stroke('KeyH', 'H'));
    expect(take()).toBe('+48');
    keyboard.release('KeyH');
    take();
    keyboard.write('hH');
    expect(take()).toBe('+10 +48 -48 -10 +48 -48');
  });

  it('leaves nothing pressed', () => {
    const { keyboard, take } = listen();
    keyboard.press(stroke('ControlLeft', 'Control', { ctrlKey: true }));
    keyboard.press(stroke('ShiftLeft', 'Shift'));
    keyboard.press(stroke('ShiftRight', 'Shift'));
    keyboard.press(stroke('KeyQ', 'q', { ctrlKey: true }));
    keyboard.press(stroke('ControlLeft', 'Control', { ctrlKey: true })); // repeats
    expect(take()).toBe('+11 +10 +10 +51');
    keyboard.releaseAll();
    expect(take().split(' ').sort()).toEqual(['-10', '-11', '-51']);
  });

  it('holds a modifier of the key bar for one key', () => {
    const { keyboard, take } = listen();
    let isLetGo = false;
    keyboard.onSticky = () => (isLetGo = true);
    expect(keyboard.toggleSticky(kControl)).toBe(true);
    keyboard.press(stroke('KeyC', 'c'));
    expect(take()).toBe('+11 +43 -43 -11');
    expect(isLetGo).toBe(true);
    keyboard.toggleSticky(kControl);
    expect(keyboard.toggleSticky(kControl)).toBe(false);
    expect(take()).toBe('+11 -11');
    keyboard.chord(kAlt, kTab);
    expect(take()).toBe('+12 +9 -9 -12');
  });

  it('holds a modifier of the key bar for one letter of an on-screen keyboard', () => {
    for (const typing of ['unicode', 'signs', 'american'] as const) {
      const { keyboard, take } = listen(typing);
      const letGo = vi.fn();
      keyboard.onSticky = letGo;
      keyboard.toggleSticky(kControl);
      keyboard.write('C');
      expect(take()).toBe('+11 +43 -43 -11');
      expect(letGo).toHaveBeenCalledOnce();
      keyboard.toggleSticky(kShift);
      keyboard.write('de');
      expect(take()).toBe(typing === 'unicode' ? '+10 -10 u44 u65' : '+10 -10 +10 +44 -44 -10 +45 -45');
      keyboard.toggleSticky(kControl);
      keyboard.write('é'); // no key to make a shortcut of
      expect(take()).toBe('+11 -11 ue9');
    }
  });

  it('reads the number pad by NumLock', () => {
    const { keyboard, take } = listen();
    keyboard.press(stroke('Numpad7', '7'));
    keyboard.release('Numpad7');
    keyboard.press(stroke('Numpad7', 'Home'));
    keyboard.release('Numpad7');
    expect(take()).toBe('+67 -67 +24e -24e');
  });

  it('passes over keys without a meaning', () => {
    const { keyboard, take } = listen();
    keyboard.press(stroke('', 'BrightnessUp'));
    keyboard.release('Nothing');
    expect(take()).toBe('');
  });
});

/// What a Mac's browser tells of keys.
const macStroke = (code: string, key: string, more: Partial<Stroke> = {}): Stroke => {
  const { isAltGraph = false, ...event } = stroke(code, key, more);
  return strokeOf({ ...event, getModifierState: () => isAltGraph } as unknown as KeyboardEvent, true);
};

describe('a Mac\'s keyboard', () => {
  function fromMac(typing: Typing = 'unicode') {
    const { keyboard, take } = listen(typing);
    keyboard.isFromMac = true;
    const press = (code: string, key: string, more: Partial<Stroke> = {}): void => keyboard.press(macStroke(code, key, more));
    return { keyboard, take, press };
  }

  it('writes signs with Option, by themselves', () => {
    for (const typing of ['unicode', 'signs', 'american'] as const) {
      const { keyboard, take, press } = fromMac(typing);
      for (const [code, key] of [['KeyL', '@'], ['Digit5', '['], ['Digit7', '|'], ['KeyE', '€'], ['KeyN', '~']] as const) {
        press('AltLeft', 'Alt', { altKey: true });
        press(code, key, { altKey: true });
        keyboard.release(code);
        keyboard.release('AltLeft');
      }
      expect(take()).toBe(typing === 'american' ? '+10 +32 -32 -10 +db -db +10 +dc -dc -10 u20ac +10 +c0 -c0 -10' : 'u40 u5b u7c u20ac u7e');
    }
  });

  it('sends Alt with keys that write nothing, with Ctrl and with a click, and from the key bar', () => {
    const { keyboard, take, press } = fromMac();
    press('AltLeft', 'Alt', { altKey: true });
    press('ArrowLeft', 'ArrowLeft', { altKey: true });
    keyboard.release('ArrowLeft');
    keyboard.release('AltLeft');
    expect(take()).toBe('+12 +25e -25e -12');
    press('ControlLeft', 'Control', { ctrlKey: true });
    press('AltLeft', 'Alt', { ctrlKey: true, altKey: true });
    press('KeyT', '†', { ctrlKey: true, altKey: true });
    keyboard.releaseAll();
    expect(take()).toBe('+11 +12 +54 -11 -12 -54');
    press('AltLeft', 'Alt', { altKey: true });
    keyboard.pressWaiting({ altKey: true, metaKey: true, isAltGraph: false });
    keyboard.release('AltLeft');
    expect(take()).toBe('+12 -12');
    keyboard.toggleSticky(kAlt);
    press('KeyF', 'f');
    expect(take()).toBe('+12 +46 -46 -12');
  });

  it('edits with Cmd as the device does with Ctrl', () => {
    const { keyboard, take, press } = fromMac();
    press('MetaLeft', 'Meta', { metaKey: true });
    press('KeyC', 'c', { metaKey: true });
    press('KeyV', 'м', { metaKey: true });
    press('ShiftLeft', 'Shift', { metaKey: true, shiftKey: true });
    press('KeyZ', 'z', { metaKey: true, shiftKey: true });
    expect(take()).toBe('+11 +43 -43 -11 +11 +56 -56 -11 +10 +11 +5a -5a -11');
    keyboard.release('ShiftLeft');
    keyboard.release('MetaLeft');
    expect(take()).toBe('-10');
  });

  it('sends Win with other keys, and alone when it was pressed alone', () => {
    const { keyboard, take, press } = fromMac();
    press('MetaLeft', 'Meta', { metaKey: true });
    press('KeyE', 'e', { metaKey: true });
    press('KeyV', 'v', { metaKey: true });
    press('KeyE', 'e', { metaKey: true });
    keyboard.release('MetaLeft');
    expect(take()).toBe('+5be +45 -45 -5be +11 +56 -56 -11 +5be +45 -45 -5be');
    press('MetaLeft', 'Meta', { metaKey: true });
    keyboard.release('MetaLeft');
    expect(take()).toBe('+5be -5be');
    press('MetaLeft', 'Meta', { metaKey: true });
    keyboard.releaseAll(); // went to another program with Cmd+Tab
    keyboard.release('MetaLeft');
    expect(take()).toBe('');
  });

  it('is the same at a Mac, apart from signs', () => {
    const { keyboard, take } = listen('unicode');
    keyboard.press(macStroke('MetaLeft', 'Meta', { metaKey: true }));
    keyboard.press(macStroke('KeyV', 'v', { metaKey: true }));
    keyboard.release('MetaLeft');
    expect(take()).toBe('+5be +56 -56 -5be');
    keyboard.press(macStroke('AltLeft', 'Alt', { altKey: true }));
    keyboard.press(macStroke('KeyL', '@', { altKey: true }));
    expect(take()).toBe('+12 -12 u40 +12');
  });
});

describe('the pointer', () => {
  function surface() {
    const told: string[] = [];
    const element = Object.assign(new EventTarget(), { setPointerCapture: () => undefined });
    const ignore = (): void => undefined;
    new Pointer(element as unknown as HTMLElement, {
      move: ignore, wheel: ignore, sideWheel: ignore, zoom: ignore, touched: ignore, isZoomed: () => false,
      button: (at, button, isDown) => told.push(`${isDown ? '+' : '-'}${button} ${at.x}`),
    });
    const happen = (type: string, x: number, more: { button?: number; buttons?: number; pointerType?: string; pointerId?: number }): void => {
      element.dispatchEvent(Object.assign(new Event(type, { cancelable: true }), { clientX: x, clientY: 0, button: -1, buttons: 0, pointerType: 'mouse', pointerId: 1, ...more }));
    };
    return { told, happen };
  }

  it('lets go of a button whose end was not told', () => {
    const { told, happen } = surface();
    happen('pointerdown', 10, { button: 0, buttons: 1 });
    happen('pointermove', 20, { buttons: 1 });
    expect(told).toEqual(['+left 10']);
    happen('pointermove', 30, { buttons: 0 });
    expect(told).toEqual(['+left 10', '-left 30']);
  });

  it('lets go when the browser takes the pointer away, and only once', () => {
    const { told, happen } = surface();
    happen('pointerdown', 10, { button: 2, buttons: 2 });
    happen('lostpointercapture', 10, {});
    happen('pointerdown', 20, { button: 0, buttons: 1 });
    happen('pointerup', 20, { button: 0 });
    happen('lostpointercapture', 20, {});
    expect(told).toEqual(['+right 10', '-right 10', '+left 20', '-left 20']);
  });

  it('keeps a finger\'s drag while a mouse moves', () => {
    const { told, happen } = surface();
    const finger = { pointerType: 'touch', pointerId: 2, buttons: 1 };
    happen('pointerdown', 10, finger);
    happen('pointermove', 40, finger);
    happen('pointermove', 500, { buttons: 0 });
    expect(told).toEqual(['+left 10']);
    happen('pointerup', 60, { ...finger, buttons: 0 });
    happen('lostpointercapture', 60, finger);
    expect(told).toEqual(['+left 10', '-left 60']);
  });
});

describe('geometry', () => {
  it('fits a screen into its place', () => {
    expect(fitScale({ width: 1920, height: 1080 }, { width: 960, height: 1000 })).toBe(0.5);
    expect(fitScale({ width: 0, height: 0 }, { width: 10, height: 10 })).toBe(1);
  });

  it('finds the pixel below a pointer, also outside of the picture', () => {
    const shown = { left: 100, top: 50, width: 960, height: 540 };
    const screen = { width: 1920, height: 1080 };
    expect(toScreen({ x: 100, y: 50 }, shown, screen)).toEqual({ x: 0, y: 0 });
    expect(toScreen({ x: 580, y: 320 }, shown, screen)).toEqual({ x: 960, y: 540 });
    expect(toScreen({ x: 5000, y: -9 }, shown, screen)).toEqual({ x: 1919, y: 0 });
  });

  it('reaches the first and the last pixel of the device, however the picture lies', () => {
    const ends = (left: number, width: number, pixels: number, ratio: number): number[] =>
      [Math.ceil(left * ratio) / ratio, Math.ceil((left + width) * ratio - 1) / ratio].map(
        (x) => toScreen({ x, y: 0 }, { left, top: 0, width, height: 10 }, { width: pixels, height: 10 }, ratio).x,
      );
    for (const left of [0, 2, 2.5, 100.25]) {
      for (const ratio of [1, 1.25, 2]) {
        for (const width of [386, 959, 1366, 1920]) expect(ends(left, width, 1920, ratio), `${left} ${ratio} ${width}`).toEqual([0, 1919]);
      }
    }
    expect([0, 1, 2, 3].map((x) => toScreen({ x, y: 0 }, { left: 0, top: 0, width: 4, height: 1 }, { width: 2, height: 1 }).x)).toEqual([0, 0, 1, 1]);
  });

  it('keeps what is below the fingers there', () => {
    expect(keepPoint({ x: 0, y: 0 }, { x: 100, y: 50 }, 2)).toEqual({ x: 100, y: 50 });
  });

  it('makes whole notches of a wheel', () => {
    const wheel = new Notches(100);
    expect([40, 40, 40, 100, -30, -80].map((pixels) => wheel.add(pixels))).toEqual([0, 0, -1, -1, 0, 1]);
  });
});
