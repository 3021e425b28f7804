import { vi } from 'vitest';

/// A browser's history of addresses, as far as the router uses it.
class FakeHistory {
  private entries: { hash: string; state: unknown }[] = [{ hash: '#/devices/a/files', state: null }];
  private at = 0;
  onHash: () => void = () => undefined;
  get state(): unknown {
    return this.entries[this.at]!.state;
  }
  get hash(): string {
    return this.entries[this.at]!.hash;
  }
  set hash(hash: string) {
    this.entries.splice(this.at + 1, Infinity, { hash, state: null });
    this.at++;
    this.onHash();
  }
  replaceState(state: unknown, _: string, hash = this.hash): void {
    this.entries[this.at] = { hash, state };
  }
  go(by: number): void {
    this.at += by;
    this.onHash();
  }
}

async function start() {
  const history = new FakeHistory();
  vi.resetModules();
  vi.stubGlobal('history', history);
  vi.stubGlobal('location', history);
  vi.stubGlobal('addEventListener', (name: string, listener: () => void) => name === 'hashchange' && (history.onHash = listener));
  const { router } = await import('../../src/core/router');
  const questions: ((leaves: boolean) => void)[] = [];
  router.mayLeave = () => new Promise((resolve) => questions.push(resolve));
  const answer = async (leaves: boolean): Promise<void> => {
    questions.shift()!(leaves);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const shown = (): string => router.place.path.join('/');
  return { history, router, questions, answer, shown };
}

describe('a page that holds something', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('stays, with its address, until the person agrees', async () => {
    const { history, router, answer, shown } = await start();
    router.go(['devices']);
    expect([shown(), history.hash]).toEqual(['devices/a/files', '#/devices']);
    await answer(false);
    expect([shown(), history.hash]).toEqual(['devices/a/files', '#/devices/a/files']);
    router.go(['devices']);
    await answer(true);
    expect([shown(), history.hash]).toEqual(['devices', '#/devices']);
  });

  it('stays when the person goes back, or on and on, in the history', async () => {
    const { history, router, questions, answer, shown } = await start();
    router.mayLeave = () => true;
    router.go(['devices', 'b', 'files']);
    router.go(['events']);
    history.go(-1);
    router.mayLeave = () => new Promise((resolve) => questions.push(resolve));
    history.go(-1);
    history.go(2);
    expect(questions).toHaveLength(1);
    await answer(false);
    expect([shown(), history.hash, questions.length]).toEqual(['devices/b/files', '#/devices/b/files', 0]);
    history.go(1);
    await answer(true);
    expect(shown()).toBe('events');
  });

  it('asks nobody about another tab of the device, or the same page once more', async () => {
    const { router, questions, shown } = await start();
    router.replace(['devices', 'a']);
    router.go(['devices', 'a', 'terminal'], { q: '1' });
    expect([shown(), questions.length]).toEqual(['devices/a/terminal', 0]);
  });

  it('stays when the address was replaced', async () => {
    const { history, router, answer, shown } = await start();
    router.replace(['events']);
    await answer(false);
    expect([shown(), history.hash]).toEqual(['devices/a/files', '#/devices/a/files']);
  });
});

describe('what is held', () => {
  it('is said as long as it is so, each for itself', async () => {
    const { holds } = await import('../../src/core/holds');
    const [files, push] = [{}, {}];
    let words: string | undefined = 'two transfers';
    holds.add(files, () => words);
    const stop = holds.add(push, () => 'a file');
    expect([holds.words(), holds.words(files), holds.words(push)]).toEqual([['two transfers', 'a file'], ['two transfers'], ['a file']]);
    words = undefined;
    stop();
    expect(holds.words()).toEqual([]);
  });
});
