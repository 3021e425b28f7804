import type { PluginContext } from '../../../../web/plugin-api';
import { DeviceError, type Device, type Way } from './device';
import type { Dialogs } from './dialogs';
import { h } from './dom';
import { download } from './download';
import { unified, withEndsOf } from './line_ends';
import { shown } from './names';
import { rootOf } from './pieces';
import { MemorySink } from './sinks';
import { upload } from './upload';

export const kMaxText = 1024 * 1024;

interface Text {
  text: string;
  hasMark: boolean;
}

/// UTF-8 text of a file; undefined if it is none.
export function textOf(bytes: Uint8Array): Text | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const hasMark = text.startsWith('\ufeff');
    return { text: hasMark ? text.slice(1) : text, hasMark };
  } catch {
    return undefined;
  }
}

/// What was made of it, with its byte order mark and line ends.
export function bytesOf({ text, hasMark }: Text, edited: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode((hasMark ? '\ufeff' : '') + withEndsOf(text, edited)) as Uint8Array<ArrayBuffer>;
}

async function fetchBytes(device: Device, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const sink = new MemorySink();
  const stop = new AbortController();
  let isTooLarge = false;
  // What is said at the start may be less than what comes: files of /proc say that they are empty.
  const look = (size: number): void => {
    isTooLarge ||= size > kMaxText;
    if (isTooLarge) stop.abort();
  };
  try {
    await download(device, { path, sink, signal: stop.signal, onStart: look, onProgress: look });
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
    const file = new Blob([bytesOf(found, area.value)]);
    tellIfBusy('up');
    return upload(device, { folder, name, file, exists: 'replace', expect, onProgress: () => undefined, signal: new AbortController().signal });
  };
  const isChanged = (): boolean => area.value !== unified(found.text);
  const stopHolding = context.holds(() => (isChanged() ? t('editor.unsaved', { name: shown(name) }) : undefined));
  const mayClose = async (): Promise<boolean> => !isChanged() || (await discards(context, dialogs));
  try {
    while ((await ask(dialogs, name, area, mayClose)) === 'save') {
      try {
        await save(root);
        return true;
      } catch (error) {
        // The text stays open until it is saved or given up.
        if (!(error instanceof DeviceError) || error.code !== 'changed') context.toast(error instanceof Error ? error.message : String(error), 'error');
        else if (await overwrites(context, dialogs)) return await save().then(() => true);
      }
    }
  } finally {
    stopHolding();
  }
  return false;
}

async function discards({ t }: PluginContext, dialogs: Dialogs): Promise<boolean> {
  const body = [h('p', {}, t('editor.discardText'))];
  return (await dialogs.ask(t('editor.discard'), body, [{ value: 'discard', text: 'editor.discardDo', look: 'danger' }])) === 'discard';
}

async function overwrites({ t }: PluginContext, dialogs: Dialogs): Promise<boolean> {
  const body = [h('p', {}, t('editor.changedText'))];
  return (await dialogs.ask(t('editor.changed'), body, [{ value: 'ok', text: 'editor.overwrite', look: 'danger' }])) === 'ok';
}

function ask(dialogs: Dialogs, name: string, area: HTMLTextAreaElement, mayClose: () => Promise<boolean>): Promise<string | null> {
  const answer = dialogs.ask(shown(name), [area], [{ value: 'save', text: 'editor.save', look: 'primary' }], undefined, mayClose);
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
