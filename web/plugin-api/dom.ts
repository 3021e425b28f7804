/// Elements without a framework, for the parts of plugins in this tree; each bundles its own copy. Text goes in
/// as text.
export type Child = Node | string | undefined | false;
export type Props = Record<string, unknown>;

/// `on*` is a listener, `class` and `data-*`/`aria-*`/`for`/`role` are attributes, the rest properties.
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value as EventListener);
    else if (name === 'test') element.dataset['testid'] = String(value);
    else if (/^(class|for|role|list|colspan)$|-/.test(name)) element.setAttribute(name, String(value));
    else (element as unknown as Props)[name] = value;
  }
  element.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return element;
}

let fields = 0;

/// A control with its label, and a place for what is wrong with it.
export function field(label: string, control: HTMLElement, hint = ''): HTMLElement {
  control.id ||= `field-${++fields}`;
  const parts = [h('label', { for: control.id }, label), control];
  if (hint) {
    const text = h('p', { class: 'hint', id: `${control.id}-hint` }, hint);
    control.setAttribute('aria-describedby', text.id);
    parts.push(text);
  }
  return h('div', { class: 'field' }, ...parts);
}

export function select(options: [value: string, text: string][], value: string, props: Props = {}): HTMLSelectElement {
  const made = h('select', { class: 'select', ...props }, ...options.map(([id, text]) => h('option', { value: id }, text)));
  made.value = options.some(([id]) => id === value) ? value : (options[0]?.[0] ?? '');
  return made;
}

export function button(text: string, click: () => void, props: Props = {}): HTMLButtonElement {
  return h('button', { type: 'button', class: 'btn', onclick: click, ...props }, text);
}

export function checkbox(label: string, checked: boolean, change: (checked: boolean) => void, props: Props = {}): HTMLElement {
  const box = h('input', { type: 'checkbox', checked, ...props });
  box.addEventListener('change', () => change(box.checked));
  return h('label', { class: 'check' }, box, h('span', {}, label));
}

/// Calls `work` once after calls have stopped for `ms`.
export function debounced(work: () => void, ms: number): { (): void; stop(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(work, ms);
  };
  later.stop = (): void => clearTimeout(timer);
  return later;
}
