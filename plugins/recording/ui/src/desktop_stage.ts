import { FrameDecoder } from './frame_decoder';
import { imageSize } from './image_size';
import { command, parseAreas, parseCommand, parseFrame, parseStream, readU16, type Area, type StreamInfo } from './kvm';
import { parseState, type Block, type Cursor, type Recording } from './mcrec';
import { decode, release, type Picture } from './picture';
import type { Jumped, Stage } from './stage';
import { visible, type Stroke } from './strokes';

const kMaxSide = 16384;
/// Pictures and frames that may be on their way to the screen.
const kMostWaiting = 64;
const kSettleMs = 1500;
/// How far apart tiles may lie in a file to be read in one go.
const kGap = 64 * 1024;

/// What is drawn at once when a jump is done.
interface Held {
  isBlack: boolean; // nothing of what was there before stays
  size: { width: number; height: number } | undefined;
  /// By their place: a tile of the same place and size as an earlier one takes its place.
  strokes: Map<string, Stroke>;
}

/// Draws the KVM protocol: tiles, copies, and coded frames by WebCodecs.
export class DesktopStage implements Stage {
  readonly canvas: HTMLCanvasElement;
  onFault: ((text: string) => void) | undefined;
  /// Called after something was drawn.
  onDrawn: (() => void) | undefined;

  private readonly pen: CanvasRenderingContext2D;
  private stream: StreamInfo | undefined;
  private decoder: FrameDecoder | undefined;
  private chain: Promise<void> = Promise.resolve();
  private waiting = 0;
  private generation = 0;
  /// Large screens are coded smaller than they are; where no screen was told, a frame is one.
  private isScreenKnown = false;
  private areas: ReturnType<typeof parseAreas>;
  /// While one jumps: of these only those are decoded that will be seen.
  private held: Held | undefined;

  constructor(
    private readonly recording: Recording,
    place: HTMLElement,
    label: string,
  ) {
    this.canvas = document.createElement('canvas');
    this.canvas.width = 640;
    this.canvas.height = 480;
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', label);
    place.append(this.canvas);
    this.pen = this.canvas.getContext('2d', { alpha: false })!;
  }

  show(block: Block): void | Promise<void> {
    if (!block.binary || block.fromUser) return undefined;
    const found = parseCommand(block.data);
    if (!found) return undefined;
    const { type, payload } = found;
    if (type === command.screen && payload.length >= 4) this.screen(readU16(payload, 0), readU16(payload, 2));
    else if (type === command.tile && payload.length > 4) this.tile(payload);
    else if (type === command.copy && payload.length >= 12) this.copy(payload);
    else if (type === command.stream) this.begin(payload);
    else if (type === command.areas) this.areas = parseAreas(payload);
    else if (type === command.frame) this.frame(payload);
    return this.waiting > kMostWaiting ? this.chain : undefined;
  }

  async jump(time: number): Promise<Jumped> {
    ++this.generation;
    const { source } = this.recording;
    const state = source.state ? parseState(await source.state(time)) : undefined;
    this.endStream();
    this.isScreenKnown = false;
    this.chain = Promise.resolve();
    this.waiting = 0;
    this.held = { isBlack: true, size: undefined, strokes: new Map() };
    if (!state) return { blocks: await this.jumpByIndex(time), isThere: false };
    const [width, height] = [Number(state.facts['width']), Number(state.facts['height'])];
    if (width > 0 && height > 0) this.screen(width, height);
    for (const block of state.blocks) void this.show(block);
    return { blocks: this.recording.cursor(state.next), isThere: true };
  }

  settled(): Promise<void> {
    this.letGo();
    // Not flush(): the next frame would have to be a key frame. A decoder that keeps one back has its time.
    return Promise.race([this.chain, new Promise<void>((done) => setTimeout(done, kSettleMs))]);
  }

  dispose(): void {
    ++this.generation;
    this.endStream();
    this.canvas.remove();
  }

  private async jumpByIndex(time: number): Promise<Cursor> {
    const { index, base } = this.recording;
    const entry = index ? this.entryBefore(time) : -1;
    if (!index || entry < 0) return this.recording.cursor();
    const [pointer, width, height, ...tiles] = index.indexes[entry]!;
    const stream = index.streams?.[entry];
    const blocks = await this.blocksOf([...(stream ?? []), ...tiles]);
    this.screen(width!, height!);
    for (const block of blocks) void this.show(block);
    const cursor = this.recording.cursor(base + (stream ? stream[1] : pointer!));
    if (stream) await cursor.next(); // the key frame has been drawn, whole
    return cursor;
  }

  /// The last whole picture at or before `time`; entries without a size tell nothing.
  private entryBefore(time: number): number {
    const { index, startTime } = this.recording;
    const interval = index!.indexInterval * 1000;
    let entry = Math.min(index!.indexes.length, Math.floor((startTime + time - index!.indexStartTime) / interval)) - 1;
    while (entry >= 0 && !(index!.indexes[entry]?.[1] && index!.indexes[entry]?.[2])) --entry;
    return entry;
  }

  private async blocksOf(pointers: number[]): Promise<Block[]> {
    const { base, end } = this.recording;
    const blocks: Block[] = [];
    for (let i = 0; i < pointers.length;) {
      let last = i;
      while (last + 1 < pointers.length && pointers[last + 1]! > pointers[last]! && pointers[last + 1]! - pointers[last]! < kGap) ++last;
      const from = base + pointers[i]!;
      const cursor = this.recording.cursor(from);
      for (; i <= last && cursor.offset < end;) {
        const block = await cursor.next();
        if (!block) break;
        if (block.offset < base + pointers[i]!) continue;
        blocks.push(block);
        ++i;
      }
      i = last + 1;
    }
    return blocks;
  }

