/// Small building blocks for state: who changed, and who wants to know.

export type Unsubscribe = () => void;

/// Named events with typed payloads. A listener that throws is reported and does not stop the others.
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<(value: never) => void>>();

  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): Unsubscribe {
    let set = this.listeners.get(name);
    if (!set) this.listeners.set(name, (set = new Set()));
    set.add(listener);
    return () => set.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) {
      try {
        (listener as (value: Events[Name]) => void)(value);
      } catch (error) {
        console.error(error);
      }
    }
  }
}

/// State that views watch. Changes are announced together, so that a storm of device events costs a few
/// renders and not one each.
export class Observable {
  private readonly watchers = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  subscribe(watcher: () => void): Unsubscribe {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /// The shortest time between two announcements.
  protected quietMs(): number {
    return 0;
  }

  protected changed(): void {
    if (this.timer !== undefined) return;
    // A timer and not requestAnimationFrame: a hidden tab gets no frames, but has to stay current.
    this.timer = setTimeout(() => {
      this.timer = undefined;
      for (const watcher of [...this.watchers]) watcher();
    }, this.quietMs());
  }
}
