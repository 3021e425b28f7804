import type { Recording } from './mcrec';
import { isOutput, sizeIn } from './terminal_stage';

const kMost = 512 * 1024 * 1024;

/// The terminal as asciicast v2 (one header line, then [seconds, "o", text] and [seconds, "r", "COLSxROWS"]).
export async function asciicast(recording: Recording): Promise<Blob> {
  const cursor = recording.cursor();
  const decoder = new TextDecoder();
  const lines: string[] = [];
  let size = { cols: 80, rows: 25 };
  let isSizeKnown = false;
  let length = 0;
  const add = (time: number, kind: string, text: string): void => {
    const line = `${JSON.stringify([(time - recording.startTime) / 1000, kind, text])}\n`;
    length += line.length;
    if (length > kMost) throw new Error('too large');
    lines.push(line);
  };
  for (let block = await cursor.next(); block && block.type === 2; block = await cursor.next()) {
    const told = sizeIn(block);
    // The size before anything was printed belongs into the header.
    if (told && !isSizeKnown && lines.length === 0) size = told;
    else if (told) add(block.time, 'r', `${told.cols}x${told.rows}`);
    if (!isOutput(block)) continue;
    isSizeKnown = true;
    const text = decoder.decode(block.data, { stream: true });
    if (text) add(block.time, 'o', text);
  }
  const header = {
    version: 2,
    width: size.cols,
    height: size.rows,
    timestamp: Math.floor(recording.startTime / 1000),
    duration: recording.duration / 1000,
    title: [recording.first.devicename, recording.first.username].filter(Boolean).join(', '),
  };
  return new Blob([`${JSON.stringify(header)}\n`, ...lines], { type: 'application/x-asciicast' });
}
