import type { Tunnel, TunnelState } from '../../plugin-api';
import { t } from '../core/i18n';
import { messageOf } from './errors';
import { openWire, type Frame, type Wire, type WireHandlers } from './wire';

/// agent-protocol.md section 6.7: marks JSON in text frames as being about the session itself.
const kControl = '102938';
const kMaxUnsent = 1024 * 1024;
const kJoinWithinMs = 40_000;

export interface TunnelRequest {
  protocol: number;
  options: Record<string, unknown>;
  /// Asks the server for a session; resolves with the path to connect to.
  ask: () => Promise<string>;
  connect?: (path: string, handlers: WireHandlers) => Wire;
}

/// One session through the relay: ask, connect, wait for the start character, send the options and the
/// protocol number, then bytes (agent-protocol.md sections 6.4 to 6.7).
export class RelayTunnel implements Tunnel {
  state: TunnelState = 'opening';
  reason = '';
  id = '';
  recorded = false;
  onState: (() => void) | null = null;
  onData: ((bytes: Uint8Array) => void | Promise<void>) | null = null;
  onControl: ((message: Record<string, unknown>) => void) | null = null;
  onSkipped: ((bytes: number) => void) | null = null;

  private wire: Wire | undefined;
  private joinTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly request: TunnelRequest) {
    void this.open();
  }

  send(bytes: Uint8Array): boolean {
    if (this.state !== 'open' || !this.wire || this.wire.unsent > kMaxUnsent) return false;
    this.wire.send(bytes);
    return true;
  }

  control(message: Record<string, unknown>): void {
    if (this.state === 'opening' || this.state === 'closed') return;
    this.wire?.send(JSON.stringify({ ctrlChannel: kControl, ...message }));
  }

  close(): void {
    this.finish('');
  }

  private async open(): Promise<void> {
    try {
      const path = await this.request.ask();
      if (this.isOver()) return;
      this.id = /[?&]id=([^&]+)/.exec(path)?.[1] ?? '';
      this.joinTimer = setTimeout(() => this.finish(t('tunnel.noAnswer')), kJoinWithinMs);
      this.wire = (this.request.connect ?? openPath)(path, {
        onOpen: () => undefined,
        onFrame: (frame) => this.receive(frame),
        onSkipped: (bytes) => this.skipped(bytes),
        onClose: (clean, reason) => this.lost(clean, reason),
      });
    } catch (error) {
      this.finish(messageOf(error));
    }
  }

  private receive(frame: Frame): void | Promise<void> {
    if (this.isOver()) return;
    if (typeof frame !== 'string') return this.state === 'opening' ? undefined : this.onData?.(frame);
    if (this.state === 'opening' && (frame === 'c' || frame === 'cr')) this.begin(frame === 'cr');
    else if (frame.startsWith('{')) this.receiveControl(frame);
  }

  private begin(recorded: boolean): void {
    clearTimeout(this.joinTimer);
    this.recorded = recorded;
    this.wire?.send(JSON.stringify({ type: 'options', ...this.request.options }));
    this.wire?.send(String(this.request.protocol));
    this.become('open', '');
  }

  private receiveControl(text: string): void {
    let message: Record<string, unknown>;
    try {
      message = JSON.parse(text) as Record<string, unknown>;
    } catch {
      return;
    }
    if (message['action'] === 'close') this.finish(t('tunnel.refused'));
    else if (String(message['ctrlChannel']) !== kControl) this.onControl?.(message);
    else if (message['type'] === 'ping') this.control({ type: 'pong' });
    else if (message['type'] === 'console') this.receiveConsole(message);
    else if (message['type'] !== 'pong') this.onControl?.(message);
  }

  /// Section 6.6: msgid 1 waits for consent, 0 or a null text goes on, 2 was refused.
  private receiveConsole(message: Record<string, unknown>): void {
    const text = typeof message['msg'] === 'string' ? message['msg'] : '';
    // Our server's: recording has failed, and the session goes on without.
    if (message['recorded'] === false) this.recorded = false;
    if (message['msgid'] === 1) this.become('waiting', t('tunnel.waitingConsent'));
    else if (message['msgid'] === 2) this.become(this.state, refusal(text));
    else this.become('open', text);
  }

  private skipped(bytes: number): boolean {
    this.onSkipped?.(bytes);
    return this.onSkipped !== null;
  }

  private lost(clean: boolean, reason: string): void {
    if (this.state === 'opening') this.finish(reason || t('tunnel.notJoined'));
    else this.finish(reason || this.reason || (clean ? '' : t('tunnel.dropped')));
  }

  private finish(reason: string): void {
    if (this.isOver()) return;
    clearTimeout(this.joinTimer);
    this.become('closed', reason);
    this.wire?.close();
    this.wire = undefined;
  }

  private isOver(): boolean {
    return this.state === 'closed';
  }

  private become(state: TunnelState, reason: string): void {
    this.state = state;
    this.reason = reason;
    this.onState?.();
  }
}

function refusal(text: string): string {
  if (text === 'denied') return t('tunnel.denied');
  if (text === 'timeout') return t('tunnel.consentTimeout');
  return text || t('tunnel.refused');
}

/// The server names a path; anything that would lead to another host is refused.
function openPath(path: string, handlers: WireHandlers): Wire {
  const url = new URL(path, location.href);
  if (!path.startsWith('/') || path.startsWith('//') || url.host !== location.host) throw new Error(t('tunnel.badPath'));
  url.protocol = location.protocol === 'http:' ? 'ws:' : 'wss:';
  return openWire(url.href, handlers);
}
