import { Fault } from './fault';
import type { Recording } from './mcrec';
import { onlySharpens } from './sharpening';
import { scan } from './video_scan';

/// The desktop as a video file that shows what the player shows, for as long. Coded frames go into it as they
/// were recorded where they are all that is to be seen; otherwise what the player draws is encoded anew.

export type Progress = (share: number) => void;

/// Told how far a pass through the recording is; throws when nobody wants the video any more.
export type Step = (share: number) => void;

export interface Video {
  data: Blob;
  extension: 'webm' | 'mp4';
}

export async function exportVideo(recording: Recording, progress: Progress, signal: AbortSignal): Promise<Video> {
  let reached = 0;
  const until = (end: number): Step => {
    const from = reached;
    return (share) => {
      signal.throwIfAborted();
      reached = from + (end - from) * share;
      progress(reached);
    };
  };
  const found = await scan(recording, until(0.1));
  if (found.width < 2 || found.height < 2) throw new Fault('export.noPicture');
  if (found.frames && (await onlySharpens(recording, found.frames.stream, until(0.5)))) {
    const { copyFrames } = await import('./video_copy');
    return copyFrames(recording, found.frames, until(1));
  }
  const { encode } = await import('./video_encode');
  return encode(recording, found, until(1));
}
