import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import '../admin';
import { CatchUp } from '../api/catch_up';
import { messageOf } from '../api/errors';
import { downloadUrl, upload } from '../api/file_routes';
import { channel } from '../app';
import { bytes, shortTime } from '../core/format';
import { i18n, t } from '../core/i18n';
import { formatPlace, router } from '../core/router';
import { Watch } from '../core/watch';
import { knownCommands } from '../model/known_commands';
import { isFileName, kMaxByMessage, kMaxGet, ServerFiles, sizeOf, type FileArea, type FileEntry } from '../model/server_files';
import '../styles/files.css';
import { openDialog } from '../widgets/dialog';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import '../widgets/menu';
import { toast, toastError } from '../widgets/toast';
import { skeleton } from './devices_view';
import { NameDialog, RemoveFilesDialog } from './server_files_dialogs';

const files = new ServerFiles(channel);

interface Uploading {
  name: string;
  share: number;
}

/// Files that are kept on the server: one's own and those of groups. Where one is, is in the address.
@customElement('server-files-view')
export class ServerFilesView extends LightElement {
  readonly watch = new Watch(this, files, router, i18n);
  readonly catchUp = new CatchUp(this, channel, () => this.load());
  @state() private fault = '';
  @state() private chosen = new Set<string>();
  @state() private uploads: Uploading[] = [];
  @state() private isOver = false;
  private hasRoutes = false;

  override connectedCallback(): void {
    super.connectedCallback();
    files.open();
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    files.close();
  }

  override render() {
    return html`<div class="head"><h1>${t('serverFiles.title')}</h1><span class="grow"></span>${this.area() ? this.renderTools() : nothing}</div>
      <div class="scroll ${this.isOver ? 'drop' : ''}" tabindex="0" role="region" aria-label=${t('serverFiles.title')} @dragover=${(event: DragEvent) => this.onDrag(event)} @dragleave=${() => (this.isOver = false)} @drop=${(event: DragEvent) => this.onDrop(event)}>
        ${this.renderBody()}
      </div>`;
  }

  private renderBody() {
    if (this.fault) return html`<div class="empty">${icon('warn')}<h2>${this.fault}</h2><div class="row"><button class="btn" @click=${() => void this.load()}>${t('common.retry')}</button></div></div>`;
    const area = this.area();
    if (!files.areas || !area) return skeleton();
    const folder = files.find(area.id, this.path());
    if (!folder) return html`<div class="empty">${icon('file')}<h2>${t('serverFiles.gone')}</h2><div class="row"><a class="btn" href=${this.link(area.id, [])}>${area.name}</a></div></div>`;
    return html`${this.renderCrumbs(area)} ${this.uploads.map(({ name, share }) => html`<p class="row" role="status"><progress max="1" .value=${share} aria-label=${name}></progress>${name}</p>`)} ${this.renderList(folder)}
      <p class="faint quota">${area.quota ? t('serverFiles.used', { used: bytes(sizeOf(area.root)), all: bytes(area.quota) }) : t('serverFiles.usedFree', { used: bytes(sizeOf(area.root)) })}</p>`;
  }

  private renderCrumbs(area: FileArea) {
    const path = this.path();
    return html`<div class="row place">
      <label class="sr" for="file-area">${t('serverFiles.area')}</label>
      <select class="select" id="file-area" data-testid="file-area" @change=${(event: Event) => this.go((event.target as HTMLSelectElement).value, [])}>
        ${files.areas!.map((one) => html`<option value=${one.id} ?selected=${one.id === area.id}>${one.isOwn ? t('serverFiles.own') : one.name}</option>`)}
      </select>
      <nav aria-label=${t('serverFiles.path')}>
        <a href=${this.link(area.id, [])}>${icon('groups')}<span class="sr">${t('serverFiles.top')}</span></a>
        ${path.map((name, at) => html`<span class="sep" aria-hidden="true">/</span><a href=${this.link(area.id, path.slice(0, at + 1))} aria-current=${at === path.length - 1 ? 'page' : nothing}>${name}</a>`)}
      </nav>
    </div>`;
  }

  private renderTools() {
    const count = this.chosen.size;
    return html`${count ? html`<button class="btn" @click=${() => this.ask([...this.chosen])} data-testid="remove-files">${icon('trash')}<span class="wide">${t('serverFiles.remove', { n: count })}</span><span class="sr">${t('serverFiles.remove', { n: count })}</span></button>` : nothing}
      <button class="btn" @click=${() => this.createFolder()} aria-label=${t('serverFiles.newFolder')} data-testid="new-folder">${icon('groups')}<span class="wide">${t('serverFiles.newFolder')}</span></button>
      <button class="btn primary" @click=${() => this.querySelector<HTMLInputElement>('#file-input')?.click()} aria-label=${t('serverFiles.upload')}>${icon('upload')}<span class="wide">${t('serverFiles.upload')}</span></button>
      <input type="file" id="file-input" class="sr" multiple tabindex="-1" aria-label=${t('serverFiles.upload')} data-testid="file-input" @change=${(event: Event) => this.onInput(event)} />`;
  }

