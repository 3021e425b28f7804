import { SerializeAddon } from '@xterm/addon-serialize';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { Terminal } from '@xterm/xterm';
import type { PluginContext } from '../../../../web/plugin-api';
import { coloursFor, contrastFor } from '../../../../web/plugin-api/xterm_colours';
import { openUnderPolicy } from '../../../../web/plugin-api/xterm_policy';
import { parseJson, parseState, type Block, type Cursor, type Recording } from './mcrec';
import type { Jumped, Stage } from './stage';

const kFont = 13;
const kSmallestFont = 8; // where that does not fit one scrolls
const kLargestFont = 18;
/// A state of the screen is kept after so much output: that much is drawn anew at most when one jumps.
const kEveryBytes = 128 * 1024;
const kMostSnapshots = 500;

interface Snapshot {
  time: number;
  offset: number; // of the next block
  cols: number;
  rows: number;
  text: string;
}

/// Sizes that the viewer told (agent-protocol.md section 9).
export function sizeIn(block: Block): { cols: number; rows: number } | undefined {
  if (block.binary || !block.fromUser || block.data[0] !== 0x7b) return undefined;
  const message = parseJson(block.data);
  if (message?.['type'] !== 'options' && message?.['type'] !== 'termsize') return undefined;
  const { cols, rows } = message as { cols?: unknown; rows?: unknown };
  if (typeof cols !== 'number' || typeof rows !== 'number') return undefined;
  const clamp = (value: number, most: number): number => Math.max(1, Math.min(most, Math.floor(value)));
  return { cols: clamp(cols, 1000), rows: clamp(rows, 500) };
}

export const isOutput = (block: Block): boolean => block.binary && !block.fromUser;

function makeTerminal(options: object = {}): Terminal {
  const xterm = new Terminal({ allowProposedApi: true, cols: 80, rows: 25, scrollback: 1000, ...options });
  xterm.loadAddon(new Unicode11Addon());
  xterm.unicode.activeVersion = '11';
  return xterm;
}

const write = (xterm: Terminal, data: Uint8Array | string): Promise<void> => new Promise((done) => xterm.write(data, done));

export class TerminalStage implements Stage {
  private readonly xterm: Terminal;
  private readonly snapshots: Snapshot[] = [];
  private readonly watcher: ResizeObserver;
  private waiting = 0;
  private isOver = false;

  constructor(
    private readonly recording: Recording,
    private readonly place: HTMLElement,
    context: PluginContext,
  ) {
    this.xterm = makeTerminal({
      theme: coloursFor(context.theme),
      minimumContrastRatio: contrastFor(context.theme),
      fontFamily: context.theme.token('--font-mono') || 'monospace',
      fontSize: kFont,
      disableStdin: true,
    });
    openUnderPolicy(this.xterm, place);
    this.xterm.textarea?.setAttribute('aria-label', context.t('player.screen'));
    this.xterm.textarea?.setAttribute('tabindex', '-1');
    this.watcher = new ResizeObserver(() => this.fit());
    this.watcher.observe(place.parentElement ?? place);
    if (!recording.source.state) void this.takeSnapshots().catch(() => undefined); // without them one jumps slower
  }

  show(block: Block): void | Promise<void> {
    const size = sizeIn(block);
    // In turn: what was printed before has to be cut at the old width.
    if (size) this.xterm.write('', () => this.resize(size.cols, size.rows));
    if (!isOutput(block)) return undefined;
    this.waiting += block.data.length;
    const done = write(this.xterm, block.data).then(() => void (this.waiting -= block.data.length));
    return this.waiting > 256 * 1024 ? done : undefined;
  }

  async jump(time: number): Promise<Jumped> {
    const { source } = this.recording;
    // What was still on its way would be printed on the new state.
    const [bytes] = await Promise.all([source.state?.(time), this.settled()]);
    this.xterm.reset();
    this.xterm.write('\x1b[?25h\x1b[20l'); // which a reset leaves as they are
    const state = bytes && parseState(bytes);
    if (!state) return { blocks: this.jumpBySnapshot(time), isThere: false };
    this.resize(Number(state.facts['cols']), Number(state.facts['rows']));
    for (const block of state.blocks) this.xterm.write(block.data);
    return { blocks: this.recording.cursor(state.next), isThere: true };
  }

  settled(): Promise<void> {
    return write(this.xterm, '');
  }

  dispose(): void {
    this.isOver = true;
    this.watcher.disconnect();
    this.xterm.dispose();
  }

  private jumpBySnapshot(time: number): Cursor {
    const snapshot = this.snapshots.filter((each) => each.time <= time).pop();
    if (!snapshot) return this.recording.cursor();
    this.resize(snapshot.cols, snapshot.rows);
    this.xterm.write(snapshot.text);
    return this.recording.cursor(snapshot.offset);
  }

  private resize(cols: number, rows: number): void {
    this.xterm.resize(cols, rows);
    this.fit();
  }

  /// The recorded size is what it is: the letters become as large as fits.
  private fit(): void {
    const screen = this.place.querySelector<HTMLElement>('.xterm-screen');
    const room = this.place.parentElement;
    const size = this.xterm.options.fontSize ?? kFont;
    if (!screen || !room || screen.offsetWidth < 10) return;
    const share = Math.min((room.clientWidth - 16) / screen.offsetWidth, (room.clientHeight - 16) / screen.offsetHeight);
    const wanted = Math.max(kSmallestFont, Math.min(kLargestFont, Math.floor(size * share)));
    if (wanted !== size) this.xterm.options.fontSize = wanted;
  }

  private async takeSnapshots(): Promise<void> {
    const every = Math.max(kEveryBytes, this.recording.end / kMostSnapshots);
    const hidden = makeTerminal({ scrollback: 300 });
    const serializer = new SerializeAddon();
    hidden.loadAddon(serializer);
    const cursor = this.recording.cursor();
    let bytes = 0;
    for (let block = await cursor.next(); block && !this.isOver; block = await cursor.next()) {
      const size = sizeIn(block);
      if (size) hidden.resize(size.cols, size.rows);
      if (!isOutput(block)) continue;
      await write(hidden, block.data);
      bytes += block.data.length;
      if (bytes < every) continue;
      bytes = 0;
      this.snapshots.push({ time: block.time - this.recording.startTime, offset: cursor.offset, cols: hidden.cols, rows: hidden.rows, text: serializer.serialize() });
    }
    hidden.dispose();
  }
}
