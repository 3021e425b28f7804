import type { Block, Recording } from './mcrec';
import type { Blocks, Stage } from './stage';

/// Silence that is passed over, and what is left of it.
const kIdle = 1500;
const kIdleLeft = 300;
/// Blocks that are shown at once before the page gets its turn.
const kBatchMs = 30;

/// Plays a recording on a stage: a clock, and blocks when they are due.
export class Player {
  position = 0;
  playing = false;
  speed = 1;
  skipIdle = false;
  onChange: (() => void) | undefined;
  onFault: ((error: unknown) => void) | undefined;

  private blocks: Blocks;
  private pending: Block | undefined;
  private isAtEnd = false;
  private generation = 0;
  private frame = 0;
  private lastTick = 0;
  private isPumping = false;
  private isOver = false;
  private seeking: Promise<void> | undefined;

  constructor(
    readonly recording: Recording,
    private readonly stage: Stage,
  ) {
    this.blocks = stage.fromStart?.() ?? recording.cursor();
  }

  get duration(): number {
    return this.recording.duration;
  }

  play(): void {
    if (this.playing) return;
    if (this.position >= this.duration) {
      void this.seek(0).then(() => this.play());
      return;
    }
    this.playing = true;
    this.lastTick = performance.now();
    this.frame = requestAnimationFrame(() => this.tick());
    this.onChange?.();
  }

  pause(): void {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.onChange?.();
  }

  /// Resolves when the picture of that time can be seen, or of a later seek, which takes its place. One jump
  /// at a time: of many seeks the last is done, and pictures between as there is time.
  seek(time: number): Promise<void> {
    ++this.generation;
    this.position = Math.max(0, Math.min(this.duration, time));
    this.onChange?.();
    this.seeking ??= this.jump().finally(() => {
      this.seeking = undefined;
      this.lastTick = performance.now();
    });
    return this.seeking;
  }

  dispose(): void {
    this.pause();
    ++this.generation;
    this.isOver = true;
    this.onChange = undefined;
    this.stage.dispose();
  }

  private async jump(): Promise<void> {
    let generation;
    do {
      generation = this.generation;
      const target = this.position;
      try {
        const { blocks, isThere } = await this.stage.jump(target);
        this.blocks = blocks;
        this.pending = undefined;
        this.isAtEnd = false;
        if (generation === this.generation && !isThere) await this.showUntil(target, generation);
        if (generation === this.generation) await this.stage.settled();
      } catch (error) {
        if (generation === this.generation) this.fault(error);
      }
    } while (generation !== this.generation && !this.isOver);
  }

  private tick(): void {
    if (!this.playing) return;
    const now = performance.now();
    // While blocks that are due have not been shown yet, the clock waits.
    if (!this.isPumping && !this.seeking) {
      this.position = Math.min(this.duration, this.position + (now - this.lastTick) * this.speed);
      void this.pump();
    }
    this.lastTick = now;
    if (this.isAtEnd && this.position >= this.duration) {
      this.pause();
      return;
    }
    this.frame = requestAnimationFrame(() => this.tick());
    this.onChange?.();
  }

  private async pump(): Promise<void> {
    this.isPumping = true;
    const { generation } = this;
    try {
      await this.showUntil(this.position, generation);
      if (generation === this.generation) this.passIdle();
    } catch (error) {
      this.fault(error);
    } finally {
      this.isPumping = false;
    }
  }

  private passIdle(): void {
    if (!this.skipIdle) return;
    const next = this.pending ? this.timeOf(this.pending) : this.isAtEnd ? this.duration : this.position;
    if (next - this.position > kIdle) this.position = next - kIdleLeft;
  }

  private async showUntil(time: number, generation: number): Promise<void> {
    let since = performance.now();
    for (;;) {
      const block = this.pending ?? (await this.blocks.next());
      if (generation !== this.generation) return;
      this.pending = block;
      if (!block || block.type !== 2) {
        this.isAtEnd = true;
        return;
      }
      const at = this.timeOf(block);
      if (at > time) return;
      this.pending = undefined;
      const shown = this.stage.show(block, at);
      if (shown) await shown;
      if (performance.now() - since > kBatchMs) {
        await new Promise((next) => setTimeout(next));
        since = performance.now();
      }
      if (generation !== this.generation) return;
    }
  }

  private timeOf(block: Block): number {
    return block.time - this.recording.startTime;
  }

  private fault(error: unknown): void {
    this.pause();
    this.onFault?.(error);
  }
}
