import type { ControlChannel, Message } from '../api/control';
import { ApiError, toApiError } from '../api/errors';
import { t } from '../core/i18n';
import { Observable, type Unsubscribe } from '../core/observe';

/// Files on the server: one's own area and those of device groups (control-protocol.md section 3.5).

export interface FileEntry {
  name: string;
  isFolder: boolean;
  size: number;
  /// ms, 0 for folders.
  changed: number;
  children: Map<string, FileEntry>;
}

export interface FileArea {
  id: string;
  name: string;
  isOwn: boolean;
  quota: number;
  root: FileEntry;
}

/// What one message of the control channel can carry, and what `get` gives.
export const kMaxByMessage = 512 * 1024;
export const kMaxGet = 204_799;
const kMaxDepth = 64;

type Document = Record<string, unknown>;
const isObject = (value: unknown): value is Document => typeof value === 'object' && value !== null;
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);

function readEntry(name: string, value: unknown, depth = 0): FileEntry {
  const document = isObject(value) ? value : {};
  const isFolder = document['t'] !== 3;
  const children = new Map<string, FileEntry>();
  if (isFolder && isObject(document['f']) && depth < kMaxDepth) {
    for (const [child, one] of Object.entries(document['f'])) children.set(child, readEntry(child, one, depth + 1));
  }
  return { name, isFolder, size: number(document['s']), changed: isFolder ? 0 : number(document['d']), children };
}

export function readAreas(message: Document): FileArea[] {
  const tree = isObject(message['filetree']) ? message['filetree']['f'] : undefined;
  return Object.entries(isObject(tree) ? tree : {})
    .map(([id, value]): FileArea => {
      const document = isObject(value) ? value : {};
      return { id, name: String(document['n'] ?? id), isOwn: document['t'] === 1, quota: number(document['maxbytes']), root: readEntry('', { ...document, t: 2 }) };
    })
    .sort((a, b) => Number(b.isOwn) - Number(a.isOwn) || a.name.localeCompare(b.name));
}

export const sizeOf = (entry: FileEntry): number => (entry.isFolder ? [...entry.children.values()].reduce((sum, one) => sum + sizeOf(one), 0) : entry.size);

/// Names that the server takes (section 3.5), so that nobody uploads for nothing.
export const isFileName = (name: string): boolean => name.length > 0 && name.length <= 255 && !name.startsWith('.') && !/[\\/:*?"<>|\u0000-\u001f]/.test(name);

export class ServerFiles extends Observable {
  areas: FileArea[] | undefined;
  private stop: Unsubscribe | undefined;

  constructor(private readonly channel: ControlChannel) {
    super();
  }

  open(): void {
    this.stop ??= this.channel.messages.on('files', (message) => this.accept(message));
  }

  close(): void {
    this.stop?.();
    this.stop = undefined;
  }

  async load(): Promise<void> {
    this.accept(await this.channel.command('files'));
  }

  find(areaId: string, path: string[]): FileEntry | undefined {
    let entry = this.areas?.find(({ id }) => id === areaId)?.root;
    for (const name of path) entry = entry?.children.get(name);
    return entry;
  }

  createFolder(path: string[], newfolder: string): Promise<void> {
    return this.change('createfolder', path, { newfolder });
  }

  rename(path: string[], oldname: string, newname: string): Promise<void> {
    return this.change('rename', path, { oldname, newname });
  }

  remove(path: string[], delfiles: string[]): Promise<void> {
    return this.change('delete', path, { delfiles, rec: true });
  }

  async put(path: string[], file: string, content: Blob): Promise<void> {
    if (content.size > kMaxByMessage) throw new ApiError('too_large', t('serverFiles.tooLarge', { name: file }));
    await this.change('set', path, { file, data: await toBase64(content) });
  }

  async get(path: string[], file: string): Promise<Uint8Array<ArrayBuffer>> {
    const reply = await this.ask('get', path, { file });
    return fromBase64(String(reply['data'] ?? ''));
  }

  private async change(fileop: string, path: string[], args: Document): Promise<void> {
    await this.ask(fileop, path, args);
    await this.load();
  }

  private async ask(fileop: string, path: string[], args: Document): Promise<Message> {
    const reply = await this.channel.request('fileoperation', { fileop, path, ...args });
    if (reply['error'] !== undefined) throw toApiError(reply['error'], t('error.refused'));
    const result = reply['result'];
    if (typeof result === 'string' && !/^ok$/i.test(result)) throw new ApiError('refused', result);
    return reply;
  }

  private accept(message: Document): void {
    this.areas = readAreas(message);
    this.changed();
  }
}

async function toBase64(content: Blob): Promise<string> {
  const bytes = new Uint8Array(await content.arrayBuffer());
  let text = '';
  const step = 32_768;
  for (let at = 0; at < bytes.length; at += step) text += String.fromCharCode(...bytes.subarray(at, at + step));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
