import type { PluginContext } from '../../../../web/plugin-api';
import type { Device, Entry, Message } from './device';
import type { Dialogs } from './dialogs';
import { button, h } from './dom';
import { isMode, Modes } from './modes';
import { partsOf, shown, sizeText, type Paths } from './names';

interface Owned {
  mode: string;
  user: string;
  group: string;
  kind: string;
}

interface Stat extends Message, Owned {
  size: number;
  mtimeMs: number;
  target?: string;
}

const bits = [
  [0o400, 0o200, 0o100],
  [0o040, 0o020, 0o010],
  [0o004, 0o002, 0o001],
];

const who = ['user', 'group', 'others'];
const what = ['read', 'write', 'execute'];

/// Properties of what is selected: size, owner and mode, which can be changed, and checksums of a file.
export async function showDetails(context: PluginContext, device: Device, dialogs: Dialogs, paths: Paths, folder: string, entries: Entry[]): Promise<boolean> {
  const { t } = context;
  const [first] = entries;
  if (!first) return false;
  const path = paths.join(folder, first.n);
  let fault = '';
  const stat = await statOf(device, path).catch((error: Error) => void (fault = error.message));
  const facts = h('dl', { class: 'facts' });
  const fact: Fact = (label, ...value) => facts.append(h('dt', {}, label), h('dd', {}, ...value));
  if (entries.length > 1) fact(t('details.chosen'), String(entries.length));
  else addFacts(fact, context, device, path, first, stat);
  const title = entries.length > 1 ? t('details.title') : shown(first.n);
  const all = stat && entries.length > 1 ? await statsOf(device, folder, entries) : stat ? [stat] : [];
  if (all.length === 0) {
    if (fault) fact(t('details.mode'), t('details.unknown', { why: shown(fault) }));
    await dialogs.ask(title, [facts], []);
    return false;
  }
  const form = new Rights(context, all);
  form.addTo(facts);
  const answer = await dialogs.ask(title, [facts, ...form.rest], [{ value: 'ok', text: 'details.apply', look: 'primary' }], () => form.isValid());
  if (answer !== 'ok') return false;
  for (const names of partsOf(entries.map(({ n }) => n))) await apply(device, form, { path: folder, names });
  return true;
}

type Fact = (label: string, ...value: (Node | string)[]) => void;

const statOf = (device: Device, path: string): Promise<Stat | undefined> => (device.facts?.isUnix ? device.request<Stat>({ action: 'stat', path }) : Promise.resolve(undefined));

async function statsOf(device: Device, folder: string, entries: Entry[]): Promise<Owned[]> {
  const all: Owned[] = [];
  for (const names of partsOf(entries.map(({ n }) => n))) all.push(...(await device.request<Message & { all: Owned[] }>({ action: 'stats', path: folder, names })).all);
  return all;
}

function addFacts(fact: Fact, context: PluginContext, device: Device, path: string, { t: type, s = 0, d }: Entry, stat: Stat | undefined | void): void {
  const { t } = context;
  fact(t('details.path'), h('bdi', {}, shown(path)));
  if (type === 3) fact(t('list.size'), `${sizeText(s)} (${s.toLocaleString()} B)`);
  if (d) fact(t('list.changed'), new Date(stat?.mtimeMs ?? d).toLocaleString());
  if (stat?.target) fact(t('details.target'), h('bdi', {}, shown(stat.target)));
  if (type === 3) fact(t('details.checksums'), checksums(context, device, path));
}

/// Only what was edited. The mode comes last: a new owner may take bits away.
async function apply(device: Device, form: Rights, target: { path: string; names: string[] }): Promise<void> {
  const what = { ...target, recursive: form.isRecursive };
  const { newOwner, newMode } = form;
  if (newOwner) await device.request({ action: 'chown', ...what, owner: newOwner });
  if (newMode) await device.request({ action: 'chmod', ...what, ...newMode });
}

function checksums(context: PluginContext, device: Device, path: string): HTMLElement {
  const place = h('span', { class: 'mono', test: 'checksums' });
  const start = button(
    context.t('details.compute'),
    () => {
      start.disabled = true;
      void device.request<Message & { sha256: string; sha384: string }>({ action: 'checksum', path }).then(
        ({ sha256, sha384 }) => {
          place.replaceChildren(h('div', {}, `SHA-256 ${sha256}`), h('div', {}, `SHA-384 ${sha384}`));
          start.remove();
        },
        (error: Error) => {
          start.disabled = false;
          place.textContent = error.message;
        },
      );
    },
    { test: 'compute' },
  );
  return h('span', {}, start, place);
}

