// The own account's second factor: an authenticator app and backup codes.
import type { Mount, PluginContext } from '../../../web/plugin-api';
import { field, h, type Child } from '../../../web/plugin-api/dom';

const style = `
  .page { display: grid; gap: 16px; padding: 12px 14px 14px; }
  h3 { font-size: var(--size-text); font-weight: 600; }
  section { display: grid; gap: 10px; justify-items: start; }
  form { display: grid; gap: 12px; justify-items: start; }
  .qr { width: 200px; max-width: 100%; }
  code { font-size: 15px; overflow-wrap: anywhere; }
  .codes { display: grid; grid-template-columns: repeat(auto-fill, minmax(110px, 1fr)); gap: 6px 16px; width: 100%;
           margin: 0; padding: 0; list-style: none; }
  .used { text-decoration: line-through; opacity: .75; }
  .fault { color: var(--color-bad-text); font-size: var(--size-small); }
`;

interface State {
  hasApp: boolean;
  mayChange: boolean;
  codesLeft: number;
}

const inGroups = (text: string): string => text.replace(/(.{4})(?=.)/g, '$1 ');
const asCode = (number: number): string => String(number).padStart(8, '0').replace(/^(.{4})/, '$1 ');

class Page {
  private readonly body = h('div', { class: 'page' });

  constructor(
    root: HTMLElement,
    private readonly context: PluginContext,
  ) {
    context.adopt(style);
    root.append(this.body);
  }

  private t(key: string, values?: Record<string, string | number>): string {
    return this.context.t(`twofactor.${key}`, values);
  }

  private button(key: string, work: () => Promise<void> | void, kind = ''): HTMLButtonElement {
    const made = h('button', { type: 'button', class: `btn small ${kind}`, test: `twofactor-${key}` }, this.t(key));
    made.addEventListener('click', () => void this.run(work, made));
    return made;
  }

  /// One thing at a time; what goes wrong is said.
  async run(work: () => Promise<void> | void, control?: HTMLButtonElement): Promise<void> {
    if (control) control.disabled = true;
    try {
      await work();
    } catch (error) {
      this.context.toast(error instanceof Error ? error.message : String(error), 'error');
    } finally {
      if (control) control.disabled = false;
    }
  }

  private show(...sections: (HTMLElement | undefined)[]): void {
    this.body.replaceChildren(...sections.filter((section) => section !== undefined));
  }

  async overview(): Promise<void> {
    const state = await this.context.call<State>('twofactor.state');
    if (!state.mayChange) return this.show(h('p', { class: 'soft' }, this.t('locked')));
    this.show(this.appSection(state), state.hasApp ? this.codesSection(state) : undefined);
  }

  private section(title: string, ...children: Child[]): HTMLElement {
    return h('section', {}, h('h3', {}, this.t(title)), ...children);
  }

  private appSection({ hasApp }: State): HTMLElement {
    const made = this.section('app', h('p', { class: 'soft' }, this.t(hasApp ? 'app.on' : 'app.off')));
    made.append(hasApp ? this.button('remove', () => this.askRemove(made), 'danger') : this.button('setup', () => this.setUp(), 'primary'));
    return made;
  }

  private askRemove(section: HTMLElement): void {
    const remove = async (): Promise<void> => {
      await this.context.call('twofactor.clear');
      this.context.toast(this.t('removed'), 'success');
      await this.overview();
    };
    const sure = this.button('remove.sure', remove, 'danger');
    section.lastElementChild!.replaceWith(h('p', { role: 'alert' }, this.t('remove.ask')), h('div', { class: 'row' }, sure, this.button('cancel', () => this.overview())));
    sure.focus();
  }

  private codesSection({ codesLeft }: State): HTMLElement {
    return this.section(
      'codes',
      h('p', { class: 'soft' }, this.t('codes.hint', { count: codesLeft })),
      h('div', { class: 'row' }, codesLeft > 0 && this.button('codes.show', () => this.showCodes({})), this.button('codes.make', () => this.showCodes({ subaction: 1 }))),
    );
  }

  private async showCodes(args: Record<string, unknown>): Promise<void> {
    const { passwords } = await this.context.call<{ passwords?: { p: number; u: boolean }[] }>('twofactor.codes', args);
    const list = h('ul', { class: 'codes', test: 'twofactor-codes' }, ...(passwords ?? []).map(({ p, u }) => h('li', {}, h('code', { class: u ? '' : 'used' }, asCode(p)))));
    this.show(this.section('codes', h('p', { class: 'soft' }, this.t('codes.keep')), list, this.button('done', () => this.overview(), 'primary')));
  }

  private async setUp(): Promise<void> {
    const [{ secret, url }, { qrImage }] = await Promise.all([this.context.call<{ secret: string; url: string }>('twofactor.propose'), import('./src/qr')]);
    const input = h('input', { class: 'input', id: 'code', autocomplete: 'one-time-code', inputMode: 'numeric', maxLength: 7, required: true, 'aria-describedby': 'fault', test: 'twofactor-code' });
    const fault = h('p', { class: 'fault', id: 'fault', role: 'alert' });
    const submit = h('button', { type: 'submit', class: 'btn small primary', test: 'twofactor-confirm' }, this.t('confirm'));
    const form = h('form', { noValidate: true }, field(this.t('code'), input), fault, h('div', { class: 'row' }, submit, this.button('cancel', () => this.overview())));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.run(() => this.confirm(secret, input, fault), submit);
    });
    const text = h('code', { test: 'twofactor-secret' }, inGroups(secret));
    this.show(this.section('scan', h('p', { class: 'soft' }, this.t('scan.hint')), qrImage(url, this.t('scan.label')), h('p', {}, `${this.t('scan.type')} `, text)), form);
    input.focus();
  }

  private async confirm(secret: string, input: HTMLInputElement, fault: HTMLElement): Promise<void> {
    fault.textContent = '';
    const { success } = await this.context.call<{ success?: boolean }>('twofactor.setup', { secret, token: input.value.trim() || '0' });
    if (!success) {
      fault.textContent = this.t('code.wrong');
      input.setAttribute('aria-invalid', 'true');
      input.select();
      return;
    }
    this.context.toast(this.t('added'), 'success');
    await this.showCodes({ subaction: 1 });
  }
}

export const mount: Mount = async (root, context) => {
  const page = new Page(root, context);
  await page.run(() => page.overview());
  return () => root.replaceChildren();
};
