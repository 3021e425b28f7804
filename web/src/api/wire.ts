/// A WebSocket reduced to what a session needs: frames in order, one at a time, and back-pressure
/// where the browser has it.

import { t } from '../core/i18n';

export type Frame = string | Uint8Array;

export interface WireHandlers {
  onOpen(): void;
  /// The next frame arrives after the returned promise resolved. What a handler throws closes the connection.
  onFrame(frame: Frame): void | Promise<void>;
  /// Bytes left out because the reader was too slow and the sender could not be made to wait.
  /// Return false to have the connection closed instead.
  onSkipped(bytes: number): boolean;
  /// `reason`: what the server said when it refused or ended the session by its rules, or what went wrong
  /// here; '' otherwise.
  onClose(clean: boolean, reason: string): void;
}

export interface Wire {
  send(frame: Frame): void;
  /// Bytes handed to send() that have not left yet.
  readonly unsent: number;
  close(): void;
}

/// What a fast sender may put in our memory in browsers without WebSocketStream.
const kMaxBacklog = 4 * 1024 * 1024;

interface StreamConnection {
  readable: ReadableStream<string | ArrayBuffer | Uint8Array>;
  writable: WritableStream<string | Uint8Array>;
}

interface StreamSocket {
  opened: Promise<StreamConnection>;
  closed: Promise<{ closeCode?: number; reason?: string } | undefined>;
  close(): void;
}

type StreamSocketType = new (url: string) => StreamSocket;

export function openWire(url: string, handlers: WireHandlers): Wire {
  const type = (globalThis as { WebSocketStream?: StreamSocketType }).WebSocketStream;
  return type ? new StreamWire(new type(url), handlers) : new EventWire(new WebSocket(url), handlers);
}

/// Close codes (RFC 6455 section 7.4.1 and its registry): texts for people come with 1008; 1012 says that
/// the server was stopped or restarted.
const kPolicy = 1008;
const kRestart = 1012;

function reasonOf(code: number | undefined, reason: string | undefined): string {
  if (code === kRestart) return t('tunnel.serverStopped');
  return code === kPolicy ? (reason ?? '') : '';
}

/// A handler failed. Left open, the session would stand still and look connected.
function closeBroken(wire: Wire & { isClosed: boolean }, handlers: WireHandlers, fault: unknown): void {
  console.error('tunnel:', fault);
  if (wire.isClosed) return;
  wire.close();
  handlers.onClose(false, t('tunnel.broken'));
}

const sizeOf = (frame: Frame): number => (typeof frame === 'string' ? frame.length : frame.byteLength);

/// Reads only as fast as frames are taken, so TCP holds the sender back.
class StreamWire implements Wire {
  unsent = 0;
  private writer: WritableStreamDefaultWriter<string | Uint8Array> | undefined;
  isClosed = false;

  constructor(
    private readonly socket: StreamSocket,
    private readonly handlers: WireHandlers,
  ) {
    socket.closed.then(
      (end) => this.finish(true, reasonOf(end?.closeCode, end?.reason)),
      () => this.finish(false),
    );
    socket.opened.then(
      (connection) => this.pump(connection).catch((fault: unknown) => closeBroken(this, this.handlers, fault)),
      () => this.finish(false),
    );
  }

  send(frame: Frame): void {
    if (!this.writer || this.isClosed) return;
    const size = sizeOf(frame);
    this.unsent += size;
    this.writer.write(frame).then(
      () => (this.unsent -= size),
      () => (this.unsent -= size),
    );
  }

  close(): void {
    this.isClosed = true;
    this.socket.close();
  }

  private async pump(connection: StreamConnection): Promise<void> {
    if (this.isClosed) return;
    this.writer = connection.writable.getWriter();
    this.handlers.onOpen();
    const reader = connection.readable.getReader();
    // Where the connection broke, `closed` tells.
    const read = () => reader.read().catch(() => ({ done: true, value: undefined }) as const);
    for (;;) {
      const { done, value } = await read();
      if (done || this.isClosed) return;
      await this.handlers.onFrame(value instanceof ArrayBuffer ? new Uint8Array(value) : value);
    }
  }

  private finish(clean: boolean, reason = ''): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.handlers.onClose(clean, reason);
  }
}

/// For browsers without WebSocketStream: they read as fast as they can, so the backlog is bounded here
/// and its oldest bytes are left out when it is full.
class EventWire implements Wire {
  private backlog: Frame[] = [];
  private backlogBytes = 0;
  private isDraining = false;
  isClosed = false;
  private pendingClose: { clean: boolean; reason: string } | undefined;

  constructor(
    private readonly socket: WebSocket,
    private readonly handlers: WireHandlers,
  ) {
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => void this.guard(() => handlers.onOpen());
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
      void this.guard(() => this.push(typeof data === 'string' ? data : new Uint8Array(data)));
    socket.onclose = (event) => {
      this.pendingClose = { clean: event.wasClean, reason: reasonOf(event.code, event.reason) };
      void this.guard(() => this.drain());
    };
  }

  get unsent(): number {
    return this.socket.bufferedAmount;
  }

  send(frame: Frame): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(frame as string | Uint8Array<ArrayBuffer>);
  }

  close(): void {
    this.isClosed = true;
    this.backlog = [];
    this.socket.close();
  }

  private async guard(run: () => void | Promise<void>): Promise<void> {
    try {
      await run();
    } catch (fault) {
      closeBroken(this, this.handlers, fault);
    }
  }

  private push(frame: Frame): Promise<void> {
    this.backlog.push(frame);
    this.backlogBytes += sizeOf(frame);
    if (this.backlogBytes > kMaxBacklog) this.skip();
    return this.drain();
  }

  private skip(): void {
    // Text frames are control messages: few, small, and never left out.
    const kept = this.backlog.filter((frame) => typeof frame === 'string');
    const keptBytes = kept.reduce((sum, frame) => sum + sizeOf(frame), 0);
    const skipped = this.backlogBytes - keptBytes;
    this.backlog = kept;
    this.backlogBytes = keptBytes;
    if (!this.handlers.onSkipped(skipped)) {
      this.close();
      this.handlers.onClose(false, '');
    }
  }

  private async drain(): Promise<void> {
    if (this.isDraining) return;
    this.isDraining = true;
    for (let frame = this.backlog.shift(); frame !== undefined; frame = this.backlog.shift()) {
      this.backlogBytes -= sizeOf(frame);
      await this.handlers.onFrame(frame);
      if (this.isClosed) return;
    }
    this.isDraining = false;
    if (this.pendingClose !== undefined && !this.isClosed) {
      this.isClosed = true;
      this.handlers.onClose(this.pendingClose.clean, this.pendingClose.reason);
    }
  }
}
