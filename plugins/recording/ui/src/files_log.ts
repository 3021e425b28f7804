import { blockType, parseJson, type Block } from './mcrec';

/// What somebody did in a files session, from its messages (agent-protocol.md section 7.3).
export interface FilesEntry {
  time: number;
  /// Key of a text, with what to fill in.
  key: string;
  values: Record<string, string | number>;
  /// What failed; the values say why.
  of?: FilesEntry;
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
/// Largest file that a device takes with one message (`put`).
const kMostPut = 65536;

type Message = Record<string, unknown>;
const text = (message: Message, name: string): string => (typeof message[name] === 'string' ? message[name] : '');
const names = (message: Message, name: string): string => (Array.isArray(message[name]) ? message[name].filter((each) => typeof each === 'string').join(', ') : text(message, name));
const joined = (path: string, name: string): string => `${path.replace(/\/$/, '')}/${name}`;

/// Fed with blocks in order, of a recording or of its digest; adds to `entries`.
export class FilesLog {
  readonly entries: FilesEntry[] = [];
  private upload: FilesEntry | undefined;
  private download: FilesEntry | undefined;
  /// Requests of our page that are to be answered, by their numbers.
  private readonly asked = new Map<number, FilesEntry>();
  /// Bytes of a file that was put and are still to come.
  private putLeft = 0;

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
    const said = this.said(message);
    if (!said) return;
    const entry = this.add(time, said[0], said[1]);
    if (message['answer'] === true) this.asked.set(Number(message['reqid']), entry);
    if (message['action'] === 'upload') this.upload = entry;
    if (message['action'] === 'download') this.download = entry;
    if (message['action'] === 'put') this.putLeft = Number(said[1]['size']) <= kMostPut ? Number(said[1]['size']) : 0;
    if (message['action'] === 'uploadcancel') this.upload = undefined;
  }

  /// The wire's requests and those of our page (plugins/files/agent); nothing for what only helps a page to show
  /// something, as `stat`, or to send something, as acknowledgements.
  private said(message: Message): [key: string, values: Record<string, string | number>] | undefined {
    const path = text(message, 'path');
    const file = joined(path, text(message, 'name'));
    switch (message['action']) {
      case 'ls':
      case 'list':
        return ['files.ls', { path: path || '/' }];
      case 'tree':
        return ['files.tree', { path, names: names(message, 'names') }];
      case 'open':
      case 'mkdir':
      case 'checksum':
        return [`files.${message['action']}`, { path }];
      case 'rm':
        return ['files.rm', { path, names: names(message, 'delfiles') }];
      case 'rename':
        return ['files.rename', { path, from: text(message, 'oldname'), to: text(message, 'newname') }];
      case 'copy':
      case 'move':
        return [`files.${message['action']}`, { names: names(message, 'names'), from: text(message, 'scpath'), to: text(message, 'dspath') }];
      case 'chmod':
        return [message['recursive'] === true ? 'files.chmodAll' : 'files.chmod', { path, names: names(message, 'names'), mode: text(message, 'mode') }];
      case 'chown':
        return [message['recursive'] === true ? 'files.chownAll' : 'files.chown', { path, names: names(message, 'names'), owner: text(message, 'owner') }];
      case 'findfile':
        return ['files.find', { path, filter: text(message, 'filter') }];
      case 'zip':
        return ['files.zip', { names: names(message, 'files'), to: text(message, 'output') }];
      case 'unzip':
        return ['files.unzip', { from: text(message, 'input'), to: text(message, 'dest') }];
      case 'put':
        return ['files.put', { path: file, size: Math.max(0, Number(message['size']) || 0) }];
      case 'upload':
        return ['files.upload', { path: file, bytes: 0 }];
      case 'uploadcancel':
        return ['files.uploadcancel', { path: String(this.upload?.values['path'] ?? '') }];
      case 'download':
        return message['sub'] === 'start' ? ['files.download', { path, bytes: 0 }] : undefined;
      default:
        return undefined;
    }
  }

  private answer(message: Message, time: number): void {
    const why = text(message, 'error');
    switch (message['action']) {
      case 'result':
        if (why) this.fail(this.asked.get(Number(message['reqid'])), why, time);
        this.asked.delete(Number(message['reqid']));
        break;
      case 'uploaderror':
        if (why) this.fail(this.upload, why, time);
        else this.add(time, 'files.uploaderror', { path: String(this.upload?.values['path'] ?? '') });
        this.upload = undefined;
        break;
      case 'uploaddone':
        this.upload = undefined;
        break;
      case 'download':
        if (message['sub'] !== 'cancel') break;
        if (why && this.download) this.fail(this.download, why, time);
        else this.add(time, 'files.downloaderror');
        this.download = undefined;
        break;
      default:
        break;
    }
  }

  private fail(of: FilesEntry | undefined, why: string, time: number): void {
    if (of) this.add(time, 'files.failed', { why }).of = of;
  }

  private data(block: Block, time: number): void {
    const [first, second, third, flags] = block.data;
    if (block.fromUser) this.count(true, block.data.length - (first === 0 ? 1 : 0), false, time);
    else if (first === 1 && second === 0 && third === 0 && flags !== undefined) this.count(false, block.data.length - 4, (flags & 1) !== 0, time);
  }

  /// A digest has one block for many: u64 bytes, u8 1 for the end.
  private sum(block: Block, time: number): void {
    if (block.data.length < 9) return;
    const view = new DataView(block.data.buffer, block.data.byteOffset, 9);
    this.count(block.fromUser, view.getUint32(0) * 2 ** 32 + view.getUint32(4), view.getUint8(8) === 1, time);
  }

  private count(fromUser: boolean, sent: number, isLast: boolean, time: number): void {
    const ofPut = fromUser ? Math.min(sent, this.putLeft) : 0;
    const bytes = sent - ofPut;
    this.putLeft -= ofPut;
    if (ofPut > 0 && bytes === 0) return;
    const entry = fromUser ? this.upload : this.download;
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
