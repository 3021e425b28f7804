/// What the muxer of MP4 leaves to be done on its file (ISO/IEC 14496-12), whose head lies behind the frames: so
/// it may grow without moving them.

interface Box {
  at: number; // of its size
  content: number;
  end: number;
}

function boxIn(view: DataView, name: string, from: number, end: number): Box {
  for (let at = from; at + 8 <= end;) {
    const short = view.getUint32(at);
    const size = short === 1 ? Number(view.getBigUint64(at + 8)) : short;
    const letters = [4, 5, 6, 7].map((i) => String.fromCharCode(view.getUint8(at + i))).join('');
    if (letters === name) return { at, content: at + 8, end: at + size };
    if (size < 8) break;
    at += size;
  }
  throw new Error(`no ${name} in this MP4`);
}

/// The boxes of this path of names, each in the one before.
function boxesOf(view: DataView, ...names: string[]): Box[] {
  const boxes: Box[] = [];
  for (const name of names) {
    const outer = boxes.at(-1);
    boxes.push(boxIn(view, name, outer?.content ?? 0, outer?.end ?? view.byteLength));
  }
  return boxes;
}

const viewOf = (file: Uint8Array): DataView => new DataView(file.buffer, file.byteOffset, file.byteLength);

/// Duration of the only track, in its own units (8.4.2.2).
function durationOf(view: DataView): number {
  const { content } = boxesOf(view, 'moov', 'trak', 'mdia', 'mdhd').at(-1)!;
  return view.getUint8(content) === 1 ? Number(view.getBigUint64(content + 24)) : view.getUint32(content + 16);
}

/// mp4-muxer 5.2 gives the last frame the duration of the one before; here it gets what is left of the track's, by an
/// entry of its own in the table of durations (8.6.1.2).
export function withLastDuration(file: Uint8Array): Uint8Array {
  const view = viewOf(file);
  const boxes = boxesOf(view, 'moov', 'trak', 'mdia', 'minf', 'stbl', 'stts');
  const { content, end } = boxes.at(-1)!;
  const entries = view.getUint32(content + 4);
  let before = 0;
  for (let i = 0, at = content + 8; i < entries; ++i, at += 8) before += view.getUint32(at) * view.getUint32(at + 4);
  const last = end - 8;
  const frames = view.getUint32(last);
  if (frames < 2) return file; // it has its own
  const left = durationOf(view) - (before - view.getUint32(last + 4));
  const longer = new Uint8Array(file.length + 8);
  longer.set(file.subarray(0, end));
  longer.set(file.subarray(end), end + 8);
  const out = viewOf(longer);
  for (const { at } of boxes) out.setUint32(at, view.getUint32(at) + 8);
  out.setUint32(content + 4, entries + 1);
  out.setUint32(last, frames - 1);
  out.setUint32(end, 1);
  out.setUint32(end + 4, Math.max(1, Math.min(0xffffffff, left)));
  return longer;
}

/// Says that parameter sets are among the frames, too: the sample entry, which the muxer calls avc1, is avc3 then
/// (ISO/IEC 14496-15, 5.4.2.1).
export function nameSetsInFrames(file: Uint8Array): void {
  const { content } = boxesOf(viewOf(file), 'moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd').at(-1)!;
  // Version and flags, the count of entries, the entry's size; then its name.
  file.set([...'avc3'].map((letter) => letter.charCodeAt(0)), content + 12);
}
