// What every script finds: modules, Buffer, timers, console, process. Runs once per heap as a function of
// `native` and returns the dispatcher through which native events arrive. ES5.1.
var global = (0, eval)('this');
var handles = {};       // id -> function (event, first, second)
var pushed = {};        // name -> {source, date}, from addModule
var loaded = {};        // name -> exports

// ---- events from below ----

function dispatch(id, event, first, second) {
  if (id === 0) { return loaded.MeshAgent ? loaded.MeshAgent._event(event, first) : undefined; }
  var handler = handles[id];
  return handler ? handler(event, first, second) : undefined;
}
// An error of the script goes to whoever asked for it, else up into the log.
function guarded(id, event, first, second) {
  try {
    return dispatch(id, event, first, second);
  } catch (error) {
    if (!global.process.emit('uncaughtException', error)) { throw error; }
  }
}
native.attach = function (id, handler) { handles[id] = handler; return id; };
native.detach = function (id) { delete handles[id]; };

// ---- text and bytes ----

function define(target, name, value) {
  Object.defineProperty(target, name, { value: value, writable: true, configurable: true, enumerable: false });
}

function encodingOf(name) { return String(name || 'utf8').toLowerCase().replace(/-/g, ''); }

var plainToString = Buffer.prototype.toString;
define(Buffer, 'alloc', function (size, fill) {
  var buffer = new Buffer(size);
  buffer.fill(fill === undefined ? 0 : fill);
  return buffer;
});
define(Buffer, 'allocUnsafe', Buffer.alloc);
define(Buffer, 'from', function (value, encoding) {
  if (typeof value !== 'string') { return new Buffer(value); }
  switch (encodingOf(encoding)) {
    case 'hex': return new Buffer(Duktape.dec('hex', value.length % 2 ? value.slice(0, -1) : value));
    case 'base64': return new Buffer(Duktape.dec('base64', value.replace(/-/g, '+').replace(/_/g, '/').replace(/\s/g, '')));
    case 'binary': case 'latin1': case 'ascii':
      var bytes = new Buffer(value.length);
      for (var i = 0; i < value.length; ++i) { bytes[i] = value.charCodeAt(i) & 255; }
      return bytes;
    default: return new Buffer(value);
  }
});
// Upper-case hex is MeshAgent's, and cores compare it with what servers send.
define(Buffer.prototype, 'toString', function (encoding, start, end) {
  var part = start === undefined && end === undefined ? this : this.slice(start || 0, end === undefined ? this.length : end);
  switch (encodingOf(encoding)) {
    case 'hex': return Duktape.enc('hex', part).toUpperCase();
    case 'base64': return Duktape.enc('base64', part);
    case 'binary': case 'latin1': case 'ascii':
      var text = '';
      for (var i = 0; i < part.length; ++i) { text += String.fromCharCode(part[i]); }
      return text;
    default: return plainToString.call(part);
  }
});
define(Buffer.prototype, 'randomFill', function (start, size) {
  native.randomFill(this.slice(start || 0, size === undefined ? this.length : (start || 0) + size));
  return this;
});
define(Buffer.prototype, 'swap32', function () {
  for (var i = 0; i + 3 < this.length; i += 4) { this.writeUInt32LE(this.readUInt32BE(i), i); }
  return this;
});

define(String.prototype, 'splitLines', function () { return this.split(/\r\n|\n|\r/); });
define(String.prototype, 'padStart', function (size, fill) {
  var text = String(this);
  while (text.length < size) { text = (fill || ' ') + text; }
  return text;
});
define(String.prototype, 'padEnd', function (size, fill) {
  var text = String(this);
  while (text.length < size) { text += (fill || ' '); }
  return text;
});
define(Array.prototype, 'peek', function () { return this.length ? this[this.length - 1] : undefined; });
define(Array.prototype, 'includes', function (value) { return this.indexOf(value) >= 0; });
define(Array.prototype, 'find', function (test, self) {
  for (var i = 0; i < this.length; ++i) { if (test.call(self, this[i], i, this)) { return this[i]; } }
  return undefined;
});
define(Array.prototype, 'findIndex', function (test, self) {
  for (var i = 0; i < this.length; ++i) { if (test.call(self, this[i], i, this)) { return i; } }
  return -1;
});
define(Array.prototype, 'fill', function (value) {
  for (var i = 0; i < this.length; ++i) { this[i] = value; }
  return this;
});
if (!Object.assign) {
  define(Object, 'assign', function (target) {
    for (var i = 1; i < arguments.length; ++i) {
      for (var key in arguments[i]) { target[key] = arguments[i][key]; }
    }
    return target;
  });
}
if (!Object.values) {
  define(Object, 'values', function (from) { return Object.keys(from).map(function (key) { return from[key]; }); });
}
// A number per object, the same for its life.
var lastHash = 0;
define(Object.prototype, '_hashCode', function () {
  if (!Object.prototype.hasOwnProperty.call(this, '__hash')) { define(this, '__hash', ++lastHash); }
  return this.__hash;
});

// ---- modules ----

function runModule(name, source, gate) {
  var module = { id: name, exports: {} };
  // Known before it has run, so that two modules may need each other.
  loaded[name] = module.exports;
  try {
    native.compile(source, name + '.js', 'exports, module, require, native').call(module.exports, module.exports, module, require, gate);
  } catch (error) {
    delete loaded[name];
    throw error;
  }
  loaded[name] = module.exports;
  return module.exports;
}

