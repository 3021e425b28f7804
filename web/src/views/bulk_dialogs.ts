import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { channel, directory } from '../app';
import { t, type TextKey } from '../core/i18n';
import { BulkActions, split, type Split } from '../model/bulk_actions';
import { BulkJob } from '../model/bulk_job';
import type { Device } from '../model/device';
import { has, kChat, kEditGroup, kManageDevices, kRemoveDevice, kResetOff, kRunCommands, kSetNotes, kWake } from '../model/rights';
import { checkBox } from '../widgets/boxes';
import { DialogElement, openDialog } from '../widgets/dialog';
import { field } from '../widgets/field';
import { icon } from '../widgets/icon';
import '../styles/admin.css';
import '../widgets/tag_field';
import { startJob } from './bulk_panel';
import { consentBoxes } from './consent_boxes';
import { knownTags } from './device_dialogs';

const actions = new BulkActions(channel, directory);
const kNamed = 5;

/// Asks before something is done to many devices: says what, to how many, and which are left out and why.
abstract class BulkDialog extends DialogElement {
  protected readonly parts: Split;

  constructor(
    devices: Device[],
    right: number,
    needsAgent = false,
  ) {
    super();
    this.parts = split(directory, devices, right, needsAgent);
  }

  /// What happens, with the number of devices.
  protected abstract summary(n: number): string;
  protected abstract act(): (id: string) => Promise<string>;
  protected form(): TemplateResult | typeof nothing {
    return nothing;
  }
  protected isFilled(): boolean {
    return true;
  }

  protected override isReady(): boolean {
    return this.parts.able.length > 0 && this.isFilled();
  }

  protected body() {
    const { able, barred, offline } = this.parts;
    return html`${this.form()}
      <p data-testid="bulk-summary">${able.length ? this.summary(able.length) : t('bulk.nobody')}</p>
      ${barred.length ? this.renderLeftOut(t('bulk.barred', { n: barred.length }), barred) : nothing}
      ${offline.length ? this.renderLeftOut(t('bulk.offlineLeft', { n: offline.length }), offline) : nothing}`;
  }

  private renderLeftOut(text: string, devices: Device[]) {
    const names = devices.slice(0, kNamed).map(({ name }) => name).join(', ');
    const rest = devices.length - kNamed;
    return html`<div class="note" data-testid="bulk-left-out">${icon('warn')}<span>${text} <span class="soft">${names}${rest > 0 ? ` ${t('bulk.andMore', { n: rest })}` : ''}</span></span></div>`;
  }

  protected async submit(): Promise<void> {
    startJob(new BulkJob(this.heading(), this.parts.able, this.act()));
  }
}

@customElement('bulk-move-dialog')
export class MoveDialog extends BulkDialog {
  @state() private groupId = '';

  constructor(devices: Device[]) {
    super(devices, kEditGroup);
  }

  protected heading = () => t('bulk.move');
  protected override submitLabel = () => t('bulk.moveDo');
  protected override isFilled = () => this.groupId !== '';
  protected summary = (n: number) => (this.groupId ? t('bulk.moveText', { n, group: directory.groupName(this.groupId) }) : t('bulk.moveChoose'));
  protected act = () => actions.move(this.groupId);

  protected override form() {
    const groups = directory.groupList().filter((group) => has(directory.groupRights(group), kManageDevices | kEditGroup));
    return html`<div class="field">
      <label for="bulk-group">${t('device.group')}</label>
      <select class="select" id="bulk-group" data-testid="bulk-group" @change=${(event: Event) => (this.groupId = (event.target as HTMLSelectElement).value)}>
        <option value="">${t('access.choose')}</option>
        ${groups.map((group) => html`<option value=${group.id}>${group.name}</option>`)}
      </select>
    </div>`;
  }
}

@customElement('bulk-tags-dialog')
export class TagsDialog extends BulkDialog {
  @state() private added: string[] = [];
  @state() private removed: string[] = [];

  constructor(private readonly devices: Device[]) {
    super(devices, kManageDevices);
  }

