import type { Point } from './kvm';

export interface Size {
  width: number;
  height: number;
}

export const kMinScale = 0.05;
export const kMaxScale = 8;

/// What computing with fractions may be off by.
const kTrifle = 0.001;

export const clampScale = (scale: number): number => Math.min(kMaxScale, Math.max(kMinScale, scale));

/// Scale at which all of `screen` is seen in `place`, in CSS pixels for one pixel of the device.
export function fitScale(screen: Size, place: Size): number {
  if (screen.width <= 0 || screen.height <= 0 || place.width <= 0 || place.height <= 0) return 1;
  return clampScale(Math.min(place.width / screen.width, place.height / screen.height));
}

/// Shown with fewer pixels than the device has: the first one stands for its first, the last one for its last.
function onShrunk(value: number, start: number, length: number, pixels: number, ratio: number): number {
  const first = Math.ceil(start * ratio - kTrifle) / ratio;
  const last = Math.floor((start + length) * ratio - kTrifle) / ratio;
  return ((value - first) * (pixels - 1)) / Math.min(length - 1, last - first);
}

/// A point of the page as a pixel of the device, kept on its screen. `ratio`: the display's pixels for one of CSS.
export function toScreen(at: Point, shown: { left: number; top: number; width: number; height: number }, screen: Size, ratio = 1): Point {
  const part = (value: number, start: number, length: number, pixels: number): number => {
    const isShrunk = length > 1 && length * ratio < pixels;
    const found = isShrunk ? onShrunk(value, start, length, pixels, ratio) : ((value - start) * pixels) / Math.max(1, length);
    return Math.min(pixels - 1, Math.max(0, Math.floor(found + kTrifle)));
  };
  return { x: part(at.x, shown.left, shown.width, screen.width), y: part(at.y, shown.top, shown.height, screen.height) };
}

/// How far to scroll so that what was below `focus` (from the corner of the place) stays there when the
/// picture grows by `factor`.
export function keepPoint(scroll: Point, focus: Point, factor: number): Point {
  return { x: (scroll.x + focus.x) * factor - focus.x, y: (scroll.y + focus.y) * factor - focus.y };
}

export const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
export const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

/// Turns what a wheel or two fingers moved into whole notches of 120.
export class Notches {
  private rest = 0;
  constructor(private readonly pixelsPerNotch: number) {}

  /// `pixels`: positive towards the person. Returns notches in the wire's direction.
  add(pixels: number): number {
    if (Math.sign(pixels) !== Math.sign(this.rest)) this.rest = 0;
    this.rest += pixels;
    const notches = Math.trunc(this.rest / this.pixelsPerNotch);
    this.rest -= notches * this.pixelsPerNotch;
    return notches === 0 ? 0 : -notches;
  }
}
