import { isOnline } from '../../src/model/device';
import { DeviceList, kNoQuery } from '../../src/model/device_list';
import { Directory } from '../../src/model/directory';
import { makeChannel, type FakeSocket } from './fakes';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const group = (id: string, name: string, rights = 0xffffffff) => ({ _id: id, name, mtype: 2, links: { 'user//ann': { name: 'ann', rights } } });
const event = (socket: FakeSocket, fields: Record<string, unknown>) => socket.receive({ action: 'event', event: fields });

async function loaded(nodes: Record<string, unknown[]> = {}, meshes = [group('mesh//a', 'Alpha'), group('mesh//b', 'Beta')]) {
  const { channel, greet } = makeChannel();
  const directory = new Directory(channel);
  channel.start();
  const socket = greet();
  socket.receive({ action: 'userinfo', userinfo: { _id: 'user//ann', name: 'ann', siteadmin: 0, links: {} } });
  answer(socket, nodes, meshes);
  await vi.advanceTimersByTimeAsync(50);
  return { directory, socket };
}

function answer(socket: FakeSocket, nodes: Record<string, unknown[]>, meshes: unknown[]) {
  socket.receive({ action: 'meshes', meshes, tag: socket.last('meshes')['tag'] });
  const rows = Object.entries(nodes).flatMap(([meshid, list]) => list.map((one) => rowOf(one, meshid)));
  answerPage(socket, rows, null);
}

const groups = ['mesh//a', 'mesh//b'];
const columns = ['_id', 'meshid', 'name', 'ip', 'osdesc', 'tags', 'users', 'agent', 'conn', 'pwr', 'lastconnect', 'links'];
const rowOf = (document: unknown, meshid: string): unknown => (typeof document === 'object' && document !== null ? columns.map((name) => (name === 'meshid' ? groups.indexOf(meshid) : ((document as Record<string, unknown>)[name] ?? null))) : document);

function answerPage(socket: FakeSocket, rows: unknown[], next: string | null) {
  socket.receive({ action: 'device.page', responseid: socket.last('device.page')['responseid'], result: { columns, groups, rows, next } });
}

const node = (id: string, name: string, more = {}) => ({ _id: id, name, ...more });

