// Programs, on pipes or on a pseudo-terminal.
var events = require('events');
var stream = require('stream');
var hide = events._hide;

exports.SpawnTypes = { DEFAULT: 0, USER: 1, WINLOGON: 2, TERM: 3, DETACHED: 4, SPECIFIED_USER: 5 };
var kSignals = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGUSR1: 10, SIGUSR2: 12, SIGTERM: 15, SIGCONT: 18, SIGSTOP: 19 };

function joined(list) {
  return list.map(function (each) {
    if (String(each).indexOf('\0') >= 0) { throw new Error('an argument has a NUL in it'); }
    return String(each);
  }).join('\0');
}

// execFile(path, [argv0, ...], {type, uid, env, cwd, rows, cols})
exports.execFile = function (path, args, options) {
  options = options || {};
  var type = options.detached ? exports.SpawnTypes.DETACHED : (options.type || 0);
  var list = args && args.length ? args.map(String) : [String(path)];
  var env = joined(Object.keys(options.env || {}).map(function (name) { return name + '=' + options.env[name]; }));
  var uid = options.uid === undefined || options.uid === null ? -1 : Number(options.uid);
  // An empty argument would vanish between separators, so each carries its own.
  var id = native.spawn(String(path), joined(list) + '\0', env, String(options.cwd || ''), type, uid, options.rows || 0, options.cols || options.columns || 0);
  return new Child(id, type, list);
};

function Child(id, type, args) {
  var self = this;
  var isTerminal = type === exports.SpawnTypes.TERM;
  events._mixin(this);
  this.createEvent('exit');
  this.pid = native.pid(id);
  this.pty = isTerminal ? 1 : 0;
  this.spawnargs = args;
  this.exitCode = null;
  hide(this, '_id', id);
  this.stdin = stream._makeWritable({}, {
    write: function (chunk) { return native.send(id, chunk); },
    end: function () { native.end(id); }
  });
  // Both outputs are one kernel queue's worth of reading: pausing either pauses both.
  this.stdout = stream._makeReadable({}, { pause: function (isPaused) { native.pause(id, isPaused); } });
  this.stderr = stream._makeReadable({}, { pause: function (isPaused) { native.pause(id, isPaused); } });
  this.stdout.parent = this.stderr.parent = this.stdin.parent = this;
  this.stdout.str = this.stderr.str = '';
  native.attach(id, function (event, first, second) {
    switch (event) {
      case 'stdout': self.stdout._push(first); break;
      case 'stderr': self.stderr._push(first); break;
      case 'drain': self.stdin._drained(); break;
      case 'exit':
        native.detach(id);
        self.exitCode = first;
        self._hasExited = true;
        self.stdout._ended();
        self.stderr._ended();
        self.emit('exit', first, second || null);
        break;
    }
  });
}

// The whole group, so that nothing a shell has started stays behind.
Child.prototype.kill = function (signal) {
  if (this._hasExited) { return; }
  if (signal === undefined) { native.signal(this._id, 1); }
  native.signal(this._id, typeof signal === 'string' ? (kSignals[signal] || 15) : (signal || 15));
  if (signal === undefined) {
    var self = this;
    setTimeout(function () { if (!self._hasExited) { native.signal(self._id, 9); } }, 2000);
  }
};
// Blocks at most 60 s; output and exit arrive meanwhile.
Child.prototype.waitExit = function (ms) { return native.waitExit(this._id, Number(ms) || 0); };
Child.prototype.tcsetsize = function (rows, columns) { native.resize(this._id, Number(rows), Number(columns)); };
Child.prototype.disconnect = function () { this.stdin.end(); };
