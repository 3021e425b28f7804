import type { App } from './app';
import { field, h, select } from '../../../../web/plugin-api/dom';
import { interpreters, type Parameter, type RunArgs, type Script } from './model';

/// The fields that say what runs and how; the same for a job, a schedule and a rule.
export class RunForm {
  readonly element = h('div', { class: 'stack' });
  private readonly what = h('div', { class: 'stack' });
  private readonly source: HTMLSelectElement;
  private readonly interpreter: HTMLSelectElement;
  private readonly text: HTMLTextAreaElement;
  private readonly as: HTMLSelectElement;
  private readonly ttl: HTMLSelectElement;
  private readonly timeout: HTMLInputElement;
  private readonly concurrency: HTMLInputElement;
  private inputs = new Map<Parameter, HTMLInputElement | HTMLSelectElement>();

  constructor(
    private readonly app: App,
    private readonly scripts: Script[],
    private readonly given: RunArgs = {},
  ) {
    const t = (key: string) => app.t(key);
    this.source = select([['', t('scripts.run.ownText')], ...scripts.map(({ id, name }): [string, string] => [id, name])], given.script ?? '', { test: 'run-source' });
    this.source.addEventListener('change', () => this.showWhat());
    this.interpreter = select(interpreters.map((id) => [id, t(`scripts.interpreter.${id}`)]), given.interpreter ?? 'sh', { test: 'run-interpreter' });
    this.text = h('textarea', { class: 'input code', rows: 8, spellcheck: false, value: given.text ?? '', test: 'run-text' });
    this.as = select([['agent', t('scripts.run.asAgent')], ['user', t('scripts.run.asUser')]], given.as ?? 'agent');
    this.ttl = select([['0', t('scripts.run.ttl.0')], ['3600', t('scripts.run.ttl.3600')], ['86400', t('scripts.run.ttl.86400')], ['604800', t('scripts.run.ttl.604800')]], String(given.ttl_s ?? 0), { test: 'run-ttl' });
    this.timeout = h('input', { class: 'input', type: 'number', min: '1', max: '86400', value: String(given.timeout_s ?? 600) });
    this.concurrency = h('input', { class: 'input', type: 'number', min: '1', max: '1000', value: String(given.concurrency ?? 50) });
    this.element.append(
      field(t('scripts.run.source'), this.source),
      this.what,
      h('div', { class: 'columns' }, field(t('scripts.run.as'), this.as), field(t('scripts.run.timeout'), this.timeout), field(t('scripts.run.concurrency'), this.concurrency), field(t('scripts.run.ttl'), this.ttl)),
    );
    this.showWhat();
  }

  private get script(): Script | undefined {
    return this.scripts.find(({ id }) => id === this.source.value);
  }

  private showWhat(): void {
    this.inputs = new Map();
    const { script } = this;
    if (!script) {
      this.what.replaceChildren(field(this.app.t('scripts.editor.interpreter'), this.interpreter), field(this.app.t('scripts.editor.text'), this.text));
      return;
    }
    this.what.replaceChildren(script.description ? h('p', { class: 'soft' }, script.description) : '', ...script.parameters.map((parameter) => this.parameter(parameter)));
  }

  private parameter(parameter: Parameter): HTMLElement {
    const value = this.given.script === this.source.value ? (this.given.parameters?.[parameter.name] ?? parameter.default) : parameter.default;
    const control =
      parameter.kind === 'choice'
        ? select([...(parameter.required || parameter.default ? [] : [['', '–'] as [string, string]]), ...parameter.choices.map((choice): [string, string] => [choice, choice])], value)
        : h('input', { class: 'input', type: parameter.kind === 'secret' ? 'password' : 'text', autocomplete: 'off', value, inputMode: parameter.kind === 'number' ? 'decimal' : 'text', required: parameter.required });
    control.dataset['testid'] = `parameter-${parameter.name}`;
    this.inputs.set(parameter, control);
    const isKept = parameter.kind === 'secret' && this.given.secretNames?.includes(parameter.name);
    return field(`${parameter.label || parameter.name}${parameter.required ? ' *' : ''}`, control, isKept ? this.app.t('scripts.run.secretAgain') : '');
  }

  /// As scripts.run takes it.
  value(): RunArgs {
    const args: RunArgs = { as: this.as.value, timeout_s: Number(this.timeout.value) || 600, concurrency: Number(this.concurrency.value) || 50, ttl_s: Number(this.ttl.value) };
    if (!this.script) return { ...args, text: this.text.value, interpreter: this.interpreter.value };
    const parameters: Record<string, string> = {};
    const secrets: Record<string, string> = {};
    for (const [{ name, kind }, { value }] of this.inputs) if (value) (kind === 'secret' ? secrets : parameters)[name] = value;
    return { ...args, script: this.script.id, parameters, secrets };
  }
}
