import { Observable } from './observe';

/// Where the page is: `#/devices/abc/terminal?x=1` is path ["devices","abc","terminal"], query x=1.
export interface Place {
  path: string[];
  query: URLSearchParams;
}

export function parsePlace(hash: string): Place {
  const text = hash.replace(/^#?\/?/, '');
  const cut = text.indexOf('?');
  const route = cut < 0 ? text : text.slice(0, cut);
  return {
    path: route.split('/').filter(Boolean).map(decode),
    query: new URLSearchParams(cut < 0 ? '' : text.slice(cut + 1)),
  };
}

export function formatPlace(path: string[], query?: Record<string, string>): string {
  const route = '#/' + path.map(encode).join('/');
  const search = new URLSearchParams(Object.entries(query ?? {}).filter(([, value]) => value !== ''));
  const text = search.toString();
  return text ? `${route}?${text}` : route;
}

// A typed or cut-off link can hold a broken escape; it is then shown as it is.
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// Device ids use the letters @ and $, which need no escape in a fragment and read better without.
function encode(part: string): string {
  return encodeURIComponent(part).replace(/%40/g, '@').replace(/%24/g, '$');
}

class Router extends Observable {
  place: Place = parsePlace(location.hash);
  /// Asked before another page is shown; false stays. Tabs of one device are one page.
  mayLeave: () => true | Promise<boolean> = () => true;
  /// The history's entry that is shown, and that the browser is at: another one while the person is asked.
  private shown = numberOfEntry(0);
  private entry = this.shown;
  private hash = location.hash;
  private isAsking = false;

  constructor() {
    super();
    addEventListener('hashchange', () => this.read());
  }

  go(path: string[], query?: Record<string, string>): void {
    location.hash = formatPlace(path, query);
  }

  /// Changes the address without a step in the history: filters, tokens that must not stay.
  replace(path: string[], query?: Record<string, string>): void {
    history.replaceState(history.state, '', formatPlace(path, query));
    this.read();
  }

  private read(): void {
    this.entry = numberOfEntry(this.entry + 1);
    if (this.isAsking) return;
    const may = pageOf(parsePlace(location.hash)) === pageOf(this.place) || this.mayLeave();
    if (may === true) return this.show();
    this.isAsking = true;
    void may.then((leaves) => {
      this.isAsking = false;
      if (leaves) this.show();
      else this.goBack();
    });
  }

  private show(): void {
    this.shown = this.entry;
    this.hash = location.hash;
    this.place = parsePlace(location.hash);
    this.changed();
  }

  /// The address is again that of what is shown.
  private goBack(): void {
    if (this.entry === this.shown) history.replaceState(history.state, '', this.hash || '#/');
    else history.go(this.shown - this.entry);
  }
}

/// Which one in the history it is, as far as this page made it; a new one gets `next`.
function numberOfEntry(next: number): number {
  const { entry } = (history.state ?? {}) as { entry?: unknown };
  if (typeof entry === 'number') return entry;
  history.replaceState({ entry: next }, '');
  return next;
}

/// What stays mounted as long as it is the same.
function pageOf({ path }: Place): string {
  const [page = 'devices', ...rest] = path;
  return [page, ...(page === 'devices' ? rest.slice(0, 1) : rest)].join('/');
}

export const router = new Router();

// Ids carry their kind and domain (`node//abc`); the default domain is left out of addresses.
export const deviceLink = (id: string, tab?: string): string[] =>
  tab ? ['devices', shortId(id), tab] : ['devices', shortId(id)];

export function shortId(id: string): string {
  return id.replace(/^(node|mesh|ugrp)\/\//, '');
}

export function longId(kind: 'node' | 'mesh' | 'ugrp', id: string): string {
  return id.includes('/') ? id : `${kind}//${id}`;
}
