import { makeChannel } from './fakes';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function online() {
  const made = makeChannel();
  made.channel.start();
  return { ...made, socket: made.greet() };
}

describe('control channel', () => {
  it('counts as online only after the greeting', () => {
    const { channel, greet } = makeChannel();
    channel.start();
    expect(channel.status).toBe('connecting');
    greet();
    expect(channel.status).toBe('online');
  });

  it('matches replies by responseid, whatever their order', async () => {
    const { channel, socket } = online();
    const first = channel.call('a.first');
    const second = channel.call('a.second');
    const [one, two] = [socket.last('a.first'), socket.last('a.second')];
    socket.receive({ action: 'a.second', responseid: two['responseid'], result: 2 });
    socket.receive({ action: 'a.first', responseid: one['responseid'], result: 1 });
    expect([await first, await second]).toEqual([1, 2]);
  });

  it('matches replies of old commands by tag, or by name when they carry neither', async () => {
    const { channel, socket } = online();
    const groups = channel.request('meshes');
    socket.receive({ action: 'meshes', meshes: [], tag: socket.last('meshes')['tag'] });
    expect((await groups)['meshes']).toEqual([]);
    const network = channel.request('getnetworkinfo', { nodeid: 'x' });
    socket.receive({ action: 'getnetworkinfo', netif2: null });
    expect((await network)['netif2']).toBeNull();
  });

  it('turns error replies into errors with code and field', async () => {
    const { channel, socket } = online();
    const call = channel.call('plugin.enable', { id: '' });
    socket.receive({
      action: 'plugin.enable',
      responseid: socket.last('plugin.enable')['responseid'],
      error: { code: 'invalid_argument', message: 'id is empty', field: '/id' },
    });
    await expect(call).rejects.toMatchObject({ code: 'invalid_argument', message: 'id is empty', field: 'id' });
  });

  it('takes "OK" and "ok" as success of old commands and anything else as refusal', async () => {
    const { channel, socket } = online();
    const good = channel.command('editmesh');
    socket.receive({ action: 'editmesh', responseid: socket.last('editmesh')['responseid'], result: 'OK' });
    await expect(good).resolves.toBeDefined();
    const bad = channel.command('deletemesh');
    socket.receive({ action: 'deletemesh', responseid: socket.last('deletemesh')['responseid'], result: 'Access denied' });
    await expect(bad).rejects.toThrow('Access denied');
  });

  it('rejects a request without an answer after its time', async () => {
    const { channel } = online();
    const call = channel.request('nodes', {}, 1_000);
    const outcome = expect(call).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(1_001);
    await outcome;
  });

  it('rejects what is under way when the connection drops, and does not repeat it', async () => {
    const { channel, socket, sockets, greet } = online();
    const call = channel.call('plugin.disable', { id: 'x' });
    const outcome = expect(call).rejects.toMatchObject({ code: 'disconnected' });
    socket.onclose?.();
    await outcome;
    await vi.advanceTimersByTimeAsync(600);
    expect(sockets).toHaveLength(2);
    expect(greet().sent).toEqual([]);
  });

  it('waits longer after each failure, at most about 30 seconds, and starts over after a greeting', async () => {
    const { channel, sockets } = online();
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      sockets.at(-1)!.onclose?.();
      waits.push(channel.retryAt - Date.now());
      await vi.advanceTimersByTimeAsync(channel.retryAt - Date.now());
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15000, 30000, 30000, 30000]);
    sockets.at(-1)!.receive({ action: 'serverinfo' });
    sockets.at(-1)!.onclose?.();
    expect(channel.retryAt - Date.now()).toBe(500);
  });

  it('does not reconnect by itself when the server refuses', async () => {
    const { channel, sockets } = makeChannel();
    channel.start();
    sockets[0]!.receive({ action: 'close', cause: 'noauth', msg: 'noauth' });
    expect(channel.status).toBe('refused');
    await vi.advanceTimersByTimeAsync(120_000);
    expect(sockets).toHaveLength(1);
  });

  it('notices a connection that answers no ping', async () => {
    const { channel, socket } = online();
    await vi.advanceTimersByTimeAsync(25_001);
    expect(socket.last('ping')).toBeDefined();
    await vi.advanceTimersByTimeAsync(15_001);
    expect(channel.status).not.toBe('online');
  });

  it('survives what is not JSON, not an object, or without an action', () => {
    const { channel, socket } = online();
    for (const junk of ['{', '[]', 'null', '7', '{"action":7}', '{"event":{}}']) socket.receive(junk);
    expect(channel.status).toBe('online');
  });

  it('refuses more than 500 requests at once', async () => {
    const { channel } = online();
    for (let i = 0; i < 500; i++) channel.request('nodes').catch(() => undefined);
    await expect(channel.request('nodes')).rejects.toMatchObject({ code: 'busy' });
    channel.stop();
  });

  it('goes on telling listeners when one of them throws', () => {
    const { channel, socket } = online();
    const heard = vi.fn();
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    channel.events.on('x.happened', () => {
      throw new Error('listener');
    });
    channel.events.on('x.happened', heard);
    socket.receive({ action: 'event', event: { action: 'x.happened' } });
    expect(heard).toHaveBeenCalledOnce();
    quiet.mockRestore();
  });
});
