import type { PluginContext, Tunnel } from '../../../../web/plugin-api';
import { ClipboardParts, clipboardMessages } from './clipboard';
import { imageSize } from './image';
import * as kvm from './kvm';
import { Malformed, type Area, type Display, type Message } from './kvm';
import { Meter } from './meter';
import { Painter } from './painter';
import { AutomaticQuality, choices, type Level } from './quality';
import { Video, type Codec } from './video';

const kDesktop = 2;
const kRttEveryMs = 2_000;
/// MeshAgent's tiles are whole cells of a grid of 32 (section 7.2), also where the screen ends before.
const kTileGrid = 32;
/// `selected` and the display list: all of them in one picture.
export const kAllDisplays = 0xffff;

export interface SessionEvents {
  /// State, displays, agent or codec are others now.
  changed(): void;
  /// The device shows another screen, or the first one.
  screen(): void;
  resized(): void;
  cursor(shape: number): void;
  /// CapsLock on the device.
  caps(isOn: boolean): void;
  pointer(image: Uint8Array, hotX: number, hotY: number): void;
  clipboard(text: string): void;
  /// The server ends the session in so many seconds unless something is done; 0: no longer.
  idle(seconds: number): void;
  /// A line that the device wants to be read.
  told(text: string, isFault: boolean): void;
}

export interface Wanted {
  codecs: Codec[];
  quality: string; // a name of `choices`, or 'auto'
  initialQuality: number;
  startVirtual: boolean;
  lockAtEnd: boolean;
}

/// One session with a desktop: reads what the device sends, draws it, and keeps the flow in bounds.
export class Session {
  readonly meter = new Meter();
  displays: number[] = [];
  geometry: Display[] = [];
  selected = kAllDisplays;
  /// Our agent, by its answer; undefined for others.
  agent: { codec: string; features: string[] } | undefined;
  hasPicture = false;
  canStartVirtual = false;
  /// The device's monitors are dark.
  isBlank = false;
  fault = '';
  /// The device's own words for the fault.
  detail = '';
  private readonly tunnel: Tunnel;
  private readonly video: Video;
  private readonly automatic = new AutomaticQuality();
  private readonly clipboard = new ClipboardParts();
  private readonly timer: ReturnType<typeof setInterval>;
  private size = { width: 0, height: 0 };
  private askedKeyAt = 0;
  private isHidden = false;
  private areas: { frame: number; areas: Area[] } | undefined;

  constructor(
    context: PluginContext,
    private readonly painter: Painter,
    private wanted: Wanted,
    private readonly events: SessionEvents,
  ) {
    this.video = new Video(() => this.askForKey());
    painter.onResize = () => events.resized();
    const desktop = { version: 1, codecs: wanted.codecs, ...(wanted.startVirtual ? { startVirtual: true } : {}) };
    this.tunnel = context.openTunnel(kDesktop, { desktop, ...(wanted.lockAtEnd ? { autolock: true } : {}) });
    this.tunnel.onData = (bytes) => this.take(bytes);
    this.tunnel.onControl = (message) => this.control(message);
    this.tunnel.onSkipped = () => this.skipped();
    this.tunnel.onState = () => events.changed();
    this.timer = setInterval(() => this.measure(), kRttEveryMs);
  }

  get state(): Tunnel['state'] {
    return this.tunnel.state;
  }
  get reason(): string {
    return this.fault || this.tunnel.reason;
  }
  get isRecorded(): boolean {
    return this.tunnel.recorded;
  }
  get codec(): string {
    return this.agent?.codec ?? '';
  }

  send(command: Uint8Array): boolean {
    return this.tunnel.send(command);
  }
  tell(message: Record<string, unknown>): void {
    this.tunnel.control(message);
  }

  close(): void {
    clearInterval(this.timer);
    this.tunnel.close();
    this.video.end();
    this.painter.clear();
  }

  select(display: number): void {
    this.selected = display;
    this.send(kvm.selectDisplay(display));
  }

  setQuality(name: string): void {
    this.wanted = { ...this.wanted, quality: name };
    this.askForQuality();
  }

  /// While nobody sees the picture our agent need not send it. Others share one stream among their viewers.
  setHidden(isHidden: boolean): void {
    this.isHidden = isHidden;
    if (this.agent) this.send(kvm.pause(this.isPaused));
  }

  private get isPaused(): boolean {
    return this.isHidden && this.agent !== undefined;
  }

  /// False when it is too long.
  sendClipboard(text: string): boolean {
    const messages = clipboardMessages(text);
    for (const message of messages ?? []) this.tell(message);
    return messages !== undefined;
  }

  // ---- from the device --------------------------------------------------------------------------------

  private take(bytes: Uint8Array): void | Promise<void> {
    this.meter.received(bytes.byteLength);
    try {
      this.handle(kvm.parse(bytes), bytes.byteLength);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      console.warn('desktop:', error.message);
      this.fault = 'malformed';
      this.tunnel.close();
    }
    return this.painter.room();
  }

  private handle(message: Message, bytes: number): void {
    switch (message.kind) {
      case 'tile':
        return this.takeTile(message);
      case 'copy':
        return this.painter.copy(message);
      case 'size':
        return this.resize(message.width, message.height);
      case 'codec':
        return this.video.begin(message);
      case 'frame':
        return this.takeFrame(message, bytes);
      case 'areas':
        this.areas = message;
        return undefined;
      case 'mark':
        return this.takeMark(message.frame);
      case 'displays':
        this.displays = message.ids;
        this.selected = message.selected;
        return this.events.changed();
      case 'selected':
        this.selected = message.id;
        return this.events.changed();
      case 'geometry':
        this.geometry = message.displays;
        return this.events.changed();
      case 'locks':
        return this.events.caps(message.caps);
      case 'cursor':
        return this.events.cursor(message.shape);
      case 'pointer':
        return this.events.pointer(message.image, message.hotX, message.hotY);
      case 'text':
        return this.takeText(message.text, message.isFault);
      default:
        return undefined;
    }
  }

