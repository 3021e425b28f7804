import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { channel } from '../app';
import { ago, bytes, exactTime } from '../core/format';
import { i18n, t } from '../core/i18n';
import { Watch } from '../core/watch';
import { isDocument } from '../model/accounts';
import '../widgets/copy';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { toast, toastError } from '../widgets/toast';

interface BackupFile {
  file: string;
  size: number;
  madeMs: number;
}

interface BackupState {
  folder: string;
  dailyAt: string;
  everyH: number;
  keep: number;
  isReady: boolean;
  isMaking: boolean;
  isVerifying?: boolean;
  backups: BackupFile[];
  last: { triedMs: number; succeededMs: number; error: string };
  verified?: { doneMs: number; file: string; rows: number; files: number; error: string };
}

const kLookAgainMs = 30_000;
const kLookAtWorkMs = 1_500;

/// Backups: what there is, when the next are made, and how one is restored.
@customElement('server-backups')
export class ServerBackups extends LightElement {
  readonly watch = new Watch(this, i18n);
  @state() private backup: BackupState | undefined;
  /// The file that was asked to be verified here, until the server says so itself.
  @state() private asked = '';
  private timer: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  override render() {
    const { backup } = this;
    if (!backup) return nothing;
    const { isMaking } = backup;
    return html`<section class="panel backups" aria-labelledby="server-backups" data-testid="backups">
      <header>
        <h2 id="server-backups">${t('backups.title')}</h2>
        ${backup.isReady
          ? html`<button class="btn small" ?disabled=${isMaking} @click=${() => void this.start()} data-testid="backup-start">
              ${isMaking ? html`<span class="spinner"></span>` : nothing}${t(isMaking ? 'backups.making' : 'backups.now')}
            </button>`
          : nothing}
      </header>
      <p class="sr" role="status">${isMaking ? t('backups.making') : ''}</p>
      ${this.renderState(backup)} ${this.renderFiles(backup)} ${this.renderRestore(backup)}
    </section>`;
  }

  private renderState(backup: BackupState) {
    const { last, dailyAt, everyH, keep } = backup;
    const schedule = [dailyAt ? t('backups.daily', { time: dailyAt }) : '', everyH ? t('backups.every', { n: everyH }) : ''].filter(Boolean).join(', ') || t('backups.noSchedule');
    return html`<dl class="facts">
      ${last.error && last.triedMs > last.succeededMs
        ? html`<dt>${t('backups.lastTry')}</dt><dd data-testid="backup-failed"><span class="badge bad">${t('bulk.failed')}</span> ${ago(last.triedMs)}: ${last.error}</dd>`
        : nothing}
      <dt>${t('backups.schedule')}</dt><dd data-testid="backup-schedule">${schedule}</dd>
      <dt>${t('backups.retention')}</dt><dd>${keep ? t('backups.keep', { n: keep }) : t('backups.keepAll')}</dd>
      <dt>${t('backups.folder')}</dt><dd class="mono">${backup.folder}</dd>
      ${backup.isReady ? nothing : html`<dt>${t('backups.passphrase')}</dt><dd><span class="badge warn">${t('backups.off')}</span></dd>`}
    </dl>
    <p class="inside soft">${t('backups.configured')}</p>`;
  }

  private renderFiles(backup: BackupState) {
    if (backup.backups.length === 0) return html`<p class="inside soft" data-testid="no-backups">${t('backups.none')}</p>`;
    const newestFirst = [...backup.backups].sort((one, other) => other.madeMs - one.madeMs);
    return html`<ul class="plain-list" aria-label=${t('backups.title')}>${newestFirst.map((file) => this.renderFile(file, backup))}</ul>`;
  }

  private renderFile({ file, size, madeMs }: BackupFile, { verified, isVerifying, isReady }: BackupState) {
    const isReading = this.asked === file;
    const result = verified?.file === file ? verified : undefined;
    return html`<li data-testid="backup-row">
      <div class="about">
        <span title=${file}>${exactTime(madeMs)}</span> <span class="faint">${bytes(size)}</span>
        ${result
          ? html`<p data-testid="backup-verified">
              <span class="badge ${result.error ? 'bad' : 'ok'}">${t(result.error ? 'backups.damaged' : 'backups.whole')}</span>
              ${result.error || t('backups.content', { rows: result.rows, files: result.files })}
            </p>`
          : nothing}
      </div>
      <button class="btn small" ?disabled=${!isReady || isVerifying || isReading} aria-label=${t('backups.verifyNamed', { time: exactTime(madeMs) })} @click=${() => void this.verify(file)} data-testid="backup-verify">
        ${isReading ? html`<span class="spinner"></span>` : icon('check')}<span class="wide">${t('backups.verify')}</span>
      </button>
      <a class="btn small" href="/api/backups/${encodeURIComponent(file)}" download=${file} aria-label=${t('backups.downloadNamed', { time: exactTime(madeMs) })} data-testid="backup-download">
        ${icon('download')}<span class="wide">${t('serverFiles.download')}</span>
      </a>
    </li>`;
  }

  /// Only a server that stands still can be put back, so that is done beside it.
  private renderRestore({ folder, backups }: BackupState) {
    const file = `${folder}/${backups.at(-1)?.file ?? 'trellis-….backup'}`;
    return html`<details class="inside">
      <summary>${t('backups.restore')}</summary>
      <p>${t('backups.restoreText')}</p>
      <tr-copy .value=${`trellisctl restore ${file} --into /var/lib/trellis`} .label=${t('backups.restoreCommand')}></tr-copy>
      <p class="soft">${t('backups.restoreHint')}</p>
    </details>`;
  }

  private async start(): Promise<void> {
    try {
      await channel.call('backup.start');
      toast(t('backups.started'), 'success');
    } catch (error) {
      toastError(error);
    }
    await this.load();
  }

  private async verify(file: string): Promise<void> {
    this.asked = file;
    try {
      await channel.call('backup.verify', { file });
    } catch (error) {
      this.asked = '';
      toastError(error);
    }
    await this.load();
  }

  private async load(): Promise<void> {
    clearTimeout(this.timer);
    const backup = await channel.call<BackupState>('backup.state').catch(() => undefined);
    if (isDocument(backup) && Array.isArray(backup.backups)) {
      this.backup = backup;
      if (!backup.isVerifying) this.asked = '';
    }
    const isBusy = this.backup?.isMaking || this.backup?.isVerifying;
    if (this.isConnected) this.timer = setTimeout(() => void this.load(), isBusy ? kLookAtWorkMs : kLookAgainMs);
  }
}
