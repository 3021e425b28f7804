import { Observable } from '../core/observe';

/// Which devices are chosen. Kept by id, so that filtering and sorting change nothing about it.
export class Selection extends Observable {
  readonly ids = new Set<string>();
  private anchor = '';

  get size(): number {
    return this.ids.size;
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  toggle(id: string): void {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.anchor = id;
    this.changed();
  }

  /// Adds everything from the device chosen last to this one, both included, in the order of `shown`.
  extendTo(id: string, shown: string[]): void {
    const to = shown.indexOf(id);
    const from = shown.indexOf(this.anchor);
    if (to < 0) return;
    if (from < 0) return this.toggle(id);
    for (const one of shown.slice(Math.min(from, to), Math.max(from, to) + 1)) this.ids.add(one);
    this.changed();
  }

  addAll(ids: Iterable<string>): void {
    for (const id of ids) this.ids.add(id);
    this.changed();
  }

  clear(): void {
    this.ids.clear();
    this.anchor = '';
    this.changed();
  }

  /// Forgets what is no longer there.
  keepOnly(exists: (id: string) => boolean): void {
    let isLess = false;
    for (const id of this.ids) if (!exists(id)) isLess = this.ids.delete(id) || isLess;
    if (isLess) this.changed();
  }
}
