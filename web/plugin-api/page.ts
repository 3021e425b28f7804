import { h, type Child } from './dom';

/// What a whole page of a plugin looks like, beyond the page's own widgets. Its outermost element has the
/// class `page`.
export const pageStyle = `
.plugin-root { display: flex; flex: 1; flex-direction: column; min-height: 0; }
.page { display: flex; flex: 1; flex-direction: column; min-height: 0; overflow: auto; padding: 16px 20px 32px; gap: 14px; }
.page h1 { font-size: var(--size-title); }
.page h2 { font-size: 1.1em; }
.page h4 { font-size: var(--size-small); color: var(--color-text-soft); margin: 0; }
.tabs { display: flex; flex-wrap: wrap; gap: 2px; border-bottom: 1px solid var(--color-line); }
.tabs button { border: 0; border-bottom: 2px solid transparent; border-radius: 0; background: none; color: var(--color-text-soft); font: 500 var(--size-text) / 1.2 var(--font); padding: 9px 12px; cursor: pointer; }
.tabs button:hover { background: var(--color-hover); color: var(--color-text); }
.tabs button[aria-selected='true'] { border-bottom-color: var(--color-accent); color: var(--color-text); }
.panel { display: flex; flex-direction: column; gap: 12px; min-width: 0; }
.stack { display: flex; flex-direction: column; gap: 12px; min-width: 0; }
.stack[hidden] { display: none; }
.form { max-width: 860px; }
.panel > .btn { align-self: flex-start; }
.field { min-width: 0; }
.field > .input, .field > .select { width: 100%; min-width: 0; }
.names .dot { display: inline-block; margin-right: 3px; }
.head { justify-content: space-between; flex-wrap: wrap; gap: 8px; }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 12px; align-items: start; }
fieldset { border: 1px solid var(--color-line); border-radius: var(--radius-large); padding: 10px 14px 14px; margin: 0; min-width: 0; }
legend { padding: 0 6px; font-weight: 600; }
.check { display: inline-flex; align-items: center; gap: 7px; min-height: 28px; }
.check input { width: 16px; height: 16px; margin: 0; accent-color: var(--color-accent); }
.choices:empty { display: none; }
.choices { display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: center; }
.names { display: flex; flex-wrap: wrap; gap: 4px 14px; list-style: none; font-size: var(--size-small); }
.badges { display: inline-flex; flex-wrap: wrap; gap: 4px; }
.scroll { overflow-x: auto; border: 1px solid var(--color-line); border-radius: var(--radius-large); background: var(--color-surface); }
table { width: 100%; border-collapse: collapse; font-size: var(--size-text); }
th { text-align: left; font-weight: 500; font-size: var(--size-small); color: var(--color-text-soft); border-bottom: 1px solid var(--color-line); padding: 7px 12px; white-space: nowrap; }
td { padding: 7px 12px; border-bottom: 1px solid var(--color-line); vertical-align: middle; }
tr:last-child > td { border-bottom: 0; }
td .names { flex-direction: column; gap: 2px; }
td .btn.plain { color: var(--color-link); padding-inline: 4px; margin-inline: -4px; }
td .btn.cut { max-width: 320px; justify-content: flex-start; }
progress { width: 120px; height: 8px; accent-color: var(--color-accent); margin-right: 8px; vertical-align: middle; }
pre { margin: 0; padding: 10px 12px; max-height: 420px; overflow: auto; border: 1px solid var(--color-line); border-radius: var(--radius); background: var(--color-sunken); font: 0.92em/1.45 var(--font-mono); white-space: pre-wrap; overflow-wrap: anywhere; }
textarea.input { padding: 8px 10px; line-height: 1.45; resize: vertical; width: 100%; }
.code { font-family: var(--font-mono); font-size: 0.92em; }
.bad { color: var(--color-bad-text); font-size: var(--size-small); }
summary { cursor: pointer; padding: 4px 0; }
@media (max-width: 560px) {
  .page { padding: 12px 12px 28px; }
  .tabs { flex-wrap: nowrap; overflow-x: auto; }
  .scroll { border: 0; background: none; overflow: visible; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { display: grid; gap: 4px; margin-bottom: 8px; padding: 8px 12px; border: 1px solid var(--color-line); border-radius: var(--radius-large); background: var(--color-surface); }
  tbody tr[hidden] { display: none; }
  td { display: grid; grid-template-columns: 96px minmax(0, 1fr); gap: 0 10px; align-items: baseline; padding: 0; border: 0; overflow-wrap: anywhere; }
  td::before { content: attr(data-label); grid-row: 1 / span 9; color: var(--color-text-soft); font-size: var(--size-small); }
  td > * { grid-column: 2; justify-self: start; max-width: 100%; }
  td:first-child, td:not([data-label]) { display: block; }
  td:first-child::before, td:not([data-label])::before { content: none; }
  td:empty { display: none; }
}
`;

/// In the language of the page, which need not be the browser's.
export function when(ms: number): string {
  return ms > 0 ? new Date(ms).toLocaleString(document.documentElement.lang || undefined, { dateStyle: 'medium', timeStyle: 'medium' }) : '–';
}

/// A table; on phones each row is a card. Rows with fewer cells than heads span the whole width.
export function table(caption: string, heads: string[], rows: HTMLElement[]): HTMLElement {
  for (const row of rows) {
    const cells = [...row.children] as HTMLElement[];
    if (cells.length === heads.length) cells.forEach((cell, at) => (cell.dataset['label'] = heads[at]));
  }
  return h(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': caption, tabIndex: 0 },
    h('table', {}, h('caption', { class: 'sr' }, caption), h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)))), h('tbody', {}, ...rows)),
  );
}

export function empty(text: string, ...more: Child[]): HTMLElement {
  return h('div', { class: 'empty' }, h('p', {}, text), ...more);
}

/// A button that asks in place before something is removed: the second press does it.
export function confirming(text: string, question: string, work: () => void, test: string): HTMLButtonElement {
  let asked = false;
  const made = h('button', { type: 'button', class: 'btn danger small', test }, text);
  made.addEventListener('click', () => {
    if (asked) return work();
    asked = true;
    made.textContent = question;
  });
  made.addEventListener('blur', () => {
    asked = false;
    made.textContent = text;
  });
  return made;
}
