import { codecName, type CodecFrame, type StreamInfo } from './kvm';

/// Decodes one stream, as far as somebody wants to see it: a frame is only decoded when its picture is wanted,
/// or that of a later one which builds on it.
export class FrameDecoder {
  onFault: (() => void) | undefined;
  private decoder: VideoDecoder | undefined;
  private waiting: { number: number; frame: CodecFrame }[] = []; // from the last key frame on at most
  private readonly wanted = new Map<number, (picture: VideoFrame | undefined) => void>();
  private taken = 0;
  private isOver = typeof VideoDecoder === 'undefined';

  constructor(private readonly info: StreamInfo) {}

  /// Takes the next frame, and gives what picture() wants to know. Undefined before the first key frame.
  take(frame: CodecFrame): number | undefined {
    if (this.isOver || (this.taken === 0 && !frame.isKey)) return undefined;
    if (frame.isKey) this.waiting.length = 0;
    this.waiting.push({ number: ++this.taken, frame });
    return this.taken;
  }

  /// Each once, in order; undefined for a picture that can't be had any more.
  picture(number: number): Promise<VideoFrame | undefined> {
    if (this.isOver || !this.waiting.some((each) => each.number === number)) return Promise.resolve(undefined);
    return new Promise((done) => {
      this.wanted.set(number, done);
      while (this.waiting.length > 0 && this.waiting[0]!.number <= number) this.decode(this.waiting.shift()!);
    });
  }

  close(): void {
    if (this.decoder && this.decoder.state !== 'closed') this.decoder.close();
    this.end();
  }

  private decode({ number, frame }: { number: number; frame: CodecFrame }): void {
    this.decoder ??= this.make(codecName(this.info, frame.data));
    if (this.decoder.state !== 'configured') return;
    this.decoder.decode(new EncodedVideoChunk({ type: frame.isKey ? 'key' : 'delta', timestamp: number, data: frame.data }));
  }

  private make(codec: string): VideoDecoder {
    const decoder = new VideoDecoder({
      output: (picture) => {
        const done = this.wanted.get(picture.timestamp);
        this.wanted.delete(picture.timestamp);
        if (done) done(picture);
        else picture.close();
        // Pictures come in order: an older one that has not come will not.
        for (const [number, gone] of this.wanted) {
          if (number >= picture.timestamp) continue;
          this.wanted.delete(number);
          gone(undefined);
        }
      },
      error: () => {
        this.end();
        this.onFault?.();
      },
    });
    decoder.configure({ codec, optimizeForLatency: true, hardwareAcceleration: 'no-preference' });
    return decoder;
  }

  private end(): void {
    this.isOver = true;
    this.waiting.length = 0;
    for (const done of this.wanted.values()) done(undefined);
    this.wanted.clear();
  }
}
