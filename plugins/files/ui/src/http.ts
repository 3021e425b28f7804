import type { PluginContext, PluginHttp } from '../../../../web/plugin-api';
import { DeviceError, LostError, type Device } from './device';
import { randomKey } from './pieces';
import { kept, type UploadTask } from './upload';

/// From this size on a file goes by HTTP: the browser reads and writes it itself, several times as fast as
/// script can. Smaller ones are over before another session is open.
const kByHttp = 8 * 1024 * 1024;
/// Bytes; an address that holds a longer path, each byte as "%ab", is longer than the server takes.
const kLongestPath = 2000;

/// `path`: at the device, the name included.
export const goesByHttp = (size: number, path: string): boolean => size >= kByHttp && new TextEncoder().encode(path).length <= kLongestPath;

interface Progress {
  state: 'running' | 'waiting' | 'done' | 'failed';
  atBytes: number;
  error?: string;
  code?: string;
}

const kLookEveryMs = 400;
const kBeginsWithinMs = 15_000;
const kAwayMs = 120_000;
const kTries = 10;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/// Large files between this browser and the device (`/plugins/files/content`).
export class HttpTransfers {
  constructor(
    private readonly context: PluginContext,
    private readonly device: Device,
    private readonly http: PluginHttp,
  ) {}

  /// Lets the browser fetch it like any download, and tells how far it is. A device that is lost is waited
  /// for by the server. When the server itself is lost, the browser's list of downloads can go on.
  async download(path: string, onProgress: (bytes: number) => void, signal: AbortSignal): Promise<void> {
    const transfer = randomKey();
    const link = document.createElement('a');
    link.href = this.http.url('content', this.query(path, transfer));
    link.download = '';
    link.click();
    const begun = performance.now();
    let lastWord = begun;
    let isKnown = false;
    for (;;) {
      await pause(kLookEveryMs);
      if (signal.aborted) return void (await this.stop(transfer));
      try {
        const progress = await this.look(transfer);
        isKnown = true;
        lastWord = performance.now();
        onProgress(progress.atBytes);
        if (progress.state === 'done') return;
        if (progress.state === 'failed') throw new DeviceError(progress.error ?? '', progress.code);
      } catch (error) {
        if (error instanceof DeviceError) throw error;
        const isGone = codeOf(error) === 'not_found';
        if (isGone && isKnown) throw new DeviceError('the server has ended it', 'gone');
        if (isGone && performance.now() - begun > kBeginsWithinMs) throw new DeviceError('the browser has not begun it', 'gone');
        if (performance.now() - lastWord > kAwayMs) throw new DeviceError('the connection was lost', 'gone');
      }
    }
  }

  /// Sends a file; call it again with the same task to go on after LostError.
  async upload(task: UploadTask): Promise<void> {
    const isContinued = task.key !== undefined;
    task.key ??= randomKey();
    const offset = isContinued ? await kept(this.device, task) : 0;
    const transfer = randomKey();
    const path = joined(task.folder, task.name, this.device.facts?.isUnix ?? true);
    const query = { ...this.query(path, transfer), key: task.key, offset: String(offset), exists: task.exists };
    const watch = setInterval(() => {
      this.look(transfer).then(({ atBytes }) => task.onProgress(atBytes), () => undefined);
    }, kLookEveryMs);
    try {
      const body = offset > 0 ? task.file.slice(offset) : task.file;
      const response = await this.http.fetch('content', query, { method: 'PUT', body, signal: task.signal });
      if (response.ok) return task.onProgress(task.file.size);
      const { error } = (await response.json().catch(() => ({}))) as { error?: { message?: string; field?: string; code?: string } };
      throw failureOf(error?.message ?? '', error?.field?.slice(1) || error?.code || '');
    } catch (error) {
      // What is left of it is removed next: it must not go on at the server.
      if (task.signal.aborted) await this.stop(transfer);
      if (task.signal.aborted || error instanceof DeviceError || error instanceof LostError) throw error;
      // An answer that came while the body was still being sent may be lost: the server remembers it.
      const progress = await this.look(transfer).catch(() => undefined);
      if (progress?.state === 'failed') throw failureOf(progress.error ?? '', progress.code ?? '');
      throw await this.isReadable(task.file) ? new LostError('the connection was lost') : new DeviceError('the file could not be read');
    } finally {
      clearInterval(watch);
    }
  }

  /// Sends it until it is there, also when only this transfer's own connection was lost.
  async uploadWhole(task: UploadTask): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.upload(task);
      } catch (error) {
        if (!(error instanceof LostError) || task.signal.aborted || tries === kTries) throw error;
        await pause(500);
        if (!this.device.isOpen || task.signal.aborted) throw error;
      }
    }
  }

  private query(path: string, transfer: string): Record<string, string> {
    return { nodeid: this.context.device!.id, path, transfer, session: this.device.tunnel?.id ?? '' };
  }

  private look(transfer: string): Promise<Progress> {
    return this.context.call<Progress>('files.transfer', { transfer });
  }

  private stop(transfer: string): Promise<unknown> {
    return this.context.call('files.transferStop', { transfer }).catch(() => undefined);
  }

  /// A file that was changed or removed after it was chosen can't be read any more.
  private isReadable(file: Blob): Promise<boolean> {
    return file.slice(0, 1).arrayBuffer().then(() => true, () => false);
  }
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? '');

/// What the connection's end made fail can go on; what somebody refused can't.
function failureOf(text: string, code: string): Error {
  if (code === 'exists') return new DeviceError(text, 'exists');
  return ['unavailable', 'gone', 'offset', 'deadline_exceeded'].includes(code) ? new LostError(text) : new DeviceError(text, code);
}

function joined(folder: string, name: string, isUnix: boolean): string {
  if (/[/\\]$/.test(folder)) return folder + name;
  return folder + (isUnix ? '/' : '\\') + name;
}
