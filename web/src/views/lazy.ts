import { html, type TemplateResult } from 'lit';
import { t } from '../core/i18n';
import { Observable } from '../core/observe';
import { icon } from '../widgets/icon';

const loaders = {
  users: () => import('./users_view'),
  account: () => import('./account_view'),
  userGroups: () => import('./user_groups_view'),
  userGroup: () => import('./user_group_view'),
  group: () => import('./group_view'),
  events: () => import('./events_view'),
  details: () => import('./device_details'),
  server: () => import('./server_view'),
  serverFiles: () => import('./server_files_view'),
};

export type LazyView = keyof typeof loaders;

/// Views that are no part of the first load. Watched: changes when one has come, or could not.
export class LazyViews extends Observable {
  private readonly states = new Map<LazyView, 'loading' | 'ready' | 'failed'>();

  /// `view` when its code is here; until then `placeholder`, or a way to try again.
  show(name: LazyView, view: TemplateResult, placeholder: () => TemplateResult): TemplateResult {
    const state = this.states.get(name);
    if (state === 'ready') return view;
    if (state === undefined) void this.load(name);
    if (state !== 'failed') return html`<div role="status" aria-label=${t('common.loading')}>${placeholder()}</div>`;
    return html`<div class="scroll"><div class="empty">
      ${icon('warn')}
      <h1>${t('plugin.loadFailed')}</h1>
      <div class="row"><button class="btn" @click=${() => void this.load(name)}>${t('common.retry')}</button></div>
    </div></div>`;
  }

  private async load(name: LazyView): Promise<void> {
    this.states.set(name, 'loading');
    try {
      await loaders[name]();
      this.states.set(name, 'ready');
    } catch {
      // A browser remembers a failed module; after an update of the server only a reload helps.
      this.states.set(name, 'failed');
    }
    this.changed();
  }
}