describe('directory', () => {
  it('loads groups and devices after the greeting', async () => {
    const { directory } = await loaded({ 'mesh//a': [node('node//1', 'one', { conn: 1 })] });
    expect(directory.state).toBe('ready');
    expect(directory.groupName('mesh//a')).toBe('Alpha');
    expect(isOnline(directory.devices.get('node//1')!)).toBe(true);
  });

  it('shows the first page at once and asks for the next until there is none', async () => {
    const { channel, greet } = makeChannel();
    const directory = new Directory(channel);
    channel.start();
    const socket = greet();
    socket.receive({ action: 'meshes', meshes: [group('mesh//a', 'Alpha')], tag: socket.last('meshes')['tag'] });
    answerPage(socket, [rowOf(node('node//1', 'one'), 'mesh//a')], 'mesh//a node//1');
    await vi.advanceTimersByTimeAsync(50);
    expect([directory.state, directory.isPartial, directory.devices.size]).toEqual(['ready', true, 1]);
    expect(socket.last('device.page')['after']).toBe('mesh//a node//1');
    event(socket, { action: 'addnode', node: { _id: 'node//new', meshid: 'mesh//a', name: 'new' } });
    event(socket, { action: 'removenode', nodeid: 'node//2' });
    answerPage(socket, [rowOf(node('node//2', 'gone'), 'mesh//a'), rowOf(node('node//3', 'three'), 'mesh//a')], null);
    await vi.advanceTimersByTimeAsync(50);
    expect([...directory.devices.keys()].sort()).toEqual(['node//1', 'node//3', 'node//new']);
    expect(directory.isPartial).toBe(false);
  });

  it('drops what is gone when it loads again', async () => {
    const { directory, socket } = await loaded({ 'mesh//a': [node('node//1', 'one'), node('node//2', 'two')] });
    const kept = directory.devices.get('node//1');
    socket.receive({ action: 'serverinfo', serverinfo: {} });
    answer(socket, { 'mesh//a': [node('node//1', 'renamed')] }, [group('mesh//a', 'Alpha')]);
    await vi.advanceTimersByTimeAsync(50);
    expect([...directory.devices.keys()]).toEqual(['node//1']);
    expect(directory.devices.get('node//1')).toBe(kept);
    expect(kept?.name).toBe('renamed');
  });

  it('follows presence without losing when a device was last seen', async () => {
    const { directory, socket } = await loaded({ 'mesh//a': [node('node//1', 'one', { conn: 1, pwr: 1 })] });
    event(socket, { action: 'nodeconnect', nodeid: 'node//1', meshid: 'mesh//a', conn: 0, pwr: 0 });
    const device = directory.devices.get('node//1')!;
    expect(isOnline(device)).toBe(false);
    expect(device.lastSeen).toBe(Date.now());
    event(socket, { action: 'nodeconnect', nodeid: 'node//1', meshid: 'mesh//a', conn: 1, pwr: 1 });
    expect(device.onlineSince).toBe(Date.now());
  });

  it('keeps presence when a change arrives without it', async () => {
    const { directory, socket } = await loaded({ 'mesh//a': [node('node//1', 'one', { conn: 1 })] });
    event(socket, { action: 'changenode', nodeid: 'node//1', node: { _id: 'node//1', meshid: 'mesh//a', name: 'renamed' } });
    expect(directory.devices.get('node//1')).toMatchObject({ name: 'renamed', connection: 1, groupId: 'mesh//a' });
  });

  it('shows a device that is added and drops one that is removed', async () => {
    const { directory, socket } = await loaded();
    event(socket, { action: 'addnode', node: { _id: 'node//2', meshid: 'mesh//b', name: 'two', conn: 1 } });
    expect(directory.devices.get('node//2')?.groupId).toBe('mesh//b');
    event(socket, { action: 'removenode', nodeid: 'node//2' });
    expect(directory.devices.size).toBe(0);
  });

  it('moves a device to another group', async () => {
    const { directory, socket } = await loaded({ 'mesh//a': [node('node//1', 'one')] });
    event(socket, { action: 'nodemeshchange', nodeid: 'node//1', oldMeshId: 'mesh//a', newMeshId: 'mesh//b', node: { _id: 'node//1', meshid: 'mesh//b', name: 'one' } });
    expect(directory.countByGroup().get('mesh//b')).toEqual({ all: 1, online: 0 });
  });

  it('removes the devices of a deleted group with it', async () => {
    const { directory, socket } = await loaded({ 'mesh//a': [node('node//1', 'one')], 'mesh//b': [node('node//2', 'two')] });
    event(socket, { action: 'deletemesh', meshid: 'mesh//a' });
    expect([...directory.devices.keys()]).toEqual(['node//2']);
  });

  it('asks again when an event names a device it does not know', async () => {
    const { directory, socket } = await loaded();
    const asked = socket.sent.filter((message) => message['action'] === 'device.page').length;
    event(socket, { action: 'nodeconnect', nodeid: 'node//new', conn: 1 });
    event(socket, { action: 'nodeconnect', nodeid: 'node//new2', conn: 1 });
    await vi.advanceTimersByTimeAsync(400);
    expect(socket.sent.filter((message) => message['action'] === 'device.page')).toHaveLength(asked + 1);
    answer(socket, { 'mesh//a': [node('node//new', 'new', { conn: 1 })] }, [group('mesh//a', 'Alpha')]);
    await vi.advanceTimersByTimeAsync(50);
    expect(directory.devices.size).toBe(1);
  });

  it('combines rights of device, group and user group, and knows a full administrator', async () => {
    const { directory, socket } = await loaded(
      { 'mesh//a': [node('node//1', 'one', { links: { 'ugrp//g': { rights: 0x40 } } })] },
      [group('mesh//a', 'Alpha', 8)],
    );
    expect(directory.deviceRights(directory.devices.get('node//1')!)).toBe(8);
    event(socket, { action: 'accountchange', account: { _id: 'user//ann', name: 'ann', siteadmin: 0, links: { 'ugrp//g': { rights: 1 } } } });
    expect(directory.deviceRights(directory.devices.get('node//1')!)).toBe(0x48);
    event(socket, { action: 'meshchange', meshid: 'mesh//a', name: 'Alpha', links: { 'user//ann': { rights: 0xffffffff } } });
    expect(directory.deviceRights(directory.devices.get('node//1')!)).toBe(0xffffffff);
  });

  it('ignores documents that are not what they should be', async () => {
    const { directory, socket } = await loaded({ 'mesh//a': [null, 7, { name: 'without id' }, node('node//1', 'one', { tags: 'x', users: [1, 'u'], agent: null })] as unknown[] });
    expect(directory.devices.size).toBe(1);
    expect(directory.devices.get('node//1')).toMatchObject({ tags: [], users: ['u'] });
    for (const bad of [{ action: 'createmesh' }, { action: 'meshchange', meshid: 7 }, { action: 'removenode' }, { action: 'addnode', node: 'x' }]) event(socket, bad);
    expect(directory.groups.size).toBe(2);
  });

  it('announces a storm of events together', async () => {
    const { directory, socket } = await loaded({ 'mesh//a': [node('node//1', 'one')] });
    await vi.advanceTimersByTimeAsync(100);
    const heard = vi.fn();
    directory.subscribe(heard);
    for (let i = 0; i < 1_000; i++) event(socket, { action: 'nodeconnect', nodeid: 'node//1', conn: i % 2 });
    await vi.advanceTimersByTimeAsync(50);
    expect(heard).toHaveBeenCalledOnce();
  });
});

