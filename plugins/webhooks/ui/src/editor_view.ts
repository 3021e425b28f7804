import { button, checkbox, field, h } from '../../../../web/plugin-api/dom';
import type { App } from './app';
import { joined, offers, parted, type Webhook } from './model';

/// Adds a webhook, or changes one.
export function showEditor(app: App, webhook?: Webhook): void {
  const back = (): void => (webhook ? app.openDetail(webhook.id) : app.openList());
  const name = h('input', { class: 'input', value: webhook?.name ?? '', required: true, maxLength: 100, test: 'webhook-name' });
  const url = h('input', { class: 'input', type: 'url', value: webhook?.url ?? '', required: true, maxLength: 2000, placeholder: 'https://', spellcheck: false, test: 'webhook-url' });
  const { chosen, others } = parted(webhook?.events ?? offers['presence']!);
  const picked = new Set(chosen);
  const boxes = Object.keys(offers).map((offer) =>
    checkbox(app.t(`offer.${offer}`), picked.has(offer), (on) => (on ? picked.add(offer) : picked.delete(offer)), { test: `offer-${offer}` }),
  );
  const more = h('textarea', { class: 'input code', rows: 2, value: others.join(' '), spellcheck: false, test: 'webhook-events' });
  let enabled = webhook?.enabled ?? true;
  const submit = h('button', { type: 'submit', class: 'btn primary', test: 'webhook-save' }, app.t('save'));
  const form = h(
    'form',
    { class: 'stack form' },
    field(app.t('list.name'), name),
    field(app.t('detail.url'), url, app.t('urlHint')),
    h('fieldset', { class: 'stack' }, h('legend', {}, app.t('detail.events')), h('div', { class: 'offers' }, ...boxes), field(app.t('moreEvents'), more, app.t('moreEventsHint'))),
    checkbox(app.t('enabled'), enabled, (on) => (enabled = on)),
    h('div', { class: 'row' }, submit, button(app.t('cancel'), back)),
  );
  const save = async (): Promise<void> => {
    const events = joined([...picked], more.value);
    if (events.length === 0) return app.context.toast(app.t('noEvents'), 'error');
    const args = { name: name.value.trim(), url: url.value.trim(), events, enabled };
    submit.disabled = true;
    const saved = await app.call<{ id: string; secret?: string }>(webhook ? 'change' : 'add', webhook ? { id: webhook.id, ...args } : args);
    submit.disabled = false;
    if (saved) app.openDetail(saved.id, saved.secret);
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void save();
  });
  app.show(app.t('title'), h('div', {}, button(app.t('back'), back, { class: 'btn plain small back' })), h('h2', {}, webhook ? webhook.name : app.t('add')), form);
  name.focus();
}
