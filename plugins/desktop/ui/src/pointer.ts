import { distance, middle, Notches } from './geometry';
import type { Point } from './kvm';
import type { Button } from './kvm';

/// What hands on the screen mean. Points are of the page.
export interface Gestures {
  move(at: Point): void;
  button(at: Point, button: Button, isDown: boolean): void;
  /// Notches, positive away from the person.
  wheel(at: Point, notches: number): void;
  /// Notches, positive to the right.
  sideWheel(at: Point, notches: number): void;
  /// The picture shall grow by `factor` around `at` and move by `by`.
  zoom(at: Point, factor: number, by: Point): void;
  isZoomed(): boolean;
  touched(): void;
}

const kMoveEveryMs = 14;
const kLongPressMs = 550;
const kSlop = 10; // pixels that a finger may tremble
const kWheelPixels = 100;
const kWheelLine = 34;
const kFingerPixels = 36;
const kPinchSlop = 0.06;

const names: Record<number, Button> = { 0: 'left', 1: 'middle', 2: 'right' };

/// Mouse, pen and fingers over the picture.
export class Pointer {
  private readonly wheel = new Notches(kWheelPixels);
  private readonly side = new Notches(kWheelPixels);
  private readonly fingers = new Map<number, Point>();
  private readonly held = new Map<Button, Point>();
  private moveTimer: ReturnType<typeof setTimeout> | undefined;
  private pressTimer: ReturnType<typeof setTimeout> | undefined;
  private latest: Point | undefined;
  private lastMove = 0;
  private start: Point | undefined;
  private mode: 'none' | 'tap' | 'drag' | 'two' | 'done' = 'none';
  private pair: { apart: number; middle: Point; isPinch: boolean; scroll: Notches } | undefined;

  constructor(
    private readonly surface: HTMLElement,
    private readonly gestures: Gestures,
  ) {
    const on = <Name extends keyof HTMLElementEventMap>(name: Name, listener: (event: HTMLElementEventMap[Name]) => void): void =>
      surface.addEventListener(name, listener, { passive: false });
    on('pointerdown', (event) => this.down(event));
    on('pointermove', (event) => this.moved(event));
    on('pointerup', (event) => this.up(event));
    on('pointercancel', (event) => this.cancel(event));
    on('lostpointercapture', (event) => event.pointerType !== 'touch' && this.held.size > 0 && this.release());
    on('wheel', (event) => this.wheeled(event));
    on('contextmenu', (event) => event.preventDefault());
    // Links and pictures dragged over would leave a button pressed.
    on('dragstart', (event) => event.preventDefault());
  }

  /// Lets go of everything, at the place where it was pressed last.
  release(): void {
    clearTimeout(this.moveTimer);
    clearTimeout(this.pressTimer);
    this.moveTimer = undefined;
    for (const [button, at] of this.held) this.gestures.button(this.latest ?? at, button, false);
    this.held.clear();
    this.fingers.clear();
    this.mode = 'none';
  }

  private down(event: PointerEvent): void {
    // A tap does not ask for the on-screen keyboard.
    if (event.pointerType !== 'touch') this.gestures.touched();
    event.preventDefault();
    try {
      this.surface.setPointerCapture(event.pointerId);
    } catch {
      // Gone before it could be held on to.
    }
    if (event.pointerType === 'touch') return this.fingerDown(event);
    const button = names[event.button];
    if (button) this.press(place(event), button);
  }

  private moved(event: PointerEvent): void {
    if (event.pointerType === 'touch') return this.fingerMoved(event);
    // With one button down, another one's press or release comes as a move, and an end may never have come.
    if (event.button >= 0 || (this.held.size > 0 && this.fingers.size === 0)) this.compareButtons(event);
    this.moveSoon(place(event));
  }

  private up(event: PointerEvent): void {
    if (event.pointerType === 'touch') return this.fingerUp(event);
    const button = names[event.button];
    if (button) this.letGo(place(event), button);
  }

  private cancel(event: PointerEvent): void {
    if (event.pointerType === 'touch') clearTimeout(this.pressTimer);
    this.release();
  }

  private compareButtons(event: PointerEvent): void {
    const bits: [Button, number][] = [['left', 1], ['right', 2], ['middle', 4]];
    for (const [button, bit] of bits) {
      const isDown = (event.buttons & bit) !== 0;
      if (isDown && !this.held.has(button)) this.press(place(event), button);
      if (!isDown && this.held.has(button)) this.letGo(place(event), button);
    }
  }

  private press(at: Point, button: Button): void {
    this.flushMove(at);
    this.held.set(button, at);
    this.gestures.button(at, button, true);
  }

