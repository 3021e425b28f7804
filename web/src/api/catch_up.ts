import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Unsubscribe } from '../core/observe';
import type { ControlChannel } from './control';

/// Has its host load again whenever the control channel comes online, while the host is in the page: a view may be
/// there before the first connection, and what it asked for may have been lost with the last one.
export class CatchUp implements ReactiveController {
  private stop: Unsubscribe | undefined;

  constructor(
    host: ReactiveControllerHost,
    private readonly channel: Pick<ControlChannel, 'messages'>,
    private readonly load: () => Promise<void>,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.stop = this.channel.messages.on('serverinfo', () => void this.load());
  }

  hostDisconnected(): void {
    this.stop?.();
  }
}
