/// Picture quality on agents that send tiles without waiting for anybody: chosen from how long an answer
/// takes to come back through the same line.

export interface Level {
  quality: number;
  frameMs: number;
}

/// Best first.
export const levels: Level[] = [
  { quality: 85, frameMs: 40 },
  { quality: 70, frameMs: 60 },
  { quality: 55, frameMs: 100 },
  { quality: 40, frameMs: 200 },
  { quality: 25, frameMs: 400 },
];
export const kFirstLevel = 1;

/// Above the shortest round trip, waiting pictures delay everything.
const kLateMs = 250;
const kCalmMs = 80;
const kCalmTimes = 4;

export class AutomaticQuality {
  private level = kFirstLevel;
  private shortest = Infinity;
  private calm = 0;

  get current(): Level {
    return levels[this.level]!;
  }

  /// A round trip was measured. True when the level changed.
  measured(ms: number): boolean {
    // The line may have changed for the worse for good: the shortest one is forgotten slowly.
    this.shortest = Math.min(ms, this.shortest * 1.02);
    const late = ms - this.shortest;
    if (late > kLateMs) return this.move(1);
    this.calm = late < kCalmMs ? this.calm + 1 : 0;
    return this.calm >= kCalmTimes && this.move(-1);
  }

  private move(step: number): boolean {
    this.calm = 0;
    const next = Math.min(levels.length - 1, Math.max(0, this.level + step));
    if (next === this.level) return false;
    this.level = next;
    return true;
  }
}

/// What a person may choose, by hand. `kbit`: for the codec, 0 leaves it to the device.
export const choices: Record<string, Level & { kbit: number; fps: number }> = {
  low: { quality: 30, frameMs: 250, kbit: 600, fps: 10 },
  medium: { quality: 55, frameMs: 100, kbit: 2_500, fps: 20 },
  high: { quality: 75, frameMs: 50, kbit: 8_000, fps: 30 },
  best: { quality: 92, frameMs: 33, kbit: 25_000, fps: 30 },
};
