import type { Block } from './mcrec';

/// Blocks one after another; undefined at the end.
export interface Blocks {
  next(): Promise<Block | undefined>;
}

export interface Jumped {
  /// What comes after the state that is shown.
  blocks: Blocks;
  /// The state is that of the time that was wanted: nothing is left to be shown until then.
  isThere: boolean;
}

/// What a recording is shown on. Times are ms from its beginning.
export interface Stage {
  /// What is played from the beginning; without it the blocks of the recording.
  fromStart?(): Blocks;
  /// Shows one block; resolves when there is room for more.
  show(block: Block, time: number): void | Promise<void>;
  /// Puts the stage into a state at or before `time`, as near as it can.
  jump(time: number): Promise<Jumped>;
  /// Resolves when everything that was shown can be seen.
  settled(): Promise<void>;
  dispose(): void;
}
