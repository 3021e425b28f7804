import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { messageOf } from '../api/errors';
import { t } from '../core/i18n';
import { icon } from './icon';
import { LightElement } from './light';

let count = 0;

/// A modal question or form. Subclasses give the title and body, and `submit` does the work: the dialog
/// closes when it resolves and shows what went wrong when it throws, keeping everything typed.
export abstract class DialogElement extends LightElement {
  @state() protected isBusy = false;
  @state() protected fault = '';
  protected readonly formId = `dialog-${++count}`;
  private returnFocus: Element | null = null;

  protected abstract heading(): string;
  protected abstract body(): TemplateResult | typeof nothing;
  protected abstract submit(): Promise<void>;
  protected submitLabel(): string | undefined {
    return undefined;
  }
  protected isDanger(): boolean {
    return false;
  }
  protected isReady(): boolean {
    return true;
  }
  protected closesWhenDone(): boolean {
    return true;
  }
  /// Shows an error of submit() beside a field; false to have it shown above the fields.
  protected placeFault(_error: unknown): boolean {
    return false;
  }
  /// Asked before the person closes it with nothing done; true closes it at once.
  protected mayClose(): true | Promise<boolean> {
    return true;
  }
  protected roomy = false;

  override connectedCallback(): void {
    this.returnFocus ??= document.activeElement;
    super.connectedCallback();
  }

  protected override firstUpdated(): void {
    this.dialog()?.showModal();
    this.querySelector<HTMLElement>('[autofocus]')?.focus();
  }

  override render() {
    return html`<dialog
      class=${this.roomy ? 'roomy' : ''}
      aria-labelledby="${this.formId}-title"
      data-testid="dialog"
      @close=${() => this.finish()}
      @cancel=${(event: Event) => void this.giveUp(event)}
      @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && void this.giveUp(event)}
    >
      <form novalidate @submit=${(event: Event) => void this.onSubmit(event)}>
        <h2 id="${this.formId}-title">${this.heading()}</h2>
        ${this.fault
          ? html`<div class="alert" role="alert" data-testid="dialog-error">${icon('warn')}<span>${this.fault}</span></div>`
          : nothing}
        ${this.body()}
        <div class="end">${this.renderButtons()}</div>
      </form>
    </dialog>`;
  }

  close(): void {
    this.dialog()?.close();
  }

  /// A second Escape closes a dialog whatever is said to the event "cancel": the key is asked about before.
  private async giveUp(event: Event): Promise<void> {
    if (event.defaultPrevented) return;
    const may = this.mayClose();
    if (may === true) return event.type === 'click' ? this.close() : undefined;
    event.preventDefault();
    if (await may) this.close();
  }

  private renderButtons() {
    const label = this.submitLabel();
    const close = html`<button type="button" class="btn" @click=${(event: Event) => void this.giveUp(event)} data-testid="dialog-cancel">
      ${label && this.closesWhenDone() ? t('common.cancel') : t('common.close')}
    </button>`;
    if (!label) return close;
    return html`${close}<button
        class="btn ${this.isDanger() ? 'danger' : 'primary'}"
        ?disabled=${this.isBusy || !this.isReady()}
        data-testid="dialog-submit"
      >
        ${this.isBusy ? html`<span class="spinner"></span>` : nothing}${label}
      </button>`;
  }

  private async onSubmit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.isBusy || !this.isReady() || !this.submitLabel()) return;
    this.isBusy = true;
    this.fault = '';
    try {
      await this.submit();
      if (this.closesWhenDone()) this.close();
    } catch (error) {
      if (!this.placeFault(error)) this.fault = messageOf(error);
    } finally {
      this.isBusy = false;
    }
  }

  private dialog(): HTMLDialogElement | null {
    return this.querySelector('dialog');
  }

  private finish(): void {
    this.remove();
    // The browser does this too, unless what opened the dialog was drawn anew meanwhile.
    if (this.returnFocus instanceof HTMLElement && this.returnFocus.isConnected) this.returnFocus.focus();
  }
}

export function openDialog(dialog: DialogElement): void {
  document.body.append(dialog);
}
