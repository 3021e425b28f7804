/// Types a text slowly enough for the device's programs to follow.

export const kMostTyped = 20_000;
const kAtOnce = 24;
const kEveryMs = 40;

export class Typist {
  private rest: string[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly write: (text: string) => void) {}

  /// False when it is too long to be typed.
  type(text: string): boolean {
    const letters = [...text.replaceAll('\r\n', '\n')];
    if (letters.length > kMostTyped) return false;
    this.stop();
    this.rest = letters;
    this.step();
    return true;
  }

  stop(): void {
    clearTimeout(this.timer);
    this.rest = [];
  }

  private step(): void {
    this.write(this.rest.splice(0, kAtOnce).join(''));
    if (this.rest.length > 0) this.timer = setTimeout(() => this.step(), kEveryMs);
  }
}
