/// Keeps both directions of a session bounded.

/// Bytes that may wait to be drawn before the sender is made to wait. Small, so that Ctrl+C shows at
/// once and not after everything that was sent before it.
const kHighWater = 192 * 1024;

/// After Ctrl+C: how long the device has to be silent before output is shown again, how long to wait for
/// that, and how much of the end is shown.
const kQuietMs = 40;
const kMaxDiscardMs = 1_500;
const kTailBytes = 8 * 1024;

export interface Screen {
  write(data: Uint8Array, done: () => void): void;
}

/// Device to screen.
export class OutputFlow {
  private waiting = 0;
  private wake: (() => void) | undefined;
  private isBlocked = false;
  private tail: Uint8Array[] | undefined;
  private discarded = 0;
  private discardUntil = 0;
  private quiet: ReturnType<typeof setTimeout> | undefined;

  /// `onSkipped` is told how many bytes were not shown, before the end of them is.
  constructor(
    private readonly screen: Screen,
    private readonly onSkipped: (bytes: number) => void = () => undefined,
  ) {}

  /// Resolves when there is room for more.
  push(bytes: Uint8Array): void | Promise<void> {
    if (this.tail) return this.discard(bytes);
    this.waiting += bytes.byteLength;
    this.screen.write(bytes, () => {
      this.waiting -= bytes.byteLength;
      if (this.waiting > kHighWater) return;
      this.isBlocked = false;
      this.wake?.();
    });
    if (this.waiting <= kHighWater) return undefined;
    this.isBlocked = true;
    return new Promise((resolve) => (this.wake = resolve));
  }

  /// Ctrl+C was pressed. When the device was faster than the screen, megabytes are still on their way
  /// from what it sent before, and drawing them would take seconds in which the program looks as if it
  /// went on. So they are passed over until the device is silent, and only their end is shown.
  interrupt(): void {
    if (!this.isBlocked || this.tail) return;
    this.tail = [];
    this.discarded = 0;
    this.discardUntil = Date.now() + kMaxDiscardMs;
    this.waitForQuiet();
  }

  private discard(bytes: Uint8Array): void {
    this.tail!.push(bytes);
    this.discarded += bytes.byteLength;
    const kept = (): number => this.tail!.reduce((sum, part) => sum + part.byteLength, 0);
    while (this.tail!.length > 1 && kept() - this.tail![0]!.byteLength >= kTailBytes) this.tail!.shift();
    if (Date.now() < this.discardUntil) this.waitForQuiet();
    else this.resume();
  }

  private waitForQuiet(): void {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.resume(), kQuietMs);
  }

  private resume(): void {
    clearTimeout(this.quiet);
    const parts = this.tail ?? [];
    this.tail = undefined;
    const end = lastLines(concat(parts));
    if (this.discarded > end.byteLength) this.onSkipped(this.discarded - end.byteLength);
    if (end.byteLength) void this.push(end);
  }
}

function concat(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}

/// Begins after a line end, so that no character and no control sequence is cut in half.
function lastLines(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength <= kTailBytes) return bytes;
  const end = bytes.subarray(bytes.byteLength - kTailBytes);
  const lineEnd = end.indexOf(10);
  return lineEnd < 0 ? end : end.subarray(lineEnd + 1);
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
