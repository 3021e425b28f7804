import type { PluginContext } from '../../../../web/plugin-api';
import type { Entry } from './device';
import { h, symbol } from './dom';
import { shown, sizeText } from './names';

export type Column = 'name' | 'size' | 'changed';

export interface ListActions {
  open(entry: Entry): void;
  /// `at`: where a menu was asked for.
  menu(at: { x: number; y: number }): void;
  /// The selection changed.
  selected(): void;
  /// A key that is none of the list's; true if it was taken.
  key(event: KeyboardEvent): boolean;
}

const kRow = 32;
const kBeyond = 8;
const kTypeAheadMs = 900;

/// The entries of a folder. Only the rows in sight exist; 50,000 entries scroll as ten do.
export class List {
  readonly element: HTMLElement;
  entries: Entry[] = [];
  sort: { column: Column; isDown: boolean } = { column: 'name', isDown: false };
  private chosen = new Set<string>();
  private at = 0;
  private anchor = 0;
  private typed = { text: '', when: 0 };
  private readonly body = h('div', { class: 'rows' });
  private readonly heads = new Map<Column, HTMLElement>();
  private readonly t: PluginContext['t'];
  private isPlanned = false;
  /// What was pressed last was a finger.
  private isTouch = false;
  /// Of the last click: a second one is meant for it, also if the list was drawn anew in between.
  private clicked = '';

