import { DesktopStage } from './desktop_stage';
import { codecName, command, parseCommand, parseFrame, parseStream, readU16, type StreamInfo } from './kvm';
import { blockType, type Recording } from './mcrec';

/// The desktop as a video file. Coded frames go into it as they were recorded; tiles are drawn and encoded
/// anew. Browsers play variable frame rates, so a screen at rest costs nothing.

export type Progress = (share: number) => void;

const kFrameMs = 100; // of a re-encoded video
const kKeyEveryMs = 5000;
const kLongestMs = 5000; // a picture at rest is repeated after this

interface Plan {
  stream: StreamInfo | undefined; // undefined: encode
  codec: string; // of the stream, as WebCodecs names it
  width: number;
  height: number;
}

/// One stream of one size from the first picture to the last can be copied; lossless tiles on it are left out.
async function plan(recording: Recording): Promise<Plan> {
  const cursor = recording.cursor();
  const found: Plan = { stream: undefined, codec: '', width: 0, height: 0 };
  let streams = 0;
  let hasTilesBefore = false;
  for (let block = await cursor.next(); block && block.type === blockType.traffic; block = await cursor.next()) {
    if (!block.binary || block.fromUser) continue;
    const each = parseCommand(block.data);
    if (each?.type === command.screen && each.payload.length >= 4) {
      found.width = Math.max(found.width, readU16(each.payload, 0));
      found.height = Math.max(found.height, readU16(each.payload, 2));
    } else if (each?.type === command.stream) {
      const info = parseStream(each.payload);
      // The same stream begun again, for another viewer, goes on.
      const isSame = info && found.stream && info.codec === found.stream.codec && info.width === found.stream.width && info.height === found.stream.height;
      if (!isSame) ++streams;
      found.stream ??= info;
    } else if (each?.type === command.frame && found.stream && !found.codec) {
      const frame = parseFrame(each.payload);
      if (frame?.isKey) found.codec = codecName(found.stream, frame.data);
    } else if (each?.type === command.tile && !found.codec) hasTilesBefore = true;
  }
  if (streams !== 1 || !found.codec || (hasTilesBefore && !found.stream)) found.stream = undefined;
  return found;
}

export interface Video {
  data: Blob;
  extension: 'webm' | 'mp4';
}

export async function exportVideo(recording: Recording, progress: Progress): Promise<Video> {
  const made = await plan(recording);
  if (made.width < 2 || made.height < 2) throw new Error('no picture');
  if (made.stream?.codec === 'vp9') return copyVp9(recording, made, progress);
  if (made.stream?.codec === 'h264') return copyH264(recording, made, progress);
  return encode(recording, made, progress);
}

/// Calls `take` with each frame of the stream from its first key frame on, and its microseconds.
async function eachFrame(recording: Recording, progress: Progress, take: (data: Uint8Array, isKey: boolean, at: number) => void): Promise<void> {
  const cursor = recording.cursor();
  let begun: number | undefined;
  let last = -1;
  for (let block = await cursor.next(); block && block.type === blockType.traffic; block = await cursor.next()) {
    const each = block.binary && !block.fromUser ? parseCommand(block.data) : undefined;
    if (each?.type !== command.frame) continue;
    const frame = parseFrame(each.payload);
    if (!frame || (begun === undefined && !frame.isKey)) continue;
    begun ??= block.time;
    last = Math.max(last + 1, (block.time - begun) * 1000);
    take(frame.data, frame.isKey, last);
    progress(cursor.offset / recording.end);
  }
}

async function copyVp9(recording: Recording, { stream }: Plan, progress: Progress): Promise<Video> {
  const { ArrayBufferTarget, Muxer } = await import('webm-muxer');
  const muxer = new Muxer({ target: new ArrayBufferTarget(), video: { codec: 'V_VP9', width: stream!.width, height: stream!.height } });
  await eachFrame(recording, progress, (data, isKey, at) => muxer.addVideoChunkRaw(data, isKey ? 'key' : 'delta', at));
  muxer.finalize();
  return { data: new Blob([muxer.target.buffer], { type: 'video/webm' }), extension: 'webm' };
}

