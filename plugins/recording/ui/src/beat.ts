/// When an encoded film gets pictures: soon after each change, ten in a second at most, and now and then while
/// nothing changes.

const kEveryMs = 100;
const kLongestMs = 10_000; // a picture at rest is repeated after this

/// Puts the picture of now into the film. `isNew`: it has changed since the last.
export type Take = (at: number, isNew: boolean) => Promise<void>;

/// Times are ms from the beginning and never go back.
export class Beat {
  private last = -1; // time of the last picture
  private due: number | undefined = 0; // time of one that was not taken yet

  constructor(private readonly take: Take) {}

  /// Before what happens at `now` is drawn.
  async until(now: number): Promise<void> {
    if (this.due !== undefined && slotOf(now) > this.due) await this.picture(this.due, true);
    while (this.due === undefined && now - this.last > kLongestMs) await this.picture(this.last + kLongestMs, false);
  }

  /// Something is drawn that happened at `now`: it comes into the picture of these 100 ms.
  changed(now: number): void {
    this.due ??= Math.max(slotOf(now), this.last + 1);
  }

  /// The last picture lasts until `end`.
  async end(end: number): Promise<void> {
    if (this.due !== undefined) await this.picture(this.due, true);
    await this.until(end);
    if (end > this.last) await this.picture(end, false);
  }

  private async picture(at: number, isNew: boolean): Promise<void> {
    this.due = undefined;
    this.last = at;
    await this.take(at, isNew);
  }
}

const slotOf = (ms: number): number => Math.floor(ms / kEveryMs) * kEveryMs;