  constructor(
    context: PluginContext,
    private readonly actions: ListActions,
  ) {
    this.t = context.t;
    const head = h('div', { role: 'row', class: 'heads', 'aria-rowindex': '1' }, ...(['name', 'size', 'changed'] as const).map((column) => this.head(column)));
    const group = h('div', { role: 'rowgroup', class: 'sticky' }, head);
    this.body.setAttribute('role', 'rowgroup');
    this.element = h('div', { class: 'list', role: 'grid', tabIndex: 0, 'aria-multiselectable': 'true', 'aria-label': this.t('list.label'), test: 'files-list' }, group, this.body);
    this.element.addEventListener('scroll', () => this.draw());
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.body.addEventListener('click', (event) => this.click(event));
    this.body.addEventListener('pointerdown', ({ pointerType }) => (this.isTouch = pointerType === 'touch'));
    this.body.addEventListener('contextmenu', (event) => this.contextMenu(event));
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  get selection(): Entry[] {
    return this.chosen.size === 0 ? [] : this.entries.filter((entry) => this.chosen.has(entry.n));
  }

  /// Shows another folder, or the same with more or other entries (`keeps` place and selection).
  show(entries: Entry[], keeps: boolean): void {
    const current = this.entries[this.at]?.n;
    this.entries = entries;
    this.order();
    if (keeps) {
      const names = new Set(entries.map(({ n }) => n));
      this.chosen = new Set([...this.chosen].filter((name) => names.has(name)));
      this.at = Math.max(0, this.entries.findIndex(({ n }) => n === current));
    } else {
      this.chosen.clear();
      this.at = this.anchor = 0;
      this.element.scrollTop = 0;
    }
    this.draw();
    this.actions.selected();
  }

  /// Selects one entry and brings it into sight.
  reveal(name: string): void {
    const at = this.entries.findIndex(({ n }) => n === name);
    if (at < 0) return;
    this.chosen = new Set([name]);
    this.go(at);
    this.actions.selected();
  }

  /// All entries, or none.
  choose(all: boolean): void {
    this.chosen = new Set(all ? this.entries.map(({ n }) => n) : []);
    this.draw();
    this.actions.selected();
  }

  focus(): void {
    this.element.focus();
  }

  private head(column: Column): HTMLElement {
    const sorter = h('button', { type: 'button', tabIndex: -1, onclick: () => this.sortBy(column), test: `files-sort-${column}` }, this.t(`list.${column}`));
    const cell = h('div', { role: 'columnheader', class: `cell ${column}`, 'aria-sort': 'none' }, sorter);
    this.heads.set(column, cell);
    return cell;
  }

  private sortBy(column: Column): void {
    this.sort = { column, isDown: this.sort.column === column && !this.sort.isDown };
    this.show(this.entries, true);
  }

  /// Folders first; numbers in names by their value.
  private order(): void {
    const { column, isDown } = this.sort;
    const { compare } = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
    const by: Record<Column, (a: Entry, b: Entry) => number> = {
      name: (a, b) => compare(a.n, b.n),
      size: (a, b) => (a.s ?? 0) - (b.s ?? 0) || compare(a.n, b.n),
      changed: (a, b) => (a.d ?? '').localeCompare(b.d ?? '') || compare(a.n, b.n),
    };
    const way = isDown ? -1 : 1;
    this.entries.sort((a, b) => Number(b.t < 3) - Number(a.t < 3) || way * by[column](a, b));
    for (const [name, cell] of this.heads) cell.setAttribute('aria-sort', name !== column ? 'none' : isDown ? 'descending' : 'ascending');
  }

  private draw(): void {
    if (this.isPlanned) return;
    this.isPlanned = true;
    requestAnimationFrame(() => {
      this.isPlanned = false;
      this.drawNow();
    });
  }

  private drawNow(): void {
    const { element, body, entries } = this;
    const first = Math.max(0, Math.floor(element.scrollTop / kRow) - kBeyond);
    const last = Math.min(entries.length, Math.ceil((element.scrollTop + element.clientHeight) / kRow) + kBeyond);
    body.style.height = `${entries.length * kRow}px`;
    const rows: HTMLElement[] = [];
    for (let at = first; at < last; at++) rows.push(this.row(at));
    body.replaceChildren(...rows);
    element.setAttribute('aria-rowcount', String(entries.length + 1));
    const current = this.at >= first && this.at < last ? `row-${this.at}` : '';
    if (current && entries.length) element.setAttribute('aria-activedescendant', current);
    else element.removeAttribute('aria-activedescendant');
  }

  private row(at: number): HTMLElement {
    const entry = this.entries[at]!;
    const kind = entry.t === 1 ? 'drive' : entry.t === 2 ? 'folder' : 'file';
    const name = h('bdi', {}, shown(entry.n));
    const row = h(
      'div',
      { role: 'row', id: `row-${at}`, class: at === this.at ? 'entry current' : 'entry', 'aria-selected': String(this.chosen.has(entry.n)), 'aria-rowindex': String(at + 2), 'data-at': String(at), test: 'files-row' },
      h('div', { role: 'gridcell', class: 'cell name', title: shown(entry.n) }, h('span', { class: 'box', 'aria-hidden': 'true', test: 'files-box' }), symbol(kind), h('span', { class: 'sr' }, `${this.t(`kind.${kind}`)} `), h('span', { class: 'cut' }, name)),
      h('div', { role: 'gridcell', class: 'cell size' }, entry.t === 3 ? sizeText(entry.s ?? 0) : entry.t === 1 && entry.s ? sizeText(entry.s) : ''),
      h('div', { role: 'gridcell', class: 'cell changed' }, entry.d ? new Date(entry.d).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'short' }) : ''),
    );
    row.style.top = `${at * kRow}px`;
    return row;
  }

  private rowOf(event: MouseEvent): number {
    const row = (event.target as HTMLElement).closest<HTMLElement>('.entry');
    if (row) return Number(row.dataset['at']);
    // It was drawn anew between press and release.
    const at = Math.floor((event.clientY - this.body.getBoundingClientRect().top) / kRow);
    return this.entries[at] ? at : -1;
  }

  private click(event: MouseEvent): void {
    if (event.detail === 2 && !this.isTouch && !isBox(event)) return this.enter(this.entries.findIndex(({ n }) => n === this.clicked));
    const at = this.rowOf(event);
    if (at < 0) return;
    // On a touch screen a tap on a selected row, or on a name, opens. Of two taps the second is none of the list that
    // the first has opened.
    if (this.isTouch && !isBox(event) && event.detail > 1) return;
    this.clicked = this.entries[at]!.n;
    const opens = this.isTouch && !isBox(event) && (isName(event) || this.chosen.has(this.entries[at]!.n));
    if (event.shiftKey) this.selectRange(at);
    else if (event.ctrlKey || event.metaKey || isBox(event)) this.toggle(at);
    else {
      this.chosen = new Set([this.entries[at]!.n]);
      this.anchor = at;
    }
    this.go(at);
    this.actions.selected();
    if (opens) this.enter(at);
  }

  private contextMenu(event: MouseEvent): void {
    event.preventDefault();
    const at = this.rowOf(event);
    if (at >= 0 && !this.chosen.has(this.entries[at]!.n)) {
      this.chosen = new Set([this.entries[at]!.n]);
      this.anchor = at;
      this.go(at);
      this.actions.selected();
    }
    this.actions.menu({ x: event.clientX, y: event.clientY });
  }

  private enter(at: number): void {
    const entry = this.entries[at];
    if (entry) this.actions.open(entry);
  }

  private key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.element.clientHeight / kRow) - 2);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const step = event.altKey ? undefined : steps[event.key];
    if (step !== undefined) this.move(step, event);
    else if (event.key === 'Enter' && !event.altKey) this.enter(this.at);
    else if (event.key === ' ' && !this.isTyping()) this.toggle(this.at);
    else if (event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey)) this.chosen = new Set(this.entries.map(({ n }) => n));
    else if (event.key === 'Escape' && this.chosen.size > 0) this.chosen.clear();
    else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) this.menuAtRow();
    else if (!this.actions.key(event)) {
      if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
      this.typeAhead(event.key);
    }
    event.preventDefault();
    this.draw();
    this.actions.selected();
  }

  private move(step: number, event: KeyboardEvent): void {
    const at = Math.min(Math.max(this.at + step, 0), this.entries.length - 1);
    if (at < 0) return;
    if (event.shiftKey) this.selectRange(at);
    else if (!event.ctrlKey && !event.metaKey) {
      this.chosen = new Set([this.entries[at]!.n]);
      this.anchor = at;
    }
    this.go(at);
  }

  private menuAtRow(): void {
    const box = this.body.querySelector('.current')?.getBoundingClientRect() ?? this.element.getBoundingClientRect();
    this.actions.menu({ x: box.left + 24, y: box.top + 24 });
  }

  private isTyping(): boolean {
    return this.typed.text !== '' && performance.now() - this.typed.when < kTypeAheadMs;
  }

  /// Goes to the next name that begins with what is typed.
  private typeAhead(letter: string): void {
    this.typed = { text: this.isTyping() ? this.typed.text + letter : letter, when: performance.now() };
    const text = this.typed.text.toLowerCase();
    const from = text.length === 1 ? this.at + 1 : this.at;
    const count = this.entries.length;
    for (let step = 0; step < count; step++) {
      const at = (from + step) % count;
      if (!this.entries[at]!.n.toLowerCase().startsWith(text)) continue;
      this.chosen = new Set([this.entries[at]!.n]);
      this.anchor = at;
      return this.go(at);
    }
  }

  private toggle(at: number): void {
    const name = this.entries[at]?.n;
    if (name === undefined) return;
    if (!this.chosen.delete(name)) this.chosen.add(name);
    this.anchor = at;
  }

  private selectRange(at: number): void {
    const [from, to] = [Math.min(this.anchor, at), Math.max(this.anchor, at)];
    this.chosen = new Set(this.entries.slice(from, to + 1).map(({ n }) => n));
  }

  private go(at: number): void {
    this.at = at;
    const { element } = this;
    const head = 30;
    const top = at * kRow;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + kRow + head > element.scrollTop + element.clientHeight) element.scrollTop = top + kRow + head - element.clientHeight;
    this.draw();
  }
}

const isIn = (event: Event, selector: string): boolean => (event.target as HTMLElement).closest(selector) !== null;
/// It chooses one more, also with a finger.
const isBox = (event: Event): boolean => isIn(event, '.box');
const isName = (event: Event): boolean => isIn(event, '.cut');
