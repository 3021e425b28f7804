// Readable and writable ends with flow control. A source calls _push(chunk) and _ended(); a sink is a
// function that returns false to be waited for until _drained().
var events = require('events');
var hide = events._hide;

var readable = {
  pause: function () { this._paused = true; if (this._source) { this._source.pause(true); } return this; },
  resume: function () {
    this._paused = false;
    while (!this._paused && this._waiting.length) { this.emit('data', this._waiting.shift()); }
    if (this._paused) { return this; }
    if (this._endWaits) { this._endWaits = false; this._finish(); }
    if (this._source) { this._source.pause(false); }
    return this;
  },
  isPaused: function () { return !!this._paused; },
  // Comes first again; a stream that flows delivers it in the next turn.
  unshift: function (chunk) {
    var self = this;
    this._waiting.unshift(chunk);
    if (!this._paused) { setImmediate(function () { if (!self._paused) { self.resume(); } }); }
    return this;
  },
  // dataTypeSkip 1: strings are not piped; they only raise 'data'.
  pipe: function (target, options) {
    var self = this;
    var link = { target: target, skipsText: !!(options && options.dataTypeSkip === 1) };
    link.data = function (chunk) {
      if (link.skipsText && typeof chunk === 'string') { return; }
      if (target.write(chunk) === false) { self.pause(); }
    };
    link.drain = function () { self.resume(); };
    link.end = function () { if (!options || options.end !== false) { target.end(); } };
    this._pipedStreams.push(link);
    this.on('data', link.data);
    this.on('end', link.end);
    if (target.on) { target.on('drain', link.drain); }
    if (target.emit) { target.emit('pipe', this); }
    if (this._paused) { this.resume(); }
    return target;
  },
  unpipe: function (target) {
    var self = this;
    this._pipedStreams.slice().forEach(function (link) {
      if (target && link.target !== target) { return; }
      self._pipedStreams.splice(self._pipedStreams.indexOf(link), 1);
      self.removeListener('data', link.data);
      self.removeListener('end', link.end);
      if (link.target.removeListener) { link.target.removeListener('drain', link.drain); }
      if (link.target.emit) { link.target.emit('unpipe', self); }
    });
    return this;
  },
  _push: function (chunk) {
    if (this._paused || this._waiting.length) { this._waiting.push(chunk); return false; }
    this.emit('data', chunk);
    return !this._paused;
  },
  _ended: function () {
    if (this._waiting.length) { this._endWaits = true; return; }
    this._finish();
  },
  _finish: function () {
    if (this._hasEnded) { return; }
    this._hasEnded = true;
    this.emit('end');
    this.emit('close');
    this.unpipe();
  }
};

function makeReadable(target, source) {
  events._mixin(target);
  ['data', 'end', 'close', 'error'].forEach(function (name) { target.createEvent(name); });
  hide(target, '_source', source || null);
  hide(target, '_paused', false);
  hide(target, '_waiting', []);
  hide(target, '_endWaits', false);
  hide(target, '_hasEnded', false);
  hide(target, '_pipedStreams', []);
  Object.keys(readable).forEach(function (name) { hide(target, name, readable[name]); });
  return target;
}

// sink: {write(chunk) -> bool, end()}
function makeWritable(target, sink) {
  events._mixin(target);
  ['drain', 'finish', 'pipe', 'unpipe'].forEach(function (name) { target.createEvent(name); });
  hide(target, '_callbacks', []);
  hide(target, 'write', function (chunk, callback) {
    if (target._isFinished) { return false; }
    if (typeof chunk === 'object' && chunk !== null && !Buffer.isBuffer(chunk) && !(chunk instanceof Uint8Array) && !(chunk instanceof ArrayBuffer)) {
      chunk = JSON.stringify(chunk);
    }
    if (chunk === undefined || chunk === null || chunk.length === 0) { return true; }
    var isAccepted = sink.write(typeof chunk === 'number' || typeof chunk === 'boolean' ? String(chunk) : chunk) !== false;
    if (typeof callback === 'function') {
      if (isAccepted) { callback.call(target); } else { target._callbacks.push(callback); }
    }
    return isAccepted;
  });
  hide(target, 'end', function (chunk) {
    if (target._isFinished) { return; }
    if (chunk !== undefined && chunk !== null) { target.write(chunk); }
    hide(target, '_isFinished', true);
    sink.end();
    target.emit('finish');
  });
  hide(target, '_drained', function () {
    var waiting = target._callbacks;
    target._callbacks = [];
    waiting.forEach(function (callback) { callback.call(target); });
    target.emit('drain');
  });
  return target;
}

// The three constructors: options carry the functions, as in node and MeshAgent: write(chunk, flush),
// final(flush), pause(), resume().
function Writable(options) {
  var self = this;
  makeWritable(this, {
    write: function (chunk) {
      var isDone = false;
      var isLate = false;
      options.write.call(self, chunk, function () { isDone = true; if (isLate) { self._drained(); } });
      isLate = !isDone;
      return isDone;
    },
    end: function () { if (options.final) { options.final.call(self, function () {}); } }
  });
}

function Readable(options) {
  var self = this;
  makeReadable(this, {
    pause: function (isPaused) {
      var call = options && options[isPaused ? 'pause' : 'resume'];
      if (call) { call.call(self); }
    }
  });
  hide(this, 'push', function (chunk) {
    if (chunk === null) { self._ended(); return false; }
    return self._push(chunk);
  });
}

function Duplex(options) {
  Readable.call(this, options);
  Writable.call(this, options);
}

exports.Readable = Readable;
exports.Writable = Writable;
exports.Duplex = Duplex;
exports._makeReadable = makeReadable;
exports._makeWritable = makeWritable;
