/// Figures of the last second.
export class Meter {
  private bytes = 0;
  private since: number;
  rttMs = 0;
  kbitPerSecond = 0;
  framesPerSecond = 0;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.since = now();
  }

  received(bytes: number): void {
    this.bytes += bytes;
  }

  /// `frames`: pictures drawn since the last call.
  sample(frames: number): void {
    const seconds = Math.max(0.001, (this.now() - this.since) / 1000);
    this.kbitPerSecond = Math.round((this.bytes * 8) / 1000 / seconds);
    this.framesPerSecond = Math.round(frames / seconds);
    this.bytes = 0;
    this.since = this.now();
  }
}
