/// Clipboards travel in parts (docs/design/desktop-stream.md).

export const kMaxClipboardBytes = 1_000_000;
/// A sign may take six bytes of JSON, and a message 1 MiB.
const kPart = 100_000;
const kMaxParts = 64;

/// The messages that carry `text`; undefined when it is too long.
export function clipboardMessages(text: string): Record<string, unknown>[] | undefined {
  if (new TextEncoder().encode(text).length > kMaxClipboardBytes) return undefined;
  if (text.length <= kPart) return [{ type: 'clipboard', text }];
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + kPart);
    // Not between the halves of one sign.
    if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1]!)) end--;
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces.map((piece, part) => ({ type: 'clipboard', text: piece, part, parts: pieces.length }));
}

/// Puts the device's parts together again.
export class ClipboardParts {
  private parts: string[] = [];
  private size = 0;

  /// The whole text with its last part. What does not fit together is forgotten.
  take(message: Record<string, unknown>): string | undefined {
    const { text, part = 0, parts = 1 } = message;
    if (typeof text !== 'string' || typeof part !== 'number' || typeof parts !== 'number') return undefined;
    if (part === 0) this.reset();
    if (!(parts >= 1 && parts <= kMaxParts) || part !== this.parts.length || part >= parts) return this.reset();
    this.size += text.length;
    if (this.size > kMaxClipboardBytes) return this.reset();
    this.parts.push(text);
    if (this.parts.length < parts) return undefined;
    const whole = this.parts.join('');
    this.reset();
    return whole;
  }

  private reset(): undefined {
    this.parts = [];
    this.size = 0;
  }
}
