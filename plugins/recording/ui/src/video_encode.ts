import { ArrayBufferTarget, Muxer } from 'webm-muxer';
import { Beat, type Take } from './beat';
import { DesktopStage } from './desktop_stage';
import { Fault } from './fault';
import { command } from './kvm';
import type { Recording } from './mcrec';
import type { Step, Video } from './video';
import { messages } from './video_scan';

const kKeyEveryMs = 5000; // while something changes
const kRestKeyEveryMs = 30_000; // a cluster of WebM ends after 32.7 s
const kMostWaiting = 8;
const pictureTypes: number[] = [command.tile, command.copy, command.screen, command.stream, command.frame];

/// What the player draws, as WebM. Browsers play variable frame rates, so a screen at rest costs little.
export async function encode(recording: Recording, { width, height }: { width: number; height: number }, step: Step): Promise<Video> {
  const film = new Film(recording, { width: width & ~1, height: height & ~1 });
  try {
    const beat = new Beat((at, isNew) => film.take(at, isNew));
    for await (const { type, at, block } of messages(recording, step)) {
      await beat.until(at);
      if (!pictureTypes.includes(type)) continue;
      beat.changed(at);
      const room = film.stage.show(block);
      if (room) await room;
    }
    await beat.end(recording.duration);
    return await film.finish();
  } finally {
    film.dispose();
  }
}

class Film {
  readonly stage: DesktopStage;
  private readonly muxer;
  private readonly encoder: VideoEncoder;
  private readonly page: HTMLCanvasElement;
  private readonly pen: CanvasRenderingContext2D;
  private fault: unknown;
  private lastKey = -Infinity;

  constructor(recording: Recording, size: { width: number; height: number }) {
    if (typeof VideoEncoder === 'undefined') throw new Fault('export.noEncoder');
    const muxer = new Muxer({ target: new ArrayBufferTarget(), video: { codec: 'V_VP8', ...size } });
    this.muxer = muxer;
    this.encoder = new VideoEncoder({ output: (chunk, meta) => muxer.addVideoChunk(chunk, meta), error: (error) => (this.fault = error) });
    this.encoder.configure({ codec: 'vp8', ...size, bitrate: 2_000_000, latencyMode: 'quality' });
    this.stage = new DesktopStage(recording, document.createElement('div'), '');
    this.stage.onFault = () => (this.fault = new Fault('player.noCodec'));
    this.page = Object.assign(document.createElement('canvas'), size);
    this.pen = this.page.getContext('2d', { alpha: false })!;
  }

  /// The picture at this time; the one before again if nothing is new.
  readonly take: Take = async (at, isNew) => {
    if (isNew) await this.draw();
    this.check();
    const frame = new VideoFrame(this.page, { timestamp: at * 1000 });
    const keyFrame = at - this.lastKey >= (isNew ? kKeyEveryMs : kRestKeyEveryMs);
    if (keyFrame) this.lastKey = at;
    this.encoder.encode(frame, { keyFrame });
    frame.close();
    while (this.encoder.encodeQueueSize > kMostWaiting && !this.fault) await new Promise((next) => setTimeout(next, 5));
    this.check();
  };

  async finish(): Promise<Video> {
    await this.encoder.flush();
    this.check();
    this.muxer.finalize();
    return { data: new Blob([this.muxer.target.buffer], { type: 'video/webm' }), extension: 'webm' };
  }

  dispose(): void {
    this.stage.dispose();
    if (this.encoder.state !== 'closed') this.encoder.close();
  }

  private async draw(): Promise<void> {
    await this.stage.settled();
    this.pen.fillRect(0, 0, this.page.width, this.page.height);
    this.pen.drawImage(this.stage.canvas, 0, 0);
  }

  private check(): void {
    if (this.fault) throw this.fault;
  }
}
