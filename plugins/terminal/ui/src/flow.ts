/// Keeps both directions of a session bounded.

/// Bytes that may wait to be drawn before the sender is made to wait. Small, so that Ctrl+C shows at
/// once and not after everything that was sent before it.
const kHighWater = 192 * 1024;

export interface Screen {
  write(data: Uint8Array, done: () => void): void;
}

/// Device to screen.
export class OutputFlow {
  private waiting = 0;
  private wake: (() => void) | undefined;

  constructor(private readonly screen: Screen) {}

  /// Resolves when there is room for more.
  push(bytes: Uint8Array): void | Promise<void> {
    this.waiting += bytes.byteLength;
    this.screen.write(bytes, () => {
      this.waiting -= bytes.byteLength;
      if (this.waiting <= kHighWater) this.wake?.();
    });
    if (this.waiting <= kHighWater) return undefined;
    return new Promise((resolve) => (this.wake = resolve));
  }
}

const kChunk = 16 * 1024;
const kMaxQueued = 8 * 1024 * 1024;
const kRetryMs = 30;

/// Keyboard and clipboard to device, in pieces, so that a large paste neither blocks nor gets lost.
export class InputFlow {
  private queue: Uint8Array[] = [];
  private queued = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly send: (bytes: Uint8Array) => boolean) {}

  /// False if it is more than can be held; then nothing of it is sent.
  push(bytes: Uint8Array): boolean {
    if (this.queued + bytes.byteLength > kMaxQueued) return false;
    for (let at = 0; at < bytes.byteLength; at += kChunk) this.queue.push(bytes.subarray(at, at + kChunk));
    this.queued += bytes.byteLength;
    if (this.timer === undefined) this.drain();
    return true;
  }

  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.queue = [];
    this.queued = 0;
  }

  private drain(): void {
    this.timer = undefined;
    for (let next = this.queue[0]; next; next = this.queue[0]) {
      if (!this.send(next)) {
        this.timer = setTimeout(() => this.drain(), kRetryMs);
        return;
      }
      this.queue.shift();
      this.queued -= next.byteLength;
    }
  }
}
