import type { ControlChannel } from '../api/control';
import { Observable } from '../core/observe';

export interface SavedView {
  name: string;
  /// Text of an address's query, see list_state.ts.
  query: string;
}

export const kMaxViews = 50;
export const kMaxViewName = 60;
const kMember = 'trellisViews';

/// The person's views of the device list, kept on the server beside the state of other pages
/// (`userWebState`, control-protocol.md section 3.2).
export class SavedViews extends Observable {
  views: SavedView[] = [];

  constructor(private readonly channel: ControlChannel) {
    super();
    channel.messages.on('serverinfo', () => void this.load());
    channel.events.on('userWebState', (event) => this.accept(event['state']));
  }

  reset(): void {
    this.views = [];
    this.changed();
  }

  /// Puts a view in the place of one with the same name. Throws when the server does not keep it.
  async save(view: SavedView): Promise<void> {
    const others = this.views.filter(({ name }) => name !== view.name);
    await this.keep([...others, view].sort((a, b) => a.name.localeCompare(b.name)));
  }

  async remove(name: string): Promise<void> {
    await this.keep(this.views.filter((view) => view.name !== name));
  }

  private async keep(views: SavedView[]): Promise<void> {
    // The whole state is replaced, so what others keep in it is handed back as it was.
    const state = await this.readState();
    state[kMember] = JSON.stringify(views.map(({ name, query }) => [name, query]));
    await this.channel.command('userWebState', { state: JSON.stringify(state) });
    this.views = views;
    this.changed();
  }

  private async load(): Promise<void> {
    const state = await this.readState().catch(() => undefined);
    if (state) this.accept(JSON.stringify(state));
  }

  private async readState(): Promise<Record<string, unknown>> {
    const { state } = await this.channel.call<{ state?: unknown }>('account.webstate');
    return parseObject(state);
  }

  private accept(state: unknown): void {
    this.views = readViews(parseObject(state)[kMember]);
    this.changed();
  }
}

function parseObject(text: unknown): Record<string, unknown> {
  const value = parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function parse(text: unknown): unknown {
  try {
    return typeof text === 'string' ? (JSON.parse(text) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

export function readViews(text: unknown): SavedView[] {
  const list = parse(text);
  if (!Array.isArray(list)) return [];
  return list
    .filter((entry): entry is [string, string] => Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'string')
    .slice(0, kMaxViews)
    .map(([name, query]) => ({ name, query }));
}
