import { toApiError } from '../../src/api/errors';
import { formatPlace, longId, parsePlace, shortId } from '../../src/core/router';
import { readDevice, readTags, sortable } from '../../src/model/device';
import { expiryOf, safeLink } from '../../src/model/install';
import { readInterfaces } from '../../src/model/network';
import { checkPassword } from '../../src/model/password';
import { agentKindText, platformOf } from '../../src/model/platform';
import { combineRights, has, kAdmin, readLinks } from '../../src/model/rights';
import { rowWindow, scrollTopFor } from '../../src/widgets/virtual_rows';

describe('addresses of pages', () => {
  it('survive the letters of device ids and of names', () => {
    for (const path of [['devices', 'aB@$9'], ['devices', 'node/dom/x y'], ['page', 'ä/ö', '?&#%']]) {
      expect(parsePlace(formatPlace(path)).path).toEqual(path);
    }
    expect(formatPlace(['devices', 'a@$b'])).toBe('#/devices/a@$b');
  });

  it('keep a query and leave out what is empty', () => {
    expect(formatPlace(['devices'], { q: 'a b', state: '' })).toBe('#/devices?q=a+b');
    expect(parsePlace('#/setup?token=a%2Fb').query.get('token')).toBe('a/b');
  });

  it('do not fall over a broken escape', () => {
    expect(parsePlace('#/devices/%zz').path).toEqual(['devices', '%zz']);
    expect(parsePlace('').path).toEqual([]);
  });

  it('leave the default domain out of ids and no other', () => {
    expect(longId('node', shortId('node//abc'))).toBe('node//abc');
    expect(longId('node', shortId('node/customer/abc'))).toBe('node/customer/abc');
  });
});

describe('rights', () => {
  it('need every asked bit, except that a full administrator has all', () => {
    expect(has(0x8, 0x8)).toBe(true);
    expect(has(0x8, 0x18)).toBe(false);
    expect(has(kAdmin, 0x18)).toBe(true);
    expect(has(0, 0)).toBe(true);
  });

  it('are taken away by restrictions, except from a full administrator', () => {
    expect(has(0x8 | 0x200, 0x8, 0x200)).toBe(false);
    expect(has(0x8, 0x8, 0x200)).toBe(true);
    expect(has(kAdmin, 0x8, 0x200)).toBe(true);
  });

  it('survive links that are no numbers', () => {
    const links = readLinks({ a: { rights: 'x' }, b: null, c: { rights: -1 } });
    expect(combineRights(['a', 'b'], links)).toBe(0);
    expect(combineRights(['c'], links)).toBe(kAdmin);
  });
});

describe('devices', () => {
  it('take nothing but text for text', () => {
    const device = readDevice({ _id: 'node//1', name: { toString: () => 'x' }, tags: [1, 'a'], agent: 'x', conn: 'yes' }, 'mesh//a');
    expect(device).toMatchObject({ name: '', tags: ['a'], agentVersion: '', connection: 0 });
  });

  it('have tags once each', () => {
    expect(readTags(' a, b,,a ,c ')).toEqual(['a', 'b', 'c']);
    expect(readTags('')).toEqual([]);
  });

  it('sort by numbers inside names', () => {
    expect(['pc10', 'PC9', 'pc1'].sort((a, b) => (sortable(a) < sortable(b) ? -1 : 1))).toEqual(['pc1', 'PC9', 'pc10']);
  });

  it('show the platform by what they say and else by their agent', () => {
    expect(platformOf('Microsoft Windows 11', 6)).toBe('windows');
    expect(platformOf('', 29)).toBe('macos');
    expect(platformOf('Plan 9', 0)).toBe('other');
    expect(agentKindText(6)).toBe('Linux x86-64 (6)');
    expect(agentKindText(9999)).toBe('9999');
  });

  it('list addresses without loopback', () => {
    const reply = { netif2: { lo: [{ address: '127.0.0.1' }], eth0: [{ address: '10.0.0.4', mac: '00:00:00:00:00:00' }, { address: 'fe80::1', mac: '52:54:00:00:00:01' }], bad: 7 } };
    expect(readInterfaces(reply)).toEqual([{ name: 'eth0', addresses: ['10.0.0.4', 'fe80::1'], mac: '52:54:00:00:00:01' }]);
    expect(readInterfaces({ netif2: null })).toEqual([]);
  });
});

describe('install answers', () => {
  it('become links only when they are safe', () => {
    expect(safeLink('/meshsettings?id=1')).toBe('https://trellis.example/meshsettings?id=1');
    expect(safeLink('https://cdn.example/agent')).toBe('https://cdn.example/agent');
    for (const bad of ['javascript:alert(1)', 'data:text/html,x', 'http://other.example/', '', undefined, 7]) expect(safeLink(bad)).toBeUndefined();
  });

  it('expire in ms, seconds or ISO text', () => {
    expect(expiryOf(1_760_000_000_000)).toBe(1_760_000_000_000);
    expect(expiryOf(1_760_000_000)).toBe(1_760_000_000_000);
    expect(expiryOf('2026-01-01T00:00:00Z')).toBe(Date.UTC(2026, 0, 1));
    for (const none of [0, undefined, 'never', null]) expect(expiryOf(none)).toBe(0);
  });
});

describe('passwords', () => {
  it('are refused when short or the own name', () => {
    expect(checkPassword('123456789', 'ann')).toMatchObject({ longEnough: false });
    expect(checkPassword('12345678901', 'ann', 12)).toMatchObject({ longEnough: false });
    expect(checkPassword('Annabellina', ' annabellina ')).toMatchObject({ longEnough: true, notName: false });
  });

  it('are judged by what a guesser has to try', () => {
    const strength = (password: string) => checkPassword(password, 'ann').strength;
    expect(strength('password')).toBe(0);
    expect(strength('aaaaaaaaaaaaaaaa')).toBe(0);
    expect(strength('abcdefgh12345678')).toBeLessThan(2);
    expect(strength('three brown horses sing')).toBe(4);
    expect(strength('tY7#kq')).toBeLessThan(strength('tY7#kq9!bVz2'));
  });
});

describe('long lists', () => {
  it('draw what is visible and a little more', () => {
    expect(rowWindow(0, 340, 34, 50_000)).toEqual({ first: 0, end: 16 });
    expect(rowWindow(34 * 1_000, 340, 34, 50_000)).toEqual({ first: 994, end: 1_016 });
    expect(rowWindow(34 * 49_990, 340, 34, 50_000)).toEqual({ first: 49_984, end: 50_000 });
  });

  it('draw nothing when empty, and the end when the list became shorter', () => {
    expect(rowWindow(0, 340, 34, 0)).toEqual({ first: 0, end: 0 });
    expect(rowWindow(34 * 1_000, 340, 34, 3)).toEqual({ first: 2, end: 3 });
  });

  it('scroll as little as possible to show a row', () => {
    expect(scrollTopFor(5, 0, 340, 34)).toBe(0);
    expect(scrollTopFor(12, 0, 340, 34)).toBe(102);
    expect(scrollTopFor(3, 340, 340, 34)).toBe(102);
  });
});

describe('errors of the server', () => {
  it('always have a code and a text', () => {
    expect(toApiError({ code: 'x', message: 'y', field: '/z' }, 'f')).toMatchObject({ code: 'x', message: 'y', field: 'z' });
    for (const bad of [undefined, null, 7, 'text', {}, { code: 7, message: {} }]) {
      expect(toApiError(bad, 'fallback')).toMatchObject({ code: 'unknown', message: 'fallback', field: '' });
    }
  });
});
