/// What the plugin's commands say.
export interface Attempt {
  time: number;
  delivery: string;
  event: string;
  attempt: number;
  /// Of HTTP; 0 when there was no answer.
  status: number;
  took_ms: number;
  /// '' when it was taken.
  problem: string;
}
export interface Webhook {
  id: string;
  name: string;
  url: string;
  events: string[];
  enabled: boolean;
  created: number;
  waiting: number;
  dead: number;
  /// Whose turn it is; `time`: not before.
  next?: { event: string; attempts: number; time: number; problem: string };
  last?: Attempt;
}
export interface DeadLetter {
  number: number;
  delivery: string;
  event: string;
  attempts: number;
  problem: string;
  created: number;
}

/// Events that are offered by words; each stands for these names.
export const offers: Record<string, string[]> = {
  presence: ['device.connected', 'device.disconnected'],
  devices: ['event.addnode', 'event.changenode', 'event.removenode'],
  sessions: ['tunnel.opened', 'tunnel.closed'],
  logins: ['event.login', 'event.authfail'],
  accounts: ['event.account*', 'event.usergroup*', 'event.createusergroup', 'event.deleteusergroup'],
  groups: ['event.createmesh', 'event.meshchange', 'event.deletemesh'],
  log: ['event.*'],
};

/// Which offers `events` has as a whole, and what else it names.
export function parted(events: string[]): { chosen: string[]; others: string[] } {
  const chosen = Object.keys(offers).filter((offer) => offers[offer]!.every((name) => events.includes(name)));
  const covered = new Set(chosen.flatMap((offer) => offers[offer]!));
  return { chosen, others: events.filter((name) => !covered.has(name)) };
}

/// The names for what is chosen, and those typed with spaces, commas or line breaks between them; each once.
export function joined(chosen: string[], typed: string): string[] {
  return [...new Set([...chosen.flatMap((offer) => offers[offer] ?? []), ...typed.split(/[\s,;]+/).filter(Boolean)])];
}

export type Health = 'off' | 'new' | 'ok' | 'failing';

/// How a webhook is: by its latest attempt.
export function healthOf({ enabled, last }: Webhook): Health {
  if (!enabled) return 'off';
  if (!last) return 'new';
  return last.problem ? 'failing' : 'ok';
}

export const toneOf: Record<Health, string> = { off: 'badge', new: 'badge', ok: 'badge ok', failing: 'badge bad' };