  private takeText(text: string, isFault: boolean): void {
    // A leading dot means: for the log only (section 7.2).
    if (!text || text.startsWith('.')) return;
    // While the picture is there it is about what was asked for (a lock, say); else it is why there is none.
    if (!isFault || this.hasPicture) return this.events.told(text, isFault);
    this.fault ||= text;
    this.events.changed();
  }

  private resize(width: number, height: number): void {
    if (width === this.size.width && height === this.size.height) return;
    this.size = { width, height };
    this.painter.resize(width, height);
    // As every viewer does on a new size (section 7.2, sequences).
    this.askForQuality();
    this.send(kvm.pause(this.isPaused));
  }

  private seePicture(): void {
    if (this.hasPicture) return;
    this.hasPicture = true;
    this.events.changed();
  }

  /// The header tells how large an image will be, before it takes any room.
  private takeTile(tile: Extract<Message, { kind: 'tile' }>): void {
    const size = imageSize(tile.image);
    if (!size) return; // A tile that is no picture costs only itself.
    if (size.width > this.size.width + kTileGrid || size.height > this.size.height + kTileGrid) {
      throw new Malformed(`a tile of ${size.width}×${size.height} on a screen of ${this.size.width}×${this.size.height}`);
    }
    this.seePicture();
    this.painter.tile(tile, size.width * size.height);
  }

  private takeFrame({ frame, isKey, data }: Extract<Message, { kind: 'frame' }>, bytes: number): void {
    const start = performance.now();
    this.seePicture();
    const picture = this.video.decode(frame, isKey, data);
    const areas = this.areas?.frame === frame ? this.areas.areas : undefined;
    this.painter.frame(picture, areas, bytes, () => this.send(kvm.drawn(frame, this.video.queue, performance.now() - start)));
  }

  private takeMark(frame: number): void {
    const start = performance.now();
    this.painter.mark(() => this.send(kvm.drawn(frame, this.painter.waiting, performance.now() - start)));
  }

  private askForKey(): void {
    const now = performance.now();
    if (now - this.askedKeyAt < 200) return;
    this.askedKeyAt = now;
    this.send(kvm.wantKeyFrame());
  }

  /// A part of the stream is missing: what is on the screen may be wrong until everything comes anew.
  private skipped(): void {
    if (this.codec) this.askForKey();
    this.send(kvm.refresh());
  }

  private control(message: Record<string, unknown>): void {
    const { type } = message;
    if (type === 'rtt') this.answered(numberOf(message['time']));
    else if (type === 'desktop') this.learnAgent(message);
    else if (type === 'blank') {
      this.isBlank = message['value'] === true;
      this.events.changed();
    } else if (type === 'idle') this.events.idle(numberOf(message['seconds']) || 0);
    else if (type === 'clipboard') {
      const text = this.clipboard.take(message);
      if (text !== undefined) this.events.clipboard(text);
    }
  }

  private learnAgent(message: Record<string, unknown>): void {
    if (message['error'] !== undefined) {
      this.canStartVirtual = message['canStart'] === true;
      this.fault = textOf(message['error']);
      this.detail = textOf(message['text']);
      return this.events.changed();
    }
    const features = listOf(message['features'], 32).map(textOf);
    this.agent = { codec: textOf(message['codec']), features };
    this.geometry = listOf(message['displays'], 64).filter(isObject).map(displayOf);
    if (this.size.width > 0) this.askForQuality();
    this.events.screen();
    this.events.changed();
  }

  // ---- quality ----------------------------------------------------------------------------------------

  private measure(): void {
    if (this.tunnel.state === 'open') this.tell({ type: 'rtt', time: Date.now() });
  }

  private answered(time: number): void {
    const ms = Date.now() - time;
    if (!(ms >= 0 && ms < 120_000)) return;
    this.meter.rttMs = ms;
    if (!this.agent && this.wanted.quality === 'auto' && this.automatic.measured(ms)) this.askForQuality();
  }

  private askForQuality(): void {
    const chosen = choices[this.wanted.quality];
    if (this.agent) {
      const initial = this.wanted.initialQuality;
      this.send(chosen ? kvm.wish(chosen.kbit, chosen.quality, chosen.fps, false) : kvm.wish(0, initial, 0, false));
      return;
    }
    const initial = this.wanted.initialQuality;
    const level: Level = chosen ?? (initial > 0 ? { ...this.automatic.current, quality: Math.min(initial, this.automatic.current.quality) } : this.automatic.current);
    this.send(kvm.compression(level.quality, 1024, level.frameMs));
  }
}

// What the device sends as JSON may be anything.

const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 300) : '');
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : NaN);
const listOf = (value: unknown, most: number): unknown[] => (Array.isArray(value) ? value.slice(0, most) : []);
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const displayOf = (each: Record<string, unknown>): Display => ({
  id: numberOf(each['id']),
  x: numberOf(each['x']),
  y: numberOf(each['y']),
  width: numberOf(each['w']),
  height: numberOf(each['h']),
});
