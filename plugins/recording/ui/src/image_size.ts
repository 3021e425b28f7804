import { readU16 } from './kvm';

/// Width and height of a JPEG (ITU-T T.81, B.2.2) or PNG, from its first bytes; undefined for others.
export function imageSize(image: Uint8Array): { width: number; height: number } | undefined {
  if (image.length >= 24 && image[0] === 0x89 && image[1] === 0x50) return { width: readU16(image, 18), height: readU16(image, 22) };
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
