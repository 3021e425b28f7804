import type { App } from './app';
import { button, debounced, h, select } from './dom';
import { bytes, clock, when } from './format';
import type { Entry, Hit, ListAnswer, SearchAnswer } from './model';
import { noteText } from './notes';
import { FileSource } from './source';
import type { ListPlace } from './where';

const kPage = 50;

/// All recordings, with filters; the text of terminals; a file from this computer.
export function showList(app: App, from: ListPlace): void {
  const { t } = app;
  const filter = { text: from.filter, kind: from.kind };
  const body = h('div', { class: 'stack' });
  const summary = h('p', { class: 'soft', role: 'status' });
  let shown = 0;

  const load = async (more = false): Promise<void> => {
    const offset = more ? shown : 0;
    const answer = await app.attempt(() => app.context.call<ListAnswer>('recording.list', { ...filter, offset, limit: kPage }));
    if (!answer) return;
    shown = offset + answer.recordings.length;
    summary.textContent = answer.recorded.length === 0 ? t('list.off') : t('list.summary', { count: answer.total, size: bytes(answer.bytes), kinds: answer.recorded.map((kind) => t(`kind.${kind}`)).join(', ') });
    const rows = answer.recordings.map((entry) => row(app, entry, answer.mayRemove, () => void load()));
    const old = body.querySelector('tbody');
    if (more && old) old.append(...rows);
    else if (answer.recordings.length + answer.live.length === 0) body.replaceChildren(h('div', { class: 'empty' }, h('p', {}, t(filter.text || filter.kind ? 'list.noneFits' : 'list.none'))));
    else body.replaceChildren(table(app, [...answer.live.map((entry) => row(app, entry, false, () => undefined)), ...rows]));
    body.querySelector('.more')?.remove();
    if (shown < answer.total) body.append(button(t('list.more'), () => void load(true), { class: 'btn more', test: 'recordings-more' }));
  };

  const search = async (text: string): Promise<void> => {
    if (text.trim().length < 2) return load();
    const answer = await app.attempt(() => app.context.call<SearchAnswer>('recording.search', { text: text.trim() }));
    if (answer) body.replaceChildren(...hitList(app, answer));
  };

  const refresh = debounced(() => void load(), 250);
  // While something is searched, or more pages are shown, the list stays as it is.
  app.onLeave(app.context.on('recording.changed', () => words.value === '' && shown <= kPage && refresh()));
  const remember = (): void => app.remember({ filter: filter.text, kind: filter.kind, search: words.value.trim() });
  const find = debounced(() => void search(words.value), 300);
  app.onLeave(refresh.stop);
  app.onLeave(find.stop);
  const names = h('input', { class: 'input', type: 'search', placeholder: t('list.filter'), 'aria-label': t('list.filter'), test: 'recordings-filter', value: from.filter });
  names.addEventListener('input', () => {
    filter.text = names.value.trim();
    words.value = '';
    remember();
    refresh();
  });
  const words = h('input', { class: 'input', type: 'search', placeholder: t('list.search'), 'aria-label': t('list.search'), test: 'recordings-search', value: from.search });
  words.addEventListener('input', () => {
    remember();
    find();
  });
  const kinds = select(
    ['', 'terminal', 'desktop', 'files'].map((kind) => [kind, t(`kind.${kind || 'all'}`)] as [string, string]),
    from.kind,
    (kind) => {
      filter.kind = kind;
      words.value = '';
      remember();
      refresh();
    },
    { 'aria-label': t('list.kind'), test: 'recordings-kind' },
  );
  const file = h('input', { type: 'file', accept: '.mcrec', hidden: true, tabIndex: -1, 'aria-label': t('list.open'), test: 'recordings-file' });
  file.addEventListener('change', () => file.files?.[0] && app.play({ source: new FileSource(file.files[0]) }));
  const view = h(
    'div',
    { class: 'recordings' },
    h('div', { class: 'head' }, h('h1', {}, t('title')), button(t('list.open'), () => file.click(), { test: 'recordings-open' }), file),
    h('div', { class: 'row filters', role: 'search' }, names, kinds, words),
    summary,
    body,
  );
  view.addEventListener('dragover', (event) => event.preventDefault());
  view.addEventListener('drop', (event) => {
    event.preventDefault();
    const dropped = event.dataTransfer?.files[0];
    if (dropped) app.play({ source: new FileSource(dropped) });
  });
  app.root.replaceChildren(view);
  void search(words.value);
}

