// Who uses this machine: accounts from the system, sessions from systemd-logind's files (sd_get_sessions(3)).
var events = require('events');
var fs = require('fs');
events._mixin(exports);
['changed', 'locked', 'unlocked'].forEach(function (name) { exports.createEvent(name); });

var kFolder = '/run/systemd/sessions/';

function sessions() {
  var found = [];
  var names;
  try { names = fs.readdirSync(kFolder); } catch (ignored) { return found; }
  names.forEach(function (name) {
    if (!/^[A-Za-z0-9_]+$/.test(name)) { return; } // the .ref pipes
    var values = {};
    try {
      fs.readFileSync(kFolder + name).toString().splitLines().forEach(function (line) {
        var mark = line.indexOf('=');
        if (mark > 0) { values[line.slice(0, mark)] = line.slice(mark + 1); }
      });
    } catch (ignored) { return; }
    if (values.UID === undefined || (values.CLASS && values.CLASS !== 'user')) { return; }
    found.push({
      SessionId: name, uid: Number(values.UID), Username: exports.getUsername(Number(values.UID)), Domain: '',
      StationName: values.TTY || values.DISPLAY || (values.REMOTE === '1' ? 'remote' : 'console'),
      State: values.ACTIVE === '1' ? 'Active' : 'Online', isGraphical: /^(x11|wayland|mir)$/.test(values.TYPE || ''), hasSeat: !!values.SEAT
    });
  });
  return found;
}

exports.getUsername = function (uid) {
  var user = native.user(Number(uid));
  if (!user) { throw new Error('no user with id ' + uid); }
  return user.name;
};
exports.getUid = function (name) {
  var uid = native.userId(String(name));
  if (uid === undefined) { throw new Error('no user ' + name); }
  return uid;
};
exports.getDomain = function () { return require('os').hostname(); };
exports.getHomeFolder = function (name) {
  var user = native.user(typeof name === 'number' ? name : exports.getUid(name));
  return user.home;
};
exports.getProcessOwnerName = function (pid) {
  var uid = fs.statSync('/proc/' + Number(pid)).uid;
  return { name: exports.getUsername(uid), domain: '', tsid: uid };
};
exports.Self = function () { return native.systemInfo().uid; };
exports.isRoot = function () { return exports.Self() === 0; };
exports.isUser = function () { return !exports.isRoot(); };
exports.minUid = function () {
  var found = null;
  try { found = /^\s*UID_MIN\s+(\d+)/m.exec(fs.readFileSync('/etc/login.defs').toString()); } catch (ignored) { /* default below */ }
  return found ? Number(found[1]) : 1000;
};
// The person at the screen: the active session on a seat, a graphical one first. Throws if there is nobody.
exports.consoleUid = function () {
  var active = sessions().filter(function (each) { return each.State === 'Active' && each.hasSeat; });
  var best = active.filter(function (each) { return each.isGraphical; })[0] || active[0];
  if (!best) { throw new Error('nobody is signed in at this machine'); }
  return best.uid;
};
exports.enumerateUsers = function () {
  var promise = require('promise');
  return new promise(function (resolve) {
    var result = {};
    Object.defineProperty(result, 'Active', { value: [], enumerable: false });
    sessions().forEach(function (each) {
      result[each.SessionId] = each;
      if (each.State === 'Active') { result.Active.push(each); }
    });
    resolve(result);
  });
};
exports.Current = function (callback) { exports.enumerateUsers().then(function (all) { callback(all); }); };
