import { qrPath } from '../src/qr';

const isDark = (path: string, x: number, y: number): boolean => path.includes(`M${x} ${y}h1`);

describe('the square code', () => {
  it('has a quiet zone of four modules and its three corner marks', () => {
    const { size, path } = qrPath('otpauth://totp/Trellis:admin?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567&issuer=Trellis');
    expect((size - 8 - 17) % 4).toBe(0);
    for (let at = 0; at < size; at++) {
      for (const edge of [0, 3]) expect(isDark(path, at, edge) || isDark(path, edge, at)).toBe(false);
    }
    const far = size - 4 - 7;
    for (const [left, top] of [[4, 4], [far, 4], [4, far]] as const) {
      for (let at = 0; at < 7; at++) expect(isDark(path, left + at, top) && isDark(path, left, top + at)).toBe(true);
      expect(isDark(path, left + 1, top + 1)).toBe(false);
      expect(isDark(path, left + 3, top + 3)).toBe(true);
    }
  });
});
