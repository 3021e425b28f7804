/// The mode of one or several entries while somebody edits it. What nobody touches stays as it is, for each of them.
export class Modes {
  mode: number;
  /// Bits that are not the same for all.
  differing: number;
  private touched = 0;
  private isTyped = false;
  private readonly isOne: boolean;

  /// `modes`: octal digits, as the device says them.
  constructor(modes: string[]) {
    const all = modes.map((mode) => parseInt(mode, 8));
    this.isOne = all.length === 1;
    this.mode = all.reduce((sum, mode) => sum & mode, 0o7777);
    this.differing = all.reduce((sum, mode) => sum | mode, 0) & ~this.mode;
  }

  /// Empty where they differ.
  get text(): string {
    return this.differing === 0 ? digits(this.mode) : '';
  }

  set(bit: number, isOn: boolean): void {
    this.mode = isOn ? this.mode | bit : this.mode & ~bit;
    this.differing &= ~bit;
    this.touched |= bit;
  }

  /// False if it is no mode.
  type(text: string): boolean {
    if (!isMode(text)) return false;
    this.mode = parseInt(text, 8);
    this.touched = text.length === 4 ? 0o7777 : 0o777;
    this.differing &= ~this.touched;
    this.isTyped = true;
    return true;
  }

  /// What is sent, `mask` being the bits that count; undefined if nothing was touched. Three typed digits are the whole
  /// mode of one entry; of many they say nothing about the bits in front of them.
  change(isRecursive: boolean): { mode: string; mask: string } | undefined {
    const mask = this.isTyped && this.isOne && !isRecursive ? 0o7777 : this.touched;
    return mask === 0 ? undefined : { mode: digits(this.mode & mask, 4), mask: digits(mask, 4) };
  }
}

export const isMode = (text: string): boolean => /^[0-7]{3,4}$/.test(text);

const digits = (mode: number, count = 3): string => mode.toString(8).padStart(count, '0');
