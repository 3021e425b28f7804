import type { PluginContext } from '../../../../web/plugin-api';
import { h, type Child } from '../../../../web/plugin-api/dom';
import { empty, table, when } from '../../../../web/plugin-api/page';
import { healthOf, toneOf, type Attempt, type Webhook } from './model';

/// What the parts of the page share.
export interface App {
  readonly context: PluginContext;
  t(key: string, values?: Record<string, string | number>): string;
  /// Takes the place of what is shown.
  show(title: string, ...children: Child[]): void;
  /// Calls a command of this plugin; what goes wrong is said in a toast. Undefined then.
  call<Result>(command: string, args?: Record<string, unknown>): Promise<Result | undefined>;
  /// Does `work` now and every `ms` while the page is looked at, until something else is shown.
  repeat(ms: number, work: () => Promise<void>): void;
  openList(): void;
  openDetail(id: string, secret?: string): void;
  openEditor(webhook?: Webhook): void;
}

export function health(app: App, webhook: Webhook): HTMLElement {
  const how = healthOf(webhook);
  return h('span', { class: toneOf[how], test: 'webhook-health' }, app.t(`health.${how}`));
}

/// "503" or "no answer", and what went wrong.
export function outcome(app: App, attempt: Attempt): HTMLElement {
  const text = attempt.status ? String(attempt.status) : app.t('attempt.noAnswer');
  return h('div', {}, h('span', { class: attempt.problem ? 'badge bad' : 'badge ok' }, text), attempt.problem ? h('div', { class: 'soft problem' }, attempt.problem) : '');
}

export function attemptTable(app: App, attempts: Attempt[]): HTMLElement {
  if (attempts.length === 0) return empty(app.t('attempt.none'));
  const heads = ['time', 'event', 'number', 'outcome', 'took'].map((head) => app.t(`attempt.${head}`));
  return table(
    app.t('attempt.title'),
    heads,
    attempts.map((attempt) =>
      h('tr', { test: 'attempt-row' }, h('td', {}, when(attempt.time)), h('td', {}, h('code', {}, attempt.event)), h('td', {}, String(attempt.attempt)), h('td', {}, outcome(app, attempt)), h('td', {}, `${attempt.took_ms} ms`)),
    ),
  );
}
