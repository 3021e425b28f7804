import xtermStyle from '@xterm/xterm/css/xterm.css?inline';
import type { Mount } from '../../../web/plugin-api';
import type { App } from './src/app';
import { showList } from './src/list_view';
import { style } from './src/style';

/// The page "Recordings": the list, and a player in its place.
export const mount: Mount = (root, context) => {
  context.adopt(xtermStyle);
  context.adopt(style);
  let undo: (() => void)[] = [];
  const leave = (): void => {
    for (const each of undo.splice(0)) each();
  };
  const app: App = {
    context,
    root,
    t: (key, values) => context.t(`recording.${key}`, values),
    onLeave: (each) => void undo.push(each),
    showList: () => {
      leave();
      showList(app);
    },
    play: (what) => {
      leave();
      void app.attempt(async () => (await import('./src/player_view')).showPlayer(app, what));
    },
    attempt: async (work) => {
      try {
        return await work();
      } catch (error) {
        context.toast(error instanceof Error ? error.message : String(error), 'error');
        return undefined;
      }
    },
  };
  app.showList();
  return () => {
    leave();
    undo = [];
    root.replaceChildren();
  };
};
