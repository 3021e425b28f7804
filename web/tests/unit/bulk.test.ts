import { BulkActions, split } from '../../src/model/bulk_actions';
import { BulkJob } from '../../src/model/bulk_job';
import { readDevice } from '../../src/model/device';
import { Directory } from '../../src/model/directory';
import { kResetOff } from '../../src/model/rights';
import { makeChannel } from './fakes';

const devices = Array.from({ length: 20 }, (_, at) => ({ id: `${at}`, name: `pc${at}` }));

describe('a job on many devices', () => {
  it('does a few at a time, keeps the reason of each failure, and tries only those again', async () => {
    let running = 0;
    let most = 0;
    let isBroken = true;
    const asked: string[] = [];
    const job = new BulkJob(
      'x',
      devices,
      async (id) => {
        asked.push(id);
        most = Math.max(most, ++running);
        await new Promise((done) => setTimeout(done, 1));
        running--;
        if (isBroken && id === '7') throw new Error('unplugged');
        return '';
      },
      4,
    );
    job.start();
    await vi.waitFor(() => expect(job.isRunning).toBe(false));
    expect(most).toBe(4);
    expect([job.count('done'), job.count('failed')]).toEqual([19, 1]);
    expect(job.steps[7]).toMatchObject({ state: 'failed', text: 'unplugged' });
    isBroken = false;
    asked.length = 0;
    job.retry();
    await vi.waitFor(() => expect(job.count('done')).toBe(20));
    expect(asked).toEqual(['7']);
  });

  it('lets what runs end and begins nothing more when it is called off', async () => {
    const ends: (() => void)[] = [];
    const job = new BulkJob('x', devices, () => new Promise((done) => ends.push(() => done(''))), 3);
    job.start();
    job.cancel();
    expect([job.count('running'), job.count('cancelled')]).toEqual([3, 17]);
    for (const end of ends) end();
    await vi.waitFor(() => expect(job.isRunning).toBe(false));
    expect([job.count('done'), job.count('cancelled'), ends.length]).toEqual([3, 17, 3]);
  });
});

describe('actions', () => {
  function world() {
    const { channel, greet } = makeChannel();
    const directory = new Directory(channel);
    channel.start();
    const socket = greet();
    socket.receive({ action: 'userinfo', userinfo: { _id: 'user//ann', links: {} } });
    directory.groups.set('mesh//a', { id: 'mesh//a', name: 'A', description: '', kind: 2, createdAt: 0, links: { 'user//ann': { rights: kResetOff, name: '' } }, sortName: 'a' } as never);
    const add = (id: string, more: object) => directory.devices.set(id, readDevice({ _id: id, name: id, meshid: 'mesh//a', ...more }, ''));
    add('node//on', { conn: 1, tags: ['a', 'b'] });
    add('node//off', {});
    add('node//foreign', { meshid: 'mesh//other', conn: 1 });
    const answer = (action: string, fields: object) => socket.receive({ action, responseid: socket.last(action)['responseid'], ...fields });
    return { directory, socket, answer, actions: new BulkActions(channel, directory) };
  }

  it('say beforehand who is left out, and why', () => {
    const { directory } = world();
    const { able, barred, offline } = split(directory, [...directory.devices.values()], kResetOff, true);
    expect([able, barred, offline].map((list) => list.map(({ id }) => id))).toEqual([['node//on'], ['node//foreign'], ['node//off']]);
  });

  it('take a word other than ok as a refusal', async () => {
    const { actions, answer } = world();
    const power = actions.power(3)('node//on');
    answer('poweraction', { result: 'Agent not connected' });
    await expect(power).rejects.toThrow('The agent is not connected.');
    const gone = actions.remove()('node//on');
    answer('removedevices', { result: 'Denied' });
    await expect(gone).rejects.toThrow('You do not have the right');
    const moved = actions.move('mesh//b')('node//on');
    answer('changeDeviceMesh', { result: 'ok' });
    await expect(moved).resolves.toBe('');
    const again = actions.move('mesh//b')('node//on');
    answer('changeDeviceMesh', { result: 'Device already in correct group' });
    await expect(again).resolves.toBe('Nothing to change');
  });

  it('change tags from those that the device has', async () => {
    const { actions, socket, answer } = world();
    const change = actions.tags(['c'], ['a'])('node//on');
    expect(socket.last('changedevice')).toMatchObject({ nodeid: 'node//on', tags: ['b', 'c'] });
    answer('changedevice', { result: 'ok' });
    await change;
    await expect(actions.tags(['a'], [])('node//on')).resolves.toBe('Nothing to change');
  });

  it('give the output of a command, and say what came of waking', async () => {
    const { actions, answer, socket } = world();
    const run = actions.run('uptime', 0, 0)('node//on');
    socket.receive({ action: 'msg', type: 'runcommands', responseid: socket.last('runcommands')['responseid'], result: 'up 3 days\n' });
    await expect(run).resolves.toBe('up 3 days');
    for (const [result, text] of [['Used 0 device(s) to send wake packets', 'No connected device'], ['No known MAC addresses for this device', 'MAC']]) {
      const wake = actions.wake()('node//off');
      answer('wakedevices', { result });
      await expect(wake).rejects.toThrow(text);
    }
  });
});
