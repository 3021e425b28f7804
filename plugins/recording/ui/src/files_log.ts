import { blockType, parseJson, type Block } from './mcrec';

/// What somebody did in a files session, from its messages (agent-protocol.md section 7.3).
export interface FilesEntry {
  time: number;
  /// Key of a text, with what to fill in.
  key: string;
  values: Record<string, string | number>;
  /// Of a transfer: how much there was when; `begun` is when the counting of one mark began.
  marks?: { begun: number; time: number; bytes: number }[];
}

/// What an entry said at `time`.
export function valuesAt(entry: FilesEntry, time: number): Record<string, string | number> {
  if (!entry.marks) return entry.values;
  let [low, high] = [0, entry.marks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entry.marks[middle]!.time <= time) low = middle + 1;
    else high = middle;
  }
  return { ...entry.values, bytes: entry.marks[low - 1]?.bytes ?? 0 };
}

const kMarkMs = 250;

type Message = Record<string, unknown>;
const text = (message: Message, name: string): string => (typeof message[name] === 'string' ? message[name] : '');
const names = (message: Message, name: string): string => (Array.isArray(message[name]) ? message[name].filter((each) => typeof each === 'string').join(', ') : text(message, name));
const joined = (path: string, name: string): string => `${path.replace(/\/$/, '')}/${name}`;

/// Fed with blocks in order, of a recording or of its digest; adds to `entries`.
export class FilesLog {
  readonly entries: FilesEntry[] = [];
  private upload: { path: string; entry: FilesEntry } | undefined;
  private download: { entry: FilesEntry } | undefined;

  take(block: Block, time: number): void {
    if (block.type === blockType.extra) {
      this.sum(block, time);
      return;
    }
    const message = block.data[0] === 0x7b ? parseJson(block.data) : undefined;
    if (message && text(message, 'ctrlChannel') === '102938') this.control(message, time);
    else if (message) block.fromUser ? this.request(message, time) : this.answer(message, time);
    // What begins like JSON is a command, also when it is broken: data has a zero before it then.
    else if (block.binary && block.data[0] !== 0x7b) this.data(block, time);
  }

  private add(time: number, key: string, values: Record<string, string | number> = {}): FilesEntry {
    const entry = { time, key, values };
    this.entries.push(entry);
    return entry;
  }

  private control(message: Message, time: number): void {
    if (message['type'] === 'console' && text(message, 'msg')) this.add(time, 'files.console', { text: text(message, 'msg') });
  }

  private request(message: Message, time: number): void {
    const path = text(message, 'path');
    switch (message['action']) {
      case 'ls':
        this.add(time, 'files.ls', { path: path || '/' });
        break;
      case 'mkdir':
        this.add(time, 'files.mkdir', { path });
        break;
      case 'rm':
        this.add(time, 'files.rm', { path, names: names(message, 'delfiles') });
        break;
      case 'rename':
        this.add(time, 'files.rename', { path, from: text(message, 'oldname'), to: text(message, 'newname') });
        break;
      case 'copy':
      case 'move':
        this.add(time, `files.${message['action']}`, { names: names(message, 'names'), from: text(message, 'scpath'), to: text(message, 'dspath') });
        break;
      case 'findfile':
        this.add(time, 'files.find', { path, filter: text(message, 'filter') });
        break;
      case 'zip':
        this.add(time, 'files.zip', { names: names(message, 'files'), to: text(message, 'output') });
        break;
      case 'unzip':
        this.add(time, 'files.unzip', { from: text(message, 'input'), to: text(message, 'dest') });
        break;
      case 'upload':
        this.upload = { path: joined(path, text(message, 'name')), entry: this.add(time, 'files.upload', { path: joined(path, text(message, 'name')), bytes: 0 }) };
        break;
      case 'uploadcancel':
        this.add(time, 'files.uploadcancel', { path: this.upload?.path ?? '' });
        this.upload = undefined;
        break;
      case 'download':
        if (message['sub'] === 'start') this.download = { entry: this.add(time, 'files.download', { path, bytes: 0 }) };
        break;
      default:
        break;
    }
  }

  private answer(message: Message, time: number): void {
    if (message['action'] === 'uploaderror') this.add(time, 'files.uploaderror', { path: this.upload?.path ?? '' });
    else if (message['action'] === 'download' && message['sub'] === 'cancel') this.add(time, 'files.downloaderror');
    if (message['action'] === 'uploadstart' || message['action'] === 'uploadack') return;
    if (message['action'] === 'uploaddone' || message['action'] === 'uploaderror') this.upload = undefined;
  }

  private data(block: Block, time: number): void {
    if (block.fromUser) this.count(true, block.data.length - (block.data[0] === 0 ? 1 : 0), false, time);
    else if (block.data.length >= 4) this.count(false, block.data.length - 4, (block.data[3]! & 1) !== 0, time);
  }

  /// A digest has one block for many: u64 bytes, u8 1 for the end.
  private sum(block: Block, time: number): void {
    if (block.data.length < 9) return;
    const view = new DataView(block.data.buffer, block.data.byteOffset, 9);
    this.count(block.fromUser, view.getUint32(0) * 2 ** 32 + view.getUint32(4), view.getUint8(8) === 1, time);
  }

  private count(fromUser: boolean, bytes: number, isLast: boolean, time: number): void {
    const entry = fromUser ? this.upload?.entry : this.download?.entry;
    if (!entry) return;
    const sum = Number(entry.values['bytes']) + bytes;
    entry.values['bytes'] = sum;
    const marks = (entry.marks ??= []);
    const last = marks.at(-1);
    if (last && time - last.begun < kMarkMs) Object.assign(last, { time, bytes: sum });
    else marks.push({ begun: time, time, bytes: sum });
    if (isLast) this.download = undefined;
  }
}
