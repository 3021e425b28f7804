import { html } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { channel, directory } from '../app';
import { t } from '../core/i18n';
import { router } from '../core/router';
import type { Device } from '../model/device';
import { TopValues } from '../model/top_values';
import { DialogElement } from '../widgets/dialog';
import { field } from '../widgets/field';
import '../widgets/tag_field';
import { toast } from '../widgets/toast';

const kMaxTag = 63;
const values = new TopValues(directory);
export const knownTags = (): string[] => values.of('tag');

@customElement('edit-device-dialog')
export class EditDeviceDialog extends DialogElement {
  @state() private name: string;
  @state() private description: string;
  @state() private tags: string[];

  constructor(private readonly device: Device) {
    super();
    this.name = device.name;
    this.description = device.description;
    this.tags = device.tags;
  }

  protected heading(): string {
    return t('device.editTitle');
  }

  protected override submitLabel(): string {
    return t('common.save');
  }

  protected override isReady(): boolean {
    return this.name.trim() !== '' && this.tags.every((tag) => tag.length <= kMaxTag);
  }

  protected body() {
    return html`${field({
      id: 'device-name',
      label: t('device.name'),
      value: this.name,
      onInput: (value) => (this.name = value),
      autofocus: true,
      required: true,
      maxlength: 256,
    })}
    ${field({
      id: 'device-description',
      label: t('device.description'),
      value: this.description,
      onInput: (value) => (this.description = value),
      hint: t('common.optional'),
      maxlength: 1024,
      multiline: true,
    })}
    <tr-tags field-id="device-tags" .label=${t('device.tags')} .hint=${t('device.tagsHint')} .tags=${this.device.tags} .known=${knownTags()} .onTags=${(tags: string[]) => (this.tags = tags)}></tr-tags>`;
  }

  protected async submit(): Promise<void> {
    await channel.command('changedevice', {
      nodeid: this.device.id,
      name: this.name.trim(),
      desc: this.description.trim(),
      tags: this.tags.join(','),
    });
    toast(t('common.saved'), 'success');
  }
}

@customElement('remove-device-dialog')
export class RemoveDeviceDialog extends DialogElement {
  constructor(private readonly device: Device) {
    super();
  }

  protected heading(): string {
    return t('device.removeTitle', { name: this.device.name });
  }

  protected override submitLabel(): string {
    return t('device.remove');
  }

  protected override isDanger(): boolean {
    return true;
  }

  protected body() {
    return html`<p>${t('device.removeText')}</p>`;
  }

  protected async submit(): Promise<void> {
    await channel.command('removedevices', { nodeids: [this.device.id] });
    toast(t('device.removed', { name: this.device.name }), 'success');
    router.go(['devices']);
  }
}
