// The server's side of the page's interface, with made-up data: HTTP, the control channel and a relay.
// For trying the page without a server (npm run mock) and for the tests in tests/ui. It checks no rights.

import { createServer } from 'node:http';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { WebSocketServer } from 'ws';
import { FakeShell } from './shell.mjs';
import { hardware, makeDevices, makeGroups } from './data.mjs';
import { bulkHandlers } from './bulk.mjs';
import { MockPeople } from './people.mjs';
import { MockPages } from './server_page.mjs';

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };

// What the real server sends with the page.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html";

const kAdmin = 0xffffffff;

export class MockServer {
  // folders: {web, plugins (built), sources (plugins' own folders)}
  constructor({ folders, setup = false, devices = 40, groups = 3, signedIn = false, refuseUpgrades = false } = {}) {
    this.folders = folders;
    this.setupToken = setup ? 'f00dfacecafe' : '';
    this.users = setup ? new Map() : new Map([['admin', 'correct horse']]);
    this.secondFactor = '';
    this.mustChange = '';
    this.failures = 0;
    this.signedIn = signedIn ? 'admin' : '';
    this.groups = makeGroups(groups);
    this.devices = makeDevices(devices, this.groups);
    this.people = new MockPeople(this);
    this.siteRights = kAdmin;
    this.plugins = [
      { id: 'terminal', name: 'Terminal', version: '0.1.0', summary: 'A shell on the device, as root or as the signed-in user, in the browser.', state: 'running', reason: '', since: Date.now() - 7_200_000, enabled: true, required: false },
      { id: 'webhook', name: 'Webhook', version: '1.2.0', summary: 'Posts events to addresses of your choice.', state: 'failed', reason: 'webhook: plugins.webhook.url: "htps://example" is no address that starts with https://', since: Date.now() - 600_000, enabled: true, required: false },
      { id: 'audit', name: 'Audit trail', version: '0.3.1', summary: 'Keeps a record of who did what.', state: 'running', reason: '', since: Date.now() - 86_400_000, enabled: true, required: true },
      { id: 'hello', name: 'Hello', version: '0.1.0', summary: 'Greets people; a template to start from.', state: 'disabled', reason: '', since: 0, enabled: false, required: false },
    ].filter(({ id }) => id !== 'terminal' || existsSync(join(folders.sources, id))); // the one with a part of the page
    this.consent = '';
    this.webState = {};
    this.notify = {};
    this.pages = new MockPages();
    this.failing = new Set();
    this.notes = new Map();
    this.received = [];
    this.shells = [];
    this.tunnelLog = [];
    this.refuseControl = false;
    this.refuseUpgrades = refuseUpgrades;
    this.http = createServer((request, response) => this.serve(request, response));
    this.sockets = new WebSocketServer({ noServer: true });
    this.http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.controls = new Set();
  }

