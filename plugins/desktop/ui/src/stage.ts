import { make } from './dom';
import { clampScale, fitScale, keepPoint, toScreen } from './geometry';
import { imageSize } from './image';
import type { Point } from './kvm';

export type Mode = 'fit' | 'actual' | 'zoom';

/// CSS cursors by their number on the wire (section 7.2).
const cursors = [
  'default', 'progress', 'crosshair', 'pointer', 'help', 'text', 'no-drop', 'move', 'nesw-resize', 'ns-resize', 'nwse-resize',
  'ew-resize', 'alias', 'wait', 'none', 'not-allowed', 'col-resize', 'row-resize', 'copy', 'zoom-in', 'zoom-out',
];
/// Browsers refuse larger ones.
const kMaxCursor = 128;

/// The picture in its place: how large it is shown, where it is scrolled to, what the pointer looks like.
export class Stage {
  readonly canvas = make('canvas', { className: 'picture', 'data-testid': 'desktop-picture', width: 1, height: 1 });
  /// Takes the keyboard: on-screen keyboards, dead keys and pasting need a field.
  readonly field = make('textarea', { className: 'field-of-keys', autocapitalize: 'off', autocomplete: 'off', spellcheck: false, 'data-testid': 'desktop-input' });
  readonly element: HTMLElement;
  private readonly area = make('div', { className: 'area' }, this.canvas);
  private mode: Mode = 'fit';
  private scale = 1;
  private cursorUrl = '';
  private readonly sizes: ResizeObserver;

  constructor() {
    this.element = make('div', { className: 'stage' }, this.area, this.field);
    this.sizes = new ResizeObserver(() => this.layOut());
    this.sizes.observe(this.element);
  }

  get isZoomed(): boolean {
    return this.mode !== 'fit';
  }

  setMode(mode: Mode): void {
    this.mode = mode;
    this.layOut();
  }

  /// The screen has another size, or the place has.
  layOut(): void {
    const { canvas } = this;
    const place = this.area.getBoundingClientRect();
    if (place.width < 10 || place.height < 10) return;
    if (this.mode === 'fit') this.scale = fitScale(canvas, place);
    else if (this.mode === 'actual') this.scale = 1 / (globalThis.devicePixelRatio || 1);
    canvas.style.width = `${Math.max(1, Math.floor(canvas.width * this.scale))}px`;
    canvas.style.height = `${Math.max(1, Math.floor(canvas.height * this.scale))}px`;
    // Enlarged pixels stay pixels; shrunk ones are blended.
    canvas.classList.toggle('sharp', this.scale * (globalThis.devicePixelRatio || 1) >= 2);
    this.area.classList.toggle('scrolls', this.mode !== 'fit');
  }

  /// Larger by `factor` around a point of the page, then moved. True when that is no longer all of it.
  zoom(at: Point, factor: number, by: Point): boolean {
    const box = this.area.getBoundingClientRect();
    const least = fitScale(this.canvas, box);
    const next = clampScale(Math.max(least, this.scale * factor));
    const isWhole = next <= least * 1.001;
    const scroll = keepPoint({ x: this.area.scrollLeft, y: this.area.scrollTop }, { x: at.x - box.left, y: at.y - box.top }, next / this.scale);
    this.scale = next;
    this.setMode(isWhole ? 'fit' : 'zoom');
    this.area.scrollTo(scroll.x - by.x, scroll.y - by.y);
    return !isWhole;
  }

  toScreen(at: Point): Point {
    return toScreen(at, this.canvas.getBoundingClientRect(), this.canvas, globalThis.devicePixelRatio || 1);
  }

  setCursor(shape: number): void {
    this.dropCursor();
    this.canvas.style.cursor = cursors[shape] ?? 'default';
  }

  /// The device's own pointer; an empty image hides it.
  setPointer(image: Uint8Array, hotX: number, hotY: number): void {
    if (image.byteLength === 0) return this.setCursor(cursors.indexOf('none'));
    const size = imageSize(image);
    if (!size || size.width > kMaxCursor || size.height > kMaxCursor) return this.setCursor(0);
    const hot = `${Math.min(hotX, size.width - 1)} ${Math.min(hotY, size.height - 1)}`;
    this.dropCursor();
    this.cursorUrl = URL.createObjectURL(new Blob([image as Uint8Array<ArrayBuffer>], { type: 'image/png' }));
    this.canvas.style.cursor = `url("${this.cursorUrl}") ${hot}, default`;
  }

  picture(): Promise<Blob | null> {
    return new Promise((resolve) => this.canvas.toBlob(resolve, 'image/png'));
  }

  dispose(): void {
    this.sizes.disconnect();
    this.dropCursor();
  }

  private dropCursor(): void {
    if (this.cursorUrl) URL.revokeObjectURL(this.cursorUrl);
    this.cursorUrl = '';
  }
}
