/// One line of the event list (control-protocol.md section 2.5). `time` in ms, 0 if unknown.
export interface EventEntry {
  time: number;
  text: string;
  who: string;
  deviceId: string;
}

export function readEvent(value: unknown): EventEntry | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const event = value as Record<string, unknown>;
  const word = (key: string): string => (typeof event[key] === 'string' ? event[key] : '');
  const text = word('msg') || word('action');
  if (!text) return undefined;
  const time = typeof event['time'] === 'number' ? event['time'] : Date.parse(word('time')) || 0;
  return { time, text, who: word('username'), deviceId: word('nodeid') };
}
