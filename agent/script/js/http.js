// HTTP and WebSocket client. `upgrade` for ws: and wss:, `response` for http: and https:.
var events = require('events');
var stream = require('stream');
var hide = events._hide;
var kPorts = { 'ws:': 80, 'http:': 80, 'wss:': 443, 'https:': 443 };

exports.parseUri = function (text) {
  var parts = /^([a-zA-Z]+:)\/\/(\[[^\]]+\]|[^:\/?#]+)(?::(\d+))?([^#]*)/.exec(String(text));
  if (!parts || !kPorts[parts[1].toLowerCase()]) { throw new Error('not an http, https, ws or wss address: ' + text); }
  var protocol = parts[1].toLowerCase();
  return {
    protocol: protocol, host: parts[2].replace(/[\[\]]/g, ''), port: parts[3] ? Number(parts[3]) : kPorts[protocol],
    path: parts[4] && parts[4].charAt(0) === '/' ? parts[4] : '/' + parts[4], method: 'GET', headers: {}
  };
};

// `own` is the protocol of the module that was asked: http.request({host, path}) is plain HTTP.
function addressOf(options, own) {
  var protocol = options.protocol || own;
  if (!kPorts[protocol]) { throw new Error('protocol ' + protocol + ' is not known'); }
  var host = String(options.host || options.hostname || 'localhost');
  if (host.indexOf(':') >= 0 && host.charAt(0) !== '[') { host = '[' + host + ']'; }
  return protocol + '//' + host + ':' + (options.port || kPorts[protocol]) + (options.path || '/');
}

function headerLines(headers) {
  return Object.keys(headers || {}).map(function (name) {
    var line = name + '\n' + headers[name];
    if (/[\r\n]/.test(name) || /[\r\n]/.test(String(headers[name]))) { throw new Error('header ' + JSON.stringify(name) + ' has a line end in it'); }
    return line;
  }).join('\n');
}

// The certificate as checkServerIdentity gets it; throwing refuses the server.
exports._certificate = function (hashes, der) {
  return { digest: hashes.digest, fingerprint: hashes.fingerprint, fingerprint384: hashes.fingerprint, raw: der, toDER: function () { return der; } };
};

function makeSocket(id, head) {
  var socket = {};
  var quiet = null;
  var limit = 0;
  stream._makeReadable(socket, { pause: function (isPaused) { native.pause(id, isPaused); } });
  stream._makeWritable(socket, {
    write: function (chunk) {
      var before = typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
      socket.bytesSent_uncompressed += before;
      socket.bytesSent_actual += before;
      touch();
      return native.send(id, chunk);
    },
    end: function () { native.end(id); }
  });
  socket.createEvent('timeout');
  socket.createEvent('pong');
  socket.bytesSent_uncompressed = socket.bytesSent_actual = 0;
  socket.bytesReceived_uncompressed = socket.bytesReceived_actual = 0;
  socket.bytesSent_ratio = socket.bytesReceived_ratio = 0;
  socket.headers = head.headers;
  function touch() {
    if (quiet) { clearTimeout(quiet); quiet = null; }
    if (limit > 0 && !socket._hasEnded) { quiet = setTimeout(function () { quiet = null; socket.emit('timeout'); touch(); }, limit); }
  }
  hide(socket, 'setTimeout', function (ms, callback) {
    limit = Number(ms) || 0;
    if (callback) { socket.on('timeout', callback); }
    touch();
  });
  hide(socket, 'ping', function () { touch(); native.ping(id); });
  hide(socket, '_data', function (chunk) {
    var size = typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
    socket.bytesReceived_uncompressed += size;
    socket.bytesReceived_actual += size;
    touch();
    socket._push(chunk);
  });
  hide(socket, '_stopped', function () { limit = 0; touch(); });
  return socket;
}

function Request(options, own, callback) {
  var self = this;
  var body = [];
  var isSent = false;
  events._mixin(this);
  this._mustHandleErrors = false;
  ['upgrade', 'response', 'error', 'close', 'abort'].forEach(function (name) { self.createEvent(name); });
  this.options = options;
  if (callback) { this.on('response', callback); }
  hide(this, 'write', function (chunk) { body.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))); return true; });
  hide(this, 'end', function (chunk) {
    if (isSent) { return this; }
    isSent = true;
    if (chunk !== undefined) { this.write(chunk); }
    start(self, options, own, body.length ? Buffer.concat(body) : null);
    return this;
  });
  hide(this, 'abort', function () {
    isSent = true;
    if (self._id) { native.detach(self._id); native.close(self._id); self._id = 0; }
  });
  // MeshAgent connects without being told to; a request that writes a body ends itself first.
  setImmediate(function () { if (!isSent && body.length === 0 && !/^(POST|PUT)$/i.test(options.method || '')) { self.end(); } });
}

function start(request, options, own, body) {
  var check = options.checkServerIdentity;
  var chain = options.rejectUnauthorized !== 0 && options.rejectUnauthorized !== false;
  var url = addressOf(options, own);
  var isSocket = /^wss?:/.test(url);
  var headers = {};
  Object.keys(options.headers || {}).forEach(function (name) { headers[name] = options.headers[name]; });
  if (isSocket) { headers['Content-Length'] = 0; }
  var far = null;
  var events_ = {
    verify: function (hashes, der) {
      try { check.call(request, [exports._certificate(hashes, der)]); } catch (error) { request._refusal = error; return false; }
      return true;
    },
    upgrade: function (head) {
      far = makeSocket(request._id, head);
      request.emit('upgrade', head, far, null);
      return true;
    },
    response: function (head) {
      far = { statusCode: head.statusCode, statusMessage: head.statusMessage, headers: head.headers };
      stream._makeReadable(far, { pause: function (isPaused) { native.pause(request._id, isPaused); } });
      hide(far, '_data', function (chunk) { far._push(chunk); });
      hide(far, '_stopped', function () {});
      request.emit('response', far);
    },
    data: function (chunk) { if (far) { far._data(chunk); } },
    drain: function () { if (far) { far._drained(); } },
    pong: function () { if (far) { far.emit('pong'); } },
    end: function () {
      native.detach(request._id);
      if (far) { far._stopped(); far._ended(); }
      request.emit('close');
    },
    error: function (reason) {
      native.detach(request._id);
      request.emit('error', request._refusal || new Error(reason));
    }
  };
  var id;
  try {
    id = native.webOpen(url, String(options.method || 'GET').toUpperCase(), headerLines(headers), body, chain, typeof check === 'function');
  } catch (error) {
    setImmediate(function () { request.emit('error', error); });
    return;
  }
  hide(request, '_id', id);
  native.attach(id, function (event, first, second) { return events_[event] ? events_[event](first, second) : undefined; });
}

exports._make = function (own, options, callback) {
  if (typeof options === 'string') { options = exports.parseUri(options); }
  return new Request(options || {}, own, callback);
};
exports.request = function (options, callback) { return exports._make('http:', options, callback); };
exports.get = function (options, callback) { var request = exports.request(options, callback); request.end(); return request; };
exports.globalAgent = {};
