import type { PluginContext } from '../../../../web/plugin-api';
import type { Source } from './source';

/// What the parts of the page share.
export interface App {
  readonly context: PluginContext;
  readonly root: HTMLElement;
  t(key: string, values?: Record<string, string | number>): string;
  onLeave(undo: () => void): void;
  showList(): void;
  /// `id`: of the server's recording, which is looked up; or a file of this computer.
  play(what: { id: string; at?: number } | { source: Source }): void;
  /// Runs `work`; what goes wrong is said in a toast. Undefined then.
  attempt<T>(work: () => Promise<T>): Promise<T | undefined>;
}
