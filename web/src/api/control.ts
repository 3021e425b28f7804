import { prefix } from '../core/place';
import { t } from '../core/i18n';
import { Emitter, Observable } from '../core/observe';
import { ApiError, toApiError } from './errors';

export type Message = Record<string, unknown> & { action: string };
export type ControlStatus = 'idle' | 'connecting' | 'online' | 'waiting' | 'refused';

/// The part of WebSocket that is used, so that tests can hand in their own.
export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
}

export interface ControlOptions {
  open: () => Socket;
  random?: () => number;
}

interface Pending {
  action: string;
  resolve: (reply: Message) => void;
  reject: (error: ApiError) => void;
  timer: ReturnType<typeof setTimeout>;
}

const kRequestTimeoutMs = 20_000;
const kPingEveryMs = 25_000;
const kPongWithinMs = 15_000;
const kBackOffMs = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const kMaxPending = 500;

// Replies to these commands carry the request's `tag` at most, never its `responseid`.
// (control-protocol.md sections 3.1, 3.3, 3.4, 3.6, 3.8)
const kUntagged = new Set([
  ...['meshes', 'users', 'wssessioncount', 'usergroups', 'loginTokens', 'createLoginToken'],
  ...['events', 'getsysinfo', 'getnetworkinfo', 'lastconnect', 'lastconnects', 'powertimeline'],
]);

/// The one WebSocket for commands and events (control.ashx). Reconnects by itself, with back-off, until
/// stop(); requests that are under way when the connection drops are rejected, never repeated.
export class ControlChannel extends Observable {
  status: ControlStatus = 'idle';
  /// When the next try happens, ms; 0 if none is planned.
  retryAt = 0;
  readonly events = new Emitter<Record<string, Message>>();
  readonly messages = new Emitter<Record<string, Message>>();

  private socket: Socket | undefined;
  private readonly pending = new Map<string, Pending>();
  private attempts = 0;
  private nextId = 1;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private pingTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: ControlOptions) {
    super();
  }

  start(): void {
    if (this.status !== 'idle') return;
    this.attempts = 0;
    this.connect();
  }

  stop(): void {
    this.drop();
    this.become('idle');
  }

  retryNow(): void {
    if (this.status === 'waiting') this.connect();
  }

  /// After 'refused' turned out to be no matter of the session: try again like after a lost connection.
  resume(): void {
    if (this.status === 'refused') this.lost();
  }

  send(message: Message): void {
    if (this.status !== 'online' || !this.socket) throw this.offline();
    this.socket.send(JSON.stringify(message));
  }

  /// Sends a command and waits for its reply, whatever it says.
  request(action: string, args: Record<string, unknown> = {}, timeoutMs = kRequestTimeoutMs): Promise<Message> {
    return new Promise((resolve, reject) => {
      if (this.pending.size >= kMaxPending) {
        reject(new ApiError('busy', t('error.busy')));
        return;
      }
      const id = `r${this.nextId++}`;
      const timer = setTimeout(() => {
        this.pending.delete(id);
        reject(new ApiError('timeout', t('error.timeout', { command: action })));
      }, timeoutMs);
      this.pending.set(id, { action, resolve, reject, timer });
      try {
        this.send({ ...args, action, responseid: id, ...(kUntagged.has(action) ? { tag: id } : {}) });
      } catch (error) {
        this.settle(id)?.reject(error as ApiError);
      }
    });
  }

  /// A command whose refusals throw: `{error:{...}}`, or MeshCentral's `result` that is not "ok".
  async command(action: string, args: Record<string, unknown> = {}): Promise<Message> {
    const reply = await this.request(action, args);
    if (reply['error'] !== undefined) throw toApiError(reply['error'], t('error.refused'));
    const result = reply['result'];
    if (typeof result === 'string' && !/^ok$/i.test(result)) throw new ApiError('refused', result);
    return reply;
  }

  /// A plugin's command (`plugin.verb`); resolves with its `result`.
  async call<Result = unknown>(action: string, args: Record<string, unknown> = {}, timeoutMs = kRequestTimeoutMs): Promise<Result> {
    const reply = await this.request(action, args, timeoutMs);
    if (reply['error'] !== undefined) throw toApiError(reply['error'], t('error.refused'));
    return reply['result'] as Result;
  }

  private connect(): void {
    this.drop();
    this.become('connecting');
    const socket = this.options.open();
    this.socket = socket;
    socket.onmessage = (event) => this.socket === socket && this.receive(event.data);
    socket.onclose = () => this.socket === socket && this.lost();
  }

  private receive(data: unknown): void {
    const message = parse(data);
    if (!message) return;
    // The greeting proves that the server accepted us; an open socket alone does not (section 1.7).
    if (message.action === 'serverinfo') this.greeted();
    if (message.action === 'close' || message.action === 'stopped') {
      this.refused();
      return;
    }
    if (message.action === 'ping') this.socket?.send('{"action":"pong"}');
    this.schedulePing();
    if (this.answer(message)) return;
    const event = message['event'];
    if (message.action === 'event' && isMessage(event)) this.events.emit(event.action, event);
    else this.messages.emit(message.action, message);
  }

  private answer(message: Message): boolean {
    const id = [message['responseid'], message['tag']].find((value) => typeof value === 'string' && this.pending.has(value));
    const fallback = kUntagged.has(message.action)
      ? [...this.pending].find(([, pending]) => pending.action === message.action)?.[0]
      : undefined;
    const found = this.settle((id as string | undefined) ?? fallback);
    found?.resolve(message);
    return found !== undefined;
  }

  private settle(id: string | undefined): Pending | undefined {
    const found = id === undefined ? undefined : this.pending.get(id);
    if (!found || id === undefined) return undefined;
    clearTimeout(found.timer);
    this.pending.delete(id);
    return found;
  }

  private greeted(): void {
    this.attempts = 0;
    this.become('online');
  }

  private refused(): void {
    this.drop();
    this.become('refused');
  }

  private lost(): void {
    this.drop();
    const base = kBackOffMs[Math.min(this.attempts++, kBackOffMs.length - 1)]!;
    // Jitter, so that all the pages of a restarted server do not return in the same instant.
    const wait = base * (0.75 + (this.options.random ?? Math.random)() * 0.5);
    this.retryAt = Date.now() + wait;
    this.retryTimer = setTimeout(() => this.connect(), wait);
    this.become('waiting');
  }

  private schedulePing(): void {
    clearTimeout(this.pingTimer);
    this.pingTimer = setTimeout(() => {
      this.socket?.send('{"action":"ping"}');
      this.pingTimer = setTimeout(() => this.lost(), kPongWithinMs);
    }, kPingEveryMs);
  }

  private drop(): void {
    clearTimeout(this.retryTimer);
    clearTimeout(this.pingTimer);
    this.retryAt = 0;
    const socket = this.socket;
    this.socket = undefined;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    for (const id of [...this.pending.keys()]) this.settle(id)?.reject(this.offline());
  }

  private offline(): ApiError {
    return new ApiError('disconnected', t('error.disconnected'));
  }

  private become(status: ControlStatus): void {
    this.status = status;
    this.changed();
  }
}

function parse(data: unknown): Message | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return isMessage(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && typeof (value as Message).action === 'string';
}

export function openControlSocket(): Socket {
  const scheme = location.protocol === 'http:' ? 'ws:' : 'wss:';
  return new WebSocket(`${scheme}//${location.host}${prefix}/control.ashx`) as unknown as Socket;
}
