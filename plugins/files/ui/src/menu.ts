import { h } from './dom';

export interface Item {
  text: string;
  run(): void;
  key?: string;
  disabled?: boolean;
  test?: string;
}

/// A menu at a place of the window; null is a line between items.
export function openMenu(root: HTMLElement, at: { x: number; y: number }, items: (Item | null)[], back: HTMLElement): void {
  root.querySelector('.menu')?.remove();
  const menu = h('div', { class: 'menu', role: 'menu', popover: 'auto', test: 'files-menu' });
  for (const item of items) {
    if (!item) menu.append(h('hr', {}));
    else menu.append(entry(item));
  }
  function entry(item: Item): HTMLElement {
    const run = (): void => {
      menu.hidePopover();
      item.run();
    };
    return h('button', { type: 'button', role: 'menuitem', disabled: item.disabled ?? false, onclick: run, test: item.test }, item.text, item.key ? h('kbd', {}, item.key) : false);
  }
  menu.addEventListener('keydown', (event) => {
    const all = [...menu.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')];
    const current = all.indexOf((menu.getRootNode() as ShadowRoot).activeElement as HTMLButtonElement);
    const next = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined) return;
    all[(next + all.length) % all.length]?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener('toggle', (event) => {
    if ((event as ToggleEvent).newState !== 'closed') return;
    const hadFocus = menu.contains((menu.getRootNode() as ShadowRoot).activeElement);
    menu.remove();
    if (hadFocus) back.focus();
  });
  root.append(menu);
  menu.showPopover();
  const box = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(4, Math.min(at.x, innerWidth - box.width - 4))}px`;
  menu.style.top = `${Math.max(4, Math.min(at.y, innerHeight - box.height - 4))}px`;
  menu.querySelector<HTMLButtonElement>('button:not(:disabled)')?.focus();
}
