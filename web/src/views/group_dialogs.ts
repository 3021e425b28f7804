import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { messageOf } from '../api/errors';
import { channel, directory } from '../app';
import { exactTime } from '../core/format';
import { t } from '../core/i18n';
import type { Group } from '../model/directory';
import { expiryOf, safeLink, type InstallCommand } from '../model/install';
import { has, kAdmin, kEditGroup, kNoNewGroups } from '../model/rights';
import '../widgets/copy';
import { DialogElement, openDialog } from '../widgets/dialog';
import { field } from '../widgets/field';
import { icon } from '../widgets/icon';
import { toast } from '../widgets/toast';

export function mayCreateGroups(): boolean {
  const rights = directory.me?.siteadmin ?? 0;
  return rights === kAdmin || (rights & kNoNewGroups) === 0;
}

export const mayEditGroup = (group: Group): boolean => has(directory.groupRights(group), kEditGroup);
export const mayDeleteGroup = (group: Group): boolean => directory.groupRights(group) === kAdmin;

const kAgentGroup = 2;
const kMaxName = 128;
const kMaxDescription = 1024;

@customElement('create-group-dialog')
export class CreateGroupDialog extends DialogElement {
  @state() private name = '';
  @state() private description = '';

  /// `thenInstall`: go on with how to add a device.
  constructor(private readonly thenInstall = false) {
    super();
  }

  protected heading(): string {
    return t('groups.createTitle');
  }

  protected override submitLabel(): string {
    return t('groups.create');
  }

  protected override isReady(): boolean {
    return this.name.trim() !== '';
  }

  protected body() {
    return groupFields(
      { name: this.name, description: this.description },
      (name) => (this.name = name),
      (description) => (this.description = description),
    );
  }

  protected async submit(): Promise<void> {
    const reply = await channel.command('createmesh', {
      meshname: this.name.trim(),
      meshtype: kAgentGroup,
      desc: this.description.trim(),
    });
    toast(t('groups.created', { name: this.name.trim() }), 'success');
    const id = reply['meshid'];
    if (this.thenInstall && typeof id === 'string') setTimeout(() => openDialog(new InstallDialog(id)));
  }
}

@customElement('edit-group-dialog')
export class EditGroupDialog extends DialogElement {
  @state() private name: string;
  @state() private description: string;

  constructor(private readonly group: Group) {
    super();
    this.name = group.name;
    this.description = group.description;
  }

  protected heading(): string {
    return t('groups.editTitle');
  }

  protected override submitLabel(): string {
    return t('common.save');
  }

  protected override isReady(): boolean {
    return this.name.trim() !== '';
  }

  protected body() {
    return groupFields(
      { name: this.name, description: this.description },
      (name) => (this.name = name),
      (description) => (this.description = description),
    );
  }

  protected async submit(): Promise<void> {
    await channel.command('editmesh', {
      meshid: this.group.id,
      meshname: this.name.trim(),
      desc: this.description.trim(),
    });
    toast(t('common.saved'), 'success');
  }
}

function groupFields(values: { name: string; description: string }, onName: (value: string) => void, onDescription: (value: string) => void) {
  return html`${field({ id: 'group-name', label: t('groups.name'), value: values.name, onInput: onName, autofocus: true, required: true, maxlength: kMaxName })}
  ${field({
    id: 'group-description',
    label: t('groups.description'),
    hint: t('common.optional'),
    value: values.description,
    onInput: onDescription,
    maxlength: kMaxDescription,
    multiline: true,
  })}`;
}

/// Deleting a group removes its devices, so with devices inside its name has to be typed.
@customElement('delete-group-dialog')
export class DeleteGroupDialog extends DialogElement {
  @state() private typed = '';

  constructor(
    private readonly group: Group,
    private readonly deviceCount: number,
  ) {
    super();
  }

  protected heading(): string {
    return t('groups.deleteTitle', { name: this.group.name });
  }

  protected override submitLabel(): string {
    return t('groups.delete');
  }

  protected override isDanger(): boolean {
    return true;
  }

  protected override isReady(): boolean {
    return this.deviceCount === 0 || this.typed === this.group.name;
  }

