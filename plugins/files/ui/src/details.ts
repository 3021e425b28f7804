import type { PluginContext } from '../../../../web/plugin-api';
import type { Device, Entry, Message } from './device';
import type { Dialogs } from './dialogs';
import { button, h } from './dom';
import { partsOf, shown, sizeText, type Paths } from './names';

interface Stat extends Message {
  mode: string;
  user: string;
  group: string;
  size: number;
  mtimeMs: number;
  kind: string;
  target?: string;
}

const bits = [
  [0o400, 0o200, 0o100],
  [0o040, 0o020, 0o010],
  [0o004, 0o002, 0o001],
];

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
  if (!stat) {
    if (fault) fact(t('details.mode'), t('details.unknown', { why: shown(fault) }));
    await dialogs.ask(title, [facts], []);
    return false;
  }
  const form = new Rights(context, stat, entries.some(({ t: type }) => type === 2));
  form.addTo(facts);
  const answer = await dialogs.ask(title, [facts, ...form.rest], [{ value: 'ok', text: 'details.apply', look: 'primary' }], () => form.isValid());
  if (answer !== 'ok') return false;
  for (const names of partsOf(entries.map(({ n }) => n))) await apply(device, form, stat, { path: folder, names }, entries.length > 1);
  return true;
}

type Fact = (label: string, ...value: (Node | string)[]) => void;

const statOf = (device: Device, path: string): Promise<Stat | undefined> => (device.facts?.isUnix ? device.request<Stat>({ action: 'stat', path }) : Promise.resolve(undefined));

function addFacts(fact: Fact, context: PluginContext, device: Device, path: string, { t: type, s = 0, d }: Entry, stat: Stat | undefined | void): void {
  const { t } = context;
  fact(t('details.path'), h('bdi', {}, shown(path)));
  if (type === 3) fact(t('list.size'), `${sizeText(s)} (${s.toLocaleString()} B)`);
  if (d) fact(t('list.changed'), new Date(stat?.mtimeMs ?? d).toLocaleString());
  if (stat?.target) fact(t('details.target'), h('bdi', {}, shown(stat.target)));
  if (type === 3) fact(t('details.checksums'), checksums(context, device, path));
}

/// A new owner takes the bits for set-user-id and set-group-id away, so that the mode comes last.
async function apply(device: Device, form: Rights, stat: Stat, target: { path: string; names: string[] }, isMany: boolean): Promise<void> {
  const isOwnerOther = form.owner !== `${stat.user}:${stat.group}`;
  const isModeOther = form.mode !== stat.mode.padStart(3, '0') || isMany || form.isRecursive;
  const hasSpecialBits = (parseInt(form.mode, 8) & 0o7000) !== 0;
  const what = { ...target, recursive: form.isRecursive };
  if (isOwnerOther) await device.request({ action: 'chown', ...what, owner: form.owner });
  if (isModeOther || (isOwnerOther && hasSpecialBits)) await device.request({ action: 'chmod', ...what, mode: form.mode });
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

class Rights {
  readonly rest: HTMLElement[];
  private readonly octal: HTMLInputElement;
  private readonly ownerInput: HTMLInputElement;
  private readonly recursiveBox = h('input', { type: 'checkbox', test: 'details-recursive' });
  private readonly boxes: HTMLInputElement[][];
  private readonly fault = h('p', { class: 'fault', role: 'alert' });

  constructor(
    private readonly context: PluginContext,
    stat: Stat,
    hasFolder: boolean,
  ) {
    const { t } = context;
    this.octal = h('input', { class: 'input mono', value: stat.mode.padStart(3, '0'), 'aria-label': t('details.octal'), maxLength: 4, test: 'details-mode' });
    this.ownerInput = h('input', { class: 'input', value: `${stat.user}:${stat.group}`, 'aria-label': t('details.owner'), maxLength: 128, test: 'details-owner', spellcheck: false });
    const who = ['user', 'group', 'others'];
    const what = ['read', 'write', 'execute'];
    this.boxes = who.map((one, row) =>
      what.map((right, column) => {
        const box = h('input', { type: 'checkbox', 'aria-label': `${t(`details.${one}`)}: ${t(`details.${right}`)}`, test: `mode-${one}-${right}` });
        box.addEventListener('change', () => this.flip(bits[row]![column]!, box.checked));
        return box;
      }),
    );
    this.octal.addEventListener('input', () => this.fill());
    this.fill();
    const cells = this.boxes.flatMap((row, at) => [h('span', {}, t(`details.${who[at]}`)), ...row.map((box) => h('label', {}, box))]);
    const heads = ['', ...what].map((right) => h('span', { class: 'soft' }, right && t(`details.${right}`)));
    this.rest = [h('fieldset', { class: 'modes' }, h('legend', { class: 'sr' }, t('details.mode')), ...heads, ...cells)];
    if (hasFolder) this.rest.push(h('label', { class: 'check' }, this.recursiveBox, t('details.recursive')));
    this.rest.push(this.fault);
  }

  addTo(facts: HTMLElement): void {
    const { t } = this.context;
    facts.append(h('dt', {}, t('details.ownerGroup')), h('dd', {}, this.ownerInput), h('dt', {}, t('details.mode')), h('dd', {}, this.octal));
  }

  get mode(): string {
    return this.octal.value;
  }
  get owner(): string {
    return this.ownerInput.value.trim();
  }
  get isRecursive(): boolean {
    return this.recursiveBox.checked;
  }

  isValid(): boolean {
    const isGood = /^[0-7]{3,4}$/.test(this.mode) && /^[\w.][\w.@$-]*(:[\w.][\w.@$-]*)?$/.test(this.owner);
    this.fault.textContent = isGood ? '' : this.context.t('details.fault');
    return isGood;
  }

  private flip(bit: number, on: boolean): void {
    const mode = parseInt(this.octal.value, 8) || 0;
    this.octal.value = (on ? mode | bit : mode & ~bit).toString(8).padStart(3, '0');
  }

  private fill(): void {
    const mode = parseInt(this.octal.value, 8) || 0;
    this.boxes.forEach((row, at) => row.forEach((box, column) => (box.checked = (mode & bits[at]![column]!) !== 0)));
  }
}
