import { html } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { savedViews } from '../app';
import { t } from '../core/i18n';
import { kMaxViewName, kMaxViews } from '../model/saved_views';
import { DialogElement } from '../widgets/dialog';
import { field } from '../widgets/field';
import { toast } from '../widgets/toast';

/// Asks for the name of a view. One that has this name is replaced, and the dialog says so.
@customElement('save-view-dialog')
export class SaveViewDialog extends DialogElement {
  @state() private name: string;

  constructor(
    private readonly query: string,
    name: string,
  ) {
    super();
    this.name = name;
  }

  protected heading(): string {
    return t('views.saveTitle');
  }

  protected override submitLabel(): string {
    return this.isKnown() ? t('views.replace') : t('common.save');
  }

  protected override isReady(): boolean {
    return this.name.trim() !== '' && (this.isKnown() || savedViews.views.length < kMaxViews);
  }

  protected body() {
    return html`<p>${t('views.saveText')}</p>
      ${field({
        id: 'view-name',
        label: t('views.name'),
        value: this.name,
        onInput: (value) => (this.name = value),
        autofocus: true,
        required: true,
        maxlength: kMaxViewName,
        hint: this.isKnown() ? t('views.known') : undefined,
      })}`;
  }

  protected async submit(): Promise<void> {
    await savedViews.save({ name: this.name.trim(), query: this.query });
    toast(t('common.saved'), 'success');
  }

  private isKnown(): boolean {
    return savedViews.views.some(({ name }) => name === this.name.trim());
  }
}
