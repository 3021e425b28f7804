import type { PluginContext } from '../../../../web/plugin-api';
import { Bar } from './browser';
import { showDetails } from './details';
import { Device, DeviceError, type Entry, type Message } from './device';
import { Dialogs } from './dialogs';
import { button, h } from './dom';
import { entriesOf, filesOf, readEntries, type Dropped } from './drop';
import { edit, kMaxText } from './editor';
import { directoryTarget, fetchTree, zipTarget } from './folders';
import { List } from './list';
import { besides, takenIn } from './local_folder';
import { openMenu, type Item } from './menu';
import { fitsOneMessage, kMostNameBytes, kMostNames, partsOf, Paths, shown, sizeText } from './names';
import { Queue, type Batch, type Job } from './queue';
import { search } from './search';
import { goesByHttp, HttpTransfers } from './http';
import { HandleSink, SavedSink } from './sinks';
import { TransfersView } from './transfers_view';
import type { Exists } from './upload';

/// Above this a file goes straight to where the person wants it, where the browser can do that.
const kAskWhere = 512 * 1024 * 1024;

interface Pickers {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
  showDirectoryPicker?(options: { mode: 'readwrite' }): Promise<FileSystemDirectoryHandle>;
}
const pickers = window as unknown as Pickers;

type Ask = <Result extends Message>(message: Message) => Promise<Result>;

/// The tab: a folder of the device, and what is done with it.
export class App {
  private readonly t: PluginContext['t'];
  private readonly device: Device;
  private readonly queue: Queue;
  private readonly bar: Bar;
  private readonly list: List;
  private readonly dialogs: Dialogs;
  private readonly transfers: TransfersView;
  private readonly root: HTMLElement;
  private readonly middle: HTMLElement;
  private readonly notice = h('div', { class: 'notice', hidden: true, test: 'files-notice' });
  private readonly void = h('div', { class: 'void', role: 'status', test: 'files-void' });
  private readonly summary = h('span', { class: 'grow', role: 'status', test: 'files-summary' });
  private readonly dot = h('span', { class: 'dot' });
  private readonly statusText = h('span', { test: 'files-state' });
  private readonly picker = h('input', { type: 'file', multiple: true, hidden: true, test: 'files-pick' });
  private readonly folderPicker = h('input', { type: 'file', multiple: true, hidden: true, webkitdirectory: true, test: 'files-pick-folder' });
  private paths = new Paths(true);
  private path = '';
  /// What is shown, or will be when the device has answered.
  private goal = '';
  private listing = 0;
  private clipboard: { folder: string; names: string[]; isCut: boolean } | undefined;
  private refreshTimer: ReturnType<typeof setTimeout> | undefined;
  private wasOpen = false;

  constructor(
    root: HTMLElement,
    private readonly context: PluginContext,
  ) {
    this.t = context.t;
    this.device = new Device(context, () => context.device?.online !== false);
    this.queue = new Queue(this.device);
    if (context.http) this.queue.http = new HttpTransfers(context, this.device, context.http);
    this.bar = new Bar(context, {
      go: (path) => void this.go(path),
      refresh: () => void this.refresh(),
      upload: (at) => this.uploadMenu(at),
      create: (at) => this.createMenu(at),
      download: () => void this.download(),
      search: () => void this.search(),
      more: (at) => this.menu(below(at)),
    });
    this.list = new List(context, {
      open: (entry) => void this.openEntry(entry),
      menu: (at) => this.menu(at),
      selected: () => this.showSelection(),
      key: (event) => this.key(event),
    });
    this.transfers = new TransfersView(context, this.queue);
    this.middle = h('div', { class: 'middle' }, this.list.element, this.void, h('div', { class: 'drop', 'aria-hidden': 'true' }, this.t('drop.here')));
    const status = h('span', { class: 'status' }, this.dot, this.statusText);
    this.root = h('div', { class: 'files' }, this.bar.element, this.notice, this.middle, this.transfers.element, h('div', { class: 'foot' }, this.summary, status), this.picker, this.folderPicker);
    root.append(this.root);
    this.dialogs = new Dialogs(this.root, context);
    this.listen();
  }