  protected heading = () => t('bulk.tags');
  protected override submitLabel = () => t('common.save');
  protected override isFilled = () => this.added.length + this.removed.length > 0 && this.added.every((tag) => tag.length <= 63);
  protected act = () => actions.tags(this.added, this.removed);

  protected summary(n: number): string {
    const parts = [];
    if (this.added.length) parts.push(t('bulk.tagsAdd', { n, tags: this.added.join(', ') }));
    if (this.removed.length) parts.push(t('bulk.tagsRemove', { n, tags: this.removed.join(', ') }));
    return parts.join(' ') || t('bulk.tagsChoose');
  }

  protected override form() {
    const present = [...new Set(this.devices.flatMap(({ tags }) => tags))].sort();
    return html`<tr-tags field-id="bulk-add-tags" .label=${t('bulk.addTags')} .hint=${t('device.tagsHint')} .known=${knownTags()} .onTags=${(tags: string[]) => (this.added = tags)}></tr-tags>
      ${present.length
        ? html`<fieldset class="boxes"><legend>${t('bulk.removeTags')}</legend>
            ${present.map((tag, at) => checkBox({ id: `remove-tag-${at}`, label: tag, checked: this.removed.includes(tag), onChange: (on) => (this.removed = on ? [...this.removed, tag] : this.removed.filter((one) => one !== tag)) }))}
          </fieldset>`
        : nothing}`;
  }
}

export type PowerKind = 'off' | 'reset' | 'sleep' | 'wake';
const powerTypes = { off: 2, reset: 3, sleep: 4 } as const;
const powerTexts: Record<PowerKind, [TextKey, TextKey]> = {
  off: ['power.off', 'power.offText'],
  reset: ['power.reset', 'power.resetText'],
  sleep: ['power.sleep', 'power.sleepText'],
  wake: ['power.wake', 'power.wakeText'],
};

@customElement('bulk-power-dialog')
export class PowerDialog extends BulkDialog {
  constructor(
    devices: Device[],
    private readonly kind: PowerKind,
  ) {
    super(devices, kind === 'wake' ? kWake : kResetOff, kind !== 'wake');
  }

  protected heading = () => t(powerTexts[this.kind][0]);
  protected override submitLabel = () => this.heading();
  protected override isDanger = () => this.kind !== 'wake';
  protected summary = (n: number) => t(powerTexts[this.kind][1], { n });
  protected act = () => (this.kind === 'wake' ? actions.wake() : actions.power(powerTypes[this.kind]));
}

@customElement('bulk-run-dialog')
export class RunDialog extends BulkDialog {
  @state() private command = '';
  @state() private type = 0;
  @state() private asUser = 0;
  protected override roomy = true;

  constructor(devices: Device[]) {
    super(devices, kRunCommands, true);
  }

  protected heading = () => t('bulk.run');
  protected override submitLabel = () => t('bulk.runDo');
  protected override isFilled = () => this.command.trim() !== '';
  protected summary = (n: number) => t(this.asUser ? 'bulk.runTextUser' : 'bulk.runText', { n });
  protected act = () => actions.run(this.command, this.type, this.asUser);

  protected override form() {
    const select = (id: string, label: string, value: number, texts: [number, string][], change: (value: number) => void) => html`<div class="field">
      <label for=${id}>${label}</label>
      <select class="select" id=${id} data-testid=${id} @change=${(event: Event) => change(Number((event.target as HTMLSelectElement).value))}>
        ${texts.map(([number, text]) => html`<option value=${number} ?selected=${number === value}>${text}</option>`)}
      </select>
    </div>`;
    return html`${field({ id: 'bulk-command', label: t('bulk.command'), value: this.command, onInput: (value) => (this.command = value), multiline: true, autofocus: true, required: true, maxlength: 65_000 })}
      <div class="row">
        ${select('bulk-shell', t('bulk.shell'), this.type, [[0, t('bulk.shellOwn')], [1, 'cmd'], [2, 'PowerShell'], [3, 'sh']], (value) => (this.type = value))}
        ${select('bulk-as', t('bulk.as'), this.asUser, [[0, t('bulk.asAgent')], [2, t('bulk.asUser')]], (value) => (this.asUser = value))}
      </div>`;
  }
}

