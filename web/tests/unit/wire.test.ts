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

/// Readers that fail at the second frame, by throwing or rejecting.
const failing = [
  () => { throw new TypeError('null has no id'); },
  () => Promise.reject(new TypeError('null has no id')),
];
const streamOf = (...frames: string[]) => new ReadableStream<string>({ start: (feed) => frames.forEach((frame) => feed.enqueue(frame)) });
const kBroken = 'The page could not handle what came in this session, and ended it.';

describe('a reader that fails', () => {
  beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
  afterEach(() => void vi.restoreAllMocks());

  const handlers = (fail: () => void | Promise<void>) => {
    const frames: Frame[] = [];
    const onFrame = (frame: Frame) => {
      frames.push(frame);
      return frames.length === 2 ? fail() : undefined;
    };
    return { frames, onOpen: () => undefined, onFrame, onSkipped: () => true, onClose: vi.fn() };
  };

  it.each(failing)('ends the session and says why, without WebSocketStream', async (fail) => {
    vi.stubGlobal('WebSocket', FakeWebSocket);
    vi.stubGlobal('WebSocketStream', undefined);
    const given = handlers(fail);
    openWire('wss://trellis.example/x', given);
    const socket = FakeWebSocket.last;
    for (const data of ['one', 'two', 'three']) socket.onmessage?.({ data });
    await vi.waitFor(() => expect(given.onClose).toHaveBeenCalledWith(false, kBroken));
    expect(socket.close).toHaveBeenCalled();
    socket.onclose?.({ wasClean: true });
    await Promise.resolve();
    expect(given.frames).toEqual(['one', 'two']);
    expect(given.onClose).toHaveBeenCalledOnce();
    expect(console.error).toHaveBeenCalledOnce();
  });

  it.each(failing)('ends the session and says why, with WebSocketStream', async (fail) => {
    const close = vi.fn();
    vi.stubGlobal('WebSocketStream', class {
      opened = Promise.resolve({ readable: streamOf('one', 'two', 'three'), writable: new WritableStream() });
      closed = new Promise(() => undefined);
      close = close;
    });
    const given = handlers(fail);
    openWire('wss://trellis.example/x', given);
    await vi.waitFor(() => expect(given.onClose).toHaveBeenCalledWith(false, kBroken));
    expect(close).toHaveBeenCalled();
    expect(given.frames).toEqual(['one', 'two']);
    expect(given.onClose).toHaveBeenCalledOnce();
  });
});

describe('the end of a connection', () => {
  it('has the server\'s words where it ended the session by its rules, the page\'s where it was stopped', async () => {
    const said = [[1008, 'too long', 'too long'], [1012, 'any', 'The server was stopped or restarted.'], [1001, 'any', '']] as const;
    for (const [code, reason, shown] of said) {
      const { closed, socket } = open(true);
      socket.onclose?.({ wasClean: true, code, reason });
      await vi.waitFor(() => expect(closed).toHaveBeenCalledWith(true, shown));
    }
  });
});
