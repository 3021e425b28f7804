import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Observable, Unsubscribe } from './observe';

/// Renders its host again whenever one of `sources` changes, while the host is in the page.
export class Watch implements ReactiveController {
  private stops: Unsubscribe[] = [];
  private readonly sources: Pick<Observable, 'subscribe'>[];

  constructor(
    private readonly host: ReactiveControllerHost,
    ...sources: Pick<Observable, 'subscribe'>[]
  ) {
    this.sources = sources;
    host.addController(this);
  }

  hostConnected(): void {
    this.stops = this.sources.map((source) => source.subscribe(() => this.host.requestUpdate()));
  }

  hostDisconnected(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
  }
}
