import { Fault } from '../src/fault';
import { faultText, noteText } from '../src/notes';
import { ServerSource } from '../src/source';
import { formatWhere, parseWhere } from '../src/where';

const t = (key: string, values: Record<string, string | number> = {}): string => [key, ...Object.values(values)].join(' ');

describe("the page's address", () => {
  it('says what the list shows and what is played', () => {
    const where = { list: { filter: 'web', kind: 'desktop', search: 'error' }, play: 'ab12', at: 1500, file: '' };
    expect(parseWhere(formatWhere(where))).toEqual(where);
    expect(parseWhere({})).toEqual({ list: { filter: '', kind: '', search: '' }, play: '', at: undefined, file: '' });
  });

  it('may be anybody’s: a moment is a number', () => {
    for (const at of ['', '-1', '1e9', 'NaN', '9'.repeat(16)]) expect(parseWhere({ at }).at).toBeUndefined();
    expect(formatWhere({ ...parseWhere({}), at: 7.9 })['at']).toBe('7');
  });
});

describe('what the server says', () => {
  it('is told in the language of the page where it is known', () => {
    expect(noteText(t, 'the server stopped while it recorded')).toBe('note.stopped');
    expect(noteText(t, "the recording can't be written: No space left on device")).toBe('note.unwritable: No space left on device');
    expect(noteText(t, 'the server stopped while it recorded something new')).toBe('the server stopped while it recorded something new');
  });

  it('is in words when a recording is gone, also from a link that was cut off', () => {
    expect(faultText(t, new Fault('player.noRecording', { name: 'x' }))).toBe('player.noRecording x');
    expect(faultText(t, Object.assign(new Error('no such recording'), { code: 'not_found' }))).toBe('fault.gone');
    expect(faultText(t, Object.assign(new Error('expected hexadecimal digits'), { code: 'invalid_argument', field: 'id' }))).toBe('fault.gone');
    expect(faultText(t, new Error('something else'))).toBe('something else');
  });

  it.each([
    [404, 'fault.gone 404'],
    [403, 'fault.refused 403'],
    [401, 'fault.refused 401'],
    [503, 'fault.server 503'],
    [0, 'fault.unreachable'],
  ])('is in words when the file is answered with %d', async (status, words) => {
    vi.stubGlobal('document', { baseURI: 'https://trellis.example/' });
    vi.stubGlobal('fetch', () => (status ? Promise.resolve({ ok: false, status }) : Promise.reject(new TypeError('failed'))));
    const failed: unknown = await new ServerSource('x', 10, 'id').read(0, 5).catch((error: unknown) => error);
    expect(faultText(t, failed)).toBe(words);
    vi.unstubAllGlobals();
  });
});
