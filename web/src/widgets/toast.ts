import { html } from 'lit';
import { customElement } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { t } from '../core/i18n';
import { Observable } from '../core/observe';
import { Watch } from '../core/watch';
import { icon } from './icon';
import { LightElement } from './light';

export type ToastKind = 'info' | 'success' | 'error';

interface Toast {
  id: number;
  text: string;
  kind: ToastKind;
}

const kMaxToasts = 4;
const kShowMs = 6_000;
// Errors stay long enough to be read twice (WCAG 2.2.1); they can be closed at any time.
const kShowErrorMs = 20_000;

class Toasts extends Observable {
  shown: Toast[] = [];
  private nextId = 1;

  show(text: string, kind: ToastKind = 'info'): void {
    const toast = { id: this.nextId++, text, kind };
    this.shown = [...this.shown.filter((other) => other.text !== text), toast].slice(-kMaxToasts);
    setTimeout(() => this.close(toast.id), kind === 'error' ? kShowErrorMs : kShowMs);
    this.changed();
  }

  close(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
    this.changed();
  }
}

export const toasts = new Toasts();
export const toast = (text: string, kind?: ToastKind): void => toasts.show(text, kind);
export const toastError = (error: unknown): void =>
  toasts.show(error instanceof Error ? error.message : String(error), 'error');

@customElement('tr-toasts')
export class ToastsElement extends LightElement {
  readonly watch = new Watch(this, toasts);

  // An open dialog covers everything else in the page. Showing the popover again puts it on top.
  protected override updated(): void {
    const region = this.querySelector<HTMLElement>('.toasts')!;
    if (region.matches(':popover-open')) region.hidePopover();
    if (toasts.shown.length > 0) region.showPopover();
  }

  // What is read aloud stands apart: its region has to exist before the first message.
  override render() {
    return html`<div class="sr" role="status">${toasts.shown.at(-1)?.text}</div>
      <div class="toasts" popover="manual" data-testid="toasts">
        ${repeat(
          toasts.shown,
          (entry) => entry.id,
          (entry) => html`<div class="toast ${entry.kind}" data-testid="toast">
            <span>${entry.text}</span>
            <button class="btn plain small square" aria-label=${t('common.dismiss')} @click=${() => toasts.close(entry.id)}>
              ${icon('close')}
            </button>
          </div>`,
        )}
      </div>`;
  }
}