  private renderList(folder: FileEntry) {
    const entries = [...folder.children.values()].sort((a, b) => Number(b.isFolder) - Number(a.isFolder) || a.name.localeCompare(b.name));
    if (entries.length === 0) return html`<div class="empty" data-testid="no-files">${icon('file')}<h2>${t('serverFiles.empty')}</h2><p>${t('serverFiles.emptyText')}</p></div>`;
    return html`<table class="people files">
      <thead><tr><th><span class="sr">${t('select.title')}</span></th><th>${t('device.name')}</th><th>${t('serverFiles.size')}</th><th class="wide">${t('serverFiles.changed')}</th><th><span class="sr">${t('bulk.moreActions')}</span></th></tr></thead>
      <tbody>${entries.map((entry) => this.renderEntry(entry))}</tbody>
    </table>`;
  }

  private renderEntry(entry: FileEntry) {
    const { name, isFolder } = entry;
    const area = this.area()!;
    return html`<tr data-testid="file-row">
      <td class="check"><input type="checkbox" aria-label=${t('select.device', { name })} .checked=${this.chosen.has(name)} @change=${() => this.flip(name)} /></td>
      <th scope="row">${icon(isFolder ? 'groups' : 'file')}${isFolder ? html`<a href=${this.link(area.id, [...this.path(), name])}>${name}</a>` : html`<button class="link" @click=${() => void this.download(entry)}>${name}</button>`}</th>
      <td class="num">${bytes(sizeOf(entry))}</td>
      <td class="num wide">${entry.changed ? shortTime(entry.changed) : '–'}</td>
      <td>
        <tr-menu
          .label=${t('groups.actions', { name })}
          .entries=${[
            ...(isFolder ? [] : [{ label: t('serverFiles.download'), icon: 'download' as const, run: () => void this.download(entry) }]),
            { label: t('device.rename'), icon: 'edit' as const, testid: 'rename-file', run: () => this.rename(name) },
            { label: t('serverFiles.removeOne'), icon: 'trash' as const, danger: true, testid: 'remove-file', run: () => this.ask([name]) },
          ]}
          data-testid="file-menu"
        ></tr-menu>
      </td>
    </tr>`;
  }

  // ---- where -------------------------------------------------------------------------------------

  private area(): FileArea | undefined {
    const wanted = router.place.query.get('in') ?? '';
    return files.areas?.find(({ id }) => id === wanted) ?? files.areas?.[0];
  }

  private path(): string[] {
    return router.place.query.getAll('path').flatMap((text) => text.split('/').filter(Boolean));
  }

  private full(): string[] {
    return [this.area()!.id, ...this.path()];
  }

  private link(areaId: string, path: string[]): string {
    return formatPlace(['files'], { in: areaId, path: path.join('/') });
  }

  private go(areaId: string, path: string[]): void {
    this.chosen = new Set();
    router.go(['files'], { in: areaId, path: path.join('/') });
  }

  // ---- what --------------------------------------------------------------------------------------

  private flip(name: string): void {
    const next = new Set(this.chosen);
    if (!next.delete(name)) next.add(name);
    this.chosen = next;
  }

  private createFolder(): void {
    const path = this.full();
    openDialog(new NameDialog(t('serverFiles.newFolder'), '', (name) => files.createFolder(path, name)));
  }

  private rename(name: string): void {
    const path = this.full();
    openDialog(new NameDialog(t('device.rename'), name, (next) => files.rename(path, name, next)));
  }

  private ask(names: string[]): void {
    const path = this.full();
    openDialog(
      new RemoveFilesDialog(names, async () => {
        await files.remove(path, names);
        this.chosen = new Set();
      }),
    );
  }

  private async download(entry: FileEntry): Promise<void> {
    const path = this.full();
    try {
      if (this.hasRoutes) return follow(downloadUrl([...path, entry.name]), entry.name);
      if (entry.size > kMaxGet) throw new Error(t('serverFiles.tooLarge', { name: entry.name }));
      const url = URL.createObjectURL(new Blob([await files.get(path, entry.name)]));
      follow(url, entry.name);
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      toastError(error);
    }
  }

  private onInput(event: Event): void {
    const input = event.target as HTMLInputElement;
    void this.put([...(input.files ?? [])]);
    input.value = '';
  }

  private onDrag(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.isOver = true;
  }

  private onDrop(event: DragEvent): void {
    event.preventDefault();
    this.isOver = false;
    void this.put([...(event.dataTransfer?.files ?? [])]);
  }

  /// One after another, so that the server has one to write at a time.
  private async put(list: File[]): Promise<void> {
    const path = this.full();
    for (const file of list) {
      const entry: Uploading = { name: file.name, share: 0 };
      this.uploads = [...this.uploads, entry];
      try {
        await this.putOne(path, file, entry);
        toast(t('serverFiles.uploaded', { name: file.name }), 'success');
      } catch (error) {
        toast(`${file.name}: ${messageOf(error)}`, 'error');
      }
      this.uploads = this.uploads.filter((one) => one !== entry);
    }
  }

  private async putOne(path: string[], file: File, entry: Uploading): Promise<void> {
    if (!isFileName(file.name)) throw new Error(t('serverFiles.badName'));
    if (!this.hasRoutes || file.size <= kMaxByMessage / 8) return files.put(path, file.name, file);
    await upload(path, file, (share) => {
      entry.share = share;
      this.requestUpdate();
    });
    await files.load();
  }

  private async load(): Promise<void> {
    try {
      await files.load();
      this.fault = '';
    } catch (error) {
      if (!files.areas) this.fault = messageOf(error);
    }
    this.hasRoutes = (await knownCommands()).has('serverfile.put');
  }
}

function follow(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}