async function copyH264(recording: Recording, { stream, codec }: Plan, progress: Progress): Promise<Video> {
  const [{ ArrayBufferTarget, Muxer }, { avcConfiguration, toLengthPrefixed }] = await Promise.all([import('mp4-muxer'), import('./avc')]);
  const muxer = new Muxer({ target: new ArrayBufferTarget(), fastStart: 'in-memory', video: { codec: 'avc', width: stream!.width, height: stream!.height } });
  let isFirst = true;
  let pending: { data: Uint8Array; isKey: boolean; at: number } | undefined;
  const write = (until: number): void => {
    if (!pending) return;
    const meta = isFirst ? { decoderConfig: { codec, codedWidth: stream!.width, codedHeight: stream!.height, description: avcConfiguration(pending.data) } } : undefined;
    isFirst = false;
    muxer.addVideoChunkRaw(toLengthPrefixed(pending.data), pending.isKey ? 'key' : 'delta', pending.at, until - pending.at, meta as EncodedVideoChunkMetadata | undefined);
  };
  await eachFrame(recording, progress, (data, isKey, at) => {
    write(at);
    pending = { data, isKey, at };
  });
  write((pending?.at ?? 0) + 100_000);
  muxer.finalize();
  return { data: new Blob([muxer.target.buffer], { type: 'video/mp4' }), extension: 'mp4' };
}

async function encode(recording: Recording, { width, height }: Plan, progress: Progress): Promise<Video> {
  if (typeof VideoEncoder === 'undefined') throw new Error('this browser has no VideoEncoder');
  const { ArrayBufferTarget, Muxer } = await import('webm-muxer');
  const size = { width: width & ~1, height: height & ~1 };
  const muxer = new Muxer({ target: new ArrayBufferTarget(), video: { codec: 'V_VP8', ...size } });
  let fault: unknown;
  const encoder = new VideoEncoder({ output: (chunk, meta) => muxer.addVideoChunk(chunk, meta), error: (error) => (fault = error) });
  encoder.configure({ codec: 'vp8', ...size, bitrate: 2_000_000, latencyMode: 'quality' });
  const stage = new DesktopStage(recording, document.createElement('div'), '');
  const page = Object.assign(document.createElement('canvas'), size);
  const pen = page.getContext('2d', { alpha: false })!;
  let lastKey = -Infinity;
  const take = async (at: number): Promise<void> => {
    await stage.settled();
    pen.fillRect(0, 0, size.width, size.height);
    pen.drawImage(stage.canvas, 0, 0);
    const frame = new VideoFrame(page, { timestamp: at * 1000 });
    const keyFrame = at - lastKey >= kKeyEveryMs;
    if (keyFrame) lastKey = at;
    encoder.encode(frame, { keyFrame });
    frame.close();
    while (encoder.encodeQueueSize > 8) await new Promise((next) => setTimeout(next, 5));
    if (fault) throw fault;
  };
  try {
    const cursor = recording.cursor();
    let due = 0;
    let hasNew = false;
    for (let block = await cursor.next(); block && block.type === blockType.traffic; block = await cursor.next()) {
      const at = block.time - recording.startTime;
      while (at >= due + kFrameMs && (hasNew || at >= due + kLongestMs)) {
        await take(due);
        due = hasNew ? Math.max(due + kFrameMs, Math.floor(at / kFrameMs) * kFrameMs) : due + kLongestMs;
        hasNew = false;
      }
      const room = stage.show(block);
      if (room) await room;
      hasNew ||= block.binary && !block.fromUser;
      progress(cursor.offset / recording.end);
    }
    await take(Math.max(due, recording.duration));
    await encoder.flush();
    if (fault) throw fault;
  } finally {
    stage.dispose();
    if (encoder.state !== 'closed') encoder.close();
  }
  muxer.finalize();
  return { data: new Blob([muxer.target.buffer], { type: 'video/webm' }), extension: 'webm' };
}