function table(app: App, rows: HTMLElement[]): HTMLElement {
  const { t } = app;
  const heads = ['device', 'kind', 'user', 'start', 'length', 'size'].map((name) => h('th', { scope: 'col', class: name }, t(`list.${name}`)));
  return h('div', { class: 'scroll', role: 'region', 'aria-label': t('title'), tabIndex: 0 }, h('table', {}, h('thead', {}, h('tr', {}, ...heads, h('th', { scope: 'col' }, h('span', { class: 'sr' }, t('list.actions'))))), h('tbody', {}, ...rows)));
}

function row(app: App, entry: Entry, mayRemove: boolean, changed: () => void): HTMLElement {
  const { t } = app;
  const isLive = entry.state === 'live';
  const name = entry.deviceName || entry.nodeid;
  const title = isLive ? h('span', {}, name) : button(name, () => app.play({ id: entry.id }), { class: 'btn plain small cut', test: 'recording-play', 'aria-label': t('list.play', { device: name, time: when(entry.startMs) }) });
  const state = isLive ? h('span', { class: 'badge bad' }, t('state.live')) : entry.state === 'cut' ? h('span', { class: 'badge warn', title: noteText(t, entry.note) }, t('state.cut')) : undefined;
  return h(
    'tr',
    { test: 'recording-row' },
    h('td', {}, title, state),
    h('td', { class: 'kind' }, t(`kind.${entry.kind}`)),
    h('td', { class: 'user' }, entry.guest ? t('list.guest', { guest: entry.guest, user: entry.userName }) : entry.userName),
    h('td', { class: 'start' }, when(entry.startMs)),
    h('td', { class: 'length' }, isLive ? '–' : clock(entry.endMs - entry.startMs)),
    h('td', { class: 'size' }, isLive ? '–' : bytes(entry.size)),
    h('td', { class: 'actions' }, ...(isLive ? [] : actions(app, entry, mayRemove, changed))),
  );
}

function actions(app: App, entry: Entry, mayRemove: boolean, changed: () => void): HTMLElement[] {
  const { t } = app;
  const check = async (): Promise<void> => {
    const answer = await app.attempt(() => app.context.call<{ unchanged: boolean }>('recording.check', { id: entry.id }));
    if (answer) app.context.toast(t(answer.unchanged ? 'check.good' : 'check.bad'), answer.unchanged ? 'success' : 'error');
  };
  const remove = async (): Promise<void> => {
    if (await app.attempt(() => app.context.call('recording.remove', { id: entry.id }).then(() => true))) changed();
  };
  const of = (key: string): string => `${t(key)}: ${entry.deviceName}, ${when(entry.startMs)}`;
  const download = h('a', { class: 'btn plain small', href: new URL(`plugins/recording/file/${entry.id}`, document.baseURI).href, download: entry.name, test: 'recording-download', 'aria-label': of('list.download') }, t('list.download'));
  const made = [download, button(t('list.check'), () => void check(), { class: 'btn plain small', test: 'recording-check', 'aria-label': of('list.check') })];
  return mayRemove ? [...made, confirming(app, of('list.remove'), () => void remove())] : made;
}

/// The second press does it.
function confirming(app: App, label: string, work: () => void): HTMLButtonElement {
  let asked = false;
  const made = h('button', { type: 'button', class: 'btn plain small', test: 'recording-remove', 'aria-label': label }, app.t('list.remove'));
  made.addEventListener('click', () => {
    if (asked) return work();
    asked = true;
    made.textContent = app.t('list.really');
    made.setAttribute('aria-label', app.t('list.really'));
  });
  made.addEventListener('blur', () => {
    asked = false;
    made.textContent = app.t('list.remove');
    made.setAttribute('aria-label', label);
  });
  return made;
}

export function hitList(app: App, { hits, more }: SearchAnswer, pick = (hit: Hit): void => app.play({ id: hit.id, at: hit.atMs })): HTMLElement[] {
  if (hits.length === 0) return [h('div', { class: 'empty' }, h('p', {}, app.t('search.none')))];
  const item = (hit: Hit): HTMLElement =>
    h('li', {}, button(hit.line, () => pick(hit), { class: 'hit', test: 'search-hit' }), h('span', { class: 'soft' }, `${hit.deviceName} · ${hit.userName} · ${when(hit.startMs)} · ${clock(hit.atMs)}`));
  const list = h('ul', { class: 'hits', 'aria-label': app.t('search.hits') }, ...hits.map(item));
  return more ? [h('p', { class: 'soft', role: 'status', test: 'search-more' }, app.t('search.more', { count: hits.length })), list] : [list];
}
