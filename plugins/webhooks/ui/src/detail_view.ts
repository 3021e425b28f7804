import { button, h, type Child } from '../../../../web/plugin-api/dom';
import { confirming, table, when } from '../../../../web/plugin-api/page';
import { attemptTable, health, type App } from './app';
import type { Attempt, DeadLetter, Webhook } from './model';

const kLookAgainMs = 2_000;
const kLogLines = 100;

/// The one moment in which the secret can be read.
function secretBox(app: App, secret: string): HTMLElement {
  const code = h('input', { class: 'input code', value: secret, readOnly: true, 'aria-label': app.t('secret'), test: 'webhook-secret' });
  code.addEventListener('focus', () => code.select());
  const copy = async (): Promise<void> => {
    code.select();
    const isCopied = await navigator.clipboard.writeText(secret).then(() => true, () => false);
    app.context.toast(app.t(isCopied ? 'copied' : 'copyFailed'), isCopied ? 'success' : 'info');
  };
  return h('div', { class: 'secret' }, h('strong', {}, app.t('secret')), h('p', { class: 'soft' }, app.t('secretHint')), h('div', { class: 'row line' }, code, button(app.t('copy'), () => void copy())));
}

/// What waits, and when it is tried again.
function waitingLine(app: App, { waiting, next, enabled, id }: Webhook): Child {
  if (!waiting || !next) return app.t('detail.nothingWaits');
  const line = next.attempts ? app.t('detail.nextAttempt', { n: waiting, attempt: next.attempts + 1, time: when(next.time) }) : app.t('detail.waits', { n: waiting });
  const retry = enabled && next.attempts > 0 && button(app.t('detail.retry'), () => void app.call('retry', { id }), { class: 'btn small', test: 'webhook-retry' });
  return h('div', { class: 'row' }, h('span', {}, line), retry || '');
}

function facts(app: App, webhook: Webhook): HTMLElement {
  const lines: [string, Child][] = [
    ['detail.url', h('code', { class: 'url' }, webhook.url)],
    ['detail.events', h('div', { class: 'badges' }, ...webhook.events.map((event) => h('code', { class: 'badge' }, event)))],
    ['detail.state', health(app, webhook)],
    ['detail.queue', waitingLine(app, webhook)],
    ['detail.created', when(webhook.created)],
  ];
  return h('dl', { class: 'facts' }, ...lines.flatMap(([label, value]) => [h('dt', {}, app.t(label)), h('dd', {}, value)]));
}

function deadBox(app: App, id: string, letters: DeadLetter[], refresh: () => void): HTMLElement | string {
  if (letters.length === 0) return '';
  const act = async (number: number, discard: boolean): Promise<void> => {
    if (await app.call('redeliver', { id, number, discard })) refresh();
  };
  const rows = letters.map((letter) =>
    h(
      'tr',
      { test: 'dead-row' },
      h('td', {}, when(letter.created)),
      h('td', {}, h('code', {}, letter.event)),
      h('td', {}, h('div', { class: 'problem' }, letter.problem), h('div', { class: 'soft' }, app.t('dead.attempts', { n: letter.attempts }))),
      h('td', {}, h('div', { class: 'row' }, button(app.t('dead.again'), () => void act(letter.number, false), { class: 'btn small', test: 'dead-again' }), button(app.t('dead.discard'), () => void act(letter.number, true), { class: 'btn small' }))),
    ),
  );
  return h(
    'section',
    { class: 'stack' },
    h('div', { class: 'row head' }, h('h2', {}, app.t('dead.title')), h('div', { class: 'row' }, button(app.t('dead.allAgain'), () => void act(0, false), { class: 'btn small' }), confirming(app.t('dead.allDiscard'), app.t('really'), () => void act(0, true), 'dead-discard'))),
    table(app.t('dead.title'), ['time', 'event', 'problem', 'actions'].map((head) => app.t(`dead.${head}`)), rows),
  );
}

/// One webhook: how it is, what was tried, what was given up.
export function showDetail(app: App, id: string, secret?: string): void {
  const about = h('div', { class: 'stack' });
  const dead = h('div', { class: 'stack' });
  const log = h('div', { class: 'stack' });
  const secretPlace = h('div', { class: 'stack' }, secret ? secretBox(app, secret) : '');
  let webhook: Webhook | undefined;
  const shown = new Map<HTMLElement, string>();
  /// Drawn only when it changed, so that the keyboard stays where it was.
  const draw = (place: HTMLElement, data: unknown, make: () => Child): void => {
    const text = JSON.stringify(data);
    if (shown.get(place) === text) return;
    shown.set(place, text);
    const made = make();
    place.replaceChildren(...(made ? [made] : []));
  };
  const load = async (): Promise<void> => {
    const answer = await app.call<{ subscriptions: Webhook[] }>('list');
    if (!answer) return;
    webhook = answer.subscriptions.find((one) => one.id === id);
    if (!webhook) return app.openList();
    const found = webhook;
    title.textContent = found.name;
    toggle.setAttribute('aria-checked', String(found.enabled));
    draw(about, found, () => facts(app, found));
    const [attempts, letters] = await Promise.all([
      app.call<{ attempts: Attempt[] }>('log.list', { id, limit: kLogLines }),
      found.dead ? app.call<{ deliveries: DeadLetter[] }>('dead.list', { id, limit: kLogLines }) : { deliveries: [] },
    ]);
    if (letters) draw(dead, letters.deliveries, () => deadBox(app, id, letters.deliveries, () => void load()));
    if (attempts) draw(log, attempts.attempts, () => attemptTable(app, attempts.attempts));
  };
  const act = async (command: string, args: Record<string, unknown>, done: string): Promise<void> => {
    if (!(await app.call(command, args))) return;
    app.context.toast(app.t(done), 'success');
    await load();
  };
  const renew = async (): Promise<void> => {
    const answer = await app.call<{ secret: string }>('secret.renew', { id });
    if (answer) secretPlace.replaceChildren(secretBox(app, answer.secret));
  };
  const remove = async (): Promise<void> => {
    if (await app.call('remove', { id })) app.openList();
  };
  const title = h('span', {}, '');
  const toggle = h('button', { type: 'button', class: 'switch', role: 'switch', 'aria-checked': 'true', 'aria-label': app.t('enabled'), test: 'webhook-switch', onclick: () => webhook && void app.call('change', { id, enabled: !webhook.enabled }).then(load) });
  app.show(
    app.t('title'),
    h('div', {}, button(app.t('back'), () => app.openList(), { class: 'btn plain small back', test: 'webhook-back' })),
    h(
      'div',
      { class: 'row head' },
      h('h2', { class: 'row' }, title, toggle),
      h(
        'div',
        { class: 'row' },
        button(app.t('detail.test'), () => void act('test', { id }, 'detail.testQueued'), { class: 'btn small', test: 'webhook-test' }),
        button(app.t('edit'), () => webhook && app.openEditor(webhook), { class: 'btn small', test: 'webhook-edit' }),
        confirming(app.t('detail.newSecret'), app.t('detail.newSecretReally'), () => void renew(), 'webhook-renew'),
        confirming(app.t('remove'), app.t('really'), () => void remove(), 'webhook-remove'),
      ),
    ),
    secretPlace,
    about,
    dead,
    h('h2', {}, app.t('attempt.title')),
    log,
  );
  app.repeat(kLookAgainMs, load);
}
