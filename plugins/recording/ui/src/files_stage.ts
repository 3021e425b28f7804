import { button, h } from './dom';
import { FilesLog, valuesAt, type FilesEntry } from './files_log';
import { bytes, clock } from './format';
import { blocksIn, blockType, type Block, type Recording } from './mcrec';
import type { Blocks, Jumped, Stage } from './stage';

/// The newest of so many lines are shown, and as many more each time one asks.
const kShown = 500;

/// Times at which the list changes, as blocks for the player's clock.
class Ticks implements Blocks {
  constructor(
    private readonly times: Promise<number[]>,
    private readonly startTime: number,
    private readonly from: number,
  ) {}
  private at: number | undefined;

  async next(): Promise<Block | undefined> {
    const times = await this.times;
    this.at ??= countUntil(times, this.from);
    const time = times[this.at++];
    return time === undefined ? undefined : { type: blockType.traffic, binary: false, fromUser: false, time: this.startTime + time, offset: 0, data: new Uint8Array(0) };
  }
}

/// How many of these sorted times are not after `time`.
function countUntil(times: number[], time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/// The list of what was done, up to the time that is shown. It is read once; what one sees is a part of it.
export class FilesStage implements Stage {
  private readonly list = h('tbody');
  private readonly box: HTMLElement;
  private readonly earlier: HTMLElement;
  private readonly entries: Promise<FilesEntry[]>;
  private readonly times: Promise<number[]>;
  private begun: number[] = [];
  private limit = kShown;
  private time = -1;
  private first = 0; // entry in the first row

  constructor(
    private readonly recording: Recording,
    place: HTMLElement,
    private readonly t: (key: string, values?: Record<string, string | number>) => string,
  ) {
    this.entries = this.read();
    this.entries.catch(() => undefined); // told when it is wanted
    this.times = this.entries.then((entries) => [...new Set(entries.flatMap((entry) => [entry.time, ...(entry.marks ?? []).map((mark) => mark.time)]))].sort((a, b) => a - b));
    this.times.catch(() => undefined);
    this.earlier = button(t('player.earlier'), () => void this.showMore(), { class: 'btn small', test: 'log-earlier', hidden: true });
    this.box = h('div', { class: 'log', role: 'region', tabIndex: 0, 'aria-label': t('player.log') }, this.earlier, h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, t('player.time')), h('th', { scope: 'col' }, t('player.what')))), this.list));
    place.append(this.box);
  }

  fromStart(): Blocks {
    return this.after(-1);
  }

  async show(_: Block, time: number): Promise<void> {
    this.render(await this.entries, time);
  }

  async jump(time: number): Promise<Jumped> {
    this.render(await this.entries, time);
    return { blocks: this.after(time), isThere: true };
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  dispose(): void {
    this.list.replaceChildren();
  }

  private after(time: number): Blocks {
    return new Ticks(this.times, this.recording.startTime, time);
  }

  private async read(): Promise<FilesEntry[]> {
    const { recording } = this;
    const log = new FilesLog();
    const take = (block: Block): void => log.take(block, block.time - recording.startTime);
    if (recording.source.digest) blocksIn(await recording.source.digest()).forEach(take);
    else {
      const cursor = recording.cursor();
      for (let block = await cursor.next(); block?.type === blockType.traffic; block = await cursor.next()) take(block);
    }
    this.begun = log.entries.map((entry) => entry.time);
    return log.entries;
  }

  private async showMore(): Promise<void> {
    this.limit += kShown;
    const height = this.box.scrollHeight;
    this.render(await this.entries, this.time);
    this.box.scrollTop = this.box.scrollHeight - height; // what one looked at stays where it was
    this.box.focus();
  }

  private render(entries: FilesEntry[], time: number): void {
    const count = countUntil(this.begun, time);
    const first = Math.max(0, count - this.limit);
    const rows = this.list.children;
    // Rows that stay keep their place: a list that grows only gets new ones.
    if (first >= this.first) for (let i = Math.min(first - this.first, rows.length); i > 0; --i) rows[0]!.remove();
    else this.list.replaceChildren();
    while (rows.length > count - first) this.list.lastElementChild!.remove();
    const had = rows.length;
    const fresh = entries.slice(first + had, count).map((entry) => h('tr', { test: 'log-row' }, h('td', {}, clock(entry.time)), h('td', {}, this.line(entry, time))));
    this.list.append(...fresh);
    // Of those that stay, a transfer has got on, or was further.
    for (let i = 0; i < had; ++i) {
      const entry = entries[first + i]!;
      if (entry.marks) rows[i]!.lastElementChild!.textContent = this.line(entry, time);
    }
    this.first = first;
    this.time = time;
    this.earlier.hidden = first === 0;
    if (fresh.length > 0) this.box.scrollTop = this.box.scrollHeight;
  }

  private line(entry: FilesEntry, time: number): string {
    const values = { ...valuesAt(entry, time) };
    if (entry.of) return this.t(`recording.${entry.key}`, { ...values, what: this.line(entry.of, time) });
    for (const name of ['bytes', 'size']) if (name in values) values[name] = bytes(Number(values[name]));
    return this.t(`recording.${entry.key}`, 'bytes' in values ? { ...values, bytes: bytes(Number(values['bytes'])) } : values);
  }
}
