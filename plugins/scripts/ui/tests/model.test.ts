import { duration, inOrder, isEmpty, progress, trimmed } from '../src/model';

describe('jobs', () => {
  it('count their devices in the order of the states, without zeros', () => {
    expect(inOrder({ done: 3, queued: 1, failed: 0, running: 2 })).toEqual([['queued', 1], ['running', 2], ['done', 3]]);
  });

  it('are over when nothing waits or runs', () => {
    expect(progress({ queued: 1, running: 1, done: 2 })).toBe(0.5);
    expect(progress({ expired: 1, done: 2 })).toBe(1);
    expect(progress({})).toBe(0);
  });

  it('say how long a device took', () => {
    expect(duration(12)).toBe('12 ms');
    expect(duration(1540)).toBe('1.5 s');
    expect(duration(125_000)).toBe('2 min 5 s');
  });
});

describe('targets', () => {
  it('leave out what is empty, so that nothing chosen means nothing', () => {
    expect(trimmed({ groups: [], tags: [], filter: '  ', os: '' })).toEqual({});
    expect(isEmpty({ groups: [], all: false })).toBe(true);
    expect(trimmed({ groups: ['mesh//a'], filter: ' web ', all: true })).toEqual({ groups: ['mesh//a'], filter: 'web', all: true });
  });
});
