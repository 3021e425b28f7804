import type { PluginContext } from '../../../../web/plugin-api';
import { button, h, symbol, tool } from './dom';
import { shown, sizeText, timeText } from './names';
import type { Job, Kind, Queue, State } from './queue';

const kRows = 60;
const kEveryMs = 200;
/// Of what was left out.
const kNamed = 3;
const symbols: Record<Kind, string> = { up: 'upload', down: 'download', work: 'folder' };
const order: State[] = ['running', 'conflict', 'failed', 'partial', 'waiting', 'queued', 'done', 'skipped', 'cancelled'];

interface Row {
  state: State;
  element: HTMLElement;
  text: HTMLElement;
}

/// The transfers below the list: a line for all of them, and the first of them one by one.
export class TransfersView {
  readonly element: HTMLElement;
  private readonly t: PluginContext['t'];
  private readonly bar: HTMLProgressElement;
  private readonly text = h('span', { class: 'text', role: 'status', test: 'transfers-text' });
  private readonly list = h('ul', { class: 'jobs', test: 'transfers' });
  private readonly cancel: HTMLButtonElement;
  private readonly retry: HTMLButtonElement;
  private readonly clear: HTMLButtonElement;
  private readonly restText = h('span', {});
  private readonly rest = h('li', { class: 'job soft' }, h('span', {}), this.restText);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private known = new Map<Job, Row>();

