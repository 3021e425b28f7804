import { html } from 'lit';
import { customElement } from 'lit/decorators.js';
import { holds } from '../core/holds';
import { t } from '../core/i18n';
import { DialogElement, openDialog } from '../widgets/dialog';

/// True at once if nothing would be lost by leaving (what `owner` holds, or anything); else the person is asked.
export function mayLeave(owner?: object): true | Promise<boolean> {
  const words = holds.words(owner);
  return words.length === 0 || new Promise((resolve) => openDialog(new LeaveDialog(words, resolve)));
}

@customElement('leave-dialog')
export class LeaveDialog extends DialogElement {
  private leaves = false;

  constructor(
    private readonly words: string[],
    private readonly answer: (leaves: boolean) => void,
  ) {
    super();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.answer(this.leaves);
  }

  protected heading(): string {
    return t('leave.title');
  }

  protected body() {
    return html`${this.words.map((text) => html`<p>${text}</p>`)}`;
  }

  protected override submitLabel(): string {
    return t('leave.leave');
  }

  protected override isDanger(): boolean {
    return true;
  }

  protected submit(): Promise<void> {
    this.leaves = true;
    return Promise.resolve();
  }
}
