import { show, type App } from './app';
import { h } from '../../../../web/plugin-api/dom';
import type { Script } from './model';
import { RunForm } from './run_form';
import { TargetForm } from './target_form';

/// Runs a script now. `chosen`: id of a script of the library.
export async function showRun(app: App, chosen?: string): Promise<void> {
  const answer = await app.attempt(() => app.context.call<{ scripts: Script[] }>('scripts.list'));
  if (!answer) return;
  const what = new RunForm(app, answer.scripts, chosen ? { script: chosen } : {});
  const where = new TargetForm(app);
  const start = h('button', { type: 'submit', class: 'btn primary', test: 'run-start' }, app.t('scripts.run.start'));
  const form = h('form', { class: 'stack form' }, what.element, where.element, h('div', { class: 'row' }, start));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    start.disabled = true;
    void app
      .attempt(() => app.context.call<{ job: string }>('scripts.run', { ...what.value(), targets: where.value() }))
      .then((started) => {
        start.disabled = false;
        if (started) app.open('jobs', started.job);
      });
  });
  show(app, h('h2', {}, app.t('scripts.run.title')), form);
}
