import type { PluginContext } from '../../../../web/plugin-api';
import type { Person } from './view';

interface Entry {
  name: string;
  guest?: boolean;
  since: number;
  viewOnly: boolean;
  limited: boolean;
}

/// Who is at this desktop.
export class People {
  private isAsking = false;
  private mustAskAgain = false;

  constructor(
    private readonly context: PluginContext,
    private readonly show: (people: Person[]) => void,
  ) {}

  begin(): void {
    this.context.on('desktop.sessionsChanged', (event) => {
      if (event['nodeid'] === this.context.device?.id) void this.read();
    });
  }

  /// Asks once more when something changed meanwhile, and never twice at a time.
  async read(): Promise<void> {
    this.mustAskAgain = this.isAsking;
    if (this.isAsking) return;
    this.isAsking = true;
    const answer = await this.context.call<{ sessions: Entry[] }>('desktop.sessions', { nodeid: this.context.device?.id ?? '' }).catch(() => undefined);
    this.isAsking = false;
    if (answer) this.show(answer.sessions.map((entry) => this.person(entry)));
    if (this.mustAskAgain) void this.read();
  }

  private person(entry: Entry): Person {
    const { t } = this.context;
    const time = new Date(entry.since).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    const badge = entry.viewOnly ? t('badge.viewOnly') : entry.limited ? t('badge.limited') : '';
    return { name: entry.guest ? t('people.guest', { name: entry.name }) : entry.name, details: t('people.since', { time }), badge };
  }
}