  async start(port = 0) {
    await new Promise((done) => this.http.listen(port, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.http.address().port}`;
    return this.url;
  }

  async stop() {
    for (const client of this.sockets.clients) client.terminate();
    this.http.closeAllConnections();
    await new Promise((done) => this.http.close(done));
  }

  // --- what a test makes happen ---

  setOnline(id, online) {
    const device = this.devices.find((entry) => entry._id === id);
    device.conn = online ? 1 : undefined;
    device.pwr = online ? 1 : undefined;
    this.event({ action: 'nodeconnect', meshid: device.meshid, nodeid: id, conn: online ? 1 : 0, pwr: online ? 1 : 0, ct: Date.now(), nolog: 1 });
  }

  addDevice(name, groupId) {
    const [device] = makeDevices(1, [{ _id: groupId }], name);
    this.devices.push(device);
    this.event({ etype: 'node', action: 'addnode', node: device, msg: `Added device ${name}` });
    return device;
  }

  event(event) {
    this.broadcast({ action: 'event', event });
  }

  broadcast(message) {
    for (const socket of this.controls) socket.send(JSON.stringify(message));
  }

  dropControls() {
    for (const socket of this.controls) socket.terminate();
  }

  // --- HTTP ---

  serve(request, response) {
    const { pathname } = new URL(request.url, 'http://mock');
    if (pathname.startsWith('/api/')) return void this.api(request, response, pathname);
    const file = this.fileFor(pathname);
    if (!file || !existsSync(file) || !statSync(file).isFile()) return void this.json(response, 404, { error: { code: 'not_found', message: 'not found' } });
    response.writeHead(200, {
      'Content-Type': types[extname(file)] ?? 'application/octet-stream',
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
    });
    createReadStream(file).pipe(response);
  }

  fileFor(pathname) {
    const path = normalize(decodeURIComponent(pathname));
    if (path === '/') return join(this.folders.web, 'index.html');
    const plugin = /^\/plugins\/([\w-]+)\/(ui|i18n)\/(.+)$/.exec(path);
    if (!plugin) return join(this.folders.web, path);
    if (!this.plugins.some((entry) => entry.id === plugin[1] && entry.enabled)) return undefined;
    return join(plugin[2] === 'ui' ? this.folders.plugins : this.folders.sources, plugin[1], plugin[2], plugin[3]);
  }

  async api(request, response, pathname) {
    let text = '';
    for await (const part of request) text += part;
    const body = text ? JSON.parse(text) : {};
    if (pathname === '/api/session') return this.session(response);
    if (pathname === '/api/login') return this.login(response, body);
    if (pathname === '/api/setup') return this.setUp(response, body);
    if (pathname === '/api/logout') {
      if (request.headers['x-csrf-token'] !== 'csrf-1') return this.json(response, 403, { error: { code: 'forbidden', message: 'bad CSRF token' } });
      this.signedIn = '';
      return this.json(response, 200, {});
    }
    if (pathname === '/api/openapi.json') return this.json(response, 200, this.pages.commands());
    if (pathname === '/api/ui') return this.json(response, 200, { contributions: this.contributions() });
    this.json(response, 404, { error: { code: 'not_found', message: 'no such route' } });
  }

  session(response) {
    if (!this.signedIn) return this.json(response, 401, { error: { code: 'unauthenticated', message: 'sign in first' }, setup: this.users.size === 0, passwordMinLength: 11 });
    this.json(response, 200, { user: { id: `user//${this.signedIn}`, name: this.signedIn, siteadmin: this.siteRights }, csrf: 'csrf-1' });
  }

  login(response, { name, password, token, newPassword }) {
    if (this.failures >= 3) return this.json(response, 429, { error: { code: 'rate_limited', message: 'Too many failed attempts.' } }, { 'Retry-After': '20' });
    if (this.users.get(name) !== password) {
      this.failures++;
      return this.json(response, 401, { error: { code: 'unauthenticated', message: 'wrong name or password' } });
    }
    if (this.secondFactor && token !== this.secondFactor) {
      const code = token ? 'unauthenticated' : 'second_factor_required';
      return this.json(response, 401, { error: { code, message: 'a second factor is needed', field: '/token' } });
    }
    if (this.mustChange === name) {
      if (!newPassword) return this.json(response, 403, { error: { code: 'new_password_required', message: 'the password has to be changed first', field: '/newPassword' } });
      if (newPassword.length < 10) return this.json(response, 400, { error: { code: 'invalid_argument', message: 'The password needs at least 10 characters.', field: '/newPassword' } });
      this.users.set(name, newPassword);
      this.mustChange = '';
    }
    this.signedIn = name;
    this.session(response);
  }

  setUp(response, { token, name, password }) {
    if (token !== this.setupToken) return this.json(response, 403, { error: { code: 'forbidden', message: 'This setup link is not valid any more.', field: '/token' } });
    if (password === 'password123') return this.json(response, 400, { error: { code: 'invalid_argument', message: 'This password is one of the most used.', field: '/password' } });
    this.users.set(name, password);
    this.signedIn = name;
    this.session(response);
  }

  contributions() {
    const terminal = this.plugins.find((plugin) => plugin.id === 'terminal');
    if (!terminal?.enabled) return [];
    return [{ plugin: 'terminal', id: 'terminal', slot: 'device_tab', title: 'terminal.title', icon: '/plugins/terminal/ui/terminal.svg', module: '/plugins/terminal/ui/terminal.js?v=0.1.0', rights: 8, forbidden: 512 }];
  }

  json(response, status, body, headers = {}) {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  }

  // --- WebSockets ---

  upgrade(request, socket, head) {
    const { pathname } = new URL(request.url, 'http://mock');
    const own = request.headers.origin === this.url;
    if (!own || this.refuseUpgrades || (pathname !== '/control.ashx' && pathname !== '/meshrelay.ashx')) return socket.destroy();
    this.sockets.handleUpgrade(request, socket, head, (client) => {
      if (pathname === '/control.ashx') this.control(client);
      else this.relay(client);
    });
  }

  control(socket) {
    if (!this.signedIn || this.refuseControl) {
      socket.send(JSON.stringify({ action: 'close', cause: 'noauth', msg: 'noauth' }));
      return socket.close();
    }
    this.controls.add(socket);
    socket.on('close', () => this.controls.delete(socket));
    socket.on('message', (data) => this.command(socket, JSON.parse(data.toString())));
    const send = (message) => socket.send(JSON.stringify(message));
    send({ action: 'serverinfo', serverinfo: { domain: '', name: 'mock' } });
    send({ action: 'userinfo', userinfo: this.userDocument() });
  }

  userDocument() {
    const { email } = this.people.accounts.get(`user//${this.signedIn}`) ?? {};
    return { _id: `user//${this.signedIn}`, name: this.signedIn, email, siteadmin: this.siteRights, notify: this.notify, links: Object.fromEntries(this.groups.map((group) => [group._id, { rights: kAdmin }])) };
  }

  command(socket, message) {
    this.received.push(message);
    const { action, responseid, tag } = message;
    const reply = (fields) => socket.send(JSON.stringify({ action, ...fields }));
    const ok = (fields = {}) => reply({ responseid, result: 'ok', ...fields });
    const refuse = (result) => reply({ responseid, result });
    const handlers = {
      ...this.people.handlers(message, { reply, ok, refuse }),
      ping: () => socket.send('{"action":"pong"}'),
      meshes: () => reply({ meshes: this.groups, tag }),
      'device.page': () => reply({ responseid, result: this.devicePage(message) }),
      'account.webstate': () => reply({ responseid, result: { state: JSON.stringify(this.webState) } }),
      changemeshnotify: () => this.setNotify(message.meshid, message.notify, ok),
      changeusernotify: () => this.setNotify(message.nodeid, message.notify, ok),
      powertimeline: () => reply({ nodeid: message.nodeid, tag, timeline: this.powerLine() }),
      getsysinfo: () => reply({ nodeid: message.nodeid, tag, time: Date.now() - 3_600_000, ...hardware }),
      userWebState: () => this.keepWebState(message, ok),
      lastconnect: () => reply({ nodeid: message.nodeid, tag, noinfo: true, result: 'No data' }),
      getnetworkinfo: () => reply({ nodeid: message.nodeid, updateTime: Date.now(), netif2: { eth0: [{ address: '10.4.0.17', family: 'IPv4', mac: '52:54:00:12:34:56' }] } }),
      createmesh: () => this.createGroup(message, ok),
      editmesh: () => this.editGroup(message, ok),
      deletemesh: () => this.deleteGroup(message, ok),
      changedevice: () => this.changeDevice(message, ok),
      removedevices: () => this.removeDevices(message, ok),
      ...this.pages.handlers(message, { reply, ok, refuse }),
      ...bulkHandlers(this, message, { reply, ok, refuse }),
      'plugin.list': () => reply({ responseid, result: { plugins: this.plugins } }),
      'plugin.enable': () => this.togglePlugin(message, true, reply),
      'plugin.disable': () => this.togglePlugin(message, false, reply),
      'device.installcommand': () => reply({ responseid, result: this.installCommand(message.meshid) }),
      'tunnel.open': () => reply({ responseid, result: { id: 't1', path: '/meshrelay.ashx?id=t1&browser=1' } }),
      'terminal.options': () => reply({ responseid, result: { shells: ['root', 'user'], scrollbackLines: 5000 } }),
    };
    handlers[action]?.();
  }

  devicePage({ after = '', limit = 2500 }) {
    const columns = ['_id', 'meshid', 'name', 'rname', 'ip', 'osdesc', 'desc', 'tags', 'users', 'agent', 'conn', 'pwr', 'agct', 'lastconnect', 'firstconnect', 'lastbootuptime', 'mtype'];
    const begin = Number(after);
    const groups = this.groups.map(({ _id }) => _id);
    const rows = this.devices.slice(begin, begin + limit).map(({ lastSeen_, agent, ...node }) => columns.map((name) => (name === 'agent' ? [agent.id, agent.ver] : name === 'lastconnect' ? lastSeen_ : name === 'meshid' ? groups.indexOf(node.meshid) : (node[name] ?? null))));
    const next = begin + limit;
    return { columns, groups, rows, next: next < this.devices.length ? String(next) : null };
  }

  setNotify(id, flags, ok) {
    this.notify = { ...this.notify, [id]: flags };
    ok();
    this.event({ action: 'accountchange', account: this.userDocument(), nolog: 1 });
  }

  powerLine() {
    const day = 86_400;
    return [0, Math.floor(Date.now() / 1000) - 6 * day, 1, day, 3, day / 3, 1, 2 * day, 8, day / 2, 1];
  }

  keepWebState({ state }, ok) {
    this.webState = JSON.parse(state);
    ok();
    this.event({ action: 'userWebState', state, nolog: 1 });
  }

  createGroup(message, ok) {
    const group = { ...makeGroups(1)[0], _id: `mesh//${Math.random().toString(36).slice(2).padEnd(64, 'x')}`, name: message.meshname, desc: message.desc };
    group.links = { [`user//${this.signedIn}`]: { name: this.signedIn, rights: kAdmin } };
    this.groups.push(group);
    ok({ meshid: group._id, links: group.links });
    this.event({ etype: 'mesh', action: 'createmesh', meshid: group._id, mtype: 2, mesh: group });
  }

  editGroup(message, ok) {
    const group = this.groups.find((entry) => entry._id === message.meshid);
    if (message.meshname !== undefined) Object.assign(group, { name: message.meshname, desc: message.desc });
    for (const member of ['consent', 'flags', 'expireDevs']) if (message[member] !== undefined) group[member] = message[member];
    ok();
    this.event({ etype: 'mesh', action: 'meshchange', meshid: group._id, name: group.name, desc: group.desc, mtype: 2, links: group.links, consent: group.consent, flags: group.flags, expireDevs: group.expireDevs });
  }

  deleteGroup(message, ok) {
    this.groups = this.groups.filter((entry) => entry._id !== message.meshid);
    this.devices = this.devices.filter((device) => device.meshid !== message.meshid);
    ok();
    this.event({ etype: 'mesh', action: 'deletemesh', meshid: message.meshid });
  }

  changeDevice(message, ok) {
    const device = this.devices.find((entry) => entry._id === message.nodeid);
    for (const member of ['name', 'desc', 'consent']) if (message[member] !== undefined) device[member] = message[member];
    if (message.tags !== undefined) device.tags = typeof message.tags === 'string' ? message.tags.split(',').filter(Boolean) : message.tags;
    ok();
    const { conn, pwr, agct, lastSeen_, ...node } = device;
    this.event({ etype: 'node', action: 'changenode', nodeid: device._id, node, username: 'admin', msg: `Changed device ${device.name}` });
  }

  removeDevices(message, ok) {
    for (const id of message.nodeids) {
      this.devices = this.devices.filter((device) => device._id !== id);
      ok();
      this.event({ etype: 'node', action: 'removenode', nodeid: id });
    }
  }

  togglePlugin(message, enabled, reply) {
    const plugin = this.plugins.find((entry) => entry.id === message.id);
    if (plugin.id === 'webhook' && !enabled) return reply({ responseid: message.responseid, error: { code: 'unavailable', message: 'webhook did not stop within 10 seconds' } });
    Object.assign(plugin, { enabled, state: enabled ? 'running' : 'disabled', since: Date.now() });
    reply({ responseid: message.responseid, result: {} });
    this.event({ action: 'plugin.stateChanged', id: plugin.id, state: plugin.state, reason: '' });
  }

  installCommand(meshid) {
    const token = 'k7Qm2Zr8'.repeat(5);
    return {
      linux: `curl -fsSk --pinnedpubkey 'sha256//3q2+7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' ${this.url}/agentinstall?c=${token} | sudo sh`,
      settingsUrl: `/meshsettings?id=${encodeURIComponent(meshid)}`,
      agentUrl: '/meshagents?id=6',
      expires: Date.now() + 86_400_000,
    };
  }

  relay(socket) {
    const shell = new FakeShell(socket, this.tunnelLog);
    this.shells.push(shell);
    socket.on('message', (data, isBinary) => shell.receive(data, isBinary));
    socket.send('c');
    if (this.consent) this.askConsent(shell);
  }

  askConsent(shell) {
    shell.control({ type: 'console', msg: 'Waiting for user to grant access...', msgid: 1 });
    this.answerConsent = (granted) => {
      if (granted) return shell.control({ type: 'console', msg: null, msgid: 0 });
      shell.control({ type: 'console', msg: 'denied', msgid: 2 });
      shell.socket.close();
    };
  }
}
