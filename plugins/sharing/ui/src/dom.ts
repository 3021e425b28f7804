import { h as make } from '../../../../web/plugin-api/dom';

export { make };

/// A field with its label, and a hint that screen readers read along.
export function labelled(label: string, control: HTMLElement, hint = ''): HTMLElement {
  const note = hint ? [make('div', { className: 'hint', id: `${control.id}-hint` }, hint)] : [];
  if (hint) control.setAttribute('aria-describedby', `${control.id}-hint`);
  return make('div', { className: 'field' }, make('label', { htmlFor: control.id }, label), control, ...note);
}

export function check(id: string, label: string, checked = false): { box: HTMLInputElement; row: HTMLElement } {
  const box = make('input', { type: 'checkbox', id, checked });
  box.dataset['testid'] = id;
  return { box, row: make('label', { className: 'check' }, box, make('span', {}, label)) };
}

export function select(id: string, entries: [string, string][]): HTMLSelectElement {
  const list = make('select', { className: 'select', id }, ...entries.map(([value, text]) => make('option', { value }, text)));
  list.dataset['testid'] = id;
  return list;
}
