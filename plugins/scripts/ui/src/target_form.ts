import type { App } from './app';
import { checkbox, debounced, field, h, select } from '../../../../web/plugin-api/dom';
import { isEmpty, trimmed, type Choice, type Targets } from './model';

/// Chooses devices by group, tag and text, and tells how many are meant.
export class TargetForm {
  readonly element = h('fieldset', { class: 'stack' });
  private targets: Targets;
  private readonly summary = h('p', { class: 'soft', role: 'status', test: 'target-count' });
  private readonly names = h('ul', { class: 'names' });
  private readonly groups = h('div', { class: 'choices' });
  private readonly tags = h('div', { class: 'choices' });
  private readonly refresh = debounced(() => void this.load(), 250);
  private asked = 0;

  /// `isCondition`: nothing chosen means every device, as in rules.
  constructor(
    private readonly app: App,
    given: Targets = {},
    private readonly isCondition = false,
  ) {
    this.targets = { ...given };
    const filter = h('input', { class: 'input', type: 'search', value: given.filter ?? '', test: 'target-filter' });
    filter.addEventListener('input', () => this.change({ filter: filter.value }));
    const os = select([['', app.t('scripts.targets.anyOs')], ['windows', 'Windows'], ['unix', 'Linux, macOS, BSD']], given.os ?? '');
    os.addEventListener('change', () => this.change({ os: os.value }));
    this.element.append(
      h('legend', {}, app.t(isCondition ? 'scripts.targets.condition' : 'scripts.targets.title')),
      ...(isCondition ? [] : [checkbox(app.t('scripts.targets.all'), given.all ?? false, (all) => this.change({ all }), { 'data-testid': 'target-all' })]),
      this.groups,
      this.tags,
      h('div', { class: 'columns' }, field(app.t('scripts.targets.filter'), filter), field(app.t('scripts.targets.os'), os)),
      this.summary,
      this.names,
    );
    app.onLeave(() => this.refresh.stop());
    void this.load(true);
  }

  value(): Targets {
    return trimmed(this.targets);
  }

  private change(some: Targets): void {
    this.targets = { ...this.targets, ...some };
    this.refresh();
  }

  private async load(isFirst = false): Promise<void> {
    const mine = ++this.asked;
    const targets = this.isCondition && isEmpty(this.targets) ? { all: true } : trimmed(this.targets);
    const choice = await this.app.attempt(() => this.app.context.call<Choice>('scripts.targets', { targets }));
    if (!choice || mine !== this.asked) return;
    if (isFirst) this.fill(choice);
    this.summary.textContent = !this.isCondition && isEmpty(this.targets) ? this.app.t('scripts.targets.none') : this.app.t('scripts.targets.count', { count: choice.count, online: choice.online });
    const shown = choice.devices.slice(0, 12);
    const more = choice.count - shown.length;
    const rest = more > 0 ? [h('li', { class: 'soft' }, this.app.t('scripts.targets.more', { count: more }))] : [];
    this.names.replaceChildren(...shown.map((device) => this.name(device)), ...rest);
  }

  private name({ name, online }: Choice['devices'][number]): HTMLElement {
    const spoken = ` (${this.app.t(online ? 'scripts.targets.online' : 'scripts.targets.offline')})`;
    return h('li', {}, h('span', { class: online ? 'dot on' : 'dot' }), ` ${name}`, h('span', { class: 'sr' }, spoken));
  }

  private fill({ groups, tags }: Choice): void {
    const toggled = (name: 'groups' | 'tags', id: string, on: boolean): Targets => {
      const others = (this.targets[name] ?? []).filter((each) => each !== id);
      return { [name]: on ? [...others, id] : others };
    };
    const list = (name: 'groups' | 'tags', entries: { id: string; text: string }[]): HTMLElement[] =>
      entries.map(({ id, text }) => {
        const isChosen = this.targets[name]?.includes(id) ?? false;
        return checkbox(text, isChosen, (on) => this.change(toggled(name, id, on)), { 'data-testid': `target-${name}` });
      });
    const box = (into: HTMLElement, title: string, choices: HTMLElement[]): void => into.replaceChildren(...(choices.length ? [h('span', { class: 'soft' }, title), ...choices] : []));
    box(this.groups, this.app.t('scripts.targets.groups'), list('groups', groups.map(({ id, name, devices }) => ({ id, text: `${name} (${devices})` }))));
    box(this.tags, this.app.t('scripts.targets.tags'), list('tags', tags.map(({ name, devices }) => ({ id: name, text: `${name} (${devices})` }))));
  }
}
