/// Pixels that may be decoded, or wait to be drawn, at once: a 4K screen twice. A single image may be larger.
const kMaxPixels = 2 * 3840 * 2160;

export interface Decoding {
  /// null: the image is broken, or nobody wants it any more.
  picture: Promise<ImageBitmap | null>;
  /// It is drawn, or no longer wanted.
  end(): void;
}

interface Entry {
  pixels: number;
  start(): void;
}

/// Images become pictures side by side, in order, as many as their pixels allow.
export class Decodings {
  private readonly waiting: Entry[] = [];
  private pixels = 0;

  add(image: Uint8Array, pixels: number): Decoding {
    let start!: (picture: Promise<ImageBitmap | null> | null) => void;
    const picture = new Promise<ImageBitmap | null>((resolve) => (start = resolve));
    const entry: Entry = { pixels, start: () => start(decode(image)) };
    this.waiting.push(entry);
    this.go();
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      start(null);
      void picture.then((one) => one?.close());
      this.leave(entry);
    };
    return { picture, end };
  }

  private go(): void {
    for (let next = this.waiting[0]; next && this.hasRoom(next); next = this.waiting[0]) {
      this.waiting.shift();
      this.pixels += next.pixels;
      next.start();
    }
  }

  private hasRoom({ pixels }: Entry): boolean {
    return this.pixels === 0 || this.pixels + pixels <= kMaxPixels;
  }

  private leave(entry: Entry): void {
    const at = this.waiting.indexOf(entry);
    if (at >= 0) this.waiting.splice(at, 1);
    else this.pixels -= entry.pixels;
    this.go();
  }
}

async function decode(image: Uint8Array): Promise<ImageBitmap | null> {
  const type = image[0] === 0xff ? 'image/jpeg' : image[0] === 0x89 ? 'image/png' : 'image/webp';
  try {
    return await createImageBitmap(new Blob([image as Uint8Array<ArrayBuffer>], { type }), { premultiplyAlpha: 'none', colorSpaceConversion: 'none' });
  } catch {
    return null;
  }
}
