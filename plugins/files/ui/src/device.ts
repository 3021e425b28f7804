import type { PluginContext, Tunnel } from '../../../../web/plugin-api';

/// One entry of a folder, as the device names it: type 1 drive, 2 folder, 3 file.
export interface Entry {
  n: string;
  t: number;
  s?: number;
  d?: string;
  dt?: string;
  f?: number;
}

export interface Facts {
  version: number;
  /// Bytes of a block that the device takes and sends.
  block: number;
  /// Largest file that can be put in one message.
  put: number;
  isUnix: boolean;
  isRoot: boolean;
}

export type Message = Record<string, unknown>;

/// Said by the device: `code` is "exists", "changed", "hash", "replaced" or "". LostError: the connection is gone.
export class DeviceError extends Error {
  constructor(
    text: string,
    readonly code = '',
    /// Of "exists": some of what is there.
    readonly names: string[] = [],
  ) {
    super(text);
  }
}
export class LostError extends Error {}

/// "up": to the device.
export type Way = 'up' | 'down';

interface Waiting {
  /// Everything with the request's number; true when it was the last.
  take(message: Message): boolean;
  fail(error: Error): void;
}

const kFiles = 5;
const kHelloEveryMs = 3000;
const kStableMs = 5000;
const kMaxTries = 20;

/// The session with the device's files: requests and their answers over one tunnel. Opens itself again
/// after a lost connection.
export class Device {
  facts: Facts | undefined;
  onChange: () => void = () => undefined;
  /// Receives the blocks of the download that runs.
  onBlock: ((bytes: Uint8Array) => void) | undefined;
  tunnel: Tunnel | undefined;
  private waiting = new Map<number, Waiting>();
  private listeners = new Set<() => void>();
  private last = 0;
  private tries = 0;
  private openedAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wake: (() => void)[] = [];
  private turns: Record<Way, Promise<unknown>> = { up: Promise.resolve(), down: Promise.resolve() };
  private busy = { up: 0, down: 0 };
  private isOver = false;
  private waitsForDevice = false;

  constructor(
    private readonly context: PluginContext,
    private readonly isThere: () => boolean,
  ) {}

  get isOpen(): boolean {
    return this.facts !== undefined && this.tunnel?.state === 'open';
  }

  get isReopening(): boolean {
    return this.timer !== undefined || this.waitsForDevice;
  }

  /// It is not given up: what was interrupted may wait for it.
  get mayComeBack(): boolean {
    return this.isReopening || (this.tunnel !== undefined && this.tunnel.state !== 'closed');
  }

  open(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waitsForDevice = false;
    this.lose();
    this.tunnel?.close();
    const tunnel = this.context.openTunnel(kFiles);
    this.tunnel = tunnel;
    tunnel.onData = (bytes) => this.receive(bytes);
    tunnel.onControl = (message) => this.answer(message);
    tunnel.onState = () => this.changed(tunnel);
    this.onChange();
  }

  close(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.tunnel?.close();
    this.lose();
  }

  /// Resolves with the result; `onPart` gets what comes before it.
  request<Result extends Message>(message: Message, onPart?: (part: Message) => void): Promise<Result> {
    return this.converse<Result>({ ...message, answer: true }, (answer, done) => {
      if (answer['action'] === 'result') done(answer as Result);
      else onPart?.(answer);
    });
  }