/// Owner and mode of one or several entries. Where they differ the fields are empty, and boxes neither on nor off.
class Rights {
  readonly rest: HTMLElement[] = [];
  private readonly octal: HTMLInputElement;
  private readonly ownerInput: HTMLInputElement;
  private readonly recursiveBox = h('input', { type: 'checkbox', test: 'details-recursive' });
  private readonly boxes: HTMLInputElement[][];
  private readonly fault = h('p', { class: 'fault', role: 'alert' });
  private readonly owner: string;
  private readonly modes: Modes;

  constructor(
    private readonly context: PluginContext,
    all: Owned[],
  ) {
    const { t } = context;
    // A link has no mode of its own.
    const modes = all.filter(({ kind }) => kind !== 'symbolic link').map(({ mode }) => mode);
    this.modes = new Modes(modes);
    const owners = new Set(all.map(({ user, group }) => `${user}:${group}`));
    this.owner = owners.size === 1 ? [...owners][0]! : '';
    this.octal = h('input', { class: 'input mono', 'aria-label': t('details.octal'), maxLength: 4, test: 'details-mode' });
    this.ownerInput = h('input', { class: 'input', value: this.owner, 'aria-label': t('details.owner'), maxLength: 128, test: 'details-owner', spellcheck: false });
    if (!this.owner) this.ownerInput.placeholder = t('details.differs');
    this.boxes = bits.map((row, at) => row.map((bit, column) => this.box(bit, `${t(`details.${who[at]}`)}: ${t(`details.${what[column]}`)}`, `mode-${who[at]}-${what[column]}`)));
    this.octal.addEventListener('input', () => this.modes.type(this.octal.value) && this.fillBoxes());
    this.fill();
    if (modes.length > 0) this.rest.push(this.grid());
    else this.octal.disabled = true;
    if (all.some(({ kind }) => kind === 'directory')) this.rest.push(h('label', { class: 'check' }, this.recursiveBox, t('details.recursive')));
    this.rest.push(this.fault);
  }

  addTo(facts: HTMLElement): void {
    const { t } = this.context;
    facts.append(h('dt', {}, t('details.ownerGroup')), h('dd', {}, this.ownerInput));
    if (!this.octal.disabled) facts.append(h('dt', {}, t('details.mode')), h('dd', {}, this.octal));
  }

  get isRecursive(): boolean {
    return this.recursiveBox.checked;
  }

  /// Undefined where nobody has changed it.
  get newOwner(): string | undefined {
    const owner = this.ownerInput.value.trim();
    return owner === this.owner ? undefined : owner;
  }

  get newMode(): { mode: string; mask: string } | undefined {
    return this.modes.change(this.isRecursive);
  }

  isValid(): boolean {
    const owner = this.ownerInput.value.trim();
    const isModeGood = this.octal.disabled || isMode(this.octal.value) || (this.octal.value === '' && this.modes.differing !== 0);
    const isGood = isModeGood && (/^[\w.][\w.@$-]*(:[\w.][\w.@$-]*)?$/.test(owner) || (owner === '' && this.owner === ''));
    this.fault.textContent = isGood ? '' : this.context.t('details.fault');
    return isGood;
  }

  private box(bit: number, label: string, test: string): HTMLInputElement {
    const box = h('input', { type: 'checkbox', 'aria-label': label, test });
    box.addEventListener('change', () => {
      this.modes.set(bit, box.checked);
      this.fill();
    });
    return box;
  }

  private grid(): HTMLElement {
    const { t } = this.context;
    const cells = this.boxes.flatMap((row, at) => [h('span', {}, t(`details.${who[at]}`)), ...row.map((box) => h('label', {}, box))]);
    const heads = ['', ...what].map((right) => h('span', { class: 'soft' }, right && t(`details.${right}`)));
    return h('fieldset', { class: 'modes' }, h('legend', { class: 'sr' }, t('details.mode')), ...heads, ...cells);
  }

  private fill(): void {
    this.octal.value = this.modes.text;
    this.octal.placeholder = this.modes.differing === 0 ? '' : this.context.t('details.differs');
    this.fillBoxes();
  }

  private fillBoxes(): void {
    this.boxes.forEach((row, at) =>
      row.forEach((box, column) => {
        box.checked = (this.modes.mode & bits[at]![column]!) !== 0;
        box.indeterminate = (this.modes.differing & bits[at]![column]!) !== 0;
      }),
    );
  }
}
