import type { PluginContext } from '../../../../web/plugin-api';
import type { Device } from './device';
import type { Dialogs } from './dialogs';
import { h } from './dom';
import { shown } from './names';

const kShown = 500;
/// The device looks no further.
const kMostFound = 10_000;

/// Looks for names below a folder; resolves with the chosen path relative to it.
export async function search(context: PluginContext, device: Device, dialogs: Dialogs, folder: string): Promise<string | undefined> {
  const { t } = context;
  const input = h('input', { class: 'input', type: 'search', 'aria-label': t('search.label'), placeholder: t('search.hint'), test: 'search-text', autocomplete: 'off' });
  const status = h('p', { class: 'soft', role: 'status', test: 'search-status' });
  const found = h('ul', { class: 'found' });
  let chosen: string | undefined;
  let run = 0;
  const start = (): boolean => {
    const mine = ++run;
    let count = 0;
    const filter = patternOf(input.value, device.facts?.isUnix ?? true);
    found.replaceChildren();
    if (input.value.trim() === '') return false;
    status.textContent = t('search.running');
    const take = (path: string): void => {
      if (mine !== run || ++count > kShown) return;
      const pick = (): void => {
        chosen = path;
        found.closest('dialog')?.close();
      };
      found.append(h('li', {}, h('button', { type: 'button', onclick: pick, test: 'search-found' }, h('bdi', {}, shown(path)))));
      status.textContent = t('search.found', { count });
    };
    device
      .converse<void>({ action: 'findfile', path: folder, filter }, (answer, done) => (answer['r'] === null ? done() : take(String(answer['r']))))
      .then(
        () => mine === run && (status.textContent = t(endOf(count), { count })),
        (error: Error) => mine === run && (status.textContent = error.message),
      );
    return false;
  };
  const title = t('search.title', { folder: shown(folder) });
  await dialogs.ask(title, [input, status, found], [{ value: 'go', text: 'search.start', look: 'primary' }], start);
  if (device.isOpen) void device.send({ action: 'cancelfindfile' });
  return chosen;
}

/// A pattern as find(1) has it, in which only "*" and "?" mean something. Windows has no backslash in names, and there it
/// means nothing in a pattern.
export function patternOf(text: string, isUnix: boolean): string {
  const literal = (isUnix ? text.replaceAll('\\', '\\\\') : text).replaceAll('[', '[[]');
  return /[*?]/.test(text) ? literal : `*${literal}*`;
}

function endOf(count: number): string {
  if (count >= kMostFound) return 'search.cut';
  return count > kShown ? 'search.many' : 'search.done';
}
