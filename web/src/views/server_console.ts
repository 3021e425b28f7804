import { html } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { messageOf } from '../api/errors';
import { channel } from '../app';
import { i18n, t } from '../core/i18n';
import { Watch } from '../core/watch';
import { LightElement } from '../widgets/light';

interface Entry {
  line: string;
  answer: string;
}

const kMostEntries = 100;

/// Lines of the server's console (control-protocol.md section 3.14): typed, answered, remembered.
@customElement('server-console')
export class ServerConsole extends LightElement {
  readonly watch = new Watch(this, i18n);
  @state() private entries: Entry[] = [];
  @state() private line = '';
  @state() private isBusy = false;
  private at = 0;

  override render() {
    return html`<section class="panel" aria-labelledby="server-console">
      <header><h2 id="server-console">${t('console.title')}</h2></header>
      <div class="console">
        <pre class="log" role="log" tabindex="0" aria-label=${t('console.output')} data-testid="console-output">${this.entries.length ? this.entries.map(({ line, answer }) => html`<b>&gt; ${line}</b>\n${answer}\n`) : html`<span class="soft">${t('console.hint')}</span>`}</pre>
        <form @submit=${(event: Event) => void this.run(event)}>
          <label class="mono" for="console-line" aria-label=${t('console.line')}>&gt;</label>
          <input
            class="input mono"
            id="console-line"
            data-testid="console-line"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            maxlength="4096"
            .value=${this.line}
            @input=${(event: Event) => (this.line = (event.target as HTMLInputElement).value)}
            @keydown=${(event: KeyboardEvent) => this.onKey(event)}
          />
          <button class="btn" ?disabled=${this.isBusy || !this.line.trim()}>${t('bulk.runShort')}</button>
        </form>
      </div>
    </section>`;
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('entries')) return;
    const log = this.querySelector('.log')!;
    log.scrollTop = log.scrollHeight;
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    this.at = Math.max(0, Math.min(this.entries.length, this.at + (event.key === 'ArrowUp' ? -1 : 1)));
    this.line = this.entries[this.at]?.line ?? '';
    event.preventDefault();
  }

  private async run(event: Event): Promise<void> {
    event.preventDefault();
    const line = this.line.trim();
    if (!line || this.isBusy) return;
    this.isBusy = true;
    this.line = '';
    let answer: string;
    try {
      answer = String((await channel.command('serverconsole', { value: line }))['value'] ?? '').trimEnd();
    } catch (error) {
      answer = messageOf(error);
    }
    this.entries = [...this.entries, { line, answer }].slice(-kMostEntries);
    this.at = this.entries.length;
    this.isBusy = false;
  }
}
