import { webcrypto } from 'node:crypto';
import { ControlChannel } from '../../src/api/control';
import { changeableSiteRights, isLocked, makePassword, matches, readAccount } from '../../src/model/accounts';
import { People } from '../../src/model/people';
import { refusalOf } from '../../src/model/refusals';
import { groupRightWords, siteRightWords, wordsOf } from '../../src/model/right_words';
import { FakeSocket } from './fakes';

// Browsers have it; Node.js 18 keeps it behind a flag.
globalThis.crypto ??= webcrypto as Crypto;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const kAdmin = 0xffffffff;
const anna = { _id: 'user//anna', name: 'anna', realname: 'Anna Müller', email: 'anna@example.org', siteadmin: 0x22, login: 1_700_000_000, passchange: -1 };

async function opened(withAccounts = true) {
  const socket = new FakeSocket();
  const channel = new ControlChannel({ open: () => socket });
  channel.start();
  socket.receive({ action: 'serverinfo' });
  const people = new People(channel);
  people.open(withAccounts);
  if (withAccounts) {
    socket.receive({ action: 'users', users: [anna, { name: 'without an id' }, null], tag: socket.last('users')['tag'] });
    socket.receive({ action: 'wssessioncount', wssessions: { 'user//anna': 2 }, tag: socket.last('wssessioncount')['tag'] });
  }
  socket.receive({ action: 'usergroups', ugroups: null, tag: socket.last('usergroups')['tag'] });
  await vi.advanceTimersByTimeAsync(1);
  const event = (fields: Record<string, unknown>) => socket.receive({ action: 'event', event: fields });
  return { socket, people, event };
}

describe('people', () => {
  it('are read from the server, without what is no account', async () => {
    const { people } = await opened();
    expect(people.accountList().map(({ name }) => name)).toEqual(['anna']);
    expect(people.sessions.get('user//anna')).toBe(2);
    expect([people.accountState, people.groupState]).toEqual(['ready', 'ready']);
  });

  it('are not asked for without the right to see them', async () => {
    const { socket, people, event } = await opened(false);
    expect(() => socket.last('users')).toThrow();
    event({ action: 'accountchange', account: anna });
    expect(people.accounts.size).toBe(0);
  });

  it('come, change and go by events', async () => {
    const { people, event } = await opened();
    event({ action: 'accountcreate', account: { _id: 'user//zoe', name: 'zoe' } });
    event({ action: 'accountchange', account: { ...anna, siteadmin: 0 } });
    event({ action: 'wssessioncount', userid: 'user//zoe', count: 3 });
    expect(people.accountList().map(({ name, siteRights }) => [name, siteRights])).toEqual([['anna', 0], ['zoe', 0]]);
    expect(people.sessions.get('user//zoe')).toBe(3);
    event({ action: 'accountremove', msgArgs: ['zoe'], userid: 'user//anna' });
    expect(people.accountList().map(({ name }) => name)).toEqual(['anna']);
  });

  it('keep what an event about a user group leaves out', async () => {
    const { people, event } = await opened();
    event({ action: 'createusergroup', ugrpid: 'ugrp//a', name: 'A', desc: 'first', links: { 'user//anna': { rights: 1 } } });
    event({ action: 'usergroupchange', ugrpid: 'ugrp//a', name: 'B' });
    expect(people.groupList()).toMatchObject([{ name: 'B', description: 'first', links: { 'user//anna': { rights: 1 } } }]);
    event({ action: 'deleteusergroup', ugrpid: 'ugrp//a' });
    expect(people.groups.size).toBe(0);
  });

  it('are forgotten when nobody looks any more', async () => {
    const { people, event } = await opened();
    people.close();
    event({ action: 'accountcreate', account: { _id: 'user//zoe', name: 'zoe' } });
    expect(people.accounts.size).toBe(0);
  });
});

describe('accounts', () => {
  const account = readAccount(anna)!;

  it('are locked by their right, which full administrators only seem to have', () => {
    expect(isLocked(account)).toBe(true);
    expect(isLocked({ ...account, siteRights: kAdmin })).toBe(false);
    expect(account).toMatchObject({ mustChange: true, lastLogin: 1_700_000_000_000 });
  });

  it('are found by every word, in any field', () => {
    expect(matches(account, 'müller example')).toBe(true);
    expect(matches(account, 'müller nobody')).toBe(false);
    expect(matches(account, ' ')).toBe(true);
  });

  it('are changed by a manager only in what the server lets him change', () => {
    expect(changeableSiteRights(kAdmin, true)).toBe(kAdmin);
    expect(changeableSiteRights(0x2, true)).toBe(0xe0);
    expect(changeableSiteRights(0x2 | 0x100, false)).toBe(0xe0 | 0x2 | 0x100);
  });

  it('get generated passwords that differ and have no look-alikes', () => {
    const made = Array.from({ length: 50 }, makePassword);
    expect(new Set(made).size).toBe(50);
    expect(made.every((password) => /^([a-zA-Z3-9]{4}-){4}[a-zA-Z3-9]{4}$/.test(password) && !/[0O1lI2Z5S8B]/.test(password))).toBe(true);
  });
});

describe('rights in words', () => {
  it('name every bit once, and a full administrator by none', () => {
    for (const words of [siteRightWords, groupRightWords]) expect(new Set(words.map(({ bit }) => bit)).size).toBe(words.length);
    expect(wordsOf(0x208, groupRightWords).map(({ label }) => label)).toEqual(['right.group.remote', 'right.group.noTerminal']);
    expect(wordsOf(kAdmin, siteRightWords)).toEqual([]);
  });
});

describe('refusals', () => {
  it('are placed at the field that they are about, and kept as they are when unknown', () => {
    expect(refusalOf(new Error('User already exists')).field).toBe('name');
    expect(refusalOf(new Error('the password needs at least 10 characters'))).toEqual({ field: 'password', text: 'the password needs at least 10 characters' });
    expect(refusalOf(new Error('Failed to change email address, another account already using: a@b.c')).field).toBe('email');
    expect(refusalOf(new Error('something new'))).toEqual({ field: '', text: 'something new' });
  });
});
