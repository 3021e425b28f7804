import { html } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { t } from '../core/i18n';
import { icon } from './icon';
import { LightElement } from './light';
import { toast } from './toast';

/// A text to take along, with a button that copies it.
@customElement('tr-copy')
export class CopyElement extends LightElement {
  @property() value = '';
  @property() label = '';
  @state() private isCopied = false;

  override render() {
    return html`<code tabindex="0" role="region" aria-label=${this.label} data-testid="copy-text">${this.value}</code>
      <button type="button" class="btn small" @click=${() => void this.copy()} data-testid="copy">
        ${icon(this.isCopied ? 'check' : 'copy')}<span>${this.isCopied ? t('common.copied') : t('common.copy')}</span>
        <span class="sr">${this.label}</span>
      </button>
      <span class="sr" role="status">${this.isCopied ? t('common.copied') : ''}</span>`;
  }

  private async copy(): Promise<void> {
    if (!(await copyText(this.value))) {
      toast(t('common.copyFailed'), 'error');
      return;
    }
    this.isCopied = true;
    setTimeout(() => (this.isCopied = false), 2_500);
  }
}

/// False when the browser refuses, as it does on pages that were opened without TLS.
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
