import { readListState, writeListState, listStateText } from '../../src/model/list_state';
import { readViews, SavedViews } from '../../src/model/saved_views';
import { Selection } from '../../src/model/selection';
import { DeviceList, isHeading, kNoQuery } from '../../src/model/device_list';
import { Directory } from '../../src/model/directory';
import { readDevice } from '../../src/model/device';
import { makeChannel } from './fakes';

function directoryWith(nodes: Record<string, unknown>[]): Directory {
  const directory = new Directory(makeChannel().channel);
  for (const node of nodes) directory.devices.set(String(node['_id']), readDevice(node, 'mesh//a'));
  return directory;
}

describe('grouping', () => {
  const directory = directoryWith([
    { _id: '1', name: 'a', tags: ['x', 'y'] },
    { _id: '2', name: 'b', tags: ['x'] },
    { _id: '3', name: 'c' },
  ]);
  const words = (key: string) => key || 'None';
  const shown = (shut = new Set<string>()) =>
    new DeviceList(directory).arrange({ ...kNoQuery, by: 'tags' }, shut, words).map((row) => (isHeading(row) ? `${row.heading} ${row.count}` : row.name));

  it('puts rows under headings, those without a value last', () => expect(shown()).toEqual(['x 2', 'a', 'b', 'y 1', 'a', 'None 1', 'c']));
  it('leaves out what is shut', () => expect(shown(new Set(['x']))).toEqual(['x 2', 'y 1', 'a', 'None 1', 'c']));
});

describe('address of a list', () => {
  it('is read as it was written', () => {
    const text = 'q=os%3Adebian+tag%3Aprod&group=g&state=online&sort=-seen&by=os&cols=os.host';
    expect(listStateText(readListState(new URLSearchParams(text)))).toBe(text);
    expect(writeListState(readListState(new URLSearchParams('')))).toMatchObject({ q: '', sort: '', cols: '' });
    expect(readListState(new URLSearchParams('cols=-')).columns).toEqual([]);
  });

  it('leaves out what it does not know', () => {
    const { query, columns } = readListState(new URLSearchParams('sort=evil&by=evil&state=evil&cols=os.evil.os.name'));
    expect(query).toEqual(kNoQuery);
    expect(columns).toEqual(['os']);
  });
});

describe('saved views', () => {
  it('are kept beside what others keep, and come back', async () => {
    const { channel, greet } = makeChannel();
    const views = new SavedViews(channel);
    channel.start();
    const socket = greet();
    const saving = views.save({ name: 'Servers', query: 'q=os%3Adebian' });
    socket.receive({ action: 'account.webstate', responseid: socket.last('account.webstate')['responseid'], result: { state: '{"deviceView":"2"}' } });
    await vi.waitFor(() => socket.last('userWebState'));
    const { state, responseid } = socket.last('userWebState');
    socket.receive({ action: 'userWebState', responseid, result: 'ok' });
    await saving;
    expect(JSON.parse(String(state))).toEqual({ deviceView: '2', trellisViews: '[["Servers","q=os%3Adebian"]]' });
    socket.receive({ action: 'event', event: { action: 'userWebState', state } });
    expect(views.views).toEqual([{ name: 'Servers', query: 'q=os%3Adebian' }]);
  });

  it('survive nonsense', () => {
    for (const text of [undefined, 7, '', '{', '[1,["a"],["a",2]]', '{"a":1}']) expect(readViews(text)).toEqual([]);
  });
});

describe('selection', () => {
  const shown = ['a', 'b', 'c', 'd'];
  it('extends from the last one chosen, either way, in the order shown', () => {
    const selection = new Selection();
    selection.toggle('c');
    selection.extendTo('a', shown);
    expect([...selection.ids].sort()).toEqual(['a', 'b', 'c']);
    selection.toggle('b');
    selection.extendTo('d', shown);
    expect([...selection.ids].sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('takes one alone when there is nothing to extend from, and forgets what is gone', () => {
    const selection = new Selection();
    selection.extendTo('b', shown);
    expect([...selection.ids]).toEqual(['b']);
    selection.addAll(shown);
    selection.keepOnly((id) => id !== 'b');
    expect(selection.size).toBe(3);
  });
});
