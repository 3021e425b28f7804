import type { Size } from './geometry';

/// Width and height that a PNG, JPEG or WebP image says it has; undefined for anything else. Read as browsers
/// do, so that nothing is decoded that is larger than was thought.
export function imageSize(image: Uint8Array): Size | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const size = begins(view, kPng) ? pngSize(view) : begins(view, kJpeg) ? jpegSize(view) : begins(view, kRiff) ? webpSize(view) : undefined;
  return size && size.width > 0 && size.height > 0 ? size : undefined;
}

const kPng = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const kJpeg = [0xff, 0xd8, 0xff];
const kRiff = [0x52, 0x49, 0x46, 0x46];

const begins = (view: DataView, bytes: number[]): boolean => view.byteLength >= bytes.length && bytes.every((byte, at) => view.getUint8(at) === byte);
const nameAt = (view: DataView, at: number): string => String.fromCharCode(...[0, 1, 2, 3].map((step) => view.getUint8(at + step)));

/// PNG specification, sections 5.3 and 11.2.2: IHDR comes first.
function pngSize(view: DataView): Size | undefined {
  if (view.byteLength < 24 || nameAt(view, 12) !== 'IHDR') return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/// ITU T.81 section B.1.1: markers, which may have bytes 0xff before them, and segments with their length. The
/// first frame header (B.2.2) has the size.
function jpegSize(view: DataView): Size | undefined {
  for (let at = 2; at + 9 < view.byteLength; ) {
    if (view.getUint8(at) !== 0xff || view.getUint8(at + 1) === 0xff) at++;
    else if (isBare(view.getUint8(at + 1))) at += 2;
    else if (isFrame(view.getUint8(at + 1))) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    else if ([0xd9, 0xda].includes(view.getUint8(at + 1))) return undefined; // its end, or data without a frame
    else at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/// Stuffing, TEM, RST and SOI have no length.
const isBare = (marker: number): boolean => marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8);
/// SOF0 to SOF15, without DHT, JPG and DAC between them.
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/// RFC 9649 section 2.4 to 2.7; RFC 6386 section 9.1 for the frame of a lossy one.
function webpSize(view: DataView): Size | undefined {
  // One of a single colour may have 26 bytes.
  if (view.byteLength < 25 || nameAt(view, 8) !== 'WEBP') return undefined;
  const first = nameAt(view, 12);
  if (first !== 'VP8L' && view.byteLength < 30) return undefined;
  if (first === 'VP8 ') return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (first === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  }
  const side = (at: number): number => 1 + (view.getUint32(at, true) & 0xff_ffff);
  return first === 'VP8X' ? { width: side(24), height: 1 + (view.getUint16(27, true) | (view.getUint8(29) << 16)) } : undefined;
}