  private letGo(at: Point, button: Button): void {
    this.flushMove(at);
    if (this.held.delete(button)) this.gestures.button(at, button, false);
  }

  /// Mice report a thousand places a second; the last one of every few milliseconds is enough.
  private moveSoon(at: Point): void {
    this.latest = at;
    if (this.moveTimer !== undefined) return;
    const rest = kMoveEveryMs - (performance.now() - this.lastMove);
    if (rest <= 0) this.flushMove(at);
    else this.moveTimer = setTimeout(() => this.latest && this.flushMove(this.latest), rest);
  }

  private flushMove(at: Point): void {
    clearTimeout(this.moveTimer);
    this.moveTimer = undefined;
    this.latest = at;
    this.lastMove = performance.now();
    this.gestures.move(at);
  }

  private wheeled(event: WheelEvent): void {
    event.preventDefault();
    this.gestures.touched();
    const unit = event.deltaMode === 0 ? 1 : event.deltaMode === 1 ? kWheelLine : 400;
    const pixels = event.deltaY * unit;
    // A pinch on a touchpad comes as a wheel with Ctrl that nobody holds.
    if (event.ctrlKey && Math.abs(pixels) < 50 && event.deltaMode === 0) return this.gestures.zoom(place(event), Math.exp(-pixels / 100), { x: 0, y: 0 });
    const notches = this.wheel.add(pixels);
    if (notches !== 0) this.gestures.wheel(place(event), notches);
    const aside = -this.side.add(event.deltaX * unit);
    if (aside !== 0) this.gestures.sideWheel(place(event), aside);
  }

  // ---- fingers: tap, long press for the other button, drag; two to scroll, pinch and pan ---------------

  private fingerDown(event: PointerEvent): void {
    this.fingers.set(event.pointerId, place(event));
    clearTimeout(this.pressTimer);
    if (this.fingers.size === 1) {
      this.mode = 'tap';
      this.start = place(event);
      this.pressTimer = setTimeout(() => this.longPress(), kLongPressMs);
      return;
    }
    if (this.held.size > 0) this.letGo(this.latest ?? place(event), 'left');
    this.mode = this.fingers.size === 2 ? 'two' : 'done';
    const [a, b] = [...this.fingers.values()];
    this.pair = { apart: Math.max(1, distance(a!, b!)), middle: middle(a!, b!), isPinch: false, scroll: new Notches(kFingerPixels) };
  }

  private longPress(): void {
    if (this.mode !== 'tap' || !this.start) return;
    this.mode = 'done';
    navigator.vibrate?.(15);
    this.click(this.start, 'right');
  }

  private click(at: Point, button: Button): void {
    this.flushMove(at);
    this.gestures.button(at, button, true);
    this.gestures.button(at, button, false);
  }

  private fingerMoved(event: PointerEvent): void {
    if (!this.fingers.has(event.pointerId)) return;
    event.preventDefault();
    const at = place(event);
    this.fingers.set(event.pointerId, at);
    if (this.mode === 'tap' && distance(at, this.start!) > kSlop) {
      clearTimeout(this.pressTimer);
      this.mode = 'drag';
      this.press(this.start!, 'left');
    }
    if (this.mode === 'drag') this.moveSoon(at);
    if (this.mode === 'two') this.twoMoved();
  }

  private twoMoved(): void {
    const [a, b] = [...this.fingers.values()];
    const { pair } = this;
    if (!a || !b || !pair) return;
    const apart = Math.max(1, distance(a, b));
    const now = middle(a, b);
    const factor = apart / pair.apart;
    if (!pair.isPinch && Math.abs(factor - 1) > kPinchSlop) pair.isPinch = true;
    const by = { x: now.x - pair.middle.x, y: now.y - pair.middle.y };
    if (pair.isPinch || this.gestures.isZoomed()) {
      this.gestures.zoom(now, pair.isPinch ? factor : 1, by);
      pair.apart = apart;
    } else {
      // The picture follows the fingers, so down is away.
      const notches = pair.scroll.add(-by.y);
      if (notches !== 0) this.gestures.wheel(now, notches);
    }
    pair.middle = now;
  }

  private fingerUp(event: PointerEvent): void {
    clearTimeout(this.pressTimer);
    if (!this.fingers.delete(event.pointerId)) return;
    if (this.mode === 'tap') this.click(this.start ?? place(event), 'left');
    if (this.mode === 'drag') this.letGo(place(event), 'left');
    this.mode = this.fingers.size === 0 ? 'none' : 'done';
  }
}

const place = (event: { clientX: number; clientY: number }): Point => ({ x: event.clientX, y: event.clientY });
