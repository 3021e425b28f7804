import { i18n } from '../../src/core/i18n';
import { readEvent } from '../../src/model/events';

const texts: Record<string, string> = { 'event.84': 'Gerät {0} zu {1}', 'event.101': '{0} ab {1}' };

describe('events in another language', () => {
  afterEach(() => vi.restoreAllMocks());

  it('are read by the number of their text, as the server wrote them otherwise', () => {
    vi.spyOn(i18n, 'find').mockImplementation((key) => texts[key]);
    const text = (event: object) => readEvent({ msg: 'Said in English', ...event })!.text;
    expect(text({ msgid: 84, msgArgs: ['a', 'b'] })).toBe('Gerät a zu b');
    expect(text({ msgid: 84, msgArgs: ['a'] })).toBe('Said in English');
    expect(text({ msgid: 84 })).toBe('Said in English');
    expect(text({ msgid: 999, msgArgs: [] })).toBe('Said in English');
    expect(text({})).toBe('Said in English');
    expect(text({ msgid: 84, msgArgs: ['{1}', '$&'] })).toBe('Gerät {1} zu $&');
    expect(text({ msgid: 101, msgArgs: ['a', 'DATETIME:0'] })).not.toContain('DATETIME');
  });
});
