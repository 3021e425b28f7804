import type { Mount } from '../../../web/plugin-api';
import type { App, TabName } from './src/app';
import { h } from '../../../web/plugin-api/dom';
import { pageStyle } from '../../../web/plugin-api/page';
import { showJob, showJobs } from './src/jobs_view';
import { showLibrary } from './src/library_view';
import { showRules } from './src/rules_view';
import { showRun } from './src/run_view';
import { showSchedules } from './src/schedules_view';
import { style } from './src/style';

const tabs: TabName[] = ['jobs', 'run', 'library', 'schedules', 'rules'];

/// The page "Scripts": one tab per list, editors take the place of their list.
export const mount: Mount = (root, context) => {
  context.adopt(pageStyle + style);
  let undo: (() => void)[] = [];
  const leave = (): void => {
    for (const each of undo.splice(0)) each();
  };
  const panel = h('div', { class: 'panel', role: 'tabpanel', id: 'panel' });
  const buttons = new Map(tabs.map((name) => [name, h('button', { type: 'button', role: 'tab', id: `tab-${name}`, 'aria-controls': 'panel', test: `scripts-${name}`, onclick: () => app.open(name) }, context.t(`scripts.tab.${name}`))]));
  const app: App = {
    context,
    panel,
    t: (key, values) => context.t(key, values),
    onLeave: (each) => void undo.push(each),
    open: (name, argument) => {
      leave();
      panel.replaceChildren();
      for (const [id, button] of buttons) {
        button.setAttribute('aria-selected', String(id === name));
        button.tabIndex = id === name ? 0 : -1;
      }
      panel.setAttribute('aria-labelledby', `tab-${name}`);
      void view(name, argument);
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
  const view = (name: TabName, argument?: string): Promise<void> => {
    if (name === 'run') return showRun(app, argument);
    if (name === 'library') return showLibrary(app);
    if (name === 'schedules') return showSchedules(app);
    if (name === 'rules') return showRules(app);
    return argument ? showJob(app, argument) : showJobs(app);
  };
  const list = h('div', { class: 'tabs', role: 'tablist', 'aria-label': context.t('scripts.title') }, ...buttons.values());
  list.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.findIndex((name) => buttons.get(name)!.getAttribute('aria-selected') === 'true');
    const next = tabs[(at + step + tabs.length) % tabs.length]!;
    app.open(next);
    buttons.get(next)!.focus();
    event.preventDefault();
  });
  root.append(h('div', { class: 'page' }, h('h1', {}, context.t('scripts.title')), list, panel));
  app.open('jobs');
  return () => {
    leave();
    undo = [];
    root.replaceChildren();
  };
};
