/// Rules and a rough strength for a new password. The server has the last word; this is help while typing.

/// Where the server does not say how long a password has to be.
export const kUsualMinPassword = 10;

export interface PasswordCheck {
  longEnough: boolean;
  notName: boolean;
  /// 0 (weak) to 4 (strong)
  strength: 0 | 1 | 2 | 3 | 4;
}

export function checkPassword(password: string, name: string, minLength = kUsualMinPassword): PasswordCheck {
  return {
    longEnough: [...password].length >= minLength,
    notName: password !== '' && password.toLowerCase() !== name.trim().toLowerCase(),
    strength: strengthOf(password, name),
  };
}

/// Bits of a guess: alphabet size per letter, with repeated and neighbouring letters and known words
/// counted as almost nothing.
function strengthOf(password: string, name: string): PasswordCheck['strength'] {
  let text = password.toLowerCase();
  for (const word of ['password', 'passwort', 'trellis', 'admin', 'qwerty', 'qwertz', 'letmein', name.trim().toLowerCase()]) {
    if (word.length > 2) text = text.split(word).join('*');
  }
  const novel = [...text].filter((letter, at) => at === 0 || Math.abs(letter.codePointAt(0)! - text.codePointAt(at - 1)!) > 1);
  const bits = novel.length * Math.log2(alphabetOf(password));
  const steps = [28, 42, 58, 75];
  return steps.filter((step) => bits >= step).length as PasswordCheck['strength'];
}

function alphabetOf(password: string): number {
  const kinds: [RegExp, number][] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/\d/, 10],
    [/[^a-zA-Z\d]/, 32],
  ];
  return Math.max(2, kinds.reduce((sum, [pattern, size]) => (pattern.test(password) ? sum + size : sum), 0));
}