@customElement('bulk-message-dialog')
export class MessageDialog extends BulkDialog {
  @state() private text = '';
  @state() private subject = '';

  constructor(devices: Device[]) {
    super(devices, kChat, true);
  }

  protected heading = () => t('bulk.message');
  protected override submitLabel = () => t('bulk.send');
  protected override isFilled = () => this.text.trim() !== '';
  protected summary = (n: number) => t('bulk.messageText', { n });
  protected act = () => actions.message(this.text, this.subject.trim());

  protected override form() {
    return html`${field({ id: 'bulk-subject', label: t('bulk.subject'), value: this.subject, onInput: (value) => (this.subject = value), hint: t('common.optional'), maxlength: 500 })}
      ${field({ id: 'bulk-text', label: t('bulk.text'), value: this.text, onInput: (value) => (this.text = value), multiline: true, required: true, autofocus: true, maxlength: 4000 })}`;
  }
}

@customElement('bulk-note-dialog')
export class NoteDialog extends BulkDialog {
  @state() private text = '';

  constructor(devices: Device[]) {
    super(devices, kSetNotes);
  }

  protected heading = () => t('bulk.note');
  protected override submitLabel = () => t('common.save');
  protected summary = (n: number) => (this.text.trim() ? t('bulk.noteText', { n }) : t('bulk.noteClear', { n }));
  protected act = () => actions.note(this.text);

  protected override form() {
    return field({ id: 'bulk-note', label: t('bulk.noteLabel'), value: this.text, onInput: (value) => (this.text = value), multiline: true, autofocus: true, maxlength: 60_000 });
  }
}

@customElement('bulk-consent-dialog')
export class ConsentDialog extends BulkDialog {
  @state() private flags = 0;
  protected override roomy = true;

  constructor(devices: Device[]) {
    super(devices, kManageDevices);
  }

  protected heading = () => t('bulk.consent');
  protected override submitLabel = () => t('common.save');
  protected summary = (n: number) => t('bulk.consentText', { n });
  protected act = () => actions.consent(this.flags);
  protected override form = () => consentBoxes('bulk-consent', this.flags, (flags) => (this.flags = flags));
}

@customElement('bulk-remove-dialog')
export class RemoveDialog extends BulkDialog {
  @state() private typed = '';

  constructor(devices: Device[]) {
    super(devices, kRemoveDevice);
  }

  protected heading = () => t('bulk.remove');
  protected override submitLabel = () => t('bulk.removeDo', { n: this.parts.able.length });
  protected override isDanger = () => true;
  protected override isFilled = () => this.typed.trim() === String(this.parts.able.length);
  protected summary = (n: number) => t('bulk.removeText', { n });
  protected act = () => actions.remove();

  protected override form() {
    const n = this.parts.able.length;
    return n ? field({ id: 'bulk-confirm', label: t('bulk.typeNumber', { n }), value: this.typed, onInput: (value) => (this.typed = value), inputmode: 'numeric', autofocus: true }) : nothing;
  }
}

export type BulkKind = 'move' | 'tags' | 'run' | 'message' | 'note' | 'consent' | 'remove' | PowerKind;

export function openBulk(kind: BulkKind, devices: Device[]): void {
  const makers: Record<Exclude<BulkKind, PowerKind>, new (devices: Device[]) => BulkDialog> = {
    move: MoveDialog,
    tags: TagsDialog,
    run: RunDialog,
    message: MessageDialog,
    note: NoteDialog,
    consent: ConsentDialog,
    remove: RemoveDialog,
  };
  const isPower = (one: BulkKind): one is PowerKind => ['off', 'reset', 'sleep', 'wake'].includes(one);
  openDialog(isPower(kind) ? new PowerDialog(devices, kind) : new makers[kind](devices));
}
