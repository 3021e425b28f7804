import xtermStyle from '@xterm/xterm/css/xterm.css?inline';
import type { Mount, PartPlace } from '../../../web/plugin-api';
import type { App } from './src/app';
import { showList } from './src/list_view';
import { faultText } from './src/notes';
import type { Source } from './src/source';
import { style } from './src/style';
import { formatWhere, parseWhere, type Where } from './src/where';

/// The page "Recordings": the list, and a player in its place. The address says which.
export const mount: Mount = (root, context) => {
  context.adopt(xtermStyle);
  context.adopt(style);
  const place = context.place ?? withoutAddress();
  const t: App['t'] = (key, values) => context.t(`recording.${key}`, values);
  let undo: (() => void)[] = [];
  let file: Source | undefined;
  let shown = '';
  const where = (): Where => parseWhere(place.values);
  const list = (): Where => ({ list: where().list, play: '', at: undefined, file: '' });
  const leave = (): void => {
    for (const each of undo.splice(0)) each();
  };
  const play = (what: Parameters<App['play']>[0]): void => {
    let isHere = true;
    undo.push(() => (isHere = false));
    void app.attempt(async () => (await import('./src/player_view')).showPlayer(app, what, () => isHere));
  };
  const show = (): void => {
    leave();
    const here = where();
    shown = JSON.stringify(here);
    if (here.play) play({ id: here.play, at: here.at });
    else if (file && file.name === here.file) play({ source: file });
    else showList(app, here.list);
  };
  const app: App = {
    context,
    root,
    t,
    onLeave: (each) => void undo.push(each),
    remember: (wanted) => {
      const here = { ...list(), list: wanted };
      shown = JSON.stringify(here);
      place.replace(formatWhere(here));
    },
    back: () => place.go(formatWhere(list())),
    giveUp: () => {
      place.replace(formatWhere(list()));
      show();
    },
    play: (what) => {
      if ('source' in what) file = what.source;
      place.go(formatWhere('source' in what ? { ...list(), file: what.source.name } : { ...list(), play: what.id, at: what.at }));
    },
    attempt: async (work) => {
      try {
        return await work();
      } catch (error) {
        context.toast(faultText(t, error), 'error');
        return undefined;
      }
    },
  };
  place.onChange(() => JSON.stringify(where()) !== shown && show());
  show();
  return () => {
    leave();
    undo = [];
    root.replaceChildren();
  };
};

/// Where the page around keeps no address for us.
function withoutAddress(): PartPlace {
  let values: Record<string, string> = {};
  const listeners = new Set<() => void>();
  return {
    get values() {
      return values;
    },
    go: (to) => {
      values = to;
      for (const listener of listeners) listener();
    },
    replace: (to) => void (values = to),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
