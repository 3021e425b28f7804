import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PluginContext, PluginHttp } from '../../../../web/plugin-api';
import { DeviceError, LostError, type Device } from '../src/device';
import { goesByHttp, HttpTransfers } from '../src/http';
import type { UploadTask } from '../src/upload';

interface Said {
  state: string;
  atBytes: number;
  error?: string;
  code?: string;
}

const clicked: string[] = [];
let said: (Said | Error)[];
let calls: string[];

beforeEach(() => {
  vi.useFakeTimers();
  clicked.length = 0;
  calls = [];
  vi.stubGlobal('document', { createElement: () => ({ href: '', download: 'x', click(this: { href: string }) { clicked.push(this.href); } }) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function transfers(fetch: PluginHttp['fetch'] = () => Promise.reject(new TypeError('network'))): HttpTransfers {
  const call = (action: string): Promise<unknown> => {
    calls.push(action);
    if (action !== 'files.transfer') return Promise.resolve({});
    const next = said.length > 1 ? said.shift()! : said[0]!;
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  const context = { call, device: { id: 'node//a' } } as unknown as PluginContext;
  const device = { tunnel: { id: 'session' }, facts: { isUnix: true }, isOpen: true } as unknown as Device;
  const url: PluginHttp['url'] = (path, query) => `/plugins/files/${path}?${new URLSearchParams(query)}`;
  return new HttpTransfers(context, device, { url, fetch });
}

/// Lets time pass until it is settled.
async function settled<T>(promise: Promise<T>): Promise<T | Error> {
  let result: T | Error | undefined;
  promise.then((value) => (result = value ?? (true as T)), (error: Error) => (result = error));
  for (let i = 0; result === undefined && i < 1000; i++) await vi.advanceTimersByTimeAsync(100);
  return result!;
}

const notFound = Object.assign(new Error('there is no such transfer'), { code: 'not_found' });

test('a download is the browser\'s, with the session in whose company it goes, and its progress is told', async () => {
  said = [notFound, { state: 'running', atBytes: 5 }, { state: 'waiting', atBytes: 7 }, { state: 'done', atBytes: 9 }];
  const seen: number[] = [];
  expect(await settled(transfers().download('/a b', (bytes) => seen.push(bytes), new AbortController().signal))).toBe(true);
  expect(seen).toEqual([5, 7, 9]);
  expect(clicked).toHaveLength(1);
  const query = new URL(clicked[0]!, 'https://x').searchParams;
  expect(Object.fromEntries(query)).toMatchObject({ nodeid: 'node//a', path: '/a b', session: 'session' });
  expect(query.get('transfer')).toMatch(/^[0-9a-f]{24}$/);
});

test('why a download failed is told, also when the server has forgotten it', async () => {
  said = [{ state: 'failed', atBytes: 0, error: 'no such file', code: 'not_found' }];
  const failed = await settled(transfers().download('/a', () => undefined, new AbortController().signal));
  expect(failed).toBeInstanceOf(DeviceError);
  expect((failed as Error).message).toBe('no such file');
  said = [{ state: 'running', atBytes: 5 }, notFound];
  expect(await settled(transfers().download('/a', () => undefined, new AbortController().signal))).toMatchObject({ code: 'gone' });
  said = [notFound];
  expect(await settled(transfers().download('/a', () => undefined, new AbortController().signal))).toMatchObject({ code: 'gone' });
});

test('a download that is cancelled is ended at the server', async () => {
  said = [{ state: 'running', atBytes: 5 }];
  const stop = new AbortController();
  const over = settled(transfers().download('/a', () => stop.abort(), stop.signal));
  expect(await over).toBe(true);
  expect(calls).toContain('files.transferStop');
});

const task = (): UploadTask => ({ folder: '/to', name: 'a', file: new Blob(['abc']), exists: 'fail', onProgress: () => undefined, signal: new AbortController().signal });

test('an upload goes in one request; what is refused is not tried again', async () => {
  said = [notFound];
  const asked: Record<string, string>[] = [];
  const answer = (status: number, body: unknown): PluginHttp['fetch'] => (_, query) => {
    asked.push(query);
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  };
  expect(await settled(transfers(answer(201, {})).upload(task()))).toBe(true);
  expect(asked[0]).toMatchObject({ path: '/to/a', offset: '0', exists: 'fail', session: 'session' });
  const taken = await settled(transfers(answer(409, { error: { code: 'conflict', message: 'exists already', field: '/exists' } })).upload(task()));
  expect(taken).toMatchObject({ code: 'exists' });
  const full = await settled(transfers(answer(409, { error: { code: 'conflict', message: 'no space left', field: '/refused' } })).upload(task()));
  expect(full).toBeInstanceOf(DeviceError);
  expect(await settled(transfers(answer(503, { error: { code: 'unavailable', message: 'gone' } })).upload(task()))).toBeInstanceOf(LostError);
});

test('small files, and those whose address would be too long, go through the session', () => {
  expect([goesByHttp(8 * 1024 * 1024, '/a'), goesByHttp(8 * 1024 * 1024 - 1, '/a')]).toEqual([true, false]);
  expect(goesByHttp(1e9, `/${'ü'.repeat(1000)}`)).toBe(false);
});

test('an upload that is cancelled is ended at the server before it is over here', async () => {
  said = [{ state: 'running', atBytes: 1 }];
  const stop = new AbortController();
  const fetch: PluginHttp['fetch'] = (_, __, init) => new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
  });
  const over = settled(transfers(fetch).uploadWhole({ ...task(), signal: stop.signal }));
  stop.abort();
  expect(await over).toMatchObject({ name: 'AbortError' });
  expect(calls.at(-1)).toBe('files.transferStop');
});

test('an answer that was lost with the connection is asked for', async () => {
  said = [{ state: 'failed', atBytes: 0, error: 'exists already', code: 'exists' }];
  expect(await settled(transfers().upload(task()))).toMatchObject({ code: 'exists' });
  said = [{ state: 'running', atBytes: 0 }];
  expect(await settled(transfers().upload(task()))).toBeInstanceOf(LostError);
});
