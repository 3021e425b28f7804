/// Integrity of transfers: SHA-256 of pieces of 1 MiB, and SHA-256 of these (`root`; agent/pieces.js).
/// The browser's own digest takes no stream, and of pieces it is many times faster than script.
export const kPiece = 1024 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

export class Pieces {
  private hashes: Promise<ArrayBuffer>[] = [];

  /// The next whole piece, or the last one. The bytes may be used again when the promise resolved.
  add(piece: Bytes): Promise<unknown> {
    const hash = crypto.subtle.digest('SHA-256', piece);
    this.hashes.push(hash);
    return hash;
  }

  get count(): number {
    return this.hashes.length;
  }

  async root(): Promise<string> {
    const all = await Promise.all(this.hashes);
    const joined = new Uint8Array(all.length * 32);
    all.forEach((hash, at) => joined.set(new Uint8Array(hash), at * 32));
    return hexOf(await crypto.subtle.digest('SHA-256', joined));
  }

  clear(): void {
    this.hashes = [];
  }
}

export function hexOf(bytes: ArrayBuffer | Uint8Array): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export async function rootOf(bytes: Bytes): Promise<string> {
  const pieces = new Pieces();
  for (let at = 0; at < bytes.length; at += kPiece) void pieces.add(bytes.subarray(at, at + kPiece));
  return pieces.root();
}

/// Hashes the first `size` bytes of a file.
export async function addPrefix(pieces: Pieces, file: Blob, size: number): Promise<void> {
  for (let at = 0; at < size; at += kPiece) {
    await pieces.add(new Uint8Array(await file.slice(at, Math.min(at + kPiece, size)).arrayBuffer()));
  }
}

export function randomKey(): string {
  return hexOf(crypto.getRandomValues(new Uint8Array(12)));
}
