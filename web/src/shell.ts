import { html, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import { directory, plugins, session } from './app';
import { i18n, languageName, languages, t, type TextKey } from './core/i18n';
import { router } from './core/router';
import { theme, type ContrastChoice, type ThemeChoice } from './core/theme';
import { Watch } from './core/watch';
import { has, kManageUsers, kUserGroups } from './model/rights';
import './views/connection_banner';
import './views/device_view';
import { skeleton } from './views/devices_view';
import { gate } from './views/gate';
import './views/groups_view';
import { LazyViews } from './views/lazy';
import { mayLeave } from './views/leave';
import './views/login_view';
import './views/navigation';
import { openPalette } from './views/palette';
import { destinations, isAdmin, isCurrent, mayUseFiles, siteRights } from './views/places';
import './views/plugin_host';
import './views/plugins_view';
import './views/setup_view';
import { signOut } from './views/sign_out';
import { icon } from './widgets/icon';
import { LightElement } from './widgets/light';
import './widgets/menu';
import type { MenuEntry } from './widgets/menu';
import './widgets/toast';

/// The whole page: sign-in pages, or navigation with the view that the address names.
@customElement('trellis-app')
export class TrellisApp extends LightElement {
  private readonly lazy = new LazyViews();
  readonly watch = new Watch(this, session, router, plugins, directory, theme, i18n, this.lazy);
  private shownPage = '';

  override connectedCallback(): void {
    super.connectedCallback();
    router.mayLeave = () => session.state !== 'in' || mayLeave();
    addEventListener('keydown', (event) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      // In a terminal Ctrl+K belongs to the device.
      if (session.state !== 'in' || event.composedPath().some((node) => node instanceof Element && node.matches('.xterm'))) return;
      event.preventDefault();
      openPalette();
    });
  }

  override render() {
    return html`${this.renderState()}<tr-toasts></tr-toasts>`;
  }

  protected override updated(): void {
    const title = this.pageTitle();
    document.title = title ? `${title} · ${session.title}` : session.title;
    this.announcePage();
  }

  private renderState(): TemplateResult {
    switch (session.state) {
      case 'unknown':
        return html`<div class="gate" role="status" aria-label=${t('common.loading')}><span class="spinner"></span></div>`;
      case 'unreachable':
        return gate(
          t('unreachable.title'),
          html`<p class="soft">${t('unreachable.text')}</p>
            <button class="btn primary" @click=${() => void session.load()}>${t('common.retry')}</button>`,
        );
      case 'setup':
        return html`<setup-view></setup-view>`;
      case 'out':
        return html`<login-view></login-view>`;
      case 'in':
        return this.renderFrame();
    }
  }

  private renderFrame() {
    return html`<div class="frame">
      <a class="skip-link btn" href="#main" @click=${(event: Event) => this.skip(event)}>${t('nav.skip')}</a>
      <connection-banner class="banner-place"></connection-banner>
      <header class="side">
        <a class="brand" href="#/devices"><img src="/favicon.svg" alt="" /><span class="cut">${session.title}</span></a>
        <tr-navigation></tr-navigation>
        <tr-menu
          up
          .entries=${this.accountEntries()}
          .label=${t('account.menu', { name: session.me?.name ?? '' })}
          .buttonClass=${'btn plain'}
          .content=${html`<span class="avatar" data-initial=${initialOf(session.me?.name)}></span>
            <span class="cut grow">${session.me?.name}</span>${icon('up')}`}
          data-testid="account-menu"
        ></tr-menu>
      </header>
      <main id="main" tabindex="-1">${this.renderView()}</main>
    </div>`;
  }

  private renderView() {
    const [page = 'devices', first, second, ...rest] = router.place.path;
    if (page === 'devices' && first === undefined) return html`<devices-view></devices-view>`;
    if (page === 'setup') return html`<devices-view></devices-view>`;
    if (page === 'devices' && rest.length === 0) return html`<device-view .deviceId=${first} .tab=${second ?? 'general'}></device-view>`;
    if (page === 'groups' && first === undefined) return html`<groups-view></groups-view>`;
    if (page === 'plugins' && first === undefined && isAdmin()) return html`<plugins-view></plugins-view>`;
    const lazy = this.renderLazy(page, first, second);
    if (lazy) return lazy;
    const contribution = page === 'page' ? plugins.of('site_page').find((entry) => entry.plugin === first && entry.id === second) : undefined;
    // Made anew for another page and in another language: a plugin writes its texts once.
    if (contribution) return html`${keyed(`${plugins.language} ${contribution.module} ${contribution.id}`, html`<plugin-host .contribution=${contribution}></plugin-host>`)}`;
    if (page === 'page' && !plugins.isLoaded) return html`<div></div>`;
    return this.renderNotFound();
  }

  /// Views that only some people open come when they are first shown.
  private renderLazy(page: string, first: string | undefined, second: string | undefined): TemplateResult | undefined {
    const rights = siteRights();
    if (second !== undefined) return undefined;
    if (first !== undefined) {
      if (page === 'groups') return this.lazy.show('group', html`<group-view .groupId=${first}></group-view>`, skeleton);
      if (page === 'user-groups' && has(rights, kUserGroups)) return this.lazy.show('userGroup', html`<user-group-view .groupId=${first}></user-group-view>`, skeleton);
      return undefined;
    }
    if (page === 'users' && has(rights, kManageUsers)) return this.lazy.show('users', html`<users-view></users-view>`, skeleton);
    if (page === 'user-groups' && has(rights, kUserGroups)) return this.lazy.show('userGroups', html`<user-groups-view></user-groups-view>`, skeleton);
    if (page === 'account') return this.lazy.show('account', html`<account-view></account-view>`, skeleton);
    if (page === 'server' && isAdmin()) return this.lazy.show('server', html`<server-view></server-view>`, skeleton);
    if (page === 'files' && mayUseFiles()) return this.lazy.show('serverFiles', html`<server-files-view></server-files-view>`, skeleton);
    if (page === 'events') return this.lazy.show('events', html`<events-view></events-view>`, skeleton);
    return undefined;
  }

  private renderNotFound() {
    return html`<div class="scroll"><div class="empty" data-testid="not-found">
      ${icon('search')}
      <h1>${t('notFound.title')}</h1>
      <p>${t('notFound.text')}</p>
      <div class="row"><a class="btn primary" href="#/devices">${t('notFound.back')}</a></div>
    </div></div>`;
  }

  private accountEntries(): MenuEntry[] {
    const schemes: [ThemeChoice, TextKey][] = [['system', 'theme.system'], ['light', 'theme.light'], ['dark', 'theme.dark']];
    const contrasts: [ContrastChoice, TextKey][] = [['system', 'contrast.system'], ['normal', 'contrast.normal'], ['high', 'contrast.high']];
    return [
      { label: t('account.title'), icon: 'key', testid: 'my-account', run: () => router.go(['account']) },
      'line',
      { heading: t('theme.title') },
      ...schemes.map(([value, key]) => ({ label: t(key), checked: theme.choice === value, testid: `theme-${value}`, run: () => (theme.choice = value) })),
      { heading: t('contrast.title') },
      ...contrasts.map(([value, key]) => ({
        label: t(key),
        checked: theme.contrastChoice === value,
        testid: `contrast-${value}`,
        run: () => (theme.contrastChoice = value),
      })),
      { heading: t('language.title') },
      ...languages.map((language) => ({
        label: languageName(language),
        checked: i18n.language === language,
        testid: `language-${language}`,
        run: () => void this.speak(language),
      })),
      'line',
      { label: t('account.logout'), icon: 'logout', testid: 'logout', run: () => void signOut() },
    ];
  }

  /// A plugin's page is made anew for it.
  private async speak(language: (typeof languages)[number]): Promise<void> {
    if (router.place.path[0] !== 'page' || (await mayLeave())) void i18n.choose(language);
  }

  private pageTitle(): string {
    if (session.state === 'setup') return t('setup.title');
    if (session.state !== 'in') return session.state === 'out' ? t('login.title') : '';
    return this.querySelector('main h1')?.firstChild?.textContent?.trim() || destinations().find((item) => isCurrent(item.path))?.label || '';
  }

  /// After a change of page the keyboard starts at the new content, as on a page load.
  private announcePage(): void {
    const page = session.state === 'in' ? router.place.path.slice(0, 2).join('/') : session.state;
    if (page === this.shownPage) return;
    const isFirst = this.shownPage === '';
    this.shownPage = page;
    if (session.state !== 'in' || isFirst) return;
    this.querySelector<HTMLElement>('#main')?.focus();
  }

  private skip(event: Event): void {
    event.preventDefault();
    this.querySelector<HTMLElement>('#main')?.focus();
  }
}

function initialOf(name = ''): string {
  return ([...name.trim()][0] ?? '?').toUpperCase();
}
