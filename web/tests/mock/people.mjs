// Accounts, user groups, login tokens and events of the mock, with the answers and events of the real
// server (docs/reference/commands.md). The signed-in account is a site administrator.

const kAdmin = 0xffffffff;
const kAmong = ['password', '12345678', 'password123'];
const now = () => Math.floor(Date.now() / 1000);

export class MockPeople {
  constructor(server) {
    this.server = server;
    this.accounts = new Map();
    this.groups = new Map();
    this.tokens = [];
    const hour = 3600;
    this.add({ name: 'admin', siteadmin: kAdmin, email: 'admin@example.org', emailVerified: true, login: now() - hour });
    this.add({ name: 'anna', realname: 'Anna Müller', email: 'anna@example.org', login: now() - 26 * hour, siteadmin: 0x2 | 0x100 });
    this.add({ name: 'b.mueller', realname: 'Bertram Müller', siteadmin: 0x20, login: now() - 900 * hour });
    this.add({ name: 'c.diaz', realname: '<b>Carla</b> Díaz', email: 'carla.diaz.with.a.long.address@a-rather-long-company-name.example', siteadmin: 0x40 | 0x1000 });
    this.add({ name: 'd.okafor', passchange: -1 });
    this.addGroup('Helpdesk', 'First line, weekdays.', ['anna', 'c.diaz']);
    this.addGroup('Night shift', '', []);
    for (const group of server.groups.slice(0, 1)) {
      this.link('user//anna', group, 0x8 | 0x20000 | 0x200);
      this.link([...this.groups.keys()][0], group, 0x8);
    }
  }

  add(fields) {
    const account = { type: 'user', _id: `user//${fields.name.toLowerCase()}`, creation: now() - 8_000_000, links: {}, ...fields };
    this.accounts.set(account._id, account);
    return account;
  }

  addGroup(name, desc, members) {
    const id = `ugrp//${name.toLowerCase().replace(/\W/g, '').padEnd(64, 'g')}`;
    const links = Object.fromEntries(members.map((member) => [`user//${member}`, { userid: `user//${member}`, name: member, rights: 1 }]));
    this.groups.set(id, { type: 'ugrp', _id: id, name, desc, domain: '', links });
    return id;
  }

  link(holder, group, rights) {
    const name = this.accounts.get(holder)?.name ?? this.groups.get(holder).name;
    group.links[holder] = { name, rights };
    const links = (this.accounts.get(holder) ?? this.groups.get(holder)).links;
    links[group._id] = { rights };
  }

  handlers(message, { reply, ok, refuse }) {
    const { tag } = message;
    return {
      users: () => reply({ users: [...this.accounts.values()], tag }),
      wssessioncount: () => reply({ wssessions: { [`user//${this.server.signedIn}`]: this.server.controls.size, 'user//anna': 2 }, tag }),
      adduser: () => this.addUser(message, ok, refuse),
      edituser: () => this.editUser(message, ok, refuse),
      changeuserpass: () => (this.isBad(message.pass) ? refuse('Invalid password') : ok()),
      deleteuser: () => this.deleteUser(message, ok, refuse),
      changepassword: () => this.changePassword(message, refuse),
      changeemail: () => this.changeEmail(message, ok, refuse),
      loginTokens: () => this.listTokens(message, reply),
      createLoginToken: () => this.createToken(message, reply),
      changelang: () => ok(),
      usergroups: () => reply({ ugroups: this.groups.size ? Object.fromEntries(this.groups) : null, tag }),
      createusergroup: () => this.createGroup(message, ok),
      editusergroup: () => this.changeGroup(message, ok, (group) => Object.assign(group, { name: message.name, desc: message.desc })),
      deleteusergroup: () => this.deleteGroup(message, ok),
      addusertousergroup: () => this.addMembers(message, ok),
      removeuserfromusergroup: () => this.changeGroup(message, ok, (group) => delete group.links[message.userid]),
      'rights.explain': () => this.explain(message, reply),
      addmeshuser: () => this.addToDeviceGroup(message, reply),
      removemeshuser: () => this.removeFromDeviceGroup(message, ok, refuse),
      events: () => reply({ events: this.events(message), tag, ...(message.nodeid ? { nodeid: message.nodeid } : {}) }),
    };
  }

  isBad(password) {
    return password.length < 8 || kAmong.includes(password);
  }

