import { readU16 } from './kvm';

const kWebpBytes = 30;

/// RFC 9649: lossless (3.3), lossy (RFC 6386, 9.1) and extended (2.7).
function webpSize(image: Uint8Array): { width: number; height: number } | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const text = (at: number) => String.fromCharCode(...image.subarray(at, at + 4));
  if (image.length < kWebpBytes || text(0) !== 'RIFF' || text(8) !== 'WEBP') return undefined;
  switch (text(12)) {
    case 'VP8L': {
      const sides = view.getUint32(21, true);
      return image[20] === 0x2f ? { width: (sides & 0x3fff) + 1, height: ((sides >>> 14) & 0x3fff) + 1 } : undefined;
    }
    case 'VP8 ':
      return (view.getUint32(22) & 0xffffff) !== 0x9d012a ? undefined : { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 'VP8X':
      return { width: (view.getUint32(24, true) & 0xffffff) + 1, height: (view.getUint32(26, true) >>> 8) + 1 };
    default:
      return undefined;
  }
}

/// Width and height of a JPEG (ITU-T T.81, B.2.2), PNG or WebP, from its first bytes; undefined for others.
export function imageSize(image: Uint8Array): { width: number; height: number } | undefined {
  if (image.length >= 24 && image[0] === 0x89 && image[1] === 0x50) return { width: readU16(image, 18), height: readU16(image, 22) };
  if (image[0] === 0x52) return webpSize(image);
  if (image.length < 4 || readU16(image, 0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 <= image.length;) {
    const marker = readU16(image, at);
    if (marker === 0xffff) {
      ++at;
      continue;
    }
    if (marker < 0xff00) return undefined;
    // SOF0 to SOF15 but for DHT, JPG and DAC, which lie between them.
    if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) return { width: readU16(image, at + 7), height: readU16(image, at + 5) };
    at += 2 + readU16(image, at + 2);
  }
  return undefined;
}
