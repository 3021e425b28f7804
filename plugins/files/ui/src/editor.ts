import type { PluginContext } from '../../../../web/plugin-api';
import { DeviceError, type Device, type Way } from './device';
import type { Dialogs } from './dialogs';
import { h } from './dom';
import { download } from './download';
import { shown } from './names';
import { rootOf } from './pieces';
import { MemorySink } from './sinks';
import { upload } from './upload';

export const kMaxText = 1024 * 1024;

interface Text {
  text: string;
  hasMark: boolean;
  isCrLf: boolean;
}

/// UTF-8 text of a file; undefined if it is none. A byte order mark and CRLF are kept on saving.
export function textOf(bytes: Uint8Array): Text | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const hasMark = text.startsWith('\ufeff');
    const isCrLf = /\r\n/.test(text) && !/[^\r]\n/.test(text);
    return { text: hasMark ? text.slice(1) : text, hasMark, isCrLf };
  } catch {
    return undefined;
  }
}

export function bytesOf({ text, hasMark, isCrLf }: Text): Uint8Array<ArrayBuffer> {
  const lines = isCrLf ? text.replace(/\r?\n/g, '\r\n') : text;
  return new TextEncoder().encode((hasMark ? '\ufeff' : '') + lines) as Uint8Array<ArrayBuffer>;
}

async function fetchBytes(device: Device, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const sink = new MemorySink();
  const stop = new AbortController();
  let isTooLarge = false;
  const onStart = (size: number): void => {
    isTooLarge = size > kMaxText;
    if (isTooLarge) stop.abort();
  };
  try {
    await download(device, { path, sink, signal: stop.signal, onStart, onProgress: () => undefined });
  } catch (error) {
    throw isTooLarge ? new DeviceError('editor.large') : error;
  }
  return sink.bytes();
}

/// Shows a text file and saves it in its place, if nobody else has changed it meanwhile.
export async function edit(context: PluginContext, device: Device, dialogs: Dialogs, folder: string, name: string, path: string): Promise<boolean> {
  const { t } = context;
  const tellIfBusy = (way: Way): void => void (device.isBusy(way) && context.toast(t('editor.waits'), 'info'));
  tellIfBusy('down');
  const before = await fetchBytes(device, path);
  const found = textOf(before);
  if (!found) throw new DeviceError('editor.binary');
  const area = h('textarea', { class: 'input editor', 'aria-label': t('editor.label', { name: shown(name) }), value: found.text, spellcheck: false, test: 'editor' });
  const root = await rootOf(before);
  const save = (expect?: string): Promise<unknown> => {
    const file = new Blob([bytesOf({ ...found, text: area.value })]);
    tellIfBusy('up');
    return upload(device, { folder, name, file, exists: 'replace', expect, onProgress: () => undefined, signal: new AbortController().signal });
  };
  while ((await ask(dialogs, name, area)) === 'save') {
    try {
      await save(root);
      return true;
    } catch (error) {
      // The text stays open until it is saved or given up.
      if (!(error instanceof DeviceError) || error.code !== 'changed') context.toast(error instanceof Error ? error.message : String(error), 'error');
      else if (await overwrites(context, dialogs)) return save().then(() => true);
    }
  }
  return false;
}

async function overwrites({ t }: PluginContext, dialogs: Dialogs): Promise<boolean> {
  const body = [h('p', {}, t('editor.changedText'))];
  return (await dialogs.ask(t('editor.changed'), body, [{ value: 'ok', text: 'editor.overwrite', look: 'danger' }])) === 'ok';
}

function ask(dialogs: Dialogs, name: string, area: HTMLTextAreaElement): Promise<string | null> {
  const answer = dialogs.ask(shown(name), [area], [{ value: 'save', text: 'editor.save', look: 'primary' }]);
  const dialog = area.closest('dialog');
  dialog?.classList.add('wide');
  area.setSelectionRange(0, 0);
  area.focus();
  area.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return;
    event.preventDefault();
    dialog?.querySelector('form')?.requestSubmit();
  });
  return answer;
}