  // What the server would say of somebody who sees a device by way of a user group that forbids the rest.
  explain({ user, device, what, responseid }, reply) {
    const account = this.accounts.get(`user//${user}`);
    if (!account) return reply({ responseid, error: { code: 'not_found', message: `no user "${user}"; did you mean "anna"?`, field: '/user' } });
    const isAdmin = account.siteadmin === kAdmin;
    const of = { id: account._id, name: account.name };
    const target = { id: device, name: 'Head office' };
    const steps = isAdmin
      ? [
          { rule: 'link', holder: of, target, bits: kAdmin, rights: ['all'] },
          { rule: 'sum', bits: kAdmin, rights: ['all'] },
          { rule: 'allowed', bits: 8, rights: ['remotecontrol'] },
        ]
      : [
          { rule: 'link', holder: of, target, bits: 8, rights: ['remotecontrol'] },
          { rule: 'link', holder: { id: 'ugrp//x', name: 'Helpdesk of the branch in Gelsenkirchen-Buer' }, target, bits: 0x208, rights: ['remotecontrol', 'noterminal'] },
          { rule: 'sum', bits: 0x208, rights: ['remotecontrol', 'noterminal'] },
          { rule: 'restricted', bits: 0x200, rights: ['noterminal'] },
        ];
    reply({ responseid, result: { allowed: isAdmin, user: of, device: target, action: { kind: 'tunnel', name: what, scope: 'device', needed: ['remotecontrol'], forbidden: ['noterminal'], hasOwnRules: false }, steps, ...(isAdmin ? { consent: 8 } : {}) } });
  }

