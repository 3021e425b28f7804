import { button, h } from '../../../../web/plugin-api/dom';
import { empty, table, when } from '../../../../web/plugin-api/page';
import { health, type App } from './app';
import type { Webhook } from './model';

const kLookAgainMs = 5_000;

function row(app: App, webhook: Webhook): HTMLElement {
  const { last, waiting, dead } = webhook;
  return h(
    'tr',
    { test: 'webhook-row' },
    h('td', {}, button(webhook.name, () => app.openDetail(webhook.id), { class: 'btn plain small cut', test: 'webhook-open' }), h('div', { class: 'soft url' }, webhook.url)),
    h('td', {}, h('div', { class: 'badges' }, ...webhook.events.map((event) => h('code', { class: 'badge' }, event)))),
    h('td', {}, health(app, webhook), last ? h('div', { class: 'soft' }, when(last.time)) : ''),
    h('td', {}, String(waiting), dead ? h('div', {}, h('span', { class: 'badge warn' }, app.t('list.dead', { n: dead }))) : ''),
  );
}

export function showList(app: App): void {
  const place = h('div', { class: 'stack' });
  let shown = '';
  app.show(
    app.t('title'),
    h('div', { class: 'row head' }, h('p', { class: 'soft intro' }, app.t('intro')), button(app.t('add'), () => app.openEditor(), { class: 'btn primary', test: 'webhook-add' })),
    place,
  );
  app.repeat(kLookAgainMs, async () => {
    const answer = await app.call<{ subscriptions: Webhook[] }>('list');
    const text = JSON.stringify(answer);
    if (!answer || text === shown || place.contains((place.getRootNode() as ShadowRoot).activeElement)) return;
    shown = text;
    const heads = ['name', 'events', 'state', 'waiting'].map((head) => app.t(`list.${head}`));
    place.replaceChildren(answer.subscriptions.length ? table(app.t('title'), heads, answer.subscriptions.map((webhook) => row(app, webhook))) : empty(app.t('none')));
  });
}
