import { messageOf } from '../api/errors';
import { Observable } from '../core/observe';

export type StepState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

export interface Step {
  id: string;
  name: string;
  state: StepState;
  /// Why it failed, or what came of it.
  text: string;
}

/// The server takes so many commands a second of one connection, and others need it too.
const kAtOnce = 6;

/// One action on many devices, a few at a time. Every device has a state of its own; those that failed can be
/// tried again, and those that have not begun can be called off.
export class BulkJob extends Observable {
  readonly steps: Step[];
  private running = 0;
  private next = 0;

  constructor(
    readonly title: string,
    devices: { id: string; name: string }[],
    /// Resolves with what is worth showing, throws when it failed.
    private readonly act: (id: string) => Promise<string>,
    private readonly atOnce = kAtOnce,
  ) {
    super();
    this.steps = devices.map(({ id, name }) => ({ id, name, state: 'waiting', text: '' }));
  }

  get isRunning(): boolean {
    return this.running > 0;
  }

  count(state: StepState): number {
    return this.steps.reduce((sum, step) => sum + Number(step.state === state), 0);
  }

  start(): void {
    this.next = 0;
    while (this.running < this.atOnce && this.begin());
    this.changed();
  }

  retry(): void {
    for (const step of this.steps) {
      if (step.state !== 'failed' && step.state !== 'cancelled') continue;
      step.state = 'waiting';
      step.text = '';
    }
    this.start();
  }

  /// What runs already runs on: nobody could say whether it had happened.
  cancel(): void {
    for (const step of this.steps) if (step.state === 'waiting') step.state = 'cancelled';
    this.changed();
  }

  private begin(): boolean {
    while (this.next < this.steps.length && this.steps[this.next]!.state !== 'waiting') this.next++;
    const step = this.steps[this.next];
    if (!step) return false;
    step.state = 'running';
    this.running++;
    void this.run(step);
    return true;
  }

  private async run(step: Step): Promise<void> {
    try {
      step.text = await this.act(step.id);
      step.state = 'done';
    } catch (error) {
      step.text = messageOf(error);
      step.state = 'failed';
    }
    this.running--;
    this.begin();
    this.changed();
  }
}
