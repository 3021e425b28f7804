import type { ControlChannel, Message } from '../api/control';
import { messageOf } from '../api/errors';
import { Observable, type Unsubscribe } from '../core/observe';
import { isDocument, readAccount, readUserGroup, type Account, type UserGroup } from './accounts';

const kReloadAfterMs = 300;
type State = 'loading' | 'ready' | 'failed';

/// Accounts with their open connections, and user groups; kept current by the server's events while
/// somebody looks (open() to close()).
export class People extends Observable {
  readonly accounts = new Map<string, Account>();
  readonly sessions = new Map<string, number>();
  readonly groups = new Map<string, UserGroup>();
  accountState: State = 'loading';
  groupState: State = 'loading';
  fault = '';

  private lookers = 0;
  private stops: Unsubscribe[] = [];
  private reloadTimer: ReturnType<typeof setTimeout> | undefined;
  private wantsAccounts = false;

  constructor(private readonly channel: ControlChannel) {
    super();
  }

  /// `withAccounts`: the person may list them; without that right only groups are asked for.
  open(withAccounts: boolean): void {
    this.wantsAccounts = withAccounts;
    if (this.lookers++ === 0) this.listen();
    void this.load();
  }

  close(): void {
    if (--this.lookers > 0) return;
    for (const stop of this.stops.splice(0)) stop();
    clearTimeout(this.reloadTimer);
    this.reloadTimer = undefined;
    // What one person was shown is not kept for the next one at this browser.
    for (const table of [this.accounts, this.sessions, this.groups]) table.clear();
    this.accountState = this.groupState = 'loading';
  }

  async load(): Promise<void> {
    await Promise.all([this.wantsAccounts ? this.loadAccounts() : undefined, this.loadGroups()]);
  }

  accountList(): Account[] {
    return [...this.accounts.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  groupList(): UserGroup[] {
    return [...this.groups.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  private async loadAccounts(): Promise<void> {
    try {
      const [users, counts] = await Promise.all([this.channel.command('users'), this.channel.request('wssessioncount')]);
      this.accounts.clear();
      for (const entry of Array.isArray(users['users']) ? users['users'] : []) this.putAccount(entry);
      this.sessions.clear();
      const table = isDocument(counts['wssessions']) ? counts['wssessions'] : {};
      for (const [id, count] of Object.entries(table)) this.sessions.set(id, Number(count) || 0);
      this.accountState = 'ready';
    } catch (error) {
      this.failed(error, 'accountState');
    }
    this.changed();
  }

  private async loadGroups(): Promise<void> {
    try {
      const reply = await this.channel.command('usergroups');
      this.groups.clear();
      const table = isDocument(reply['ugroups']) ? reply['ugroups'] : {};
      for (const [id, document] of Object.entries(table)) this.groups.set(id, readUserGroup(id, document));
      this.groupState = 'ready';
    } catch (error) {
      this.failed(error, 'groupState');
    }
    this.changed();
  }

  // What is shown stays when a reload fails: the next greeting loads again.
  private failed(error: unknown, which: 'accountState' | 'groupState'): void {
    this.fault = messageOf(error);
    if (this[which] === 'loading') this[which] = 'failed';
  }

  private listen(): void {
    const { events, messages } = this.channel;
    this.stops = [
      messages.on('serverinfo', () => void this.load()),
      events.on('accountcreate', (event) => this.changedAccount(event)),
      events.on('accountchange', (event) => this.changedAccount(event)),
      events.on('accountremove', (event) => this.removedAccount(event)),
      events.on('wssessioncount', (event) => this.counted(event)),
      events.on('createusergroup', (event) => this.changedGroup(event)),
      events.on('usergroupchange', (event) => this.changedGroup(event)),
      events.on('deleteusergroup', (event) => this.removedGroup(event)),
    ];
  }

  private putAccount(value: unknown): void {
    const account = readAccount(value);
    if (account) this.accounts.set(account.id, account);
  }

  private changedAccount(event: Message): void {
    if (!this.wantsAccounts) return;
    if (isDocument(event['account'])) this.putAccount(event['account']);
    else this.reloadSoon();
    this.changed();
  }

  // The event names who did it, and whom it happened to by name alone (`msgArgs`).
  private removedAccount(event: Message): void {
    const name = Array.isArray(event['msgArgs']) ? event['msgArgs'][0] : undefined;
    for (const account of [...this.accounts.values()]) if (account.name === name) this.accounts.delete(account.id);
    this.reloadSoon();
    this.changed();
  }

  private counted(event: Message): void {
    if (typeof event['userid'] !== 'string') return;
    this.sessions.set(event['userid'], Number(event['count']) || 0);
    this.changed();
  }

  private changedGroup(event: Message): void {
    const id = event['ugrpid'];
    if (typeof id !== 'string') return;
    this.groups.set(id, readUserGroup(id, event, this.groups.get(id)));
    this.changed();
  }

  private removedGroup(event: Message): void {
    if (this.groups.delete(String(event['ugrpid']))) this.changed();
  }

  private reloadSoon(): void {
    if (this.reloadTimer !== undefined) return;
    this.reloadTimer = setTimeout(() => {
      this.reloadTimer = undefined;
      void this.load();
    }, kReloadAfterMs);
  }
}
