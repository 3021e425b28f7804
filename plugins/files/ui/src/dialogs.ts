import type { PluginContext } from '../../../../web/plugin-api';
import { h, type Child } from './dom';
import { faultOf, shown } from './names';

/// Questions in a dialog of their own; the keyboard stays inside while one is open.
export class Dialogs {
  constructor(
    private readonly root: HTMLElement,
    private readonly context: PluginContext,
  ) {}

  /// `choices`: key of the text, by what it resolves with; null when closed. `submit`: false keeps it open.
  /// `mayClose`: asked before it is given up.
  ask<Answer extends string>(title: string, body: Child[], choices: { value: Answer; text: string; look?: string }[], submit?: () => boolean, mayClose?: () => Promise<boolean>): Promise<Answer | null> {
    const { t } = this.context;
    return new Promise((resolve) => {
      const buttons = choices.map(({ value, text, look }) =>
        h('button', { type: look === 'primary' || look === 'danger' ? 'submit' : 'button', class: `btn ${look ?? ''}`, value, test: `dialog-${value}`, onclick: (event: Event) => { event.preventDefault(); finish(value); } }, t(text)),
      );
      const cancel = h('button', { type: 'button', class: 'btn', test: 'dialog-cancel', onclick: () => void giveUp() }, t('dialog.cancel'));
      const form = h('form', { method: 'dialog' }, h('h2', { id: 'dialog-title' }, title), ...body, h('div', { class: 'row end' }, cancel, ...buttons));
      const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title', test: 'files-dialog' }, form);
      let answer: Answer | null = null;
      const finish = (value: Answer): void => {
        if (submit && !submit()) return;
        answer = value;
        dialog.close();
      };
      let isAsked = false;
      const giveUp = async (): Promise<void> => {
        if (isAsked) return;
        isAsked = true;
        if (!mayClose || (await mayClose())) dialog.close();
        isAsked = false;
      };
      // A second Escape closes a dialog whatever is said to the event "cancel".
      dialog.addEventListener('keydown', (event) => event.key === 'Escape' && mayClose && askFirst(event));
      dialog.addEventListener('cancel', (event) => mayClose && askFirst(event));
      const askFirst = (event: Event): void => {
        event.preventDefault();
        void giveUp();
      };
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        const main = choices.find(({ look }) => look === 'primary' || look === 'danger');
        if (main) finish(main.value);
      });
      dialog.addEventListener('close', () => {
        dialog.remove();
        resolve(answer);
      });
      this.root.append(dialog);
      dialog.showModal();
      form.querySelector<HTMLInputElement>('input, textarea')?.select();
    });
  }

  /// A name that the system of the device accepts; null when given up.
  async name(title: string, value: string, isUnix: boolean): Promise<string | null> {
    const { t } = this.context;
    const input = h('input', { class: 'input', value, 'aria-label': t('name.label'), test: 'dialog-name', autocomplete: 'off', spellcheck: false });
    const fault = h('p', { class: 'fault', role: 'alert' });
    const check = (): boolean => {
      const key = faultOf(input.value, isUnix);
      fault.textContent = key ? t(key) : '';
      input.setAttribute('aria-invalid', String(key !== undefined));
      return key === undefined;
    };
    input.addEventListener('input', check);
    const answer = await this.ask(title, [input, fault], [{ value: 'ok', text: 'dialog.ok', look: 'primary' }], check);
    return answer === 'ok' ? input.value : null;
  }

  async confirm(title: string, text: string, names: string[], verb: string): Promise<boolean> {
    return (await this.ask(title, [h('p', {}, text), this.listOf(names)], [{ value: 'ok', text: verb, look: 'danger' }])) === 'ok';
  }

  /// Names that are taken in a folder of this computer; null to fetch nothing.
  taken(names: string[]): Promise<'replace' | 'skip' | 'rename' | null> {
    const { t } = this.context;
    return this.ask(t('conflict.title'), [h('p', {}, t('conflict.local')), this.listOf(names)], [
      { value: 'skip', text: 'conflict.skip' },
      { value: 'rename', text: 'conflict.rename' },
      { value: 'replace', text: 'conflict.replace', look: 'primary' },
    ]);
  }

  private listOf(names: string[]): HTMLElement {
    const list = names.slice(0, 8).map((name) => h('li', {}, h('bdi', {}, shown(name))));
    if (names.length > 8) list.push(h('li', { class: 'soft' }, this.context.t('dialog.more', { count: names.length - 8 })));
    return h('ul', { class: 'names' }, ...list);
  }

  async conflict(name: string): Promise<{ answer: 'replace' | 'skip' | 'rename'; forAll: boolean } | null> {
    const { t } = this.context;
    const box = h('input', { type: 'checkbox', test: 'dialog-all' });
    const body = [h('p', {}, h('bdi', { class: 'strong' }, shown(name)), ` ${t('conflict.text')}`), h('label', { class: 'check' }, box, t('conflict.all'))];
    const answer = await this.ask(t('conflict.title'), body, [
      { value: 'skip', text: 'conflict.skip' },
      { value: 'rename', text: 'conflict.rename' },
      { value: 'replace', text: 'conflict.replace', look: 'primary' },
    ]);
    return answer && { answer, forAll: box.checked };
  }
}