  begin(): void {
    if (this.context.device?.online !== false) this.device.open();
    this.show();
  }

  end(): void {
    clearTimeout(this.refreshTimer);
    this.queue.cancelAll();
    this.transfers.end();
    this.device.close();
  }

  private listen(): void {
    const { device, queue, middle, context } = this;
    context.holds(() => (queue.left > 0 ? this.t('leave.transfers', { count: queue.left }) : undefined));
    device.onChange = () => this.changed();
    queue.onEnd = (job) => {
      if (job.kind === 'work' || (job.kind === 'up' && job.path.startsWith(this.path))) this.refreshSoon();
    };
    let asking = false;
    queue.onConflict = async (job) => {
      if (asking) return;
      asking = true;
      const answer = await this.dialogs.conflict(job.taken ?? job.name);
      asking = false;
      if (answer) queue.answer(job, answer.answer, answer.forAll);
      else queue.answer(job, 'skip', false);
    };
    let wasOnline = context.device?.online ?? false;
    context.onDevice(() => {
      const online = context.device?.online ?? false;
      // A device that was away for a moment only may never be seen offline here.
      if (online && !device.isOpen && (!wasOnline || device.isReopening)) device.open();
      wasOnline = online;
      this.show();
    });
    for (const picker of [this.picker, this.folderPicker]) {
      picker.addEventListener('change', () => {
        this.add(filesOf(picker.files ?? ([] as File[])));
        picker.value = '';
      });
    }
    middle.addEventListener('dragover', (event) => {
      if (!device.isOpen || !event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      middle.classList.add('dropping');
    });
    middle.addEventListener('dragleave', (event) => {
      if (!middle.contains(event.relatedTarget as Node | null)) middle.classList.remove('dropping');
    });
    middle.addEventListener('drop', (event) => {
      event.preventDefault();
      middle.classList.remove('dropping');
      if (event.dataTransfer && device.isOpen) void this.attempt(async () => this.add(await readEntries(entriesOf(event.dataTransfer!))));
    });
  }

  // ---- where one is ---------------------------------------------------------------------------------

  private changed(): void {
    const { device } = this;
    if (device.isOpen && !this.wasOpen) {
      this.paths = new Paths(device.facts!.isUnix);
      this.bar.use(this.paths);
      const isFirst = this.path === '';
      void this.go(isFirst ? this.firstFolder() : this.path, !isFirst);
    }
    this.wasOpen = device.isOpen;
    this.show();
  }

  private firstFolder(): string {
    if (!this.paths.isUnix) return '';
    return this.device.facts?.isRoot ? '/' : '/home';
  }

  private async go(path: string, keeps = false): Promise<void> {
    const mine = ++this.listing;
    this.goal = path;
    const all: Entry[] = [];
    let isShown = false;
    const take = (entries: unknown): void => {
      if (mine !== this.listing || !Array.isArray(entries)) return;
      for (const entry of entries as Entry[]) all.push(entry);
    };
    const showSome = (): void => {
      this.path = path;
      this.bar.show(path, this.paths);
      this.list.show([...all], keeps || isShown);
      isShown = true;
    };
    try {
      const end = await this.device.request<Message & { isCut?: boolean }>({ action: 'list', path }, (part) => {
        take(part['dir']);
        if (!isShown && !keeps) showSome();
      });
      if (mine !== this.listing) return;
      take(end['dir']);
      showSome();
      this.void.textContent = this.t('list.empty');
      this.void.hidden = all.length > 0;
      if (end.isCut) this.context.toast(this.t('list.cut'), 'info');
    } catch (error) {
      if (mine !== this.listing) return;
      this.goal = this.path;
      this.tell(error);
    }
  }

  /// Of the folder that is opened, if one is: somebody has asked for it.
  private refresh(): Promise<void> {
    return this.go(this.goal, this.goal === this.path);
  }

  private refreshSoon(): void {
    this.refreshTimer ??= setTimeout(() => {
      this.refreshTimer = undefined;
      if (this.device.isOpen) void this.refresh();
    }, 700);
  }

  private async openEntry(entry: Entry): Promise<void> {
    const path = this.paths.join(this.path, entry.n);
    if (entry.t !== 3) return this.go(path);
    if ((entry.s ?? 0) <= kMaxText) await this.edit(entry);
    else await this.download([entry]);
  }

  private async search(): Promise<void> {
    const folder = this.path;
    const found = await search(this.context, this.device, this.dialogs, folder);
    if (found === undefined) return;
    const path = this.paths.join(folder, found);
    await this.go(this.paths.parent(path));
    this.list.reveal(this.paths.name(path));
    this.list.focus();
  }

  // ---- what is done with it -------------------------------------------------------------------------

  private add({ folders, files }: Dropped): void {
    const target = this.path;
    const batch: Batch = { exists: undefined };
    const at = (path: string): string => this.paths.join(target, this.paths.isUnix ? path : path.replaceAll('/', '\\'));
    void this.attempt(async () => {
      for (const folder of folders) await this.device.request({ action: 'mkdir', path: at(folder), parents: true });
      for (const { path, file } of files) {
        const full = at(path);
        this.queue.addUpload(path.includes('/') ? this.paths.parent(full) : target, this.paths.name(full), full, file, batch);
      }
      this.refreshSoon();
    });
  }

  private async download(entries = this.list.selection): Promise<void> {
    const files = entries.filter(({ t }) => t === 3);
    if (entries.length > files.length || files.length > 10) return this.downloadZip(entries);
    for (const entry of files) {
      const size = entry.s ?? 0;
      const path = this.paths.join(this.path, entry.n);
      if (this.queue.http && goesByHttp(size, path)) {
        this.queue.addHttpDownload(path, entry.n, size);
        continue;
      }
      const handle = size > kAskWhere && files.length === 1 && pickers.showSaveFilePicker ? await picked(() => pickers.showSaveFilePicker!({ suggestedName: entry.n })) : undefined;
      if (handle === null) return;
      const makeSink = (): SavedSink | HandleSink => (handle ? new HandleSink(handle) : new SavedSink(entry.n));
      this.queue.addDownload(path, entry.n, size, { exists: undefined }, makeSink);
    }
  }

  private downloadZip(entries: Entry[]): void {
    const name = `${entries.length === 1 ? entries[0]!.n : this.paths.name(this.path) || 'files'}.zip`;
    fetchTree(this.queue, name, this.path, entries.map(({ n }) => n), () => zipTarget(new SavedSink(name)));
  }

  private async downloadToFolder(entries: Entry[]): Promise<void> {
    const folder = await picked(() => pickers.showDirectoryPicker!({ mode: 'readwrite' }));
    if (!folder) return;
    const title = entries.length === 1 ? entries[0]!.n : this.paths.name(this.path);
    const path = this.path;
    await this.attempt(async () => {
      const decided = await this.namesIn(folder, entries.map(({ n }) => n));
      if (decided.size > 0) fetchTree(this.queue, title, path, [...decided.keys()], () => directoryTarget(folder, decided));
    });
  }

  /// What is fetched, with its names in a folder of this computer; the person decides about those that are taken there.
  private async namesIn(folder: FileSystemDirectoryHandle, names: string[]): Promise<Map<string, string>> {
    const taken = await takenIn(folder, names);
    const answer = taken.length === 0 ? 'replace' : await this.dialogs.taken(taken);
    if (answer === null) return new Map();
    const wanted = answer === 'skip' ? names.filter((name) => !taken.includes(name)) : names;
    return besides(folder, wanted, answer === 'rename' ? taken : []);
  }

  private async edit(entry: Entry): Promise<void> {
    const path = this.paths.join(this.path, entry.n);
    await this.attempt(async () => {
      if (await edit(this.context, this.device, this.dialogs, this.path, entry.n, path)) await this.refresh();
    });
    this.list.focus();
  }

  private async create(isFolder: boolean): Promise<void> {
    const name = await this.dialogs.name(this.t(isFolder ? 'new.folder' : 'new.file'), '', this.paths.isUnix);
    if (name === null) return;
    await this.attempt(async () => {
      if (isFolder) await this.device.request({ action: 'mkdir', path: this.paths.join(this.path, name) });
      else await this.device.request({ action: 'put', path: this.path, name, size: 0, root: kEmptyRoot, exists: 'fail' });
      await this.refresh();
      this.list.reveal(name);
    });
    this.list.focus();
  }

  private async rename(): Promise<void> {
    const [entry] = this.list.selection;
    if (!entry) return;
    const name = await this.dialogs.name(this.t('rename.title'), entry.n, this.paths.isUnix);
    if (name === null || name === entry.n) return;
    await this.attempt(async () => {
      await this.device.request({ action: 'rename', path: this.path, oldname: entry.n, newname: name });
      await this.refresh();
      this.list.reveal(name);
    });
    this.list.focus();
  }

  private async remove(): Promise<void> {
    const chosen = this.list.selection;
    if (chosen.length === 0) return;
    const hasFolder = chosen.some(({ t }) => t === 2);
    const names = chosen.map(({ n }) => n);
    const text = this.t(hasFolder ? 'remove.recursive' : 'remove.text', { count: names.length });
    if (!(await this.dialogs.confirm(this.t('remove.title'), text, names, 'remove.do'))) return this.list.focus();
    const path = this.path;
    this.inParts('job.remove', path, names, (some) => ({ action: 'rm', path, delfiles: some, rec: hasFolder }));
    this.list.focus();
  }

  private copy(isCut: boolean): void {
    const names = this.list.selection.map(({ n }) => n);
    if (names.length === 0) return;
    this.clipboard = { folder: this.path, names, isCut };
    this.context.toast(this.t(isCut ? 'clipboard.cut' : 'clipboard.copied', { count: names.length }));
  }

  private async paste(): Promise<void> {
    const { clipboard } = this;
    if (!clipboard) return;
    const there = new Set(this.list.entries.map(({ n }) => n));
    const doubled = clipboard.names.filter((name) => there.has(name));
    if (clipboard.folder === this.path) return this.context.toast(this.t('clipboard.same'), 'info');
    if (doubled.length > 0 && !(await this.dialogs.confirm(this.t('conflict.title'), this.t('clipboard.doubled'), doubled, 'conflict.replace'))) return;
    const { folder, isCut } = clipboard;
    const dspath = this.path;
    this.inParts(isCut ? 'job.move' : 'job.copy', dspath, clipboard.names, (names) => ({ action: isCut ? 'move' : 'copy', scpath: folder, dspath, names }));
    if (isCut) this.clipboard = undefined;
  }

  private async zip(): Promise<void> {
    const names = this.list.selection.map(({ n }) => n);
    // All of one archive has to be named in one message.
    if (!fitsOneMessage(names)) {
      const most = { count: names.length, most: kMostNames.toLocaleString(), size: sizeText(kMostNameBytes) };
      return this.context.toast(this.t('zip.tooMany', most), 'error');
    }
    const output = await this.dialogs.name(this.t('zip.title'), `${names.length === 1 ? names[0] : this.paths.name(this.path) || 'files'}.zip`, this.paths.isUnix);
    if (output === null) return;
    const path = this.path;
    this.runAtDevice(output, path, async (ask, job) => {
      const { missing } = await ask<Message & { missing?: Job['missing'] }>({ action: 'zip', path, files: names, output });
      job.missing = missing ?? [];
    });
  }

  private unzip(entry: Entry): void {
    const dest = this.paths.join(this.path, entry.n.replace(/\.zip$/i, '') || entry.n);
    const input = this.paths.join(this.path, entry.n);
    let exists: Exists = 'fail';
    const job = this.runAtDevice(entry.n, this.path, async (ask) => {
      try {
        await ask({ action: 'unzip', input, dest, exists });
      } catch (error) {
        if (error instanceof DeviceError) job.taken = error.names.join(', ') || undefined;
        throw error;
      }
    });
    job.answer = (answer) => (exists = answer);
  }

  /// Long work of the device: in the list of transfers, where it can be cancelled.
  private runAtDevice(name: string, folder: string, work: (ask: Ask, job: Job) => Promise<void>): Job {
    return this.queue.addCustom('work', name, this.paths.join(folder, name), 0, async (device, job) => {
      let id = 0;
      job.stop.signal.addEventListener('abort', () => void device.send({ action: 'cancel', of: id }));
      const ask: Ask = (message) => {
        if (job.stop.signal.aborted) throw new DeviceError('cancelled', 'cancelled');
        id = device.nextId;
        return device.request(message);
      };
      await work(ask, job);
    });
  }

  /// Work with many names; after a lost connection it goes on with those that are left.
  private inParts(title: string, folder: string, names: string[], message: (some: string[]) => Message): void {
    const left = partsOf(names);
    const name = names.length === 1 ? names[0]! : this.t('job.several', { name: names[0]!, count: names.length - 1 });
    this.runAtDevice(this.t(title, { name }), folder, async (ask) => {
      for (; left.length > 0; left.shift()) await ask(message(left[0]!));
    });
  }

  private async details(): Promise<void> {
    const chosen = this.list.selection;
    await this.attempt(async () => {
      if (await showDetails(this.context, this.device, this.dialogs, this.paths, this.path, chosen)) await this.refresh();
    });
    this.list.focus();
  }

  // ---- menus and keys -------------------------------------------------------------------------------

  private uploadMenu(at: HTMLElement): void {
    openMenu(this.root, below(at), [
      { text: this.t('upload.files'), run: () => this.picker.click(), test: 'upload-files' },
      { text: this.t('upload.folder'), run: () => this.folderPicker.click(), test: 'upload-folder' },
    ], at);
  }

  private createMenu(at: HTMLElement): void {
    openMenu(this.root, below(at), [
      { text: this.t('new.folder'), run: () => void this.create(true), test: 'new-folder' },
      { text: this.t('new.file'), run: () => void this.create(false), test: 'new-file' },
    ], at);
  }

  private menu(at: { x: number; y: number }): void {
    const chosen = this.list.selection;
    const [one] = chosen;
    const isOne = chosen.length === 1;
    const none = chosen.length === 0;
    const isFile = isOne && one!.t === 3;
    const { t } = this;
    const { isUnix } = this.paths;
    const items: (Item | null | false)[] = [
      { text: t('menu.open'), run: () => void this.openEntry(one!), key: 'Enter', disabled: !isOne },
      isFile && { text: t('menu.edit'), run: () => void this.edit(one!), disabled: (one!.s ?? 0) > kMaxText, test: 'menu-edit' },
      { text: t('menu.download'), run: () => void this.download(), disabled: none, test: 'menu-download' },
      { text: t('menu.downloadZip'), run: () => this.downloadZip(chosen), disabled: none, test: 'menu-download-zip' },
      pickers.showDirectoryPicker !== undefined && { text: t('menu.downloadFolder'), run: () => void this.downloadToFolder(chosen), disabled: none, test: 'menu-download-folder' },
      null,
      { text: t('menu.cut'), run: () => this.copy(true), key: 'Ctrl+X', disabled: none, test: 'menu-cut' },
      { text: t('menu.copy'), run: () => this.copy(false), key: 'Ctrl+C', disabled: none, test: 'menu-copy' },
      { text: t('menu.paste'), run: () => void this.paste(), key: 'Ctrl+V', disabled: !this.clipboard, test: 'menu-paste' },
      null,
      { text: t('menu.rename'), run: () => void this.rename(), key: 'F2', disabled: !isOne, test: 'menu-rename' },
      { text: t('menu.remove'), run: () => void this.remove(), key: t('key.delete'), disabled: none, test: 'menu-remove' },
      isUnix && { text: t('menu.zip'), run: () => void this.zip(), disabled: none, test: 'menu-zip' },
      isUnix && isFile && /\.zip$/i.test(one!.n) && { text: t('menu.unzip'), run: () => this.unzip(one!), test: 'menu-unzip' },
      null,
      { text: t('menu.all'), run: () => this.list.choose(true), key: 'Ctrl+A', disabled: this.list.entries.length === 0, test: 'menu-all' },
      { text: t('menu.none'), run: () => this.list.choose(false), key: t('key.escape'), disabled: none, test: 'menu-none' },
      null,
      { text: t('menu.details'), run: () => void this.details(), key: 'Alt+Enter', disabled: none, test: 'menu-details' },
    ];
    openMenu(this.root, at, items.filter((item): item is Item | null => item !== false), this.list.element);
  }

  private key(event: KeyboardEvent): boolean {
    const isCtrl = event.ctrlKey || event.metaKey;
    const run: Record<string, () => void> = {
      Backspace: () => void this.go(this.paths.parent(this.path)),
      Delete: () => void this.remove(),
      F2: () => void this.rename(),
      F5: () => void this.refresh(),
    };
    const withCtrl: Record<string, () => void> = { c: () => this.copy(false), x: () => this.copy(true), v: () => void this.paste(), f: () => void this.search(), l: () => this.bar.type() };
    const withAlt: Record<string, () => void> = { ArrowUp: () => void this.go(this.paths.parent(this.path)), Enter: () => void this.details() };
    const action = isCtrl ? withCtrl[event.key.toLowerCase()] : event.altKey ? withAlt[event.key] : run[event.key];
    action?.();
    return action !== undefined;
  }

  // ---- what is shown --------------------------------------------------------------------------------

  private showSelection(): void {
    const chosen = this.list.selection;
    this.bar.downloadButton.disabled = chosen.length === 0 || !this.device.isOpen;
    const bytes = chosen.reduce((sum, { s }) => sum + (s ?? 0), 0);
    const all = this.list.entries.length;
    this.summary.textContent = chosen.length > 0 ? this.t('list.chosen', { count: chosen.length, all, size: sizeText(bytes) }) : this.path === '' && all === 0 ? '' : this.t('list.count', { count: all });
  }

  private show(): void {
    const { device, context, t } = this;
    const state = device.tunnel?.state ?? 'closed';
    const isOpen = device.isOpen;
    this.bar.enable(isOpen);
    this.context.setLive(isOpen);
    this.dot.className = `dot ${isOpen ? 'on' : state === 'closed' && !device.isReopening ? '' : 'partly'}`;
    if (isOpen) this.statusText.textContent = device.tunnel?.recorded ? t('state.recorded') : t('state.open');
    else if (device.isReopening) this.statusText.textContent = t(context.device?.online === false ? 'device.waiting' : 'state.reopening');
    else if (state === 'waiting') this.statusText.textContent = device.tunnel?.reason || t('state.waiting');
    else this.statusText.textContent = t(state === 'closed' ? 'state.closed' : 'state.connecting');
    const isClosed = state === 'closed' && !device.isReopening;
    this.notice.hidden = !isClosed;
    if (!isClosed) return;
    const online = context.device?.online !== false;
    const why = online ? device.tunnel?.reason || t('session.ended') : t('device.offline');
    this.notice.replaceChildren(h('span', { class: 'grow' }, why), online ? button(t('session.reconnect'), () => device.open(), { test: 'files-reconnect' }) : '');
  }

  private async attempt(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.tell(error);
    }
  }

  private tell(error: unknown): void {
    const known = error instanceof DeviceError && /^editor\.\w+$/.test(error.message);
    const text = known ? this.t((error as Error).message) : error instanceof RangeError ? this.t('drop.tooMany') : error instanceof Error ? error.message : String(error);
    this.context.toast(shown(text), 'error');
  }
}

/// SHA-256 of nothing: the root of an empty file.
const kEmptyRoot = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const below = (element: HTMLElement): { x: number; y: number } => {
  const box = element.getBoundingClientRect();
  return { x: box.left, y: box.bottom + 4 };
};

/// Null when the person closed the browser's dialog.
async function picked<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}
