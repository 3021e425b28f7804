/// What the plugin's commands say.
export type Kind = 'text' | 'number' | 'choice' | 'secret';
export interface Parameter {
  name: string;
  label: string;
  kind: Kind;
  default: string;
  required: boolean;
  choices: string[];
}
export interface Script {
  id: string;
  name: string;
  description: string;
  interpreter: string;
  text?: string;
  parameters: Parameter[];
  version: number;
  mayEdit: boolean;
  runners?: string[];
  versions?: { version: number; author: string; timeMs: number }[];
}
export interface Targets {
  devices?: string[];
  groups?: string[];
  tags?: string[];
  filter?: string;
  os?: string;
  all?: boolean;
}
export interface Choice {
  groups: { id: string; name: string; devices: number }[];
  tags: { name: string; devices: number }[];
  devices: { nodeid: string; name: string; online: boolean }[];
  count: number;
  online: number;
}
export interface Run {
  nodeid: string;
  name: string;
  state: string;
  exitCode?: number;
  durationMs: number;
  startedMs: number;
  error: string;
}
export interface Job {
  id: string;
  name: string;
  status: string;
  ownerName: string;
  createdMs: number;
  counts: Record<string, number>;
  source: string;
  isYours: boolean;
  hidden?: number;
  text?: string;
  runs?: Run[];
}
export interface Output extends Run {
  stdout: string;
  stderr: string;
  stdoutCut: boolean;
  stderrCut: boolean;
}
/// What runs, as scripts.run, scripts.saveSchedule and scripts.saveRule take it.
export interface RunArgs {
  name?: string;
  script?: string;
  version?: number;
  text?: string;
  interpreter?: string;
  parameters?: Record<string, string>;
  secrets?: Record<string, string>;
  secretNames?: string[];
  as?: string;
  timeout_s?: number;
  concurrency?: number;
  ttl_s?: number;
}
export interface Schedule extends RunArgs {
  id: string;
  cron: string;
  timeZone: string;
  enabled: boolean;
  missed: string;
  targets: Targets;
  ownerName: string;
  next: number[];
  last: { atMs?: number; job?: string; devices?: number; error?: string; missed?: boolean };
}
export interface Rule extends RunArgs {
  id: string;
  event: string;
  state?: string;
  when?: Targets;
  command?: string;
  arguments?: Record<string, unknown>;
  enabled: boolean;
  ownerName: string;
  problem?: string;
  problemMs?: number;
  actedMs?: number;
}

export const interpreters = ['sh', 'bash', 'powershell', 'cmd', 'python'];
const order = ['queued', 'running', 'done', 'failed', 'timed_out', 'unknown', 'denied', 'expired', 'cancelled'];

/// Counts in the order in which devices go through the states; zeros left out.
export function inOrder(counts: Record<string, number>): [state: string, count: number][] {
  return order.filter((state) => (counts[state] ?? 0) > 0).map((state) => [state, counts[state]!]);
}

/// How much of a job is over, from 0 to 1.
export function progress(counts: Record<string, number>): number {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return all === 0 ? 0 : (all - (counts['queued'] ?? 0) - (counts['running'] ?? 0)) / all;
}

/// The class of the badge of a state.
export function tone(state: string): string {
  if (state === 'done') return 'badge ok';
  if (state === 'failed' || state === 'timed_out' || state === 'denied') return 'badge bad';
  return state === 'unknown' || state === 'expired' ? 'badge warn' : 'badge';
}

/// Targets without what is empty, as the server takes them.
export function trimmed(targets: Targets): Targets {
  const kept: Targets = {};
  if (targets.devices?.length) kept.devices = targets.devices;
  if (targets.groups?.length) kept.groups = targets.groups;
  if (targets.tags?.length) kept.tags = targets.tags;
  if (targets.filter?.trim()) kept.filter = targets.filter.trim();
  if (targets.os) kept.os = targets.os;
  if (targets.all) kept.all = true;
  return kept;
}

export const isEmpty = (targets: Targets): boolean => Object.keys(trimmed(targets)).length === 0;

export function duration(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  const seconds = Math.round(ms / 100) / 10;
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
