import type { PluginContext } from '../../../../web/plugin-api';
import { h, type Child } from '../../../../web/plugin-api/dom';
import { confirming } from '../../../../web/plugin-api/page';

export type TabName = 'jobs' | 'library' | 'run' | 'schedules' | 'rules';

/// What the parts of the page share. A part puts its elements into `panel` and may leave something to be
/// undone when another takes its place.
export interface App {
  readonly context: PluginContext;
  readonly panel: HTMLElement;
  t(key: string, values?: Record<string, string | number>): string;
  /// Shows another part; `argument`: a job's or a script's id.
  open(tab: TabName, argument?: string): void;
  onLeave(undo: () => void): void;
  /// Runs `work`; what goes wrong is said in a toast. Undefined then.
  attempt<T>(work: () => Promise<T>): Promise<T | undefined>;
}

export function show(app: App, ...children: Child[]): void {
  app.panel.replaceChildren(...children.filter((child): child is Node | string => child !== undefined && child !== false));
}

/// The end of an editor: save, and remove if there is something to be removed.
export function editorButtons(app: App, test: string, command: string, id: string | undefined, back: TabName): HTMLElement {
  const save = h('button', { type: 'submit', class: 'btn primary', test: `${test}-save` }, app.t('scripts.common.save'));
  const remove = async (): Promise<void> => {
    if (await app.attempt(() => app.context.call(command, { id }))) app.open(back);
  };
  const more = id !== undefined && confirming(app.t('scripts.common.remove'), app.t('scripts.common.really'), () => void remove(), `${test}-remove`);
  return h('div', { class: 'row' }, save, more);
}
