import { show, type App } from './app';
import { button, debounced, h } from '../../../../web/plugin-api/dom';
import { empty, table, when } from '../../../../web/plugin-api/page';
import { duration, inOrder, progress, tone, type Job, type Output, type Run } from './model';

function badges(app: App, counts: Record<string, number>): HTMLElement {
  return h('span', { class: 'badges' }, ...inOrder(counts).map(([state, count]) => h('span', { class: tone(state) }, `${app.t(`scripts.state.${state}`)} ${count}`)));
}

function bar(app: App, counts: Record<string, number>): HTMLElement {
  return h('progress', { max: 1, value: progress(counts), 'aria-label': app.t('scripts.job.progress') });
}

export async function showJobs(app: App): Promise<void> {
  const list = h('div', { class: 'stack' });
  const load = async (): Promise<void> => {
    const answer = await app.attempt(() => app.context.call<{ jobs: Job[] }>('scripts.jobs'));
    if (!answer) return;
    if (answer.jobs.length === 0) {
      list.replaceChildren(empty(app.t('scripts.job.none'), button(app.t('scripts.run.title'), () => app.open('run'), { class: 'btn primary' })));
      return;
    }
    list.replaceChildren(
      table(
        app.t('scripts.tab.jobs'),
        [app.t('scripts.job.name'), app.t('scripts.job.devices'), app.t('scripts.job.by'), app.t('scripts.job.started')],
        answer.jobs.map((job) =>
          h('tr', { test: 'job-row' }, h('td', {}, button(job.name, () => app.open('jobs', job.id), { class: 'btn plain small cut' })), h('td', {}, bar(app, job.counts), badges(app, job.counts)), h('td', {}, job.ownerName), h('td', {}, when(job.createdMs))),
        ),
      ),
    );
  };
  const refresh = debounced(() => void load(), 400);
  app.onLeave(refresh.stop);
  app.onLeave(app.context.on('scripts.runChanged', refresh));
  app.onLeave(app.context.on('scripts.jobChanged', refresh));
  show(app, h('h2', {}, app.t('scripts.tab.jobs')), list);
  await load();
}

function outputBox(app: App, title: string, text: string, isCut: boolean): HTMLElement | undefined {
  if (!text && !isCut) return undefined;
  return h('div', { class: 'stack' }, h('h4', {}, title), h('pre', { tabIndex: 0, 'aria-label': title }, text), isCut ? h('p', { class: 'badge warn' }, app.t('scripts.output.cut')) : undefined);
}

/// The output of one device, fetched when it is opened.
function runRow(app: App, job: string, run: Run, isOpen: boolean, toggled: (open: boolean) => void): HTMLElement[] {
  const details = h('tr', { hidden: true }, h('td', { colspan: '4' }));
  const name = h('button', { type: 'button', class: 'btn plain small', 'aria-expanded': 'false', test: 'run-open' }, run.name);
  const open = async (): Promise<void> => {
    const output = await app.attempt(() => app.context.call<Output>('scripts.output', { job, nodeid: run.nodeid }));
    if (!output) return;
    const parts = [outputBox(app, app.t('scripts.output.out'), output.stdout, output.stdoutCut), outputBox(app, app.t('scripts.output.err'), output.stderr, output.stderrCut)].filter((part) => part !== undefined);
    details.firstElementChild!.replaceChildren(...(parts.length ? parts : [h('p', { class: 'soft' }, app.t('scripts.output.none'))]));
    details.hidden = false;
    name.setAttribute('aria-expanded', 'true');
  };
  name.addEventListener('click', () => {
    const isShown = !details.hidden;
    toggled(!isShown);
    details.hidden = true;
    name.setAttribute('aria-expanded', 'false');
    if (!isShown) void open();
  });
  if (isOpen) void open();
  const state = h('span', { class: tone(run.state) }, app.t(`scripts.state.${run.state}`));
  const more = run.error || (run.exitCode !== undefined ? app.t('scripts.run.exit', { code: run.exitCode }) : '');
  return [h('tr', { test: 'run-row' }, h('td', {}, name), h('td', {}, state), h('td', {}, more), h('td', {}, run.durationMs ? duration(run.durationMs) : '')), details];
}

export async function showJob(app: App, id: string): Promise<void> {
  const opened = new Set<string>();
  const body = h('div', { class: 'stack', test: 'job' });
  const act = async (command: string): Promise<void> => {
    const answer = await app.attempt(() => app.context.call<{ job?: string }>(command, { job: id }));
    if (answer?.job) app.open('jobs', answer.job);
  };
  const load = async (): Promise<void> => {
    const job = await app.attempt(() => app.context.call<Job>('scripts.job', { job: id }));
    if (!job) return;
    const isOver = job.status !== 'active';
    const isBad = Object.keys(job.counts).some((state) => !['done', 'queued', 'running'].includes(state));
    const rows = (job.runs ?? []).flatMap((run) => runRow(app, id, run, opened.has(run.nodeid), (open) => (open ? opened.add(run.nodeid) : opened.delete(run.nodeid))));
    const focused = (body.getRootNode() as ShadowRoot).activeElement?.textContent;
    body.replaceChildren(
      h('div', { class: 'row head' }, h('h2', {}, job.name), h('span', { class: isOver ? 'badge' : 'badge ok', test: 'job-status' }, app.t(`scripts.status.${job.status}`))),
      h('p', { class: 'soft' }, app.t('scripts.job.line', { who: job.ownerName, when: when(job.createdMs) })),
      h('div', { class: 'row' }, bar(app, job.counts), badges(app, job.counts)),
      (job.isYours && (!isOver || isBad)) ? h('div', { class: 'row' }, !isOver && button(app.t('scripts.job.cancel'), () => void act('scripts.cancel'), { class: 'btn danger', test: 'job-cancel' }), isOver && button(app.t('scripts.job.rerun'), () => void act('scripts.rerun'), { test: 'job-rerun' })) : '',
      table(app.t('scripts.job.devices'), [app.t('scripts.job.device'), app.t('scripts.job.state'), app.t('scripts.job.result'), app.t('scripts.job.duration')], rows),
      job.hidden ? h('p', { class: 'soft' }, app.t('scripts.job.hidden', { count: job.hidden })) : '',
      job.text ? h('details', {}, h('summary', {}, app.t('scripts.editor.text')), h('pre', { tabIndex: 0, 'aria-label': app.t('scripts.editor.text') }, job.text)) : '',
    );
    // The keyboard stays where it was.
    if (focused) [...body.querySelectorAll('button')].find((each) => each.textContent === focused)?.focus();
  };
  const refresh = debounced(() => void load(), 300);
  app.onLeave(refresh.stop);
  for (const event of ['scripts.runChanged', 'scripts.jobChanged']) app.onLeave(app.context.on(event, (news) => news['job'] === id && refresh()));
  show(app, button(app.t('scripts.common.back'), () => app.open('jobs'), { class: 'btn plain small' }), body);
  await load();
}
