// Questions and notices for the person at the machine, shown by whatever program of the desktop does it. No screen,
// no such program or any failure rejects: whoever asks takes that as a no.
var children = require('child_process');
var fs = require('fs');
var promise = require('promise');

var kMaxText = 2000;
var kMostProcesses = 4000;
var kFolders = ['/usr/bin/', '/usr/local/bin/', '/bin/'];

function programOf(name) {
  for (var i = 0; i < kFolders.length; ++i) { if (fs.existsSync(kFolders[i] + name)) { return kFolders[i] + name; } }
  return null;
}

function environmentOf(pid) {
  var values = {};
  fs.readFileSync('/proc/' + pid + '/environ').toString().split('\0').forEach(function (line) {
    var mark = line.indexOf('=');
    if (mark > 0) { values[line.slice(0, mark)] = line.slice(mark + 1); }
  });
  return values;
}

// What a program needs to show something on a screen of `uid`, on `display` if it is named: taken from a program
// that does.
function screenOf(uid, display) {
  var pids = fs.readdirSync('/proc').filter(function (name) { return /^\d+$/.test(name); }).slice(0, kMostProcesses);
  for (var i = 0; i < pids.length; ++i) {
    try {
      if (fs.statSync('/proc/' + pids[i]).uid !== uid) { continue; }
      var env = environmentOf(pids[i]);
      if (env.DISPLAY && (!display || env.DISPLAY.replace(/\.0$/, '') === display)) { return env; }
    } catch (ignored) { /* gone, or not ours to read */ }
  }
  return null;
}

// The screen that a desktop session shows first, if a person is there; else what the login manager says; the agent's
// own where it was started within a session.
function target() {
  var uid = null, env = null;
  var shown = require('trellis-desktop').displays()[0];
  if (shown && !shown.login) {
    uid = shown.uid;
    env = screenOf(uid, shown.name);
  }
  if (!env) {
    try { uid = require('user-sessions').consoleUid(); } catch (ignored) { uid = null; } // nobody at a seat
    env = uid === null ? null : screenOf(uid);
  }
  if (!env && process.env['DISPLAY']) { env = process.env; uid = require('user-sessions').Self(); }
  if (!env) { throw new Error('nobody is at a screen of this machine'); }
  var wanted = { PATH: '/usr/local/bin:/usr/bin:/bin' };
  ['DISPLAY', 'XAUTHORITY', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'HOME', 'LANG'].forEach(function (name) {
    if (env[name]) { wanted[name] = env[name]; }
  });
  var options = { env: wanted };
  if (uid !== require('user-sessions').Self()) { options.uid = uid; }
  return options;
}

// Arguments by program; the first that there is asks. Exit code 0 is a yes, `late` that nobody answered.
var askers = [
  { name: 'zenity', late: 5, args: function (title, text, seconds) {
    return ['--question', '--no-markup', '--title=' + title, '--text=' + text, '--timeout=' + seconds, '--default-cancel'];
  } },
  { name: 'xmessage', late: 0, yes: 101, args: function (title, text, seconds) {
    return ['-center', '-title', title, '-timeout', String(seconds), '-buttons', 'Allow:101,Deny:102', text];
  } }
];

exports._target = target;

var running = []; // MeshAgent's rule, kept here: what nothing refers to is ended

function run(program, args, options, done) {
  var child = children.execFile(program, [program.slice(program.lastIndexOf('/') + 1)].concat(args), options);
  running.push(child);
  child.stdout.on('data', function () {});
  child.stderr.on('data', function () {});
  child.on('exit', function (code) {
    running.splice(running.indexOf(child), 1);
    done(code);
  });
  return child;
}

// Never an option of the program.
function clean(text) { return String(text).slice(0, kMaxText).replace(/\0/g, '').replace(/^-/, ' -'); }

// Resolves when the person agreed; rejects with 'denied', 'timeout' or why it could not be asked.
exports.create = function (title, text, seconds) {
  return new promise(function (resolve, reject) {
    var limit = Math.max(1, Math.min(600, Math.floor(Number(seconds)) || 30));
    var asker = askers.filter(function (each) { return programOf(each.name) !== null; })[0];
    if (!asker) { reject('no program of this machine can ask (zenity or xmessage)'); return; }
    try {
      var timer = null;
      var child = run(programOf(asker.name), asker.args(clean(title), clean(text), limit), target(), function (code) {
        clearTimeout(timer);
        if (code === (asker.yes || 0)) { resolve(); } else { reject(code === asker.late ? 'timeout' : 'denied'); }
      });
      // Should it not keep to its time.
      timer = setTimeout(function () { child.kill(); }, (limit + 3) * 1000);
    } catch (error) {
      reject(error.message || String(error));
    }
  });
};

// A notice that goes away by itself; nothing is told of what becomes of it.
exports._notify = function (title, text) {
  var options = target();
  if (programOf('notify-send')) { run(programOf('notify-send'), ['--', clean(title), clean(text)], options, function () {}); return; }
  if (programOf('xmessage')) {
    run(programOf('xmessage'), ['-title', clean(title), '-timeout', '10', '-buttons', 'OK:0', clean(text)], options, function () {});
    return;
  }
  throw new Error('no program of this machine can show a notice (notify-send or xmessage)');
};
