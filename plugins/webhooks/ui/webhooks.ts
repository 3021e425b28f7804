import type { Mount } from '../../../web/plugin-api';
import { h } from '../../../web/plugin-api/dom';
import { pageStyle } from '../../../web/plugin-api/page';
import type { App } from './src/app';
import { showDetail } from './src/detail_view';
import { showEditor } from './src/editor_view';
import { showList } from './src/list_view';
import { style } from './src/style';

/// The page "Webhooks": a list; one webhook or the editor takes its place.
export const mount: Mount = (root, context) => {
  context.adopt(pageStyle + style);
  const title = h('h1', {});
  const panel = h('div', { class: 'panel' });
  let generation = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const leave = (): void => {
    generation++;
    clearTimeout(timer);
  };
  const app: App = {
    context,
    t: (key, values) => context.t(`webhooks.${key}`, values),
    show: (text, ...children) => {
      leave();
      title.textContent = text;
      panel.replaceChildren(...children.filter((child): child is Node | string => child !== undefined && child !== false));
    },
    call: async <Result,>(command: string, args?: Record<string, unknown>) => {
      try {
        return await context.call<Result>(`webhooks.${command}`, args);
      } catch (error) {
        context.toast(error instanceof Error ? error.message : String(error), 'error');
        return undefined;
      }
    },
    repeat: (ms, work) => {
      const mine = generation;
      const again = async (): Promise<void> => {
        if (document.visibilityState === 'visible') await work();
        if (mine === generation) timer = setTimeout(() => void again(), ms);
      };
      void again();
    },
    openList: () => showList(app),
    openDetail: (id, secret) => showDetail(app, id, secret),
    openEditor: (webhook) => showEditor(app, webhook),
  };
  root.append(h('div', { class: 'page' }, title, panel));
  app.openList();
  return () => {
    leave();
    root.replaceChildren();
  };
};