describe('device list', () => {
  const names = (list: DeviceList, query = {}) => list.find({ ...kNoQuery, ...query }).map((device) => device.name);

  it('sorts numbers in names as numbers and finds every word anywhere', async () => {
    const { directory } = await loaded({
      'mesh//a': [node('node//1', 'PC-10', { osdesc: 'Debian' }), node('node//2', 'pc-9', { ip: '10.0.0.9' })],
      'mesh//b': [node('node//3', 'Desk', { osdesc: 'Windows', users: ['Ann'], conn: 1 })],
    });
    const list = new DeviceList(directory);
    expect(names(list)).toEqual(['Desk', 'pc-9', 'PC-10']);
    expect(names(list, { descending: true })).toEqual(['PC-10', 'pc-9', 'Desk']);
    expect(names(list, { text: 'ANN win' })).toEqual(['Desk']);
    expect(names(list, { text: '10.0.0' })).toEqual(['pc-9']);
    expect(names(list, { groupId: 'mesh//a' })).toEqual(['pc-9', 'PC-10']);
    expect(names(list, { state: 'online' })).toEqual(['Desk']);
  });

  it('shows a changed device in its place without sorting again', async () => {
    const { directory, socket } = await loaded({ 'mesh//a': [node('node//1', 'one', { ip: '10.0.0.1' })] });
    const list = new DeviceList(directory);
    names(list);
    event(socket, { action: 'changenode', nodeid: 'node//1', node: { _id: 'node//1', meshid: 'mesh//a', name: 'one', ip: '10.0.0.2' } });
    expect(list.find(kNoQuery)[0]?.address).toBe('10.0.0.2');
  });

  it('puts connected devices first and then the most recently seen', async () => {
    const { directory } = await loaded({
      'mesh//a': [node('node//1', 'old', { lastconnect: 1_000 }), node('node//2', 'recent', { lastconnect: 2_000 }), node('node//3', 'here', { conn: 1 })],
    });
    expect(names(new DeviceList(directory), { sort: 'seen' })).toEqual(['here', 'recent', 'old']);
  });
});
