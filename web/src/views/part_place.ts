import type { PartPlace } from '../../plugin-api';
import type { Unsubscribe } from '../core/observe';
import { formatPlace, type Place } from '../core/router';

/// What of the router a part's place needs.
export interface PlaceKeeper {
  readonly place: Place;
  go(path: string[], query?: Record<string, string>): void;
  replace(path: string[], query?: Record<string, string>): void;
  subscribe(watcher: () => void): Unsubscribe;
}

/// The query of the page at `path`, for the plugin whose page it is. Elsewhere it changes and tells nothing.
export function partPlace(router: PlaceKeeper, path: string[]): PartPlace {
  const isHere = (): boolean => formatPlace(router.place.path) === formatPlace(path);
  const values = (): Record<string, string> => (isHere() ? Object.fromEntries(router.place.query) : {});
  return {
    get values() {
      return values();
    },
    go: (to) => isHere() && router.go(path, to),
    replace: (to) => isHere() && router.replace(path, to),
    onChange: (listener) => {
      let last = JSON.stringify(values());
      return router.subscribe(() => {
        const now = JSON.stringify(values());
        if (!isHere() || now === last) return;
        last = now;
        listener();
      });
    },
  };
}
