// The screen of the person at the machine, for viewers (docs/design/desktop-stream.md) and for the clipboard.
var events = require('events');
var stream = require('stream');

var kMaxClipboard = 1000000; // bytes of UTF-8
var kPart = 200000;          // characters of a clipboard part
var kMaxParts = 64;

// KVM message 65: text for the person who watches (protocol section 7.2).
function errorMessage(text) {
  var body = Buffer.from(String(text).slice(0, 1000));
  var message = Buffer.alloc(4 + body.length);
  message.writeUInt16BE(65, 0);
  message.writeUInt16BE(message.length, 2);
  body.copy(message, 4);
  return message;
}

// The next piece of a text, which ends between characters.
function partEnd(text, start) {
  var end = Math.min(start + kPart, text.length);
  var last = text.charCodeAt(end - 1);
  return end < text.length && last >= 0xD800 && last < 0xDC00 ? end - 1 : end;
}
function clipboardParts(text) {
  var parts = [];
  for (var at = 0; at < text.length; at = partEnd(text, at)) { parts.push(text.slice(at, partEnd(text, at))); }
  return (parts.length ? parts : ['']).map(function (part, index, all) {
    var message = { type: 'clipboard', text: part };
    if (all.length > 1) { message.part = index; message.parts = all.length; }
    return message;
  });
}

// Parts of one text in order; anything else starts anew.
function Collector() { this.reset(); }
Collector.prototype.reset = function () { this.texts = []; this.size = 0; return null; };
Collector.prototype.add = function (message) {
  if (typeof message.text !== 'string') { return null; }
  var parts = message.parts === undefined ? 1 : Number(message.parts);
  var part = message.part === undefined ? 0 : Number(message.part);
  if (!(parts >= 1 && parts <= kMaxParts) || part !== (part === 0 ? 0 : this.texts.length)) { return this.reset(); }
  if (part === 0) { this.reset(); }
  this.size += Buffer.from(message.text).length;
  if (this.size > kMaxClipboard) { return this.reset(); }
  this.texts.push(message.text);
  if (this.texts.length < parts) { return null; }
  var text = this.texts.join('');
  this.reset();
  return text;
};

function open(options, isQuiet) {
  options = options || {};
  var self = {};
  var id = 0;
  var collector = new Collector();
  stream._makeReadable(self, { pause: function (isPaused) { if (id) { native.pause(id, isPaused); } } });
  stream._makeWritable(self, {
    write: function (chunk) {
      if (!id || typeof chunk === 'string') { return true; }
      return native.send(id, chunk) !== false;
    },
    end: function () { if (id) { native.end(id); } else { self._ended(); } }
  });
  self.createEvent('control');

  function finish(reason) {
    if (id) { native.detach(id); }
    id = 0;
    if (reason) {
      self._push(errorMessage(reason));
      var info = native.desktopInfo();
      self.emit('control', { type: 'console', msg: reason, canStartVirtual: info.displays.length === 0 && info.canStartVirtual });
    }
    self._ended();
  }

  // What a viewer sends as text: clipboard parts, lock, autolock, blank.
  self.control = function (message) {
    if (!id || !message) { return; }
    switch (message.type) {
      case 'clipboard':
        var text = collector.add(message);
        if (text !== null) { native.desktopControl(id, 'clipboard', text); }
        break;
      case 'getclip': native.desktopControl(id, 'getclip', ''); break;
      case 'lock': native.desktopControl(id, 'lock', ''); break;
      case 'blank': native.desktopControl(id, 'blank', message.value ? '1' : '0'); break;
      case 'autolock': native.desktopControl(id, 'autolock', message.value ? '1' : '0'); break;
    }
  };

  try {
    var codecs = Array.isArray(options.codecs) ? options.codecs.slice(0, 8).map(String).join(' ') : '';
    var uid = options.uid === undefined || options.uid === null ? -1 : Number(options.uid);
    id = native.desktopOpen(Number(options.version) || 0, codecs, !!options.viewOnly, uid, !!options.startVirtual, !!isQuiet);
    native.attach(id, function (event, value) {
      switch (event) {
        case 'data': self._push(value); break;
        case 'control': self.emit('control', value); break;
        case 'clipboard':
          if (isQuiet) { self.emit('text', value); } else { clipboardParts(value).forEach(function (part) { self.emit('control', part); }); }
          break;
        case 'end': finish(value); break;
      }
    });
  } catch (error) {
    // In the next turn, when the caller listens.
    setImmediate(function () { finish(error.message || String(error)); });
  }
  return self;
}

// {version: 0|1, codecs: ['h264', 'vp9'], viewOnly, uid, startVirtual} -> Duplex: a chunk written is one binary
// message of a viewer, a chunk read is one KVM message. 'control': an object for the viewer as text.
exports.open = function (options) { return open(options, false); };

// X servers that can be shown: [{name, uid, login}], best first; and whether a virtual one could be started.
exports.displays = function () { return native.desktopInfo().displays; };
exports.canStartVirtual = function () { return native.desktopInfo().canStartVirtual; };

// One shot: callback(text or null).
exports.getClipboard = function (uid, callback) {
  var viewer = open({ uid: uid }, true);
  var timer = setTimeout(function () { done(null); }, 6000);
  function done(text) {
    if (!timer) { return; }
    clearTimeout(timer);
    timer = null;
    callback(text);
    viewer.end();
  }
  viewer.on('text', done);
  viewer.on('end', function () { done(null); });
  viewer.control({ type: 'getclip' });
};

// The session must live as long as its text is offered: X has no place for a text whose owner has gone.
var keepers = {};
exports.setClipboard = function (uid, text) {
  var key = String(uid);
  var keeper = keepers[key];
  if (!keeper) {
    keeper = keepers[key] = open({ uid: uid }, true);
    keeper.on('end', function () { if (keepers[key] === keeper) { delete keepers[key]; } });
    // Somebody has copied something else: nothing is offered any more.
    keeper.on('text', function (other) { if (other !== keeper.text) { keeper.end(); } });
  }
  keeper.text = String(text);
  clipboardParts(keeper.text).forEach(function (part) { keeper.control(part); });
};

// MeshAgent's stream: one for all tunnels of a user, who asks again gets the same (protocol section 7.2).
var shared = {};
exports._sharedStream = function (uid) {
  var key = String(uid);
  if (shared[key]) { return shared[key]; }
  var viewer = open({ version: 0, uid: uid }, false);
  var pipe = viewer.pipe;
  shared[key] = viewer;
  viewer.on('end', function () { delete shared[key]; });
  viewer.on('control', function (message) { if (message.type === 'console') { viewer.emit('error', new Error(message.msg)); } });
  viewer.pipe = function (target, settings) {
    pipe.call(viewer, target, settings);
    viewer.write(Buffer.from('00060004', 'hex')); // a refresh: the new one has seen nothing
    return target;
  };
  return viewer;
};
