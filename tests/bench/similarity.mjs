// How alike two pictures are: SSIM over the luma, in windows of 8x8 (Wang, Bovik, Sheikh, Simoncelli 2004).
const kWindow = 8;
const kC1 = (0.01 * 255) ** 2;
const kC2 = (0.03 * 255) ** 2;

/** Luma of an RGBA or BGRA picture (`red`, `blue`: which byte of four). */
export function luma(bytes, { red = 0, blue = 2 } = {}) {
  const out = new Float32Array(bytes.length / 4);
  for (let at = 0; at < out.length; at++) {
    out[at] = 0.299 * bytes[4 * at + red] + 0.587 * bytes[4 * at + 1] + 0.114 * bytes[4 * at + blue];
  }
  return out;
}

/** 1: the same. `area` {x, y, width, height}: only this part. */
export function similarity(one, other, width, area) {
  let sum = 0;
  let windows = 0;
  for (let y = area.y; y + kWindow <= area.y + area.height; y += kWindow) {
    for (let x = area.x; x + kWindow <= area.x + area.width; x += kWindow) {
      sum += window(one, other, width, x, y);
      windows++;
    }
  }
  return sum / windows;
}

function window(one, other, width, left, top) {
  let a = 0, b = 0, aa = 0, bb = 0, ab = 0;
  for (let y = top; y < top + kWindow; y++) {
    for (let x = left; x < left + kWindow; x++) {
      const p = one[y * width + x];
      const q = other[y * width + x];
      a += p; b += q; aa += p * p; bb += q * q; ab += p * q;
    }
  }
  const n = kWindow * kWindow;
  a /= n; b /= n;
  const va = aa / n - a * a;
  const vb = bb / n - b * b;
  const cov = ab / n - a * b;
  return ((2 * a * b + kC1) * (2 * cov + kC2)) / ((a * a + b * b + kC1) * (va + vb + kC2));
}
