import { Observable } from '../core/observe';
import { http, httpError, type HttpReply } from './http';

export interface Me {
  id: string;
  name: string;
  siteadmin: number;
}

export type SessionState = 'unknown' | 'setup' | 'out' | 'in' | 'unreachable';

/// Who is signed in. The cookie is the server's business; the page only keeps the CSRF token.
export class Session extends Observable {
  state: SessionState = 'unknown';
  me: Me | undefined;
  /// Set when the person was signed in and the server says no longer.
  ended = false;
  /// Characters that a password has to have, 0: the server did not say.
  passwordMinLength = 0;
  /// What this server, or this tenant of it, calls itself.
  title = 'Trellis';
  private csrf = '';
  private logins = 0;
  private isEntering = false;

  /// Goes with every request that changes something.
  get csrfToken(): string {
    return this.csrf;
  }

  async load(): Promise<void> {
    const { logins } = this;
    try {
      const reply = await http('GET', '/api/session');
      if (typeof reply.body['title'] === 'string' && reply.body['title']) this.title = reply.body['title'];
      // Who signed in meanwhile, or is about to, is not signed out by an answer about the session before.
      if (logins !== this.logins || this.isEntering) return;
      if (reply.status === 200) this.accept(reply);
      else if (reply.status === 401) {
        this.passwordMinLength = Number(reply.body['passwordMinLength'] ?? 0) || 0;
        this.leave(reply.body['setup'] === true ? 'setup' : 'out');
      }
      else this.become('unreachable');
    } catch {
      this.become('unreachable');
    }
  }

  /// `newPassword`: in place of one that has to be changed first.
  async login(name: string, password: string, token?: string, newPassword?: string): Promise<void> {
    await this.enter('/api/login', {
      name,
      password,
      ...(token ? { token } : {}),
      ...(newPassword ? { newPassword } : {}),
    });
  }

  async setUp(token: string, name: string, password: string): Promise<void> {
    await this.enter('/api/setup', { token, name, password });
  }

  async logout(): Promise<void> {
    const reply = await http('POST', '/api/logout', {}, this.csrf);
    if (reply.status >= 400 && reply.status !== 401) throw httpError(reply);
    this.ended = false;
    this.me = undefined;
    this.become('out');
  }

  /// The control channel was refused: ask the server what we are now.
  async recheck(): Promise<SessionState> {
    const wasIn = this.state === 'in';
    const before = this.me;
    await this.load();
    if (wasIn && this.state === 'out') this.ended = true;
    // An unreachable server is the connection banner's business, not a reason to leave the page.
    if (wasIn && this.state === 'unreachable') {
      this.me = before;
      this.become('in');
      return 'unreachable';
    }
    return this.state;
  }

  private async enter(path: string, body: unknown): Promise<void> {
    this.isEntering = true;
    try {
      const reply = await http('POST', path, body);
      if (reply.status !== 200) throw httpError(reply);
      this.logins++;
      this.accept(reply);
    } finally {
      this.isEntering = false;
    }
  }

  private accept(reply: HttpReply): void {
    const user = (reply.body['user'] ?? {}) as Partial<Me>;
    this.me = { id: String(user.id ?? ''), name: String(user.name ?? ''), siteadmin: Number(user.siteadmin ?? 0) };
    this.csrf = String(reply.body['csrf'] ?? '');
    this.ended = false;
    this.become('in');
  }

  private leave(state: SessionState): void {
    this.me = undefined;
    this.become(state);
  }

  private become(state: SessionState): void {
    this.state = state;
    this.changed();
  }
}
