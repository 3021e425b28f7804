import { messageOf } from '../api/errors';
import { t, type TextKey } from '../core/i18n';

/// A refusal in the person's language, and the field of a form that it is about ("" if none).
export interface Refusal {
  field: '' | 'name' | 'password' | 'old' | 'email' | 'rights' | 'description';
  text: string;
}

// The control channel tells what is wrong by these words alone (control-protocol.md section 3.1).
const known: [RegExp, Refusal['field'], TextKey | ''][] = [
  [/^Invalid username$/, 'name', 'refusal.name'],
  [/^User already exists$/, 'name', 'refusal.nameTaken'],
  [/^Invalid group name$/, 'name', 'refusal.groupName'],
  [/^Invalid group description$/, 'description', 'refusal.description'],
  [/^Invalid password$/, 'password', 'refusal.password'],
  [/^the password /, 'password', ''],
  [/^Current password (?:is )?not correct\.?$/, 'old', 'refusal.old'],
  [/^Invalid email$/, 'email', 'refusal.email'],
  [/another account already using/, 'email', 'refusal.emailTaken'],
  [/^Invalid site permissions$/, 'rights', 'refusal.rights'],
  [/^(Permission|Access) denied$/i, '', 'refusal.denied'],
  [/^User does not exists$|^Unknown user /, 'name', 'refusal.noUser'],
  [/^Nothing done$/, 'name', 'refusal.noUser'],
  [/^Can't (change|remove) self\b/, '', 'refusal.self'],
];

export function refusalOf(error: unknown): Refusal {
  const said = messageOf(error);
  const found = known.find(([pattern]) => pattern.test(said));
  if (!found) return { field: '', text: said };
  const [, field, key] = found;
  return { field, text: key ? t(key) : said };
}