  constructor(
    context: PluginContext,
    private readonly queue: Queue,
  ) {
    const { t } = context;
    this.t = t;
    this.bar = h('progress', { max: 1, value: 0, 'aria-label': t('transfers.progress') });
    this.list.tabIndex = 0;
    this.list.setAttribute('aria-label', t('transfers.title'));
    this.cancel = button(t('transfers.cancelAll'), () => queue.cancelAll(), { test: 'transfers-cancel' });
    this.retry = button(t('transfers.retryAll'), () => queue.retryFailed(), { test: 'transfers-retry' });
    this.clear = button(t('transfers.clear'), () => queue.clear(), { test: 'transfers-clear' });
    const head = h('div', { class: 'head' }, this.bar, this.text, this.retry, this.cancel, this.clear);
    this.element = h('section', { class: 'transfers', hidden: true, 'aria-label': t('transfers.title') }, head, this.list);
    queue.onChange = () => this.draw();
  }

  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private draw(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.drawNow();
    }, kEveryMs);
  }

  private drawNow(): void {
    const { queue } = this;
    this.element.hidden = queue.jobs.length === 0;
    const { size, done } = queue.totals();
    this.bar.value = size > 0 ? done / size : queue.isBusy ? 0 : 1;
    this.text.textContent = this.line(size, done);
    this.cancel.hidden = !queue.isBusy && queue.count('conflict') === 0;
    this.retry.hidden = queue.count('failed') === 0;
    this.clear.hidden = queue.isBusy;
    this.show(this.rows());
    // The speed falls by itself when nothing moves.
    if (queue.isBusy) this.draw();
  }

  private line(size: number, done: number): string {
    const { queue, t } = this;
    const finished = queue.count('done') + queue.count('partial') + queue.count('skipped');
    const parts = [t('transfers.count', { done: finished, all: queue.jobs.length })];
    if (size > 0) parts.push(`${sizeText(done)} / ${sizeText(size)}`);
    if (queue.count('waiting') > 0) parts.push(t('transfers.waiting'));
    else if (queue.isBusy) {
      const speed = queue.speed();
      if (speed > 0) parts.push(`${sizeText(speed)}/s`, t('transfers.left', { time: timeText((size - done) / speed) }));
    }
    if (queue.count('partial') > 0) parts.push(t('transfers.partial', { count: queue.count('partial') }));
    if (queue.count('failed') > 0) parts.push(t('transfers.failed', { count: queue.count('failed') }));
    return parts.join(' · ');
  }

  private rows(): HTMLElement[] {
    const chosen: Job[] = [];
    for (const state of order) {
      if (chosen.length >= kRows || this.queue.count(state) === 0) continue;
      for (const job of this.queue.jobs) if (job.state === state && chosen.length < kRows) chosen.push(job);
    }
    this.known = new Map(chosen.map((job) => [job, this.row(job)]));
    const rows = [...this.known.values()].map(({ element }) => element);
    const rest = this.queue.jobs.length - chosen.length;
    this.restText.textContent = this.t('transfers.more', { count: rest });
    return rest > 0 ? [...rows, this.rest] : rows;
  }

  /// A row that is pressed or focused at this moment stays what it is.
  private show(rows: HTMLElement[]): void {
    const { children } = this.list;
    if (children.length !== rows.length || rows.some((row, at) => children[at] !== row)) this.list.replaceChildren(...rows);
  }

  private row(job: Job): Row {
    const known = this.known.get(job);
    const row = known?.state === job.state ? known : this.makeRow(job);
    const text = this.stateOf(job);
    if (row.text.textContent !== text) row.text.textContent = text;
    return row;
  }

  private makeRow(job: Job): Row {
    const { t, queue } = this;
    const label = (key: string): string => t(key, { name: shown(job.name) });
    const action =
      job.state === 'failed' || job.state === 'partial'
        ? tool('retry', label('transfers.retry'), () => queue.retry(job))
        : ['queued', 'running', 'waiting', 'conflict'].includes(job.state)
          ? tool('close', label('transfers.cancel'), () => queue.cancel(job))
          : h('span', {});
    const text = h('span', { class: 'state' });
    const name = h('bdi', { class: 'name', title: shown(job.path) }, shown(job.name));
    const element = h('li', { class: `job ${job.state}`, test: 'transfer', 'data-state': job.state }, symbol(symbols[job.kind]), name, text, action);
    return { state: job.state, element, text };
  }

  private stateOf(job: Job): string {
    if (job.state === 'failed') return this.t('transfers.state.failed', { why: this.reason(job.error) });
    if (job.state === 'partial') return this.t('transfers.state.partial', { count: job.missing.length, names: this.missingOf(job) });
    if (job.state === 'running' && job.size > 0) return `${Math.floor((100 * job.done) / Math.max(job.size, job.done))} %`;
    return this.t(`transfers.state.${job.state}`);
  }

  private missingOf({ missing }: Job): string {
    const named = missing.slice(0, kNamed).map(({ name, why }) => `${shown(name)} (${shown(this.reason(why))})`);
    if (missing.length > kNamed) named.push(this.t('transfers.more', { count: missing.length - kNamed }));
    return named.join(', ');
  }

  /// The device's own words; those that this page knows in the person's language.
  private reason(text: string): string {
    const key = reasons.find(([pattern]) => pattern.test(text))?.[1];
    return key ? this.t(key) : text;
  }
}

const reasons: [RegExp, string][] = [
  [/no space left/i, 'reason.full'],
  [/permission denied|EACCES/i, 'reason.denied'],
  [/no such file/i, 'reason.missing'],
  [/name is not safe/, 'reason.unsafe'],
  [/replaced by another/, 'reason.replaced'],
  [/too long/i, 'reason.long'],
  [/read-only file system/i, 'reason.readOnly'],
  [/changed (while|meanwhile)|not what it was/, 'reason.changed'],
  [/received something else|bytes that arrived/, 'reason.hash'],
  [/connection was lost|not connected/, 'reason.lost'],
  [/the server has ended it/, 'reason.ended'],
  [/browser has (not begun|ended)/, 'reason.notBegun'],
  [/nothing has moved|not answer in time|not come back/, 'reason.silent'],
  [/could not be read|NotReadable/i, 'reason.notReadable'],
  [/could not be packed/, 'reason.notPacked'],
  [/still there, since its name/, 'reason.unsayable'],
];
