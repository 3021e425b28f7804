import { FrameDecoder } from './frame_decoder';
import { command, parseFrame, parseStream, readU16, type StreamInfo } from './kvm';
import type { Recording } from './mcrec';
import { decode, release } from './picture';
import type { Step } from './video';
import { messages } from './video_scan';

/// A codec blurs what is in a cell; it keeps the cell's colour. One letter more changes that.
const kCell = 8;
const kMostDifference = 6; // of 255, in red, green or blue

/// Pixels as of getImageData(): whether the colours of all cells are nearly the same.
export function isSharpened(coded: Uint8ClampedArray, exact: Uint8ClampedArray, width: number, height: number): boolean {
  for (let top = 0; top < height; top += kCell) {
    for (let left = 0; left < width; left += kCell) {
      const [right, bottom] = [Math.min(width, left + kCell), Math.min(height, top + kCell)];
      const differences = [0, 0, 0];
      for (let y = top; y < bottom; ++y) {
        for (let at = (y * width + left) * 4, end = (y * width + right) * 4; at < end; at += 4) {
          for (let colour = 0; colour < 3; ++colour) differences[colour]! += exact[at + colour]! - coded[at + colour]!;
        }
      }
      const most = kMostDifference * (right - left) * (bottom - top);
      if (differences.some((each) => Math.abs(each) > most)) return false;
    }
  }
  return true;
}

/// The picture as coded frames alone show it, against which tiles are held.
class CodedPicture {
  private readonly pen: OffscreenCanvasRenderingContext2D;
  private decoder: FrameDecoder | undefined;
  private latest: number | undefined; // frame that was not drawn yet

  constructor(private readonly info: StreamInfo) {
    this.pen = this.penFor(info.width, info.height);
  }

  begin(payload: Uint8Array): void {
    const info = parseStream(payload);
    if (!info) return;
    this.close();
    this.decoder = new FrameDecoder(info);
  }

  frame(payload: Uint8Array): void {
    const frame = parseFrame(payload);
    this.latest = (frame && this.decoder?.take(frame)) ?? this.latest;
  }

  async isSharpenedBy(payload: Uint8Array): Promise<boolean> {
    if (payload.length <= 4) return true;
    const [left, top] = [readU16(payload, 0), readU16(payload, 2)];
    const tile = await decode(payload.subarray(4));
    try {
      if (!tile) return true; // the player shows nothing of it, either
      const [width, height] = [Math.min(tile.width, this.info.width - left), Math.min(tile.height, this.info.height - top)];
      if (width < 1 || height < 1) return true;
      if (!(await this.draw())) return false;
      const exact = this.penFor(width, height);
      exact.drawImage(tile, 0, 0);
      return isSharpened(this.pen.getImageData(left, top, width, height).data, exact.getImageData(0, 0, width, height).data, width, height);
    } finally {
      release(tile);
    }
  }

  close(): void {
    this.decoder?.close();
    this.decoder = undefined;
    this.latest = undefined;
  }

  private penFor(width: number, height: number): OffscreenCanvasRenderingContext2D {
    return new OffscreenCanvas(width, height).getContext('2d', { alpha: false, willReadFrequently: true })!;
  }

  private async draw(): Promise<boolean> {
    if (this.latest === undefined || !this.decoder) return true;
    const picture = await this.decoder.picture(this.latest);
    this.latest = undefined;
    if (picture) this.pen.drawImage(picture, 0, 0);
    release(picture);
    return picture !== undefined;
  }
}

/// Whether no tile shows more than a sharper picture of what the coded frames show. Ends at the first that does.
export async function onlySharpens(recording: Recording, stream: StreamInfo, step: Step): Promise<boolean> {
  const picture = new CodedPicture(stream);
  try {
    for await (const { type, payload } of messages(recording, step)) {
      if (type === command.stream) picture.begin(payload);
      else if (type === command.frame) picture.frame(payload);
      else if (type === command.tile && !(await picture.isSharpenedBy(payload))) return false;
    }
    return true;
  } finally {
    picture.close();
  }
}
