import { ParameterSets } from './avc';
import { codecName, command, parseCommand, parseFrame, parseStream, readU16, type StreamInfo } from './kvm';
import { blockType, type Block, type Recording } from './mcrec';
import type { Step } from './video';

/// A first picture that comes later is none of the beginning.
const kFirstWithinMs = 1000;

export interface Message {
  type: number;
  payload: Uint8Array;
  at: number; // ms since the beginning; never less than before
  block: Block;
}

/// What the device sent, in order.
export async function* messages(recording: Recording, step: Step): AsyncGenerator<Message> {
  const cursor = recording.cursor();
  let at = 0;
  for (let block = await cursor.next(); block && block.type === blockType.traffic; block = await cursor.next()) {
    step(cursor.offset / recording.end);
    const found = block.binary && !block.fromUser ? parseCommand(block.data) : undefined;
    at = Math.max(at, block.time - recording.startTime);
    if (found) yield { ...found, at, block };
  }
}

/// One stream of H.264, from the first picture to the last. VP9 would have to be MP4 as well, for a last frame that
/// lasts, and few players take that.
export interface Frames {
  stream: StreamInfo;
  codec: string; // as WebCodecs names it
  sets: ParameterSets;
}

export interface Scanned {
  width: number; // of the largest screen
  height: number;
  /// If coded frames are all of the picture; tiles may lie on them.
  frames: Frames | undefined;
}

class Scanner {
  width = 0;
  height = 0;
  private stream: StreamInfo | undefined;
  private codec = '';
  private isOnlyFrames = true;
  private readonly sets = new ParameterSets();

  take({ type, payload, at }: Message): void {
    if (type === command.screen && payload.length >= 4) this.grow(readU16(payload, 0), readU16(payload, 2));
    else if (type === command.stream) this.begin(parseStream(payload));
    else if (type === command.frame) this.frame(payload, at);
    else if (type === command.copy || (type === command.tile && !this.codec)) this.isOnlyFrames = false;
  }

  frames(): Frames | undefined {
    const { stream, codec, sets } = this;
    if (stream?.codec !== 'h264' || !codec || !this.isOnlyFrames) return undefined;
    return stream.width === this.width && stream.height === this.height ? { stream, codec, sets } : undefined;
  }

  private grow(width: number, height: number): void {
    this.width = Math.max(this.width, width);
    this.height = Math.max(this.height, height);
  }

  /// The same stream begun again, for another viewer, goes on.
  private begin(info: StreamInfo | undefined): void {
    if (!info) return;
    const { stream } = this;
    if (stream && (info.codec !== stream.codec || info.width !== stream.width || info.height !== stream.height)) this.isOnlyFrames = false;
    this.stream ??= info;
    this.grow(info.width, info.height);
  }

  private frame(payload: Uint8Array, at: number): void {
    const frame = parseFrame(payload);
    if (!frame?.isKey || !this.stream) return;
    this.sets.take(frame.data);
    if (this.codec) return;
    this.codec = codecName(this.stream, frame.data);
    if (at > kFirstWithinMs) this.isOnlyFrames = false;
  }
}

export async function scan(recording: Recording, step: Step): Promise<Scanned> {
  const scanner = new Scanner();
  for await (const message of messages(recording, step)) scanner.take(message);
  return { width: scanner.width, height: scanner.height, frames: scanner.frames() };
}
