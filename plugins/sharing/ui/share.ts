import type { Mount, PluginContext } from '../../../web/plugin-api';
import { make } from './src/dom';
import { ShareForm } from './src/form';
import { kKinds, type Listing, type Share } from './src/model';
import { style } from './src/style';

/// The "Share" action of a device: its guest links, and a form for another.
export const mount: Mount = async (root, context) => {
  context.adopt(style);
  const panel = new SharePanel(root, context);
  await panel.load();
  const timer = setInterval(() => void panel.refresh(), 5_000);
  context.on('deviceShareUpdate', () => void panel.refresh());
  return () => clearInterval(timer);
};

const kStates: Record<Share['state'], string> = { open: 'state.open', early: 'state.early', over: 'state.over', unbacked: 'state.unbacked' };

class SharePanel {
  private readonly list = make('div', { className: 'shares' });
  private readonly news = make('div', { className: 'new-link', role: 'status' });
  private shown = '';

  constructor(
    private readonly root: HTMLElement,
    private readonly context: PluginContext,
  ) {}

  async load(): Promise<void> {
    const listing = await this.ask();
    const form = new ShareForm(this.context, listing, (args) => this.create(args));
    this.root.append(this.list, this.news, listing.kinds.length ? form.root : make('p', { className: 'hint' }, this.context.t('form.nothing')));
    this.draw(listing);
  }

  async refresh(): Promise<void> {
    const listing = await this.ask().catch(() => undefined);
    if (listing) this.draw(listing);
  }

  private ask(): Promise<Listing> {
    return this.context.call<Listing>('sharing.list', { nodeid: this.context.device?.id ?? '' });
  }

  private async create(args: Record<string, unknown>): Promise<void> {
    const made = await this.context.call<{ url: string }>('sharing.create', args);
    const { t } = this.context;
    const link = make('input', { className: 'input mono', readOnly: true, value: made.url, 'aria-label': t('link.label') });
    link.dataset['testid'] = 'share-url';
    this.news.replaceChildren(make('p', {}, t('link.made')), make('div', { className: 'row' }, link, this.copyButton(made.url)));
    link.select();
    await this.refresh();
  }

  private copyButton(url: string, label = ''): HTMLButtonElement {
    const { t } = this.context;
    const button = make('button', { className: 'btn small', type: 'button' }, t('link.copy'));
    if (label) button.setAttribute('aria-label', `${t('link.copy')}: ${label}`);
    button.dataset['testid'] = 'share-copy';
    button.addEventListener('click', () => {
      void navigator.clipboard.writeText(url).then(
        () => this.context.toast(t('link.copied'), 'success'),
        () => this.context.toast(t('link.notCopied'), 'error'),
      );
    });
    return button;
  }

  private draw(listing: Listing): void {
    // The link is made anew with every listing, and is as good as the one before.
    const digest = JSON.stringify(listing.shares.map(({ url, ...rest }) => ({ ...rest, own: Boolean(url) })));
    if (digest === this.shown) return;
    this.shown = digest;
    const { t } = this.context;
    const rows = listing.shares.map((share) => this.row(share));
    this.list.replaceChildren(
      make('h3', {}, t('list.title')),
      rows.length ? make('ul', {}, ...rows) : make('p', { className: 'hint' }, t('list.none')),
    );
  }

  private row(share: Share): HTMLElement {
    const { t } = this.context;
    const what = kKinds.filter((kind) => share.p & kind.bit).map((kind) => t(kind.key)).join(', ');
    const facts = [share.viewOnly ? t('list.lookOnly', { what }) : what, this.timeText(share), t('list.by', { name: share.by })];
    const state = make('span', { className: `badge ${share.state === 'open' ? 'ok' : share.state === 'unbacked' ? 'warn' : ''}` }, t(kStates[share.state]));
    const revoke = make('button', { className: 'btn small danger', type: 'button', 'aria-label': `${t('list.revoke')}: ${share.guestName}` }, t('list.revoke'));
    revoke.dataset['testid'] = 'share-revoke';
    revoke.addEventListener('click', () => void this.revoke(share, revoke));
    const head = make('div', { className: 'who' }, make('strong', {}, share.guestName), state);
    if (share.sessions > 0) head.append(make('span', { className: 'badge warn' }, t('list.sessions', { n: share.sessions })));
    const row = make('li', {}, make('div', { className: 'text' }, head, make('div', { className: 'hint' }, facts.join(' · '))), ...(share.url ? [this.copyButton(share.url, share.guestName)] : []), revoke);
    row.dataset['testid'] = 'share-row';
    return row;
  }

  private timeText(share: Share): string {
    const { t } = this.context;
    const text = (time: number): string => new Date(time).toLocaleString(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' });
    if (share.recurring) return t(share.recurring === 1 ? 'time.daily' : 'time.weekly', { from: text(share.from ?? 0), until: text(share.until ?? 0) });
    if (share.until === undefined) return t('time.noEnd');
    return t('time.range', { from: text(share.from ?? 0), until: text(share.until) });
  }

  private async revoke(share: Share, button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    try {
      await this.context.call('sharing.revoke', { nodeid: this.context.device?.id ?? '', publicid: share.publicid });
      this.news.replaceChildren();
      this.context.toast(this.context.t('list.revoked', { name: share.guestName }), 'success');
      await this.refresh();
    } catch (error) {
      button.disabled = false;
      this.context.toast(error instanceof Error ? error.message : String(error), 'error');
    }
  }
}