  addUser(message, ok, refuse) {
    const id = `user//${message.username.toLowerCase()}`;
    if (/[\s",/]/.test(message.username)) return refuse('Invalid username');
    if (this.accounts.has(id)) return refuse('User already exists');
    if (this.isBad(message.pass)) return refuse('Invalid password');
    if (message.email && !message.email.includes('@')) return refuse('Invalid email');
    const { username: name, realname, email, siteadmin } = message;
    const account = this.add({ name, realname, email, siteadmin, ...(message.resetNextLogin ? { passchange: -1 } : {}) });
    ok();
    this.tell('accountcreate', account);
  }

  editUser(message, ok, refuse) {
    const account = this.accounts.get(message.userid);
    if (!account) return refuse('User does not exists');
    if (message.email && !message.email.includes('@')) return refuse('Invalid email');
    for (const key of ['realname', 'email', 'siteadmin']) if (message[key] !== undefined) account[key] = message[key];
    if (message.resetNextLogin) account.passchange = -1;
    ok();
    this.tell('accountchange', account);
  }

  deleteUser(message, ok, refuse) {
    const account = this.accounts.get(message.userid);
    if (!account) return refuse('User does not exists');
    if (account.siteadmin === kAdmin) return refuse('the last site administrator cannot be removed');
    this.accounts.delete(account._id);
    ok();
    this.server.event({ etype: 'user', action: 'accountremove', msg: `Account removed: ${account.name}`, msgArgs: [account.name], userid: 'user//admin', username: 'admin' });
  }

  tell(action, account) {
    this.server.event({ etype: 'user', action, account, msg: `Account changed: ${account.name}`, msgArgs: [account.name], userid: 'user//admin', username: 'admin' });
  }

  /// As the server: the sessions of the account end with its old password, and the connection is closed
  /// before the answer and before the new password counts.
  changePassword(message, refuse) {
    const name = this.server.signedIn;
    if (this.server.users.get(name) !== message.oldpass) return refuse('Current password is not correct.');
    if (this.isBad(message.newpass)) return refuse('the password is one of the most common ones');
    setTimeout(() => this.server.users.set(name, message.newpass), 600);
    this.server.signedIn = '';
    this.server.broadcast({ action: 'close', cause: 'noauth', msg: 'forcedoff' });
    for (const socket of this.server.controls) socket.close();
  }

  changeEmail(message, ok, refuse) {
    if (!message.email.includes('@')) return refuse('Invalid email');
    const account = this.accounts.get(`user//${this.server.signedIn}`);
    Object.assign(account, { email: message.email, emailVerified: false });
    ok();
    this.tell('accountchange', account);
  }

  listTokens(message, reply) {
    this.tokens = this.tokens.filter((token) => !message.remove?.includes(token.tokenUser));
    reply({ loginTokens: this.tokens });
  }

  createToken(message, reply) {
    const created = Date.now();
    const token = { name: message.name, tokenUser: `~t:k3J9${this.tokens.length}xQv`, created, expire: message.expire ? created + message.expire * 60_000 : 0 };
    this.tokens.push(token);
    reply({ ...token, tokenPass: 'wE7rT2yU9iO4pA6sD1fG' });
  }

  createGroup(message, ok) {
    const id = this.addGroup(message.name, message.desc, []);
    ok({ ugrpid: id, links: {} });
    this.tellGroup('createusergroup', this.groups.get(id));
  }

  changeGroup(message, ok, change) {
    const group = this.groups.get(message.ugrpid);
    change(group);
    ok();
    this.tellGroup('usergroupchange', group);
  }

  deleteGroup(message, ok) {
    const group = this.groups.get(message.ugrpid);
    this.groups.delete(message.ugrpid);
    ok({ ugrpid: message.ugrpid });
    this.tellGroup('deleteusergroup', group);
  }

  addMembers(message, ok) {
    const group = this.groups.get(message.ugrpid);
    const known = message.usernames.filter((name) => this.accounts.has(`user//${name.toLowerCase()}`));
    for (const name of known) group.links[`user//${name.toLowerCase()}`] = { name, rights: 1 };
    ok({ added: known.length, failed: message.usernames.length - known.length });
    this.tellGroup('usergroupchange', group);
  }

  tellGroup(action, group) {
    this.server.event({ etype: 'ugrp', action, ugrpid: group._id, name: group.name, desc: group.desc, links: group.links, username: 'admin' });
  }

  addToDeviceGroup(message, reply) {
    const group = this.server.groups.find((entry) => entry._id === message.meshid);
    const { responseid } = message;
    const given = message.userids?.[0] ?? `user//${message.usernames[0].toLowerCase()}`;
    if (given === 'user//admin') return reply({ responseid, result: "Can't change self", success: 0, failed: 1 });
    const holder = this.accounts.get(given) ?? this.groups.get(given);
    if (!holder) return reply({ responseid, result: 'Nothing done', success: 0, failed: 1 });
    this.link(holder._id, group, message.meshadmin >>> 0);
    reply({ responseid, result: `Added user ${given.split('/').pop()}`, success: 1, failed: 0 });
    this.tellDeviceGroup(group, holder._id);
  }

  removeFromDeviceGroup(message, ok, refuse) {
    const group = this.server.groups.find((entry) => entry._id === message.meshid);
    if (message.userid === 'user//admin') return refuse("Can't remove self");
    delete group.links[message.userid];
    delete (this.accounts.get(message.userid) ?? this.groups.get(message.userid))?.links[group._id];
    ok();
    this.tellDeviceGroup(group, message.userid);
  }

  tellDeviceGroup(group, holder) {
    if (this.groups.has(holder)) this.tellGroup('usergroupchange', this.groups.get(holder));
    this.server.event({ etype: 'mesh', action: 'meshchange', meshid: group._id, name: group.name, mtype: 2, links: group.links });
  }

  events(message) {
    const at = Date.now();
    if (message.nodeid) return this.deviceEvents(at, 25);
    const device = this.server.devices[0];
    const general = [
      { etype: 'user', action: 'login', msg: 'User login from 10.4.0.7', userid: 'user//anna', username: 'anna' },
      { etype: 'node', action: 'relaylog', msg: 'Started terminal session', userid: 'user//admin', username: 'admin', ...(device ? { nodeid: device._id, meshid: device.meshid } : {}) },
      { etype: 'user', action: 'accountchange', msg: 'Account changed: b.mueller', userid: 'user//admin', username: 'admin' },
      { etype: 'mesh', action: 'meshchange', msg: 'Changed device group Office Berlin', userid: 'user//anna', username: 'anna' },
    ];
    const all = Array.from({ length: 450 }, (_, i) => ({ ...general[i % general.length], time: new Date(at - i * 600_000).toISOString() }));
    const user = message.userid && `user//${message.userid.replace(/^user\/\//, '').toLowerCase()}`;
    return all.filter((event) => !user || event.userid === user).slice(0, message.limit ?? 1000);
  }

  deviceEvents(at, count) {
    const texts = ['Started terminal session', 'Ended terminal session, 128 s', 'Changed device web-01: name', 'Agent update to 0.1.0', '<img src=x onerror=alert(1)> renamed'];
    return Array.from({ length: count }, (_, i) => ({ action: 'relaylog', msg: texts[i % texts.length], username: i % 3 ? 'admin' : undefined, time: new Date(at - i * 947_000).toISOString() }));
  }
}
