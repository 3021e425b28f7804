import type { PluginContext } from '../../../../web/plugin-api';
import type { Source } from './source';
import type { ListPlace } from './where';

/// What the parts of the page share.
export interface App {
  readonly context: PluginContext;
  readonly root: HTMLElement;
  t(key: string, values?: Record<string, string | number>): string;
  onLeave(undo: () => void): void;
  /// The list shows this now: for the address, without a step in the browser's history.
  remember(list: ListPlace): void;
  /// To the list as it was.
  back(): void;
  /// The same for what can't be played: the address forgets it.
  giveUp(): void;
  /// `id`: of the server's recording, which is looked up; or a file of this computer.
  play(what: { id: string; at?: number } | { source: Source }): void;
  /// Runs `work`; what goes wrong is said in a toast. Undefined then.
  attempt<T>(work: () => Promise<T>): Promise<T | undefined>;
}
