import { openWire, type Frame } from '../../src/api/wire';

class FakeWebSocket {
  static last: FakeWebSocket;
  static readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  binaryType = '';
  onopen?: () => void;
  onmessage?: (event: { data: unknown }) => void;
  onclose?: (event: { wasClean: boolean; code?: number; reason?: string }) => void;
  close = vi.fn();
  send = vi.fn();
  constructor(readonly url: string) {
    FakeWebSocket.last = this;
  }
}

function open(accept: boolean) {
  vi.stubGlobal('WebSocket', FakeWebSocket);
  vi.stubGlobal('WebSocketStream', undefined);
  const frames: Frame[] = [];
  const gates: (() => void)[] = [];
  const closed = vi.fn();
  const skipped = vi.fn(() => accept);
  openWire('wss://trellis.example/x', {
    onOpen: () => undefined,
    onFrame: (frame) => {
      frames.push(frame);
      return new Promise<void>((done) => gates.push(done));
    },
    onSkipped: skipped,
    onClose: closed,
  });
  const socket = FakeWebSocket.last;
  return { socket, frames, gates, closed, skipped, receive: (data: unknown) => socket.onmessage?.({ data }) };
}

const megabyte = () => new ArrayBuffer(1024 * 1024);

describe('wire without WebSocketStream', () => {
  it('delivers frames one at a time and closes only after the last', async () => {
    const { frames, gates, closed, socket, receive } = open(true);
    receive('c');
    receive(new ArrayBuffer(3));
    expect(frames).toEqual(['c']);
    socket.onclose?.({ wasClean: true, code: 1008, reason: 'too long' });
    expect(closed).not.toHaveBeenCalled();
    gates[0]!();
    await vi.waitFor(() => expect(frames).toHaveLength(2));
    gates[1]!();
    await vi.waitFor(() => expect(closed).toHaveBeenCalledWith(true, 'too long'));
  });

  it('bounds the backlog, leaves out the oldest bytes and says how many, but keeps control messages', async () => {
    const { frames, gates, skipped, receive } = open(true);
    receive('first');
    receive('{"type":"ping"}');
    for (let i = 0; i < 4; i++) receive(megabyte());
    expect(skipped).toHaveBeenCalledWith(4 * 1024 * 1024);
    gates[0]!();
    await vi.waitFor(() => expect(frames[1]).toBe('{"type":"ping"}'));
  });

  it('closes instead when the reader cannot do with gaps', () => {
    const { closed, socket, receive } = open(false);
    receive('first');
    for (let i = 0; i < 5; i++) receive(megabyte());
    expect(socket.close).toHaveBeenCalled();
    expect(closed).toHaveBeenCalledWith(false, '');
  });
});
