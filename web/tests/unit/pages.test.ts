import { knownCommands } from '../../src/model/known_commands';
import { isFileName, readAreas, sizeOf } from '../../src/model/server_files';
import { linePieces, readHistory, readNumbers } from '../../src/model/server_numbers';

afterEach(() => vi.unstubAllGlobals());

describe('numbers of the server', () => {
  it('are read with care', () => {
    expect(readNumbers({ action: 'serverstats' })).toEqual({ totalMemory: 0, availableMemory: 0, load: [], counts: [] });
    expect(readHistory([7, null, { time: 'never' }, { time: '2026-11-28T10:00:00Z', conn: { ca: 3 }, cpu: ['x'] }])).toEqual([
      { time: Date.parse('2026-11-28T10:00:00Z'), agents: 3, users: 0, relays: 0, load: 0, memory: 0 },
    ]);
  });

  it('make lines with gaps where the server was off', () => {
    const minute = 60_000;
    const points = [0, 5, 10, 60, 65].map((at) => ({ time: at * minute, value: at }));
    const pieces = linePieces(points, 0, 65 * minute, 65, 65);
    expect(pieces).toEqual(['0.0,65.0 5.0,60.0 10.0,55.0', '60.0,5.0 65.0,0.0']);
    expect(linePieces(points, 60 * minute, 61 * minute, 1, 65)).toEqual(['0.0,5.0 0.0,5.0']);
  });
});

describe('files on the server', () => {
  it('are a tree of areas, own ones first, of which nothing is believed', () => {
    const areas = readAreas({ filetree: { f: { 'mesh//g': { t: 4, n: 'Group', f: null }, 'user//a': { t: 1, n: 'My', maxbytes: 100, f: { a: { t: 2, f: { b: { t: 3, s: 7 } } }, c: 7 } } } } });
    expect(areas.map(({ id, quota }) => [id, quota])).toEqual([['user//a', 100], ['mesh//g', 0]]);
    expect(sizeOf(areas[0]!.root)).toBe(7);
    expect(readAreas({})).toEqual([]);
  });

  it('have names that the server takes', () => {
    expect(['a.txt', 'Grüße 1', 'a'.repeat(255)].every(isFileName)).toBe(true);
    expect(['', '.hidden', 'a/b', 'a\\b', 'a:b', 'a\nb', 'a'.repeat(256)].some(isFileName)).toBe(false);
  });
});

describe('commands of the server', () => {
  it('are those that it describes, none if it does not', async () => {
    const answer = (status: number, body: unknown) => vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body), { status }));
    answer(200, { paths: { '/api/v1/nodes': {}, '/api/v1/backup.state': {}, '/other': {} } });
    expect([...(await knownCommands())]).toEqual(['nodes', 'backup.state']);
    answer(404, {});
    expect((await knownCommands()).size).toBe(0);
  });
});
