import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { session } from '../app';
import { i18n, t, type TextKey } from '../core/i18n';
import { Watch } from '../core/watch';
import type { BulkJob, Step, StepState } from '../model/bulk_job';
import { icon } from '../widgets/icon';
import { LightElement } from '../widgets/light';

/// Thousands of lines help nobody; what failed comes first.
const kMostLines = 200;
const order: StepState[] = ['failed', 'running', 'done', 'cancelled', 'waiting'];
const words: Record<StepState, TextKey> = {
  waiting: 'bulk.waiting',
  running: 'bulk.running',
  done: 'bulk.done',
  failed: 'bulk.failed',
  cancelled: 'bulk.cancelled',
};

/// How a job on many devices goes on, beside whatever else the person does meanwhile.
@customElement('bulk-panel')
export class BulkPanel extends LightElement {
  readonly watch: Watch;
  @state() private isOpen = true;

  constructor(private readonly job: BulkJob) {
    super();
    this.watch = new Watch(this, job, session, i18n);
  }

  protected override willUpdate(): void {
    if (session.state === 'in') return;
    this.job.cancel();
    this.remove();
  }

  override render() {
    const { job } = this;
    const ended = job.steps.length - job.count('waiting') - job.count('running');
    return html`<section class="bulk-panel" aria-label=${job.title} data-testid="bulk-panel">
      <header>
        <h2 class="cut grow">${job.title}</h2>
        <button class="btn plain small square" aria-expanded=${this.isOpen} aria-label=${t('bulk.details')} @click=${() => (this.isOpen = !this.isOpen)}>${icon(this.isOpen ? 'down' : 'up')}</button>
        <button class="btn plain small square" aria-label=${t('common.dismiss')} ?disabled=${job.isRunning} @click=${() => this.remove()} data-testid="bulk-close">${icon('close')}</button>
      </header>
      <progress max=${job.steps.length} .value=${ended} aria-label=${job.title}></progress>
      <p role="status" data-testid="bulk-state">${this.summary(ended)}</p>
      ${this.isOpen ? this.renderSteps() : nothing}
      <div class="end">
        ${job.count('waiting') ? html`<button class="btn small" @click=${() => job.cancel()} data-testid="bulk-cancel">${t('bulk.cancel')}</button>` : nothing}
        ${!job.isRunning && job.count('failed') + job.count('cancelled') > 0
          ? html`<button class="btn small" @click=${() => job.retry()} data-testid="bulk-retry">${t('bulk.retry', { n: job.count('failed') + job.count('cancelled') })}</button>`
          : nothing}
      </div>
    </section>`;
  }

  private summary(ended: number): string {
    const { job } = this;
    const all = job.steps.length;
    const parts = [job.isRunning ? t('bulk.progress', { n: ended, all }) : t('bulk.ended', { n: job.count('done'), all })];
    if (job.count('failed')) parts.push(t('bulk.someFailed', { n: job.count('failed') }));
    if (!job.isRunning && job.count('cancelled')) parts.push(t('bulk.someCancelled', { n: job.count('cancelled') }));
    return parts.join(' · ');
  }

  private renderSteps() {
    const steps = order.flatMap((state) => this.job.steps.filter((step) => step.state === state));
    return html`<ul tabindex="0" aria-label=${t('bulk.details')}>
      ${steps.slice(0, kMostLines).map((step) => this.renderStep(step))}
      ${steps.length > kMostLines ? html`<li class="soft">${t('bulk.more', { n: steps.length - kMostLines })}</li>` : nothing}
    </ul>`;
  }

  private renderStep(step: Step) {
    const kind = { failed: 'bad', done: 'ok', running: 'warn', waiting: '', cancelled: '' }[step.state];
    const isLong = step.text.length > 90 || step.text.includes('\n');
    return html`<li data-testid="bulk-step">
      <div class="row"><span class="cut grow">${step.name}</span><span class="badge ${kind}">${t(words[step.state])}</span></div>
      ${isLong ? html`<details><summary>${t('bulk.output')}</summary><pre tabindex="0">${step.text}</pre></details>` : step.text ? html`<p class="soft">${step.text}</p>` : nothing}
    </li>`;
  }
}

export function startJob(job: BulkJob): void {
  for (const old of document.querySelectorAll('bulk-panel')) if (!old.querySelector('[data-testid=bulk-close]:disabled')) old.remove();
  document.body.append(new BulkPanel(job));
  job.start();
}
