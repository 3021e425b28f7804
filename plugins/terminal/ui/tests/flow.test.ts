import { InputFlow, OutputFlow } from '../src/flow';
import { shellsFor } from '../src/shells';

describe('output', () => {
  it('makes the sender wait while too much is to be drawn, and only then', async () => {
    const done: (() => void)[] = [];
    const flow = new OutputFlow({ write: (_, finished) => void done.push(finished) });
    expect(flow.push(new Uint8Array(64 * 1024))).toBeUndefined();
    expect(flow.push(new Uint8Array(64 * 1024))).toBeUndefined();
    const blocked = flow.push(new Uint8Array(128 * 1024));
    expect(blocked).toBeInstanceOf(Promise);
    done[0]!();
    await blocked;
  });
});

describe('Ctrl+C', () => {
  const line = (text: string) => new TextEncoder().encode(text);

  function flooded() {
    vi.useFakeTimers();
    const written: string[] = [];
    const done: (() => void)[] = [];
    const skipped = vi.fn();
    const flow = new OutputFlow(
      {
        write: (data, finished) => {
          written.push(new TextDecoder().decode(data));
          done.push(finished);
        },
      },
      skipped,
    );
    return { flow, written, done, skipped };
  }

  afterEach(() => void vi.useRealTimers());

  it('passes over what was on its way and shows its end, from the start of a line', async () => {
    const { flow, written, skipped } = flooded();
    void flow.push(new Uint8Array(300 * 1024));
    flow.interrupt();
    for (let i = 0; i < 100; i++) expect(flow.push(line('y\r\n'.repeat(4_000)))).toBeUndefined();
    void flow.push(line('^C\r\n# '));
    expect(written).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(50);
    expect(written[1]!.startsWith('y\r\n')).toBe(true);
    expect(written[1]!.endsWith('^C\r\n# ')).toBe(true);
    expect(skipped.mock.calls[0]![0] + written[1]!.length).toBe(100 * 12_000 + 6);
  });

  it('passes over nothing when the screen keeps up', () => {
    const { flow, written } = flooded();
    void flow.push(line('$ '));
    flow.interrupt();
    void flow.push(line('^C'));
    expect(written).toEqual(['$ ', '^C']);
  });

  it('shows output again when the program does not stop', async () => {
    const { flow, written } = flooded();
    void flow.push(new Uint8Array(300 * 1024));
    flow.interrupt();
    for (let i = 0; i < 100; i++) {
      void flow.push(line('still here\r\n'));
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(written.length).toBeGreaterThan(1);
  });
});

describe('input', () => {
  it('goes out in pieces, in order, and again after the way was full', async () => {
    vi.useFakeTimers();
    const sent: Uint8Array[] = [];
    let isFull = false;
    const flow = new InputFlow((bytes) => {
      if (isFull) return false;
      sent.push(bytes);
      isFull = sent.length === 2;
      return true;
    });
    expect(flow.push(new Uint8Array(50_000).map((_, at) => at % 251))).toBe(true);
    expect(sent).toHaveLength(2);
    isFull = false;
    await vi.advanceTimersByTimeAsync(100);
    isFull = false;
    await vi.advanceTimersByTimeAsync(100);
    const all = sent.flatMap((part) => [...part]);
    expect(all).toHaveLength(50_000);
    expect(all.every((byte, at) => byte === at % 251)).toBe(true);
    vi.useRealTimers();
  });

  it('refuses more than it can hold, whole', () => {
    const flow = new InputFlow(() => false);
    expect(flow.push(new Uint8Array(8 * 1024 * 1024))).toBe(true);
    expect(flow.push(new Uint8Array(1))).toBe(false);
    flow.clear();
    expect(flow.push(new Uint8Array(1))).toBe(true);
    flow.clear();
  });
});

describe('shells', () => {
  const device = (platform: 'windows' | 'linux') => ({ id: '', name: '', groupId: '', groupName: '', online: true, os: '', platform });
  const protocols = (platform: 'windows' | 'linux', allowed: string[]) => shellsFor(device(platform), allowed).map((shell) => shell.protocol);

  it('are those that the configuration allows, in its order', () => {
    expect(protocols('linux', ['user', 'root'])).toEqual([8, 1]);
    expect(protocols('linux', ['user'])).toEqual([8]);
    expect(protocols('windows', ['root', 'user'])).toEqual([1, 6, 8, 9]);
  });

  it('leave out names that are not known', () => {
    expect(protocols('linux', ['admin', 'constructor', '__proto__'])).toEqual([]);
  });
});
