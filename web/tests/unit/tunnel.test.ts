import { RelayTunnel } from '../../src/api/tunnel';
import type { Frame, Wire, WireHandlers } from '../../src/api/wire';

function open(options: Record<string, unknown> = { cols: 80, rows: 24 }) {
  const sent: Frame[] = [];
  const wire = { unsent: 0, send: (frame: Frame) => void sent.push(frame), close: vi.fn() } satisfies Wire;
  let handlers!: WireHandlers;
  const tunnel = new RelayTunnel({
    protocol: 1,
    options,
    ask: () => Promise.resolve('/meshrelay.ashx?id=1'),
    connect: (_, given) => {
      handlers = given;
      return wire;
    },
  });
  const ready = vi.waitFor(() => expect(handlers).toBeDefined());
  return { tunnel, sent, wire, ready, receive: (frame: Frame) => handlers.onFrame(frame), handlers: () => handlers };
}

const control = (fields: object) => JSON.stringify({ ctrlChannel: '102938', ...fields });

describe('relay tunnel', () => {
  it('sends options and then the protocol number after the start character, and nothing before', async () => {
    const { tunnel, sent, ready, receive } = open();
    await ready;
    void receive('hello');
    expect(sent).toEqual([]);
    void receive('c');
    expect(sent).toEqual(['{"type":"options","cols":80,"rows":24}', '1']);
    expect(tunnel.state).toBe('open');
    expect(tunnel.recorded).toBe(false);
  });

  it('knows a recorded session by "cr"', async () => {
    const { tunnel, ready, receive } = open();
    await ready;
    void receive('cr');
    expect(tunnel.recorded).toBe(true);
  });

  it('is not recorded any more once the server says so, and stays open', async () => {
    const { tunnel, ready, receive } = open();
    await ready;
    void receive('cr');
    const seen: [boolean, string][] = [];
    tunnel.onState = () => seen.push([tunnel.recorded, tunnel.reason]);
    void receive(control({ type: 'console', msg: 'Somebody watches', msgid: null }));
    void receive(control({ type: 'console', msg: 'Not recorded any more', msgid: null, recorded: false }));
    expect(seen).toEqual([
      [true, 'Somebody watches'],
      [false, 'Not recorded any more'],
    ]);
    expect(tunnel.state).toBe('open');
  });

  it('tells consent, its refusal and its reason', async () => {
    const { tunnel, ready, receive, handlers } = open();
    await ready;
    void receive('c');
    void receive(control({ type: 'console', msg: 'Waiting...', msgid: 1 }));
    expect(tunnel.state).toBe('waiting');
    expect(tunnel.send(new Uint8Array([1]))).toBe(false);
    void receive(control({ type: 'console', msg: null, msgid: 0 }));
    expect(tunnel.state).toBe('open');
    void receive(control({ type: 'console', msg: 'denied', msgid: 2 }));
    handlers().onClose(true, '');
    expect(tunnel.state).toBe('closed');
    expect(tunnel.reason).toBe('The person at the device refused.');
  });

  it('answers ping whether the channel number is text or number', async () => {
    const { sent, ready, receive } = open();
    await ready;
    void receive('c');
    void receive('{"ctrlChannel":102938,"type":"ping"}');
    expect(sent.at(-1)).toBe('{"ctrlChannel":"102938","type":"pong"}');
  });

  it('hands on data and control messages, and survives text that is no JSON', async () => {
    const { tunnel, ready, receive } = open();
    await ready;
    tunnel.onData = vi.fn();
    tunnel.onControl = vi.fn();
    void receive('c');
    void receive('{broken');
    void receive(control({ type: 'metadata', users: {} }));
    void receive(new Uint8Array([65]));
    expect(tunnel.onData).toHaveBeenCalledWith(new Uint8Array([65]));
    expect(tunnel.onControl).toHaveBeenCalledOnce();
  });

  it('makes the sender wait for a reader that has not finished', async () => {
    const { tunnel, ready, receive } = open();
    await ready;
    let finish!: () => void;
    tunnel.onData = () => new Promise<void>((done) => (finish = done));
    void receive('c');
    let isDone = false;
    const waiting = Promise.resolve(receive(new Uint8Array(1))).then(() => (isDone = true));
    await Promise.resolve();
    expect(isDone).toBe(false);
    finish();
    await waiting;
    expect(isDone).toBe(true);
  });

  it('drops input when more than a mebibyte waits to be sent', async () => {
    const { tunnel, wire, ready, receive } = open();
    await ready;
    void receive('c');
    expect(tunnel.send(new Uint8Array(1))).toBe(true);
    wire.unsent = 1024 * 1024 + 1;
    expect(tunnel.send(new Uint8Array(1))).toBe(false);
  });

  it('closes with the reason when the server refuses to open a session', async () => {
    const tunnel = new RelayTunnel({ protocol: 1, options: {}, ask: () => Promise.reject(new Error('this shell is switched off')) });
    await vi.waitFor(() => expect(tunnel.state).toBe('closed'));
    expect(tunnel.reason).toBe('this shell is switched off');
  });

  it.each(['https://evil.example/x', '//evil.example/x', 'wss:evil', '', 'relative'])('never connects to %j', async (path) => {
    const tunnel = new RelayTunnel({ protocol: 1, options: {}, ask: () => Promise.resolve(path) });
    await vi.waitFor(() => expect(tunnel.state).toBe('closed'));
    expect(tunnel.reason).not.toBe('');
  });

  it('is over for good once closed', async () => {
    const { tunnel, wire, ready, receive } = open();
    await ready;
    tunnel.onData = vi.fn();
    void receive('c');
    tunnel.close();
    expect(wire.close).toHaveBeenCalled();
    void receive(new Uint8Array(1));
    expect(tunnel.onData).not.toHaveBeenCalled();
    expect(tunnel.send(new Uint8Array(1))).toBe(false);
  });
});
