import { browserName } from '../../src/model/browser_name';
import { readHardware } from '../../src/model/hardware';
import { powerSums, readPower } from '../../src/model/power';

describe('power timeline', () => {
  const day = 86_400_000;
  const now = 1_700_000_000_000;

  it('is read from states and the seconds between them, up to now', () => {
    const spans = readPower([0, (now - 3 * day) / 1000, 1, 86_400, 3, 86_400, 1], now - 7 * day, now);
    expect(spans).toEqual([
      { from: now - 7 * day, until: now - 3 * day, state: 0 },
      { from: now - 3 * day, until: now - 2 * day, state: 1 },
      { from: now - 2 * day, until: now - day, state: 3 },
      { from: now - day, until: now, state: 1 },
    ]);
    expect(Object.fromEntries(powerSums(spans))).toEqual({ unknown: 4 * day, on: 2 * day, sleep: day });
  });

  it('without changes is one state, whose time is in ms', () => {
    expect(readPower([1, now, 1], now - day, now)).toEqual([{ from: now - day, until: now, state: 1 }]);
  });

  it('is nothing when it is nonsense', () => {
    for (const line of [undefined, [], [1, 'x', 2], [1, 2]]) expect(readPower(line, 0, now)).toEqual([]);
  });
});

describe('hardware', () => {
  it('is put into parts, of which only texts and numbers are taken', () => {
    const parts = readHardware({ hardware: { identifiers: { bios_vendor: 'X', bios_evil: { a: 1 }, cpu_name: 'C', gpu_name: ['G', 7, {}], storage_devices: [{ Caption: 'Disk', Size: 5 }, 'y'] }, windows: { memory: [{ BankLabel: 'B0', Capacity: 8 }] } } });
    expect(parts.map(({ title, facts }) => [title, facts])).toEqual([
      ['hardware.bios', [['Vendor', 'X']]],
      ['hardware.processor', [['CPU', 'C'], ['GPU', 'G, 7']]],
      ['hardware.memory', [['B0', 'Capacity: 8']]],
      ['hardware.storage', [['Disk', 'Size: 5'], ['#2', '']]],
    ]);
    for (const bad of [undefined, {}, { hardware: 7 }, { noinfo: true }]) expect(readHardware(bad as never)).toEqual([]);
  });
});

describe('browser', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox, Linux'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/128.0 Safari/537.36 Edg/128.0', 'Edge, Windows'],
    ['curl/8.1', 'curl/8.1'],
  ])('%s is %s', (text, name) => expect(browserName(text)).toBe(name));
});
