import { editorButtons, show, type App } from './app';
import { button, checkbox, field, h, select } from '../../../../web/plugin-api/dom';
import { empty, table, when } from '../../../../web/plugin-api/page';
import type { Rule, Script } from './model';
import { RunForm } from './run_form';
import { TargetForm } from './target_form';

const events = ['device.connected', 'device.disconnected', 'device.changed', 'scripts.runFinished', 'tunnel.opened', 'tunnel.closed'];

export async function showRules(app: App): Promise<void> {
  const answer = await app.attempt(() => app.context.call<{ rules: Rule[] }>('scripts.rules'));
  if (!answer) return;
  const rows = answer.rules.map((rule) =>
    h(
      'tr',
      { test: 'rule-row' },
      h('td', {}, h('strong', {}, rule.name ?? ''), h('div', { class: 'soft' }, rule.ownerName)),
      h('td', {}, h('code', {}, rule.event), rule.state ? ` (${rule.state})` : ''),
      h('td', {}, h('span', { class: rule.enabled ? 'badge ok' : 'badge' }, app.t(rule.enabled ? 'scripts.common.on' : 'scripts.common.off')), rule.actedMs ? h('div', { class: 'soft' }, when(rule.actedMs)) : '', rule.problem ? h('div', { class: 'bad' }, `${when(rule.problemMs ?? 0)}: ${rule.problem}`) : ''),
      h('td', {}, button(app.t('scripts.library.edit'), () => void showEditor(app, rule), { class: 'btn small' })),
    ),
  );
  app.onLeave(app.context.on('scripts.ruleStopped', () => app.open('rules')));
  show(
    app,
    h('div', { class: 'row head' }, h('h2', {}, app.t('scripts.tab.rules')), button(app.t('scripts.rule.add'), () => void showEditor(app), { class: 'btn primary', test: 'rule-add' })),
    rows.length ? table(app.t('scripts.tab.rules'), [app.t('scripts.job.name'), app.t('scripts.rule.event'), app.t('scripts.rule.state'), app.t('scripts.library.actions')], rows) : empty(app.t('scripts.rule.none')),
  );
}

async function showEditor(app: App, rule?: Rule): Promise<void> {
  const t = (key: string) => app.t(key);
  const answer = await app.attempt(() => app.context.call<{ scripts: Script[] }>('scripts.list'));
  if (!answer) return;
  const name = h('input', { class: 'input', value: rule?.name ?? '', required: true, maxLength: 120, test: 'rule-name' });
  const known = rule && !events.includes(rule.event) ? [...events, rule.event] : events;
  const event = select(known.map((each) => [each, events.includes(each) ? t(`scripts.event.${each}`) : each]), rule?.event ?? 'device.connected', { test: 'rule-event' });
  const states = ['', 'done', 'failed', 'timed_out', 'unknown', 'expired'];
  const state = select(states.map((each) => [each, each ? t(`scripts.state.${each}`) : t('scripts.rule.anyState')]), rule?.state ?? '');
  const stateField = field(t('scripts.rule.onlyState'), state);
  const adapt = (): void => void (stateField.hidden = event.value !== 'scripts.runFinished');
  event.addEventListener('change', adapt);
  adapt();
  const action = select([['script', t('scripts.rule.runScript')], ['command', t('scripts.rule.callCommand')]], rule?.command ? 'command' : 'script', { test: 'rule-action' });
  const command = h('input', { class: 'input mono', value: rule?.command ?? '', spellcheck: false, placeholder: 'plugin.verb' });
  const args = h('textarea', { class: 'input code', rows: 4, spellcheck: false, value: JSON.stringify(rule?.arguments ?? { nodeid: '$deviceId' }, null, 1) });
  const what = new RunForm(app, answer.scripts, rule ?? { ttl_s: 3600 });
  const commandBox = h('div', { class: 'stack' }, field(t('scripts.rule.command'), command, t('scripts.rule.commandHint')), field(t('scripts.rule.arguments'), args));
  const showAction = (): void => {
    what.element.hidden = action.value !== 'script';
    commandBox.hidden = action.value === 'script';
  };
  action.addEventListener('change', showAction);
  showAction();
  const where = new TargetForm(app, rule?.when, true);
  let enabled = rule?.enabled ?? true;
  const value = (): Record<string, unknown> => {
    const common = { ...(rule ? { id: rule.id } : {}), name: name.value.trim(), event: event.value, ...(state.value && event.value === 'scripts.runFinished' ? { state: state.value } : {}), when: where.value(), enabled };
    if (action.value === 'script') return { ...common, ...what.value(), name: common.name };
    return { ...common, command: command.value.trim(), arguments: JSON.parse(args.value || '{}') as Record<string, unknown> };
  };
  const form = h(
    'form',
    { class: 'stack form' },
    field(t('scripts.job.name'), name),
    h('div', { class: 'columns' }, field(t('scripts.rule.event'), event), stateField, field(t('scripts.rule.action'), action)),
    where.element,
    what.element,
    commandBox,
    checkbox(t('scripts.common.on'), enabled, (on) => (enabled = on)),
    editorButtons(app, 'rule', 'scripts.removeRule', rule?.id, 'rules'),
  );
  form.addEventListener('submit', (submitted) => {
    submitted.preventDefault();
    void app.attempt(async () => app.context.call('scripts.saveRule', value())).then((done) => done && app.open('rules'));
  });
  show(app, button(t('scripts.common.back'), () => app.open('rules'), { class: 'btn plain small' }), h('h2', {}, rule?.name ?? t('scripts.rule.add')), h('p', { class: 'soft' }, t('scripts.rule.owner')), form);
}
