import { formatPlace, parsePlace } from '../../src/core/router';
import { partPlace, type PlaceKeeper } from '../../src/views/part_place';

/// A router whose history is a list of addresses.
class TestRouter implements PlaceKeeper {
  history = ['#/page/recording/recordings'];
  private readonly watchers = new Set<() => void>();

  get place() {
    return parsePlace(this.history.at(-1)!);
  }

  go(path: string[], query?: Record<string, string>): void {
    this.open(formatPlace(path, query));
  }

  replace(path: string[], query?: Record<string, string>): void {
    this.history.pop();
    this.go(path, query);
  }

  open(address: string): void {
    this.history.push(address);
    for (const watcher of this.watchers) watcher();
  }

  back(): void {
    this.history.pop();
    for (const watcher of this.watchers) watcher();
  }

  subscribe(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}

describe("the place of a plugin's page", () => {
  const path = ['page', 'recording', 'recordings'];

  it('is what stands behind the question mark, with and without steps', () => {
    const router = new TestRouter();
    const place = partPlace(router, path);
    expect(place.values).toEqual({});
    place.replace({ search: 'a b', kind: '' });
    place.go({ search: 'a b', play: '7&8' });
    expect(place.values).toEqual({ search: 'a b', play: '7&8' });
    expect(router.history).toEqual(['#/page/recording/recordings?search=a+b', '#/page/recording/recordings?search=a+b&play=7%268']);
  });

  it('tells when it has changed, once, and until nobody listens', () => {
    const router = new TestRouter();
    const place = partPlace(router, path);
    const seen: unknown[] = [];
    const stop = place.onChange(() => seen.push(place.values));
    place.go({ play: '1' });
    place.go({ play: '1' });
    router.back();
    router.back();
    stop();
    place.go({ play: '2' });
    expect(seen).toEqual([{ play: '1' }, {}]);
  });

  it('belongs to its page: elsewhere it is empty, tells nothing and goes nowhere', () => {
    const router = new TestRouter();
    const place = partPlace(router, path);
    const listener = vi.fn();
    place.onChange(listener);
    router.open('#/devices?play=1');
    place.go({ play: '2' });
    place.replace({ play: '2' });
    expect(place.values).toEqual({});
    expect(router.history.at(-1)).toBe('#/devices?play=1');
    expect(listener).not.toHaveBeenCalled();
  });
});
