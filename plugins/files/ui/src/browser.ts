import type { PluginContext } from '../../../../web/plugin-api';
import { button, h, tool } from './dom';
import { shown, type Paths } from './names';

export interface BarActions {
  go(path: string): void;
  refresh(): void;
  upload(at: HTMLElement): void;
  create(at: HTMLElement): void;
  download(): void;
  search(): void;
  more(at: HTMLElement): void;
}

/// The line above the list: where one is, and what can be done.
export class Bar {
  readonly element: HTMLElement;
  private readonly crumbs = h('ol', { class: 'crumbs' });
  private readonly input: HTMLInputElement;
  private readonly t: PluginContext['t'];
  readonly downloadButton: HTMLButtonElement;
  private readonly up: HTMLButtonElement;
  private path = '';
  private paths: Paths | undefined;
  private needsDevice: HTMLButtonElement[];

  constructor(
    context: PluginContext,
    private readonly actions: BarActions,
  ) {
    const { t } = context;
    this.t = t;
    this.input = h('input', { class: 'input', hidden: true, 'aria-label': t('path.type'), test: 'files-path', spellcheck: false, autocomplete: 'off' });
    this.input.addEventListener('keydown', (event) => this.typed(event));
    this.input.addEventListener('blur', () => this.stopTyping());
    this.crumbs.addEventListener('dblclick', () => this.type());
    this.up = tool('up', t('path.up'), () => this.paths && actions.go(this.paths.parent(this.path)), { test: 'files-up' });
    const nav = h('nav', { class: 'path', 'aria-label': t('path.label') }, this.crumbs, this.input);
    const refresh = tool('refresh', t('tool.refresh'), () => actions.refresh(), { test: 'files-refresh' });
    const upload = button(t('tool.upload'), () => actions.upload(upload), { test: 'files-upload', 'aria-haspopup': 'menu' });
    const create = button(t('tool.new'), () => actions.create(create), { test: 'files-new', 'aria-haspopup': 'menu' });
    this.downloadButton = button(t('tool.download'), () => actions.download(), { test: 'files-download', disabled: true });
    const search = tool('search', t('tool.search'), () => actions.search(), { test: 'files-search' });
    const more = tool('more', t('tool.more'), () => actions.more(more), { test: 'files-more', 'aria-haspopup': 'menu' });
    this.needsDevice = [this.up, refresh, upload, create, search, more];
    this.element = h('div', { class: 'bar', role: 'group', 'aria-label': t('tool.bar') }, this.up, refresh, nav, upload, create, this.downloadButton, search, more, tool('close', t('tool.close'), () => context.close(), { class: 'btn plain small square leave' }));
    this.enable(false);
  }

  enable(on: boolean): void {
    for (const each of this.needsDevice) each.disabled = !on;
    if (!on) this.downloadButton.disabled = true;
  }

  /// Before the first folder is there, a path can be typed.
  use(paths: Paths): void {
    this.paths = paths;
  }

  show(path: string, paths: Paths): void {
    this.path = path;
    this.paths = paths;
    const root = { name: paths.isUnix ? '/' : this.t('path.drives'), path: paths.root };
    const parts = [root, ...paths.parts(path)];
    const items = parts.map((part, at) => {
      const isLast = at === parts.length - 1;
      const link = h('button', { type: 'button', class: 'btn plain small', onclick: () => (isLast ? this.type() : this.actions.go(part.path)), 'aria-current': isLast ? 'page' : undefined, title: isLast ? this.t('path.type') : undefined, test: isLast ? 'files-here' : 'files-crumb' }, h('bdi', { class: 'cut' }, shown(part.name)));
      return h('li', {}, link);
    });
    this.crumbs.replaceChildren(...items);
    this.crumbs.scrollLeft = this.crumbs.scrollWidth;
  }

  /// The path can be typed or pasted.
  type(): void {
    this.input.value = this.path;
    this.input.hidden = false;
    this.crumbs.hidden = true;
    this.input.focus();
    this.input.select();
  }

  private stopTyping(): void {
    this.input.hidden = true;
    this.crumbs.hidden = false;
  }

  private typed(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.stopTyping();
    if (event.key !== 'Enter' || !this.paths) return;
    const path = this.paths.clean(this.input.value);
    this.stopTyping();
    this.actions.go(path);
  }
}