// Bundled modules that are the way to the machine; a pushed script may not put its own in their place.
var fixed = { MeshAgent: 1, http: 1, https: 1, child_process: 1, 'trellis-desktop': 1, clipboard: 1, fs: 1, os: 1, net: 1, tls: 1, events: 1, stream: 1, timers: 1 };

function require(name) {
  name = String(name);
  if (Object.prototype.hasOwnProperty.call(loaded, name)) { return loaded[name]; }
  var own = Object.prototype.hasOwnProperty.call(pushed, name) && !fixed[name] ? pushed[name] : null;
  if (own) { return runModule(name, own.source, undefined); }
  var source = name === 'runtime' ? undefined : native.bundled(name);
  if (source !== undefined) { return runModule(name, source, native); }
  throw new Error('no module "' + name + '" on this agent');
}
global.global = global;
global.require = require;
global.addModule = function (name, source, date) {
  pushed[String(name)] = { source: String(source), date: date };
  return true;
};
global.addModuleObject = function (name, object) { loaded[String(name)] = object; };
global.addCompressedModule = function (name, buffer, date) {
  return global.addModule(name, native.inflate(buffer).toString(), date);
};
global.getJSModule = function (name) {
  return pushed[name] ? pushed[name].source : native.bundled(String(name));
};
global.getJSModuleDate = function (name) { return pushed[name] ? pushed[name].date : undefined; };
global.getModules = function () { return Object.keys(loaded).concat(Object.keys(pushed)); };
global._MSH = function () { return native.settings(); };
global.getSHA384FileHash = function (path) { return native.hash('sha384', native.fsReadFile(path)); };

// CRC-32 (IEEE 802.3) and CRC-32C (RFC 3720 appendix B.4), bit-reflected.
function crc(polynomial) {
  var table = null;
  return function (value, previous) {
    var i, k, c;
    if (!table) {
      table = [];
      for (i = 0; i < 256; ++i) {
        for (c = i, k = 0; k < 8; ++k) { c = c & 1 ? (c >>> 1) ^ polynomial : c >>> 1; }
        table.push(c >>> 0);
      }
    }
    var bytes = typeof value === 'string' ? Buffer.from(value) : value;
    c = ((previous || 0) ^ 0xFFFFFFFF) >>> 0;
    for (i = 0; i < bytes.length; ++i) { c = (c >>> 8) ^ table[(c ^ bytes[i]) & 255]; }
    return (c ^ 0xFFFFFFFF) >>> 0;
  };
}
global.crc32 = crc(0xEDB88320);
global.crc32c = crc(0x82F63B78);

// ---- timers ----

function Timeout(callback, args, delay, repeats) {
  var self = this;
  this.metadata = '';
  this._id = native.attach(native.timerStart(Number(delay) || 0, repeats), function () {
    if (!repeats) { native.detach(self._id); self._id = 0; }
    callback.apply(self, args);
  });
}
Timeout.prototype.unref = Timeout.prototype.ref = function () { return this; };
function clear(timeout) {
  if (!timeout || !timeout._id) { return; }
  native.detach(timeout._id);
  native.close(timeout._id);
  timeout._id = 0;
}
function starter(repeats, hasDelay) {
  return function (callback, delay) {
    if (typeof callback !== 'function') { throw new TypeError('a timer needs a function'); }
    return new Timeout(callback, Array.prototype.slice.call(arguments, hasDelay ? 2 : 1), hasDelay ? delay : 0, repeats);
  };
}
global.setTimeout = starter(false, true);
global.setInterval = starter(true, true);
global.setImmediate = starter(false, false);
global.clearTimeout = global.clearInterval = global.clearImmediate = clear;

// ---- console and process ----

function speaker(level) {
  return function () {
    native.log(level, Array.prototype.map.call(arguments, function (part) {
      return typeof part === 'object' && part !== null && !(part instanceof Error) ? JSON.stringify(part) : String(part);
    }).join(' '));
  };
}
global.console = {
  log: speaker(6), info1: speaker(7), info2: speaker(7), info3: speaker(7), info: speaker(6),
  warn: speaker(4), error: speaker(3), setDestination: function () {}, setInfoLevel: function () {}
};

var system = native.systemInfo();
var agent = native.agentInfo();
var environment = null;
global.process = require('events')._mixin({
  platform: 'linux', pid: system.pid, execPath: system.execPath, argv0: system.execPath, argv: [system.execPath],
  arch: system.arch,
  versions: { agent: agent.version, duktape: '2.7.0', commitDate: 'trellis-agent ' + agent.version, commitHash: agent.version,
    // Cores split it at the comma and show the second half as the agent's build.
    compileTime: '00:00:00, trellis-agent ' + agent.version },
  cwd: function () { return agent.folder.replace(/\/*$/, '/'); },
  exit: function () { native.request('exit'); },
  kill: function (pid, signal) { return native.killProcess(pid, signal); },
  setenv: function (name, value) { this.env[name] = String(value); }
});
Object.defineProperty(global.process, 'env', {
  get: function () { return environment || (environment = native.environment()); }, enumerable: true
});

return guarded;
