/// Coded frames, decoded by the browser (WebCodecs).

export type Codec = 'h264' | 'vp9';

/// Frames that may wait inside the decoder; beyond it they are left out until the next key frame.
const kMaxWaiting = 12;

const probes: Record<Codec, string> = { h264: 'avc1.42E02A', vp9: 'vp09.00.41.08' };

/// What this browser can decode, best first.
export async function decodableCodecs(): Promise<Codec[]> {
  if (typeof VideoDecoder === 'undefined') return [];
  const found: Codec[] = [];
  for (const codec of ['h264', 'vp9'] as const) {
    const answer = await VideoDecoder.isConfigSupported({ codec: probes[codec], codedWidth: 1920, codedHeight: 1080 }).catch(() => undefined);
    if (answer?.supported) found.push(codec);
  }
  return found;
}

/// The codec's name with the profile and level that the stream says it has (RFC 6381 section 3.3): the
/// three bytes after the first sequence parameter set's header. Undefined if there is none.
export function h264Name(annexB: Uint8Array): string | undefined {
  const end = Math.min(annexB.length - 4, 512);
  for (let at = 0; at + 3 < end; at++) {
    if (annexB[at] !== 0 || annexB[at + 1] !== 0 || annexB[at + 2] !== 1) continue;
    if ((annexB[at + 3]! & 0x1f) !== 7) continue;
    return `avc1.${[...annexB.subarray(at + 4, at + 7)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  }
  return undefined;
}

export interface Stream {
  codec: Codec;
  width: number;
  height: number;
}
type Waiting = { frame: number; resolve: (picture: VideoFrame | null) => void };

export class Video {
  private decoder: VideoDecoder | undefined;
  private readonly waiting: Waiting[] = [];
  private stream: Stream = { codec: 'h264', width: 0, height: 0 };
  private name = '';
  private needsKey = true;

  /// `onLost`: the decoder can't go on without a key frame.
  constructor(private readonly onLost: () => void) {}

  /// Frames of the stream before that wait in the decoder are still drawn if this one is like it: the device
  /// counts them as seen.
  begin({ codec, width, height }: Stream): void {
    const { stream } = this;
    if (codec !== stream.codec || width !== stream.width || height !== stream.height) this.end();
    this.stream = { codec, width, height };
    this.needsKey = true;
  }

  get queue(): number {
    return this.waiting.length;
  }

  /// Resolves with the picture, or null if there is none (left out or broken).
  decode(frame: number, isKey: boolean, data: Uint8Array): Promise<VideoFrame | null> {
    if (!isKey && (this.needsKey || this.waiting.length >= kMaxWaiting)) {
      if (!this.needsKey) this.lose();
      return Promise.resolve(null);
    }
    if (isKey && !this.prepare(data)) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.waiting.push({ frame, resolve });
      try {
        this.decoder!.decode(new EncodedVideoChunk({ type: isKey ? 'key' : 'delta', timestamp: frame, data: data as Uint8Array<ArrayBuffer> }));
        this.needsKey = false;
      } catch {
        this.fail();
      }
    });
  }

  end(): void {
    this.giveUp();
    if (this.decoder && this.decoder.state !== 'closed') this.decoder.close();
    this.decoder = undefined;
  }

  private prepare(data: Uint8Array): boolean {
    const isReady = this.decoder?.state === 'configured';
    const name = this.stream.codec === 'h264' ? h264Name(data) : probes.vp9;
    if (isReady && (!name || name === this.name)) return true;
    if (!name) {
      this.lose();
      return false;
    }
    this.name = name;
    this.decoder = isReady ? this.decoder! : this.makeDecoder();
    // One that is at work finishes it first.
    this.decoder.configure({ codec: name, optimizeForLatency: true });
    return true;
  }

  private makeDecoder(): VideoDecoder {
    const decoder: VideoDecoder = new VideoDecoder({
      output: (picture) => this.take(picture),
      error: () => this.decoder === decoder && this.fail(),
    });
    return decoder;
  }

  /// Pictures come in the order of their frames; one that is passed over has no picture.
  private take(picture: VideoFrame): void {
    while (this.waiting.length > 0) {
      const { frame, resolve } = this.waiting.shift()!;
      if (frame === picture.timestamp) return resolve(picture);
      resolve(null);
    }
    picture.close();
  }

  private fail(): void {
    this.end();
    this.lose();
  }

  private lose(): void {
    this.needsKey = true;
    this.onLost();
  }

  private giveUp(): void {
    for (const { resolve } of this.waiting.splice(0)) resolve(null);
  }
}
