import { createHash } from 'node:crypto';
import type { PluginContext, Tunnel } from '../../../../web/plugin-api';
import { Device, type Entry, type Message } from '../src/device';

/// A file of the device; `fails`: at this byte, with these words.
export interface FakeFile {
  bytes: Uint8Array;
  fails?: { at: number; why: string; code?: string };
}

const kBlock = 128 * 1024;
const kPiece = 1024 * 1024;
const sha = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

export function rootOf(bytes: Uint8Array): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += kPiece) pieces.push(sha(bytes.subarray(at, at + kPiece)));
  return sha(Buffer.concat(pieces)).toString('hex');
}

/// The other end of a session: what it says arrives in order, a message at a time, and one transfer each
/// way replaces the one before, as the agent's script has it.
export class FakeDevice {
  readonly files = new Map<string, FakeFile>();
  readonly got: Message[] = [];
  tree: Entry[] = [];
  closed: { n: string; why: string }[] = [];
  /// What was sent to it, by path.
  readonly placed = new Map<string, Uint8Array>();
  /// Says so to a transfer that another one replaces.
  tellsReplaced = false;
  /// Answers to nothing as long as this is set.
  isSilent = false;
  readonly device: Device;
  private tunnel!: Tunnel;
  private running: { id: unknown } | undefined;
  private upload: { reqid: unknown; path: string; parts: Uint8Array[] } | undefined;
  private said: (string | Uint8Array | (() => void))[] = [];
  private isTalking = false;

  constructor() {
    const context = { openTunnel: () => this.open() } as unknown as PluginContext;
    this.device = new Device(context, () => true);
  }

  async connect(): Promise<Device> {
    this.device.open();
    await until(() => this.device.isOpen);
    return this.device;
  }

  /// The connection is gone, with all that was under way.
  lose(): void {
    this.said = [];
    this.running = this.upload = undefined;
    (this.tunnel as { state: string }).state = 'closed';
    this.tunnel.onState?.();
  }

  messages(action: string, sub?: string): Message[] {
    return this.got.filter((message) => message['action'] === action && (sub === undefined || message['sub'] === sub));
  }

  private open(): Tunnel {
    const tunnel = { id: 't', state: 'open', send: (bytes: Uint8Array) => this.take(bytes), close: () => undefined } as unknown as Tunnel;
    this.tunnel = tunnel;
    queueMicrotask(() => tunnel.onState?.());
    return tunnel;
  }

  private take(bytes: Uint8Array): boolean {
    if (this.tunnel.state !== 'open') return false;
    if (bytes[0] === 0) {
      this.upload?.parts.push(bytes.slice(1));
      return true;
    }
    const message = JSON.parse(new TextDecoder().decode(bytes)) as Message;
    this.got.push(message);
    if (!this.isSilent) this.answer(message);
    return true;
  }

  private answer(message: Message): void {
    const { action, sub, reqid } = message;
    if (action === 'trellis') this.say({ action, version: 1, block: kBlock, put: 0, isUnix: true, isRoot: true });
    if (action === 'download' && sub === 'start') this.start(message);
    if (action === 'download' && sub === 'cancel' && message['id'] === this.running?.id) this.running = undefined;
    if (action === 'tree') {
      this.say({ action, reqid, dir: this.tree, missing: this.closed });
      this.say({ action: 'result', reqid });
    }
    if (action === 'uploaddrop') this.say({ action: 'result', reqid });
    if (action === 'upload') this.begin(message);
    if (action === 'uploaddone') this.place(message);
    if (action === 'uploadcancel' && this.upload) {
      this.say({ action, reqid: this.upload.reqid });
      this.upload = undefined;
    }
  }

  private start({ id, path, offset }: Message): void {
    if (this.running && this.tellsReplaced) this.say({ action: 'download', sub: 'cancel', id: this.running.id, error: 'replaced by another download', code: 'replaced' });
    const mine = (this.running = { id });
    const file = this.files.get(String(path));
    const cancel = (error: string, code = ''): void => this.say({ action: 'download', sub: 'cancel', id, error, code });
    if (!file || file.fails?.at === 0) return cancel(file?.fails?.why ?? `no such file: ${String(path)}`, file?.fails?.code);
    const { bytes } = file;
    const end = file.fails?.at ?? bytes.length;
    this.say({ action: 'download', sub: 'start', id, size: bytes.length });
    // All of it is under way at once, as far as a window lets it.
    for (let at = Number(offset ?? 0); at < end; at += kBlock) {
      this.say(new Uint8Array(Buffer.concat([Buffer.from([1, 0, 0, 0]), bytes.subarray(at, Math.min(at + kBlock, end))])));
    }
    // Another request may come before it is over.
    this.say(() => {
      if (this.running !== mine) return;
      this.running = undefined;
      if (file.fails) cancel(file.fails.why, file.fails.code);
      else this.say({ action: 'download', sub: 'done', id, size: bytes.length, sha256: '', root: rootOf(bytes) });
    });
  }

  private begin({ reqid, path, name }: Message): void {
    if (this.upload && this.tellsReplaced) this.say({ action: 'uploaderror', reqid: this.upload.reqid, error: 'replaced by another upload', code: 'replaced' });
    this.upload = { reqid, path: `${String(path)}/${String(name)}`, parts: [] };
    this.say({ action: 'uploadstart', reqid, at: 0, root: '' });
  }

  private place({ reqid }: Message): void {
    if (!this.upload) return this.say({ action: 'uploaderror', reqid, error: 'there is no upload' });
    const { path, parts } = this.upload;
    this.placed.set(path, new Uint8Array(Buffer.concat(parts)));
    this.say({ action: 'uploaddone', reqid: this.upload.reqid, path, sha256: '' });
    this.upload = undefined;
  }

  /// A function is called when all before it has arrived.
  private say(what: Message | Uint8Array | (() => void)): void {
    this.said.push(what instanceof Uint8Array || typeof what === 'function' ? what : JSON.stringify(what));
    if (this.isTalking) return;
    this.isTalking = true;
    const next = (): void => {
      const first = this.said.shift();
      if (first === undefined) return void (this.isTalking = false);
      if (typeof first === 'function') first();
      else this.tunnel.onData?.(typeof first === 'string' ? new TextEncoder().encode(first) : first);
      setImmediate(next);
    };
    setImmediate(next);
  }
}

/// Looks until it is so.
export async function until(isSo: () => boolean, ms = 3000): Promise<void> {
  const end = performance.now() + ms;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${isSo.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
