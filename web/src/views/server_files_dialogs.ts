import { html } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { t } from '../core/i18n';
import { isFileName } from '../model/server_files';
import { DialogElement } from '../widgets/dialog';
import { field } from '../widgets/field';

/// Asks for the name of a file or folder.
@customElement('file-name-dialog')
export class NameDialog extends DialogElement {
  @state() private name: string;

  constructor(
    private readonly title_: string,
    private readonly old: string,
    private readonly use: (name: string) => Promise<void>,
  ) {
    super();
    this.name = old;
  }

  protected heading = () => this.title_;
  protected override submitLabel = () => t('common.save');
  protected override isReady = () => isFileName(this.name.trim()) && this.name.trim() !== this.old;
  protected submit = () => this.use(this.name.trim());

  protected body() {
    const isWrong = this.name.trim() !== '' && !isFileName(this.name.trim());
    return field({
      id: 'file-name',
      label: t('device.name'),
      value: this.name,
      onInput: (value) => (this.name = value),
      autofocus: true,
      required: true,
      maxlength: 255,
      fault: isWrong ? t('serverFiles.badName') : undefined,
    });
  }
}

@customElement('remove-files-dialog')
export class RemoveFilesDialog extends DialogElement {
  constructor(
    private readonly names: string[],
    private readonly use: () => Promise<void>,
  ) {
    super();
  }

  protected heading = () => t('serverFiles.removeTitle', { n: this.names.length });
  protected override submitLabel = () => t('serverFiles.removeOne');
  protected override isDanger = () => true;
  protected submit = () => this.use();

  protected body() {
    return html`<p>${this.names.slice(0, 10).join(', ')}${this.names.length > 10 ? ` ${t('bulk.andMore', { n: this.names.length - 10 })}` : ''}</p>
      <p>${t('serverFiles.removeText')}</p>`;
  }
}