  /// Sends a request; `take` gets all messages with its number until it calls `done` or throws.
  converse<Result>(message: Message, take: (answer: Message, done: (result: Result) => void) => void, numbered = 'reqid'): Promise<Result> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(new LostError('not connected'));
      this.waiting.set(id, {
        take: (answer) => {
          let isOver = false;
          try {
            if (answer['error'] !== undefined || answer['action'] === 'uploaderror') throw errorOf(answer);
            take(answer, (result) => {
              isOver = true;
              resolve(result);
            });
          } catch (error) {
            isOver = true;
            reject(error as Error);
          }
          return isOver;
        },
        fail: reject,
      });
      void this.send({ ...message, [numbered]: id });
    });
  }

  /// Nothing more is expected of what has this number.
  forget(id: number): void {
    this.waiting.delete(id);
  }

  /// The device has one upload and one download at a time: runs `work` when those before it are over.
  inTurn<Result>(way: Way, work: () => Promise<Result>): Promise<Result> {
    const turn = this.turns[way].then(work);
    this.turns[way] = turn.catch(() => undefined);
    this.busy[way]++;
    return turn.finally(() => this.busy[way]--);
  }

  isBusy(way: Way): boolean {
    return this.busy[way] > 0;
  }

  /// The number that the next request gets.
  get nextId(): number {
    return this.last + 1;
  }

  send(message: Message): Promise<void> {
    return this.sendBytes(new TextEncoder().encode(JSON.stringify(message)));
  }

  /// In order; resolves when the browser has taken it. Throws LostError.
  private outbox: Promise<void> = Promise.resolve();
  sendBytes(bytes: Uint8Array): Promise<void> {
    const { tunnel } = this;
    const sent = this.outbox.then(async () => {
      while (!tunnel?.send(bytes)) {
        if (!tunnel || tunnel !== this.tunnel || tunnel.state === 'closed') throw new LostError('the connection was lost');
        await this.news(8);
      }
    });
    this.outbox = sent.catch(() => undefined);
    sent.catch(() => undefined);
    return sent;
  }

  /// Told at every loss of the connection and every return.
  onConnection(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /// At the next message of the device, or after `ms`.
  private news(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.wake.push(resolve);
      setTimeout(resolve, ms);
    });
  }

  private receive(bytes: Uint8Array): void {
    for (const resolve of this.wake.splice(0)) resolve();
    if (bytes[0] === 1) return this.onBlock?.(bytes);
    try {
      this.answer(JSON.parse(new TextDecoder().decode(bytes)) as Message);
    } catch {
      // Not ours: the device says nothing else than JSON and blocks.
    }
  }

  private answer(message: Message): void {
    if (message['action'] === 'trellis') return this.greeted(message);
    const id = Number(message['action'] === 'download' ? message['id'] : message['reqid']);
    if (this.waiting.get(id)?.take(message)) this.waiting.delete(id);
  }

  private greeted(message: Message): void {
    this.facts = {
      version: Number(message['version']),
      block: Number(message['block']) || 65536,
      put: Number(message['put']) || 0,
      isUnix: message['isUnix'] !== false,
      isRoot: message['isRoot'] === true,
    };
    this.openedAt = performance.now();
    this.tell();
  }

  private changed(tunnel: Tunnel): void {
    if (tunnel !== this.tunnel) return;
    if (tunnel.state === 'open' && !this.facts) this.greet(tunnel);
    if (tunnel.state === 'closed') this.lost();
    this.onChange();
  }

  /// Asked again, because nothing is heard before the person at the device agreed.
  private greet(tunnel: Tunnel): void {
    if (tunnel !== this.tunnel || this.facts || tunnel.state !== 'open') return;
    tunnel.send(new TextEncoder().encode(JSON.stringify({ action: 'trellis', reqid: 0 })));
    setTimeout(() => this.greet(tunnel), kHelloEveryMs);
  }

  private lost(): void {
    const wasOpen = this.facts !== undefined;
    // What opens and closes at once is not tried for ever.
    if (wasOpen && performance.now() - this.openedAt > kStableMs) this.tries = 0;
    this.lose();
    if (this.isOver) return;
    if ((wasOpen || this.tries > 0) && this.tries < kMaxTries) {
      // Whoever is offline is waited for as long as it takes; open() is called when it is back.
      this.waitsForDevice = !this.isThere();
      this.tries++;
      if (!this.waitsForDevice) this.timer = setTimeout(() => this.open(), Math.min(250 * 2 ** this.tries, 4000));
    }
    this.tell();
  }

  private lose(): void {
    this.facts = undefined;
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const each of all) each.fail(new LostError('the connection was lost'));
    for (const resolve of this.wake.splice(0)) resolve();
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
    this.onChange();
  }
}

function errorOf(answer: Message): DeviceError {
  return new DeviceError(String(answer['error'] ?? 'refused by the device'), String(answer['code'] ?? ''), Array.isArray(answer['names']) ? answer['names'].map(String) : []);
}
