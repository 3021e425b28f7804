import { editorButtons, show, type App } from './app';
import { button, checkbox, debounced, field, h, select } from '../../../../web/plugin-api/dom';
import { empty, table, when } from '../../../../web/plugin-api/page';
import type { Schedule, Script } from './model';
import { RunForm } from './run_form';
import { TargetForm } from './target_form';

export async function showSchedules(app: App): Promise<void> {
  const answer = await app.attempt(() => app.context.call<{ schedules: Schedule[] }>('scripts.schedules'));
  if (!answer) return;
  const rows = answer.schedules.map((schedule) =>
    h(
      'tr',
      { test: 'schedule-row' },
      h('td', {}, h('strong', {}, schedule.name ?? ''), h('div', { class: 'soft' }, schedule.ownerName)),
      h('td', {}, h('code', {}, schedule.cron), schedule.timeZone ? h('div', { class: 'soft' }, schedule.timeZone) : ''),
      h('td', {}, schedule.enabled ? h('ul', { class: 'names' }, ...schedule.next.map((ms) => h('li', {}, when(ms)))) : h('span', { class: 'badge' }, app.t('scripts.common.off'))),
      h('td', {}, last(app, schedule)),
      h('td', {}, button(app.t('scripts.library.edit'), () => void showEditor(app, schedule), { class: 'btn small' })),
    ),
  );
  show(
    app,
    h('div', { class: 'row head' }, h('h2', {}, app.t('scripts.tab.schedules')), button(app.t('scripts.schedule.add'), () => void showEditor(app), { class: 'btn primary', test: 'schedule-add' })),
    rows.length ? table(app.t('scripts.tab.schedules'), [app.t('scripts.job.name'), app.t('scripts.schedule.cron'), app.t('scripts.schedule.next'), app.t('scripts.schedule.last'), app.t('scripts.library.actions')], rows) : empty(app.t('scripts.schedule.none')),
  );
}

function last(app: App, { last: what }: Schedule): Node | string {
  if (!what.atMs) return '–';
  const text = h('span', {}, when(what.atMs));
  if (what.error) return h('div', {}, text, h('div', { class: 'bad' }, what.error));
  const job = what.job;
  return job ? h('div', {}, text, ' ', button(app.t('scripts.schedule.job'), () => app.open('jobs', job), { class: 'btn plain small' })) : text;
}

async function showEditor(app: App, schedule?: Schedule): Promise<void> {
  const t = (key: string) => app.t(key);
  const answer = await app.attempt(() => app.context.call<{ scripts: Script[] }>('scripts.list'));
  if (!answer) return;
  const name = h('input', { class: 'input', value: schedule?.name ?? '', required: true, maxLength: 120, test: 'schedule-name' });
  const cron = h('input', { class: 'input mono', value: schedule?.cron ?? '0 3 * * *', required: true, spellcheck: false, test: 'schedule-cron' });
  const zone = h('input', { class: 'input', value: schedule?.timeZone ?? '', placeholder: 'Europe/Berlin' });
  const missed = select([['once', t('scripts.schedule.missed.once')], ['skip', t('scripts.schedule.missed.skip')]], schedule?.missed ?? 'once');
  let enabled = schedule?.enabled ?? true;
  const preview = h('p', { class: 'soft', role: 'status', test: 'schedule-preview' });
  const refresh = debounced(() => {
    app.context
      .call<{ times: number[] }>('scripts.cron', { cron: cron.value, timeZone: zone.value })
      .then(({ times }) => (preview.textContent = times.length ? `${t('scripts.schedule.next')}: ${times.slice(0, 3).map(when).join(' · ')}` : t('scripts.schedule.never')))
      .catch((error: Error) => (preview.textContent = error.message));
  }, 300);
  cron.addEventListener('input', refresh);
  zone.addEventListener('input', refresh);
  app.onLeave(refresh.stop);
  refresh();
  const what = new RunForm(app, answer.scripts, schedule);
  const where = new TargetForm(app, schedule?.targets);
  const form = h(
    'form',
    { class: 'stack form' },
    field(t('scripts.job.name'), name),
    h('div', { class: 'columns' }, field(t('scripts.schedule.cron'), cron, t('scripts.schedule.cronHint')), field(t('scripts.schedule.zone'), zone, t('scripts.schedule.zoneHint')), field(t('scripts.schedule.missed'), missed)),
    preview,
    what.element,
    where.element,
    checkbox(t('scripts.common.on'), enabled, (on) => (enabled = on)),
    editorButtons(app, 'schedule', 'scripts.removeSchedule', schedule?.id, 'schedules'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const args = { ...what.value(), ...(schedule ? { id: schedule.id } : {}), name: name.value.trim(), cron: cron.value, timeZone: zone.value.trim(), missed: missed.value, enabled, targets: where.value() };
    void app.attempt(() => app.context.call('scripts.saveSchedule', args)).then((done) => done && app.open('schedules'));
  });
  show(app, button(t('scripts.common.back'), () => app.open('schedules'), { class: 'btn plain small' }), h('h2', {}, schedule?.name ?? t('scripts.schedule.add')), h('p', { class: 'soft' }, t('scripts.schedule.owner')), form);
}
