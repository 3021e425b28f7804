import { describe, expect, it } from 'vitest';
import { Modes } from '../src/modes';

describe('modes of several entries', () => {
  it('are not sent unless they were edited', () => {
    expect(new Modes(['755', '600']).change(false)).toBeUndefined();
    expect(new Modes(['755']).change(true)).toBeUndefined();
  });

  it('show where they differ, and only the bit that was touched is sent', () => {
    const modes = new Modes(['644', '600']);
    expect([modes.text, modes.mode, modes.differing]).toEqual(['', 0o600, 0o044]);
    modes.set(0o040, true);
    expect(modes.change(false)).toEqual({ mode: '0040', mask: '0040' });
    expect(modes.differing).toBe(0o004);
  });

  it('that are typed count for all, three digits without the bits in front of them', () => {
    const modes = new Modes(['4755', '600']);
    expect(modes.type('640')).toBe(true);
    expect(modes.change(false)).toEqual({ mode: '0640', mask: '0777' });
    modes.type('0640');
    expect(modes.change(false)).toEqual({ mode: '0640', mask: '7777' });
    expect(modes.type('9')).toBe(false);
  });
});

describe('the mode of one entry', () => {
  it('is all of what is typed, for a tree without the bits in front', () => {
    const modes = new Modes(['2755']);
    expect(modes.text).toBe('2755');
    modes.type('750');
    expect(modes.change(false)).toEqual({ mode: '0750', mask: '7777' });
    expect(modes.change(true)).toEqual({ mode: '0750', mask: '0777' });
  });
});
