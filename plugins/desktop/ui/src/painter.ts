import { Decodings } from './decodings';
import { kMaxSide, type Area, type Message, type Point } from './kvm';

/// Work that may wait to be drawn before the sender is made to wait.
const kMaxSteps = 128;
const kMaxBytes = 16 * 1024 * 1024;
/// A picture that is not decoded by then never will be.
const kDecodeWithinMs = 4_000;

type Step = { run: () => void | Promise<void>; bytes: number; drop?: () => void };

/// Draws what the device sends, in the order in which it was sent. Images are decoded side by side as far as
/// memory allows, and drawn when it is their turn.
export class Painter {
  private readonly steps: Step[] = [];
  private readonly decodings = new Decodings();
  private bytes = 0;
  private isRunning = false;
  private isOver = false;
  private isBehind = false;
  private wake: (() => void) | undefined;
  private readonly context: CanvasRenderingContext2D;
  /// Changes of the picture since somebody last asked.
  updates = 0;

  constructor(readonly canvas: HTMLCanvasElement) {
    this.context = canvas.getContext('2d', { alpha: false })!;
  }

  resize(width: number, height: number): void {
    this.push(0, () => {
      if (this.canvas.width === width && this.canvas.height === height) return;
      this.canvas.width = Math.min(width, kMaxSide);
      this.canvas.height = Math.min(height, kMaxSide);
      this.onResize();
    });
  }
  onResize: () => void = () => undefined;

  /// `pixels`: how many the image says it has.
  tile({ x, y, image }: Extract<Message, { kind: 'tile' }>, pixels: number): void {
    if (this.isOver) return;
    const decoding = this.decodings.add(image, pixels);
    const run = async (): Promise<void> => {
      try {
        const picture = await decoding.picture;
        if (picture && !this.isOver) this.draw(picture, x, y);
      } finally {
        decoding.end();
      }
    };
    this.push(image.byteLength, run, () => decoding.end());
  }

  copy({ from, to, width, height }: { from: Point; to: Point; width: number; height: number }): void {
    this.push(0, () => {
      if (width === 0 || height === 0) return;
      this.context.drawImage(this.canvas, from.x, from.y, width, height, to.x, to.y, width, height);
      this.updates++;
    });
  }

  /// A coded frame, drawn in `areas`, or over the whole screen without them; null where decoding failed.
  frame(picture: Promise<VideoFrame | null>, areas: Area[] | undefined, bytes: number, after: () => void): void {
    this.push(bytes, async () => {
      const frame = await within(picture, kDecodeWithinMs);
      // What a frame that was left out would have changed is in the next one, but not in its areas.
      if (frame) this.drawFrame(frame, this.isBehind ? undefined : areas);
      this.isBehind = frame === null;
      after();
    });
  }

  /// Runs `after` when everything before it has been drawn.
  mark(after: () => void): void {
    this.push(0, after);
  }

  get waiting(): number {
    return this.steps.length;
  }

  /// Resolves when there is room for more; undefined when there is already.
  room(): Promise<void> | undefined {
    if (!this.isFull()) return undefined;
    return new Promise((resolve) => (this.wake = resolve));
  }

  /// What waits is forgotten; pictures on their way are let go when they come.
  clear(): void {
    // From the end, so that nothing is decoded in the place of what goes.
    for (const step of this.steps.splice(0).reverse()) {
      this.bytes -= step.bytes;
      step.drop?.();
    }
    this.wake?.();
  }

  dispose(): void {
    this.isOver = true;
    this.clear();
  }

  private draw(picture: ImageBitmap, x: number, y: number): void {
    this.context.drawImage(picture, x, y);
    this.updates++;
  }

  private drawFrame(frame: VideoFrame, areas: Area[] | undefined): void {
    if (!this.isOver) {
      const { canvas, context } = this;
      context.save();
      if (areas) {
        // Browsers convert the whole frame at each drawImage: once, and seen through the areas.
        context.beginPath();
        for (const { x, y, width, height } of areas) context.rect(x, y, width, height);
        context.clip();
      }
      // Codecs have even sides only: one pixel more is no other scale.
      const isOfSize = Math.abs(frame.displayWidth - canvas.width) <= 1 && Math.abs(frame.displayHeight - canvas.height) <= 1;
      if (isOfSize) context.drawImage(frame, 0, 0);
      else context.drawImage(frame, 0, 0, canvas.width, canvas.height);
      context.restore();
      this.updates++;
    }
    frame.close();
  }

  private push(bytes: number, run: () => void | Promise<void>, drop?: () => void): void {
    if (this.isOver) return;
    this.steps.push({ run, bytes, ...(drop && { drop }) });
    this.bytes += bytes;
    void this.work();
  }

  private async work(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    while (this.steps.length > 0) {
      const step = this.steps.shift()!;
      try {
        // Steps that wait for nothing don't cost a turn each.
        const waits = step.run();
        if (waits) await waits;
      } catch (error) {
        console.warn('desktop: a picture could not be drawn', error);
      }
      this.bytes -= step.bytes;
      if (!this.isFull()) this.wake?.();
    }
    this.isRunning = false;
  }

  private isFull(): boolean {
    return this.steps.length > kMaxSteps || this.bytes > kMaxBytes;
  }
}

function within(picture: Promise<VideoFrame | null>, ms: number): Promise<VideoFrame | null> {
  return new Promise((resolve) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      resolve(null);
    }, ms);
    void picture.then((frame) => {
      clearTimeout(timer);
      if (isLate) frame?.close();
      else resolve(frame);
    });
  });
}
