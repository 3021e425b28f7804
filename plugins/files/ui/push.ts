import type { Mount, PluginContext } from '../../../web/plugin-api';
import { button, h } from './src/dom';
import { shown, sizeText } from './src/names';
import { style } from './src/style';

interface Target {
  nodeid: string;
  name: string;
  group: string;
  online: boolean;
}
interface Push {
  push: string;
  name: string;
  path: string;
  size: number;
  received: number;
  ownerName: string;
  createdMs: number;
  counts: Record<string, number>;
  devices?: { nodeid: string; name: string; state: string; at: number; error: string }[];
  isOver?: boolean;
  canRetry?: boolean;
}

const kChunk = 2 * 1024 * 1024;
const kShown = 300;
const tone: Record<string, string> = { done: 'badge ok', failed: 'badge bad', denied: 'badge bad', expired: 'badge warn' };

/// The page on which a file is sent to many devices; or, for devices that were chosen in a list, the dialog.
export const mount: Mount = (root, context) => {
  context.adopt(style + pageStyle);
  const page = new PushPage(root, context);
  void page.load();
  return () => page.end();
};

class PushPage {
  private readonly t: PluginContext['t'];
  private readonly file = h('input', { type: 'file', class: 'input', test: 'push-file' });
  private readonly path = h('input', { class: 'input', value: '/tmp', test: 'push-path', maxLength: 4096 });
  private readonly windowsPath = h('input', { class: 'input', value: 'C:\\Windows\\Temp', maxLength: 4096 });
  private readonly exists: HTMLSelectElement;
  private readonly wait = h('input', { class: 'input', type: 'number', min: '1', max: '2160', value: '24' });
  private readonly filter = h('input', { class: 'input', type: 'search', test: 'push-filter' });
  private readonly choices = h('div', { class: 'choices', tabIndex: 0 });
  private readonly count = h('p', { class: 'soft', role: 'status', test: 'push-count' });
  private readonly progress = h('progress', { max: 1, value: 0, hidden: true });
  private readonly list = h('div', { class: 'pushes', test: 'pushes' });
  private readonly start: HTMLButtonElement;
  private readonly isDialog: boolean;
  private targets: Target[] = [];
  private chosen = new Set<string>();
  private opened = new Set<string>();
  private mine = new Set<string>();
  /// What is on its way to the server.
  private giving: { push: string; done: number; size: number } | undefined;
  private isOver = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    root: HTMLElement,
    private readonly context: PluginContext,
  ) {
    const { t } = context;
    this.t = t;
    this.isDialog = context.devices.length > 0;
    for (const { id } of context.devices) this.chosen.add(id);
    this.exists = h('select', { class: 'select', test: 'push-exists' }, ...['fail', 'replace', 'rename'].map((value) => h('option', { value }, t(`push.exists.${value}`))));
    this.start = button(t('push.send'), () => void this.send(), { class: 'btn primary', test: 'push-send' });
    this.filter.addEventListener('input', () => this.showTargets());
    this.progress.setAttribute('aria-label', t('push.sending'));
    this.choices.setAttribute('aria-label', t('push.devices'));
    this.choices.setAttribute('role', 'group');
    const all = button(t('push.all'), () => this.choose(true), { test: 'push-all' });
    const none = button(t('push.none'), () => this.choose(false));
    const form = h(
      'form',
      { class: 'form', onsubmit: (event: Event) => event.preventDefault() },
      field(t('push.file'), this.file),
      h('div', { class: 'columns' }, field(t('push.path'), this.path), field(t('push.windowsPath'), this.windowsPath)),
      h('div', { class: 'columns' }, field(t('push.exists'), this.exists), field(t('push.wait'), this.wait)),
      this.isDialog
        ? this.count
        : h('fieldset', { class: 'devices' }, h('legend', {}, t('push.devices')), h('div', { class: 'row' }, field(t('push.filter'), this.filter), all, none), this.choices, this.count),
      h('div', { class: 'row' }, this.start, this.progress),
    );
    const head = [h('h1', {}, t('push.title')), h('p', { class: 'soft' }, t('push.about'))];
    root.append(h('div', { class: this.isDialog ? 'push chosen' : 'push' }, ...(this.isDialog ? [] : head), form, ...(this.isDialog ? [] : [h('h2', {}, t('push.sent'))]), this.list));
    context.on('files.pushChanged', () => this.soon());
    context.holds(() => this.giving && t('leave.push', { done: sizeText(this.giving.done), size: sizeText(this.giving.size) }));
  }

  end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }

  async load(): Promise<void> {
    const { devices } = await this.context.call<{ devices: Target[] }>('files.pushTargets');
    this.targets = this.isDialog ? devices.filter(({ nodeid }) => this.chosen.has(nodeid)) : devices;
    if (this.isDialog) this.chosen = new Set(this.targets.map(({ nodeid }) => nodeid));
    this.showTargets();
    await this.refresh();
  }

  private soon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (!this.isOver) void this.refresh();
    }, 500);
  }

  private matching(): Target[] {
    const text = this.filter.value.trim().toLowerCase();
    return this.targets.filter(({ name, group }) => `${name} ${group}`.toLowerCase().includes(text));
  }

  private choose(on: boolean): void {
    for (const { nodeid } of this.matching()) {
      if (on) this.chosen.add(nodeid);
      else this.chosen.delete(nodeid);
    }
    this.showTargets();
  }

  private showTargets(): void {
    const found = this.matching();
    const rows = found.slice(0, kShown).map((target) => {
      const box = h('input', { type: 'checkbox', checked: this.chosen.has(target.nodeid), test: 'push-device' });
      box.addEventListener('change', () => {
        if (box.checked) this.chosen.add(target.nodeid);
        else this.chosen.delete(target.nodeid);
        this.showCount();
      });
      const state = h('span', { class: 'sr' }, ` (${this.t(target.online ? 'push.online' : 'push.offline')})`);
      return h('label', { class: 'check' }, box, h('span', { class: target.online ? 'dot on' : 'dot' }), h('bdi', {}, shown(target.name)), h('span', { class: 'soft' }, target.group), state);
    });
    if (found.length > kShown) rows.push(h('label', { class: 'soft' }, this.t('push.more', { count: found.length - kShown })));
    this.choices.replaceChildren(...rows);
    this.showCount();
  }

  private showCount(): void {
    const online = this.targets.filter(({ nodeid, online: isOnline }) => isOnline && this.chosen.has(nodeid)).length;
    this.count.textContent = this.t('push.count', { count: this.chosen.size, online });
  }

  private async send(): Promise<void> {
    const file = this.file.files?.[0];
    if (!file || this.chosen.size === 0) return this.context.toast(this.t(file ? 'push.noDevice' : 'push.noFile'), 'error');
    this.start.disabled = true;
    try {
      const args = { name: file.name, size: file.size, path: this.path.value, windowsPath: this.windowsPath.value, exists: this.exists.value, wait_h: Number(this.wait.value), devices: [...this.chosen] };
      const { push, upload } = await this.context.call<{ push: string; upload: string }>('files.push', args);
      this.opened.add(push);
      this.mine.add(push);
      this.progress.hidden = false;
      this.giving = { push, done: 0, size: file.size };
      await this.give(file, upload, this.giving);
    } catch (error) {
      this.context.toast(error instanceof Error ? error.message : String(error), 'error');
    }
    this.giving = undefined;
    this.progress.hidden = true;
    this.start.disabled = false;
    if (!this.isOver) await this.refresh().catch(() => undefined);
  }

  /// In pieces; the server says where it goes on when one was lost.
  private async give(file: File, address: string, giving: { done: number }): Promise<void> {
    let failures = 0;
    for (let at = 0; at < file.size && !this.isOver; ) {
      const reply = await fetch(`${address}&offset=${at}`, { method: 'POST', body: file.slice(at, at + kChunk), headers: { 'Content-Type': 'application/octet-stream' } }).catch(() => undefined);
      if (reply?.ok || reply?.status === 409) {
        at = ((await reply.json()) as { at: number }).at;
        failures = 0;
      } else if (++failures > 5 || (reply && reply.status < 500)) throw new Error(reply ? await messageOf(reply) : this.t('reason.lost'));
      else await new Promise((resolve) => setTimeout(resolve, 1000 * failures));
      giving.done = at;
      this.progress.value = at / file.size;
    }
  }

  private async refresh(): Promise<void> {
    const { pushes } = await this.context.call<{ pushes: Push[] }>('files.pushes');
    // A dialog tells of what was sent in it alone.
    const wanted = this.isDialog ? pushes.filter(({ push }) => this.mine.has(push)) : pushes;
    const full = await Promise.all(wanted.map((push) => (this.opened.has(push.push) ? this.context.call<Push>('files.pushStatus', { push: push.push }) : push)));
    this.list.replaceChildren(...(full.length || this.isDialog ? full.map((push) => this.row(push)) : [h('p', { class: 'soft' }, this.t('push.nothing'))]));
  }

  private row(push: Push): HTMLElement {
    const { t } = this;
    const arrival = this.arrivalOf(push);
    // Nobody is waited for as long as there is nothing to be fetched.
    const counts = Object.entries(push.counts).filter(([state]) => arrival.length === 0 || state !== 'queued');
    const badges = [...arrival, ...counts.map(([state, count]) => h('span', { class: tone[state] ?? 'badge' }, `${t(`push.state.${state}`)} ${count}`))];
    const details = h('details', { open: this.opened.has(push.push), test: 'push-row' }, h('summary', {}, h('bdi', { class: 'strong' }, shown(push.name)), ` → ${shown(push.path)} · ${sizeText(push.size)} · ${push.ownerName} · ${new Date(push.createdMs).toLocaleString()} `, ...badges));
    details.addEventListener('toggle', () => {
      if (details.open === this.opened.has(push.push)) return;
      if (details.open) this.opened.add(push.push);
      else this.opened.delete(push.push);
      void this.refresh();
    });
    const act = (command: string): void => void this.context.call(command, { push: push.push }).then(() => this.refresh(), (error: Error) => this.context.toast(error.message, 'error'));
    if (push.devices) {
      const rows = push.devices.map((device) => {
        const part = device.state === 'running' && push.size > 0 ? ` ${Math.floor((100 * device.at) / push.size)} %` : '';
        return h('li', { test: 'push-run' }, h('bdi', {}, shown(device.name)), h('span', { class: tone[device.state] ?? 'badge' }, t(`push.state.${device.state}`) + part), h('span', { class: 'soft' }, device.error));
      });
      const hint = arrival.length > 0 && push.push !== this.giving?.push && h('p', { class: 'soft' }, t('push.missingHint'));
      details.append(hint || '', h('ul', { class: 'runs' }, ...rows), h('div', { class: 'row' }, !push.isOver && button(t('push.cancel'), () => act('files.pushCancel'), { test: 'push-cancel' }), push.canRetry && button(t('push.retry'), () => act('files.pushRetry'), { test: 'push-retry' })));
    }
    return details;
  }

  /// Of a file that the server doesn't have yet; nothing when it has, or when nobody wants it any more.
  private arrivalOf({ push, size, received, counts }: Push): HTMLElement[] {
    if (received >= size || !counts['queued']) return [];
    if (push === this.giving?.push) return [h('span', { class: 'badge' }, this.t('push.sending'))];
    return [h('span', { class: 'badge warn', test: 'push-missing' }, this.t('push.missing', { done: sizeText(received), size: sizeText(size) }))];
  }
}

