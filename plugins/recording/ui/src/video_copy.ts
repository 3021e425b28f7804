import { ArrayBufferTarget, Muxer } from 'mp4-muxer';
import { toLengthPrefixed } from './avc';
import { command, parseFrame, type CodecFrame } from './kvm';
import type { Recording } from './mcrec';
import { nameSetsInFrames, withLastDuration } from './mp4';
import type { Step, Video } from './video';
import { messages, type Frames } from './video_scan';

/// Coded frames as they were recorded. In MP4, whose frames say how long they last: the last one to the end.
export async function copyFrames(recording: Recording, { stream, codec, sets }: Frames, step: Step): Promise<Video> {
  const { width, height } = stream;
  const muxer = new Muxer({ target: new ArrayBufferTarget(), fastStart: false, video: { codec: 'avc', width, height } });
  let meta: EncodedVideoChunkMetadata | undefined = { decoderConfig: { codec, codedWidth: width, codedHeight: height, description: sets.configuration() } };
  let pending: { frame: CodecFrame; at: number } | undefined;
  const write = (until: number): void => {
    if (!pending) return;
    const { frame, at } = pending;
    const data = toLengthPrefixed(frame.data, sets.fitHead ? 'without sets' : 'with sets');
    muxer.addVideoChunkRaw(data, frame.isKey ? 'key' : 'delta', at * 1000, (until - at) * 1000, meta);
    meta = undefined;
  };
  for await (const { type, payload, at } of messages(recording, step)) {
    const frame = type === command.frame ? parseFrame(payload) : undefined;
    if (!frame || (!pending && !frame.isKey)) continue;
    const begin = pending ? Math.max(pending.at + 1, at) : 0;
    write(begin);
    pending = { frame, at: begin };
  }
  write(Math.max(recording.duration, (pending?.at ?? 0) + 1));
  muxer.finalize();
  const file = withLastDuration(new Uint8Array(muxer.target.buffer));
  if (!sets.fitHead) nameSetsInFrames(file);
  return { data: new Blob([file as BlobPart], { type: 'video/mp4' }), extension: 'mp4' };
}