  private then(work: (isCurrent: () => boolean) => void | Promise<void>): void {
    const { generation } = this;
    const isCurrent = (): boolean => generation === this.generation;
    ++this.waiting;
    this.chain = this.chain
      .then(() => (isCurrent() ? work(isCurrent) : undefined))
      .catch(() => undefined) // one picture that is none leaves the others
      .then(() => {
        if (!isCurrent()) return;
        --this.waiting;
        this.onDrawn?.();
      });
  }

  /// A new screen covers everything.
  private screen(width: number, height: number): void {
    this.isScreenKnown = width > 0 && height > 0;
    if (!this.held) {
      this.then(() => this.resize(width, height));
      return;
    }
    this.held.strokes.clear();
    this.held.size = { width, height };
  }

  private resize(width: number, height: number): void {
    if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide) return;
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
  }

  private tile(payload: Uint8Array): void {
    const [x, y] = [readU16(payload, 0), readU16(payload, 2)];
    const image = payload.subarray(4);
    const size = this.held && imageSize(image);
    if (size) this.hold({ areas: [{ x, y, ...size }], picture: () => decode(image) });
    else {
      this.letGo(); // of a size that is not known it covers nothing
      const picture = decode(image); // at once, beside others; drawn in turn
      this.then(async (isCurrent) => {
        const drawn = await picture;
        if (drawn && isCurrent()) this.pen.drawImage(drawn, x, y);
        release(drawn);
      });
    }
  }

  private hold(stroke: Stroke): void {
    const { strokes } = this.held!;
    const place = stroke.areas?.length === 1 ? Object.values(stroke.areas[0]!).join(' ') : `frame ${strokes.size}`;
    strokes.delete(place); // the new one comes last
    strokes.set(place, stroke);
  }

  /// Draws what is held, all of it at once.
  private letGo(): void {
    const { held } = this;
    this.held = undefined;
    if (!held) return;
    const { width, height } = held.size ?? this.canvas;
    const seen = visible([...held.strokes.values()], width, height);
    const pictures = Promise.all(seen.map((stroke) => stroke.picture()));
    this.then(async (isCurrent) => {
      const drawn = await pictures;
      if (isCurrent()) {
        if (held.isBlack) this.pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
        if (held.size) this.resize(held.size.width, held.size.height);
        drawn.forEach((picture, i) => picture && this.paint(picture, seen[i]!.areas));
      }
      drawn.forEach(release);
    });
  }

  private begin(payload: Uint8Array): void {
    this.endStream();
    this.stream = parseStream(payload);
    if (!this.stream) return;
    this.decoder = new FrameDecoder(this.stream);
    this.decoder.onFault = () => this.onFault?.('codec');
    if (typeof VideoDecoder === 'undefined') this.onFault?.('codec');
  }

  private frame(payload: Uint8Array): void {
    const frame = parseFrame(payload);
    const { decoder, stream } = this;
    if (!frame || !decoder || !stream) return;
    const number = decoder.take(frame);
    if (number === undefined) return;
    const { width, height } = stream;
    const { isScreenKnown } = this;
    const areas = this.areasOf(frame.number);
    if (this.held) {
      if (!isScreenKnown && width > 0 && height > 0) this.held.size = { width, height };
      this.hold({ areas, picture: () => decoder.picture(number) });
      return;
    }
    const picture = decoder.picture(number);
    this.then(async (isCurrent) => {
      const drawn = await picture;
      if (drawn && isCurrent()) {
        if (!isScreenKnown) this.resize(width || drawn.displayWidth, height || drawn.displayHeight);
        this.paint(drawn, areas);
      }
      release(drawn);
    });
  }

  /// Undefined: everywhere.
  private areasOf(frame: number): Area[] | undefined {
    return this.areas && this.areas.number === frame ? this.areas.areas : undefined;
  }

  /// A tile at its place, of a frame the parts that have changed.
  private paint(picture: Picture | VideoFrame, areas: Area[] | undefined): void {
    if (!('timestamp' in picture)) {
      this.pen.drawImage(picture, areas![0]!.x, areas![0]!.y);
      return;
    }
    this.pen.save();
    if (areas) {
      // One drawing through many holes: each drawing turns the whole frame into pixels first.
      this.pen.beginPath();
      for (const { x, y, width, height } of areas) this.pen.rect(x, y, width, height);
      this.pen.clip();
    }
    const { canvas, pen } = this;
    // Codecs have even sides only: one pixel more is no other scale.
    const isOfSize = Math.abs(picture.displayWidth - canvas.width) <= 1 && Math.abs(picture.displayHeight - canvas.height) <= 1;
    if (isOfSize) pen.drawImage(picture, 0, 0);
    else pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    pen.restore();
  }

  private copy(payload: Uint8Array): void {
    const wasHeld = this.held !== undefined;
    this.letGo();
    if (wasHeld) this.held = { isBlack: false, size: undefined, strokes: new Map() };
    const [fromX, fromY, toX, toY, width, height] = [0, 2, 4, 6, 8, 10].map((at) => readU16(payload, at)) as [number, number, number, number, number, number];
    this.then(() => this.pen.drawImage(this.canvas, fromX, fromY, width, height, toX, toY, width, height));
  }

  private endStream(): void {
    this.decoder?.close();
    this.decoder = undefined;
    this.stream = undefined;
    this.areas = undefined;
  }
}