/// What the server says about a request that it refused.
async function messageOf(reply: Response): Promise<string> {
  const answer = (await reply.json().catch(() => undefined)) as { error?: { message?: string } } | undefined;
  return answer?.error?.message ?? `${reply.status} ${reply.statusText}`;
}

let fields = 0;
function field(label: string, control: HTMLElement): HTMLElement {
  control.id ||= `push-${++fields}`;
  return h('div', { class: 'field' }, h('label', { for: control.id }, label), control);
}

const pageStyle = `
.push { display: flex; flex: 1; flex-direction: column; gap: 12px; min-height: 0; overflow: auto; padding: 16px 20px 32px; }
.push.chosen { padding: 0; overflow: visible; }
.push h1 { font-size: var(--size-title); }
.push h2 { font-size: 1.1em; margin-top: 8px; }
.form { display: flex; flex-direction: column; gap: 12px; max-width: 860px; }
.columns { display: grid; align-items: end; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 12px; }
.field .input, .field .select { width: 100%; min-width: 0; }
.row { display: flex; flex-wrap: wrap; align-items: end; gap: 8px; }
.devices { display: flex; flex-direction: column; gap: 8px; min-width: 0; margin: 0; padding: 10px 14px 12px; border: 1px solid var(--color-line); border-radius: var(--radius-large); }
.devices legend { padding: 0 6px; font-weight: 600; }
.choices { display: flex; flex-direction: column; max-height: 220px; overflow: auto; }
.pushes { display: flex; flex-direction: column; gap: 8px; }
.pushes details { padding: 8px 12px; border: 1px solid var(--color-line); border-radius: var(--radius-large); background: var(--color-surface); overflow-wrap: anywhere; }
.pushes summary { cursor: pointer; }
.pushes summary .badge { margin-inline-start: 4px; }
.runs { display: flex; flex-direction: column; gap: 4px; margin: 8px 0; padding: 0; list-style: none; }
.runs li { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }
@media (max-width: 640px) { .push { padding: 12px 12px 28px; } }
`;
