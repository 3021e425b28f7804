import { editorButtons, show, type App } from './app';
import { button, checkbox, field, h, select } from '../../../../web/plugin-api/dom';
import { empty, table, when } from '../../../../web/plugin-api/page';
import { interpreters, type Kind, type Parameter, type Script } from './model';

function actions(app: App, { id, mayEdit }: Script): HTMLElement[] {
  const open = app.t(mayEdit ? 'scripts.library.edit' : 'scripts.library.view');
  return [
    button(app.t('scripts.library.run'), () => app.open('run', id), { class: 'btn small' }),
    button(open, () => void openEditor(app, id), { class: 'btn small', test: 'script-edit' }),
  ];
}

export async function showLibrary(app: App): Promise<void> {
  const answer = await app.attempt(() => app.context.call<{ scripts: (Script & { updatedMs: number })[] }>('scripts.list'));
  if (!answer) return;
  const add = button(app.t('scripts.library.add'), () => showEditor(app), { class: 'btn primary', test: 'library-add' });
  const heads = ['job.name', 'editor.interpreter', 'library.version', 'library.actions'];
  const rows = answer.scripts.map((script) =>
    h(
      'tr',
      { test: 'script-row' },
      h('td', {}, h('strong', {}, script.name), script.description ? h('div', { class: 'soft' }, script.description.slice(0, 120)) : ''),
      h('td', {}, app.t(`scripts.interpreter.${script.interpreter}`)),
      h('td', {}, `${script.version} · ${when(script.updatedMs)}`),
      h('td', {}, h('div', { class: 'row' }, ...actions(app, script))),
    ),
  );
  show(
    app,
    h('div', { class: 'row head' }, h('h2', {}, app.t('scripts.tab.library')), add),
    rows.length ? table(app.t('scripts.tab.library'), heads.map((head) => app.t(`scripts.${head}`)), rows) : empty(app.t('scripts.library.none')),
  );
}

async function openEditor(app: App, id: string, version?: number): Promise<void> {
  const script = await app.attempt(() => app.context.call<Script>('scripts.get', version ? { id, version } : { id }));
  if (script) showEditor(app, script);
}

/// One row of the list of parameters; reads back what is in it.
function parameterRow(app: App, given: Parameter, remove: () => void): { element: HTMLElement; value(): Parameter } {
  const t = (key: string) => app.t(key);
  const name = h('input', { class: 'input mono', value: given.name, spellcheck: false, required: true, pattern: '[A-Za-z_][A-Za-z0-9_]*', test: 'parameter-name' });
  const label = h('input', { class: 'input', value: given.label });
  const kinds: Kind[] = ['text', 'number', 'choice', 'secret'];
  const kind = select(kinds.map((each) => [each, t(`scripts.kind.${each}`)]), given.kind, { test: 'parameter-kind' });
  const otherwise = h('input', { class: 'input', value: given.default });
  const choices = h('input', { class: 'input', value: given.choices.join(', ') });
  let required = given.required;
  const choicesField = field(t('scripts.editor.choices'), choices);
  const otherwiseField = field(t('scripts.editor.default'), otherwise);
  const adapt = (): void => {
    choicesField.hidden = kind.value !== 'choice';
    otherwiseField.hidden = kind.value === 'secret';
  };
  kind.addEventListener('change', adapt);
  adapt();
  return {
    element: h(
      'div',
      { class: 'parameter' },
      field(t('scripts.editor.variable'), name),
      field(t('scripts.editor.label'), label),
      field(t('scripts.editor.kind'), kind),
      choicesField,
      otherwiseField,
      checkbox(t('scripts.editor.required'), required, (on) => (required = on)),
      button(t('scripts.common.remove'), remove, { class: 'btn small' }),
    ),
    value: () => ({
      name: name.value.trim(),
      label: label.value.trim(),
      kind: kind.value as Kind,
      default: kind.value === 'secret' ? '' : otherwise.value,
      required,
      choices: kind.value === 'choice' ? choices.value.split(',').map((each) => each.trim()).filter(Boolean) : [],
    }),
  };
}

function showEditor(app: App, script?: Script): void {
  const t = (key: string) => app.t(key);
  const mayEdit = script?.mayEdit ?? true;
  const name = h('input', { class: 'input', value: script?.name ?? '', required: true, maxLength: 120, test: 'script-name' });
  const description = h('textarea', { class: 'input', rows: 2, value: script?.description ?? '' });
  const interpreter = select(interpreters.map((id) => [id, t(`scripts.interpreter.${id}`)]), script?.interpreter ?? 'sh', { test: 'script-interpreter' });
  const text = h('textarea', { class: 'input code', rows: 14, spellcheck: false, required: true, value: script?.text ?? '', test: 'script-text' });
  let runners = script?.runners ?? [];
  const parameters: ReturnType<typeof parameterRow>[] = [];
  const list = h('div', { class: 'stack' });
  const add = (given: Parameter): void => {
    const row = parameterRow(app, given, () => {
      parameters.splice(parameters.indexOf(row), 1);
      row.element.remove();
    });
    parameters.push(row);
    list.append(row.element);
  };
  for (const each of script?.parameters ?? []) add(each);
  const blank: Parameter = { name: '', label: '', kind: 'text', default: '', required: false, choices: [] };
  const more = button(t('scripts.editor.addParameter'), () => add({ ...blank }), { class: 'btn small', test: 'parameter-add' });
  const newest = Math.max(0, ...(script?.versions ?? []).map(({ version }) => version));
  const save = async (): Promise<void> => {
    const args = {
      ...(script ? { id: script.id, baseVersion: newest } : {}),
      name: name.value.trim(),
      description: description.value,
      interpreter: interpreter.value,
      text: text.value,
      parameters: parameters.map((row) => row.value()),
      runners,
    };
    const saved = await app.attempt(() => app.context.call('scripts.save', args));
    if (!saved) return;
    app.context.toast(t('scripts.editor.saved'), 'success');
    app.open('library');
  };
  const form = h(
    'form',
    { class: 'stack form' },
    field(t('scripts.job.name'), name),
    field(t('scripts.editor.description'), description),
    field(t('scripts.editor.interpreter'), interpreter),
    field(t('scripts.editor.text'), text, t('scripts.editor.textHint')),
    h('fieldset', { class: 'stack' }, h('legend', {}, t('scripts.editor.parameters')), list, h('div', {}, more)),
    checkbox(t('scripts.editor.everybody'), runners.includes('*'), (on) => (runners = on ? ['*', ...runners] : runners.filter((each) => each !== '*'))),
    mayEdit && editorButtons(app, 'script', 'scripts.remove', script?.id, 'library'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void save();
  });
  const versions = (script?.versions ?? []).map((each) => h('li', {}, button(app.t('scripts.editor.version', { version: each.version, when: when(each.timeMs) }), () => void openEditor(app, script!.id, each.version), { class: 'btn plain small' })));
  show(
    app,
    button(t('scripts.common.back'), () => app.open('library'), { class: 'btn plain small' }),
    h('h2', {}, script ? `${script.name} (${script.version})` : t('scripts.library.add')),
    form,
    versions.length > 1 && h('details', {}, h('summary', {}, t('scripts.editor.versions')), h('ul', { class: 'names' }, ...versions)),
  );
}
