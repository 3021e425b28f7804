import { html, nothing } from 'lit';
import { customElement } from 'lit/decorators.js';
import { channel, directory } from '../app';
import { i18n, t } from '../core/i18n';
import { deviceLink, formatPlace, shortId } from '../core/router';
import { Watch } from '../core/watch';
import { kTellConnect, kTellDisconnect, setNotices } from '../model/notices';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { toastError } from '../widgets/toast';

/// What the person has asked to be told of; asked for at each group and device.
@customElement('account-notices')
export class AccountNotices extends LightElement {
  readonly watch = new Watch(this, directory, i18n);

  override render() {
    const set = Object.entries(directory.me?.notify ?? {}).filter(([, flags]) => flags & (kTellConnect | kTellDisconnect));
    return html`<section class="panel" aria-labelledby="account-notices">
      <header><h2 id="account-notices">${t('notices.title')}</h2></header>
      ${set.length
        ? html`<ul class="plain-list">${set.map(([id, flags]) => this.renderOne(id, flags))}</ul>`
        : html`<p class="inside soft">${t('notices.none')}</p>`}
    </section>`;
  }

  private renderOne(id: string, flags: number) {
    const isGroup = id.startsWith('mesh/');
    const name = (isGroup ? directory.groupName(id) : directory.devices.get(id)?.name) || id;
    const words = [flags & kTellConnect ? t('notices.onConnect') : '', flags & kTellDisconnect ? t('notices.onDisconnect') : ''].filter(Boolean);
    return html`<li data-testid="notice-row">
      <div class="about">
        <a href=${formatPlace(isGroup ? ['groups', shortId(id)] : deviceLink(id))}>${name}</a>${isGroup ? html` <span class="badge">${t('device.group')}</span>` : nothing}
        <p>${words.join(' · ')}</p>
      </div>
      <button class="btn small plain square" aria-label=${t('notices.remove', { name })} @click=${() => void setNotices(channel, id, 0).catch(toastError)}>${icon('trash')}</button>
    </li>`;
  }
}
