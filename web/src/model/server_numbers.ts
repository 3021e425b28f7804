/// Numbers of the server (control-protocol.md sections 3.11 and 5.12), read with care.

export interface Numbers {
  totalMemory: number;
  availableMemory: number;
  load: number[];
  counts: [string, number][];
}

export interface HistoryPoint {
  time: number;
  agents: number;
  users: number;
  relays: number;
  load: number;
  /// Bytes in memory.
  memory: number;
}

type Document = Record<string, unknown>;
const object = (value: unknown): Document => (typeof value === 'object' && value !== null ? (value as Document) : {});
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);

export function readNumbers(message: Document): Numbers {
  const state = object(object(message['values'])['ServerState']);
  return {
    totalMemory: number(message['totalmem']),
    availableMemory: number(message['availablemem']) || number(message['freemem']),
    load: (Array.isArray(message['cpuavg']) ? message['cpuavg'] : []).map(number),
    counts: Object.entries(state).map(([name, value]) => [name, number(value)]),
  };
}

export function readHistory(value: unknown): HistoryPoint[] {
  if (!Array.isArray(value)) return [];
  return value
    .map(object)
    .map((one) => {
      const conn = object(one['conn']);
      const time = typeof one['time'] === 'number' ? one['time'] : Date.parse(String(one['time']));
      const load = Array.isArray(one['cpu']) ? number(one['cpu'][0]) : 0;
      return { time, agents: number(conn['ca']), users: number(conn['us']), relays: number(conn['rs']), load, memory: number(object(one['mem'])['rss']) };
    })
    .filter(({ time }) => Number.isFinite(time))
    .sort((a, b) => a.time - b.time);
}

/// Points of a line from left to right in a box of `width` by `height`; gaps where the server was off.
export function linePieces(points: { time: number; value: number }[], from: number, until: number, width: number, height: number, gapMs = 20 * 60_000): string[] {
  const most = Math.max(1, ...points.map(({ value }) => value));
  const pieces: string[][] = [];
  let last = -Infinity;
  for (const { time, value } of points) {
    if (time < from || time > until) continue;
    if (time - last > gapMs) pieces.push([]);
    last = time;
    const x = ((time - from) / (until - from)) * width;
    pieces.at(-1)!.push(`${x.toFixed(1)},${(height - (value / most) * height).toFixed(1)}`);
  }
  return pieces.map((piece) => (piece.length === 1 ? `${piece[0]} ${piece[0]}` : piece.join(' ')));
}
