// What the pages of the server, of files and of the own account ask, with made-up answers.

const day = 86_400_000;

export class MockPages {
  constructor() {
    this.errors = 'error relay 2026-11-28T09:12:44Z the peer does not read\r\nerror plugin 2026-11-28T09:30:01Z webhook: no answer';
    this.relays = [{ id: 'r1', protocol: 1, nodeid: 'node//x', name: 'web-01', userid: 'user//anna', opened: Date.now() - 600_000, toDevice: 12_000, toViewer: 3_400_000 }];
    this.sessions = [
      { id: 's1', address: '192.0.2.7', userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', created: Date.now() - day, used: Date.now(), expires: Date.now() + 9 * day, loginToken: '', current: true },
      { id: 's2', address: '198.51.100.20', userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1', created: Date.now() - 3 * day, used: Date.now() - 7_200_000, expires: Date.now() + 9 * day, loginToken: '', current: false },
    ];
    this.apiTokens = [{ id: 'a1', name: 'inventory script', commands: ['device.*'], readOnly: true, created: Date.now() - 20 * day, expire: Date.now() + 345 * day, used: Date.now() - 3_600_000 }];
    this.hasBackup = true;
    this.hasHistory = true;
    this.tree = { t: 1, n: 'My Files', maxbytes: 1_073_741_824, f: { tools: { t: 2, d: 111, f: { 'agent.msi': { t: 3, s: 4_200_000, d: Date.now() - day } } }, 'notes.txt': { t: 3, s: 1_234, d: Date.now() - 2 * day } } };
    this.groupTree = { t: 4, n: 'Office Berlin', maxbytes: null, f: {} };
  }

  commands() {
    const names = ['nodes', 'files', 'tokens.list', ...(this.hasBackup ? ['backup.state'] : []), ...(this.hasHistory ? ['servertimelinestats'] : [])];
    return { paths: Object.fromEntries(names.map((name) => [`/api/v1/${name}`, {}])) };
  }

  history() {
    const now = Date.now();
    return Array.from({ length: 288 }, (_, at) => ({ time: new Date(now - (288 - at) * 300_000).toISOString(), conn: { ca: 30 + Math.round(8 * Math.sin(at / 40)), us: 2 + (at % 5), rs: at % 17 === 0 ? 3 : 1 }, cpu: [0.2 + (at % 9) / 20], mem: { rss: 48_000_000 + at * 20_000 } })).filter((_, at) => at < 100 || at > 120);
  }

  handlers(message, { reply, ok, refuse }) {
    const { responseid } = message;
    const answer = (result) => reply({ responseid, result });
    const numbers = { totalmem: 16e9, freemem: 4e9, availablemem: 9e9, cpuavg: [0.31, 0.42, 0.39], values: { ServerState: { UserAccounts: 5, DeviceGroups: 3, AgentSessions: 30, ConnectedUsers: 2, UsersSessions: 3, RelaySessions: 1, RelayCount: 1, ConnectedIntelAMT: 0 } } };
    return {
      'server.state': () =>
        answer({ version: '0.1.0', name: 'trellis.example', url: 'https://trellis.example', started: Date.now() - 3 * day - 4 * 3_600_000, now: Date.now(), memory: 52_000_000, database: 'SQLite', libraries: { OpenSSL: '3.0.15', Poco: '1.11.0', Boost: '1.81' }, certificates: [{ name: 'web', expires: Date.now() + 19 * day }] }),
      serverstats: () => reply({ responseid, ...numbers }),
      servertimelinestats: () => reply({ responseid, events: this.history() }),
      servererrors: () => reply({ responseid, data: this.errors || null }),
      serverclearerrorlog: () => {
        this.errors = '';
        ok();
      },
      serverconsole: () => reply({ responseid, value: message.value === 'uptime' ? '3 days, 4 hours, 12 minutes' : `Unknown command "${message.value}", type "help" for list of available commands.` }),
      'relay.list': () => answer({ relays: this.relays }),
      'relay.end': () => {
        this.relays = this.relays.filter(({ id }) => id !== message.id);
        answer({});
      },
      'backup.state': () => answer({ folder: '/var/lib/trellis/backups', dailyAt: '03:00', everyH: 0, keep: 7, isReady: true, isMaking: false, isVerifying: false, backups: [31, 7].map((h) => ({ file: `trellis-${h}.backup`, size: h * 1e6, madeMs: Date.now() - h * 3_600_000 })), verified: this.verified, last: { triedMs: 0, succeededMs: 0, file: '', error: '' } }),
      'backup.verify': () => {
        this.verified = { doneMs: Date.now(), file: message.file, rows: 1204, files: 17, error: '' };
        answer({ started: true });
      },
      'session.list': () => answer({ sessions: this.sessions }),
      'session.end': () => {
        this.sessions = this.sessions.filter((one) => one.current || (message.id && one.id !== message.id));
        answer({ ended: 1 });
      },
      'tokens.list': () => answer({ tokens: this.apiTokens }),
      'tokens.create': () => {
        this.apiTokens.push({ ...message, id: 'a2', created: Date.now(), expire: Date.now() + 365 * day, used: 0 });
        answer({ id: 'a2', secret: 'tat_k7Qm2Zr8k7Qm2Zr8k7Qm2Zr8' });
      },
      'tokens.remove': () => {
        this.apiTokens = this.apiTokens.filter(({ id }) => id !== message.token);
        answer({ id: message.token });
      },
      files: () => reply({ responseid, ...this.files() }),
      fileoperation: () => this.fileOperation(message, { reply, ok, refuse }),
    };
  }

  files() {
    return { filetree: { n: 'Root', f: { 'user//admin': this.tree, 'mesh//g': this.groupTree } } };
  }

  fileOperation(message, { reply, ok, refuse }) {
    let folder = message.path[0].startsWith('user') ? this.tree : this.groupTree;
    for (const name of message.path.slice(1)) folder = folder.f[name];
    if (!folder) return refuse('Invalid path');
    const { fileop } = message;
    if (fileop === 'get') return reply({ ...message, data: Buffer.from('what is in it').toString('base64') });
    if (fileop === 'createfolder') folder.f[message.newfolder] = { t: 2, d: 111, f: {} };
    else if (fileop === 'delete') for (const name of message.delfiles) delete folder.f[name];
    else if (fileop === 'rename') {
      folder.f[message.newname] = folder.f[message.oldname];
      delete folder.f[message.oldname];
    } else if (fileop === 'set') folder.f[message.file] = { t: 3, s: Buffer.from(message.data, 'base64').length, d: Date.now() };
    ok();
  }
}