  protected body() {
    if (this.deviceCount === 0) return html`<p>${t('groups.deleteEmpty')}</p>`;
    return html`<p>${t('groups.deleteFull', { n: this.deviceCount })}</p>
      ${field({
        id: 'confirm-name',
        label: t('groups.typeName', { name: this.group.name }),
        value: this.typed,
        onInput: (value) => (this.typed = value),
        autofocus: true,
      })}`;
  }

  protected async submit(): Promise<void> {
    await channel.command('deletemesh', { meshid: this.group.id });
    toast(t('groups.deleted', { name: this.group.name }), 'success');
  }
}

/// How a machine joins a group: one line to run on it, or files to take along.
@customElement('install-dialog')
export class InstallDialog extends DialogElement {
  protected override roomy = true;
  @state() private groupId: string;
  @state() private answer: InstallCommand | undefined;
  @state() private problem = '';

  constructor(groupId: string) {
    super();
    this.groupId = groupId || (directory.groupList()[0]?.id ?? '');
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.ask();
  }

  protected heading(): string {
    return t('install.title');
  }

  protected async submit(): Promise<void> {
    // Nothing to send: the dialog only shows.
  }

  protected body() {
    const groups = directory.groupList();
    return html`<div class="field">
        <label for="install-group">${t('install.group')}</label>
        <select
          class="select"
          id="install-group"
          data-testid="install-group"
          @change=${(event: Event) => void this.choose((event.target as HTMLSelectElement).value)}
        >
          ${groups.map((group) => html`<option value=${group.id} ?selected=${group.id === this.groupId}>${group.name}</option>`)}
        </select>
      </div>
      ${this.renderAnswer()}`;
  }

  private renderAnswer() {
    if (this.problem) {
      return html`<div class="alert" role="alert" data-testid="install-problem">${icon('warn')}<span class="grow">${this.problem}</span></div>
        <div><button type="button" class="btn small" @click=${() => void this.ask()}>${t('common.retry')}</button></div>`;
    }
    const { answer } = this;
    if (!answer) return html`<div class="row" role="status"><span class="spinner"></span>${t('common.loading')}</div>`;
    return html`${answer.linux
        ? html`<div class="field">
            <span class="label">${t('install.linux')}</span>
            <tr-copy data-testid="install-command" .value=${answer.linux} .label=${t('install.command')}></tr-copy>
            <div class="hint">${t('install.linuxHint')}</div>
          </div>`
        : nothing}
      ${answer.linuxTemporary
        ? html`<div class="field">
            <span class="label">${t('install.once')}</span>
            <tr-copy data-testid="install-once" .value=${answer.linuxTemporary} .label=${t('install.onceCommand')}></tr-copy>
            <div class="hint">${t('install.onceHint')}</div>
          </div>`
        : nothing}
      ${this.renderFiles(answer)}
      ${expiryOf(answer.expires) ? html`<p class="faint">${t('install.expires', { time: exactTime(expiryOf(answer.expires)) })}</p>` : nothing}
      <p class="soft" role="status">${t('install.wait')}</p>`;
  }

  private renderFiles(answer: InstallCommand) {
    const agent = safeLink(answer.agentUrl);
    const settings = safeLink(answer.settingsUrl);
    if (!agent && !settings) return nothing;
    return html`<div class="field">
      <span class="label">${t('install.files')}</span>
      <div class="row">
        ${agent ? html`<a class="btn small" href=${agent} download data-testid="install-agent">${icon('download')}${t('install.agent')}</a>` : nothing}
        ${settings
          ? html`<a class="btn small" href=${settings} download data-testid="install-settings">${icon('download')}${t('install.settings')}</a>`
          : nothing}
      </div>
    </div>`;
  }

  private async choose(id: string): Promise<void> {
    this.groupId = id;
    await this.ask();
  }

  private async ask(): Promise<void> {
    const asked = this.groupId;
    this.answer = undefined;
    this.problem = '';
    try {
      const answer = await channel.call<InstallCommand>('device.installcommand', { meshid: asked });
      if (asked === this.groupId) this.answer = answer ?? {};
    } catch (error) {
      if (asked === this.groupId) this.problem = messageOf(error);
    }
  }
}
