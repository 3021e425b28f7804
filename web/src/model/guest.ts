import type { DeviceInfo } from '../../plugin-api';
import { http, httpError, type HttpReply } from '../api/http';
import { i18n, type Catalogue } from '../core/i18n';
import { Observable } from '../core/observe';
import { platformOf } from './platform';
import { fetchCatalogue, readContributions, textOf, type Contribution } from './plugins';

export type GuestPhase = 'loading' | 'open' | 'early' | 'over' | 'invalid' | 'throttled' | 'unreachable';

/// What the server says of the link.
export interface Invitation {
  by: string;
  guest: string;
  askName: boolean;
  viewOnly: boolean;
  recurring: number;
  from: number | undefined;
  until: number | undefined;
  device: DeviceInfo | undefined;
  rights: number;
  protocols: number[];
}

const kLookMs = 5_000;
const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const time = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/// One guest's link: who asks for what (`#/plugins/<id>/guest?c=<link>`) and where it stands. The part of
/// the server that made the link answers at `<that path>/state` and `<that path>/open`.
export class Guest extends Observable {
  phase: GuestPhase = 'loading';
  invitation: Invitation | undefined;
  parts: Contribution[] = [];
  name = '';
  private readonly path: string;
  private readonly link: string;
  private readonly catalogues = new Map<string, Catalogue>();
  private next: ReturnType<typeof setTimeout> | undefined;
  private seen = '';

  constructor(hash: string) {
    super();
    const found = /^#(\/plugins\/[\w-]+\/guest)\?c=([\w@$=-]+)$/.exec(hash);
    this.path = found?.[1] ?? '';
    this.link = found?.[2] ?? '';
    i18n.subscribe(() => void this.loadTexts(true));
  }

  begin(): void {
    void this.look();
  }

  t(plugin: string, key: string, values?: Record<string, string | number>): string {
    return textOf(this.catalogues.get(plugin), plugin, key, values);
  }

  /// Asks for a session; resolves with the path that the viewer connects to.
  async openTunnel(protocol: number): Promise<string> {
    const reply = await http('POST', `${this.path}/open`, { c: this.link, protocol, name: this.name });
    if (reply.status === 200) return text(reply.body['path']);
    if (reply.status === 404) this.become('invalid');
    throw httpError(reply);
  }

  /// Where the link stands, now and every few seconds: it may begin, end or be revoked meanwhile.
  async look(): Promise<void> {
    clearTimeout(this.next);
    if (!this.path) return this.become('invalid');
    const reply = await http('POST', `${this.path}/state`, { c: this.link }).catch(() => undefined);
    if (!reply) this.become(this.phase === 'loading' ? 'unreachable' : this.phase);
    else await this.read(reply);
    if (this.phase !== 'invalid' && this.phase !== 'over') this.next = setTimeout(() => void this.look(), kLookMs);
  }

  private async read(reply: HttpReply): Promise<void> {
    if (reply.status === 429) return this.become('throttled');
    if (reply.status === 404) return this.become('invalid');
    if (reply.status !== 200) return this.become(this.phase === 'loading' ? 'unreachable' : this.phase);
    // Drawn anew only when something is new: a session must not notice the looking.
    const { now: _now, ...rest } = reply.body;
    const digest = JSON.stringify(rest);
    const phase = phaseOf(reply.body['state']);
    if (digest === this.seen && phase === this.phase) return;
    this.seen = digest;
    this.invitation = invitationOf(reply.body);
    const parts = readContributions(record(reply.body['parts'])['contributions']);
    if (JSON.stringify(parts) !== JSON.stringify(this.parts)) this.parts = parts;
    await this.loadTexts(false);
    this.become(phase);
  }

  private async loadTexts(again: boolean): Promise<void> {
    if (again) this.catalogues.clear();
    const missing = [...new Set(this.parts.map((part) => part.plugin))].filter((id) => !this.catalogues.has(id));
    await Promise.all(missing.map(async (id) => this.catalogues.set(id, await fetchCatalogue(id))));
    if (again) this.changed();
  }

  private become(phase: GuestPhase): void {
    this.phase = phase;
    this.changed();
  }
}

function phaseOf(state: unknown): GuestPhase {
  return state === 'open' || state === 'early' ? state : 'over';
}

function invitationOf(body: Record<string, unknown>): Invitation {
  return {
    by: text(body['by']),
    guest: text(body['guest']),
    askName: body['askName'] === true,
    viewOnly: body['viewOnly'] === true,
    recurring: Number(body['recurring'] ?? 0),
    from: time(body['from']),
    until: time(body['until']),
    device: deviceOf(body['device']),
    rights: Number(body['rights'] ?? 0) >>> 0,
    protocols: (Array.isArray(body['protocols']) ? body['protocols'] : []).filter((number): number is number => typeof number === 'number'),
  };
}

function deviceOf(value: unknown): DeviceInfo | undefined {
  const device = record(value);
  if (!text(device['id'])) return undefined;
  const os = text(device['os']);
  return {
    id: text(device['id']),
    name: text(device['name']),
    groupId: '',
    groupName: '',
    online: device['online'] === true,
    os,
    platform: platformOf(os, 0),
  };
}
