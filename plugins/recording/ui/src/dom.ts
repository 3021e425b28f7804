import { h, type Child, type Props } from '../../../../web/plugin-api/dom';

export { h, type Child, type Props };

export function button(text: string, click: () => void, props: Props = {}): HTMLButtonElement {
  return h('button', { type: 'button', class: 'btn', onclick: click, ...props }, text);
}

export function select(options: [value: string, text: string][], value: string, change: (value: string) => void, props: Props = {}): HTMLSelectElement {
  const made = h('select', { class: 'select', ...props }, ...options.map(([id, text]) => h('option', { value: id }, text)));
  made.value = value;
  made.addEventListener('change', () => change(made.value));
  return made;
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

/// Gives a file to the person.
export function save(name: string, data: Blob): void {
  const url = URL.createObjectURL(data);
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
