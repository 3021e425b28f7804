/// Types a text slowly enough for the device's programs to follow.

export const kMostTyped = 20_000;
const kAtOnce = 24;
const kEveryMs = 40;

export class Typist {
  private rest: string[] = [];
  // As many as somebody presses in the time of the longest text, half a minute.
  private later: (() => void)[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isExpecting = false;

  constructor(private readonly write: (text: string) => void) {}

  get isTyping(): boolean {
    return this.isExpecting || this.rest.length > 0;
  }

  /// What may not mix with a text: done at once, or when all of it is typed.
  afterwards(act: () => void): void {
    if (this.isTyping) this.later.push(act);
    else act();
  }

  /// A text will follow, by type(): what comes meanwhile waits for its end.
  expect(): void {
    this.stop();
    this.isExpecting = true;
  }

  /// False when it is too long to be typed.
  type(text: string): boolean {
    const letters = [...text.replaceAll('\r\n', '\n')];
    const isTooLong = letters.length > kMostTyped;
    if (!this.isExpecting) this.stop();
    this.isExpecting = false;
    this.rest = isTooLong ? [] : letters;
    this.step();
    return !isTooLong;
  }

  /// Forgets the rest of the text and what waits for its end.
  stop(): void {
    clearTimeout(this.timer);
    this.isExpecting = false;
    this.rest = [];
    this.later = [];
  }

  private step(): void {
    this.write(this.rest.splice(0, kAtOnce).join(''));
    if (this.isTyping) this.timer = setTimeout(() => this.step(), kEveryMs);
    else for (const act of this.later.splice(0)) act();
  }
}
