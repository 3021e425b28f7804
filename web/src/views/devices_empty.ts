import { html } from 'lit';
import { directory } from '../app';
import { t } from '../core/i18n';
import { openDialog } from '../widgets/dialog';
import { icon } from '../widgets/icon';
import { CreateGroupDialog, InstallDialog, mayCreateGroups } from './group_dialogs';

/// What stands in the place of the device list when there is nothing to list.

export function noGroup() {
  return html`<div class="scroll"><div class="empty" data-testid="empty-no-group">
    ${icon('groups')}
    <h2>${t('empty.noGroupTitle')}</h2>
    <p>${t('empty.noGroup')}</p>
    ${mayCreateGroups()
      ? html`<div class="row"><button class="btn primary" @click=${() => openDialog(new CreateGroupDialog(true))} data-testid="create-group">
          ${icon('plus')}${t('groups.create')}
        </button></div>`
      : html`<p>${t('empty.askAdmin')}</p>`}
  </div></div>`;
}

export function noDevice() {
  return html`<div class="scroll"><div class="empty" data-testid="empty-no-device">
    ${icon('devices')}
    <h2>${t('empty.noDeviceTitle')}</h2>
    <p>${t('empty.noDevice')}</p>
    <div class="row"><button class="btn primary" @click=${() => openDialog(new InstallDialog(''))}>
      ${icon('plus')}${t('devices.add')}
    </button></div>
  </div></div>`;
}

export function nothingFound(clear: () => void) {
  return html`<div class="scroll"><div class="empty" data-testid="empty-search">
    ${icon('search')}
    <h2>${t('empty.nothingFoundTitle')}</h2>
    <p>${t('empty.nothingFound')}</p>
    <div class="row"><button class="btn" @click=${clear}>${t('devices.clear')}</button></div>
  </div></div>`;
}

export function loadFailed() {
  return html`<div class="scroll"><div class="empty">
    ${icon('warn')}
    <h2>${t('empty.failedTitle')}</h2>
    <div class="row"><button class="btn" @click=${() => void directory.load()}>${t('common.retry')}</button></div>
  </div></div>`;
}
