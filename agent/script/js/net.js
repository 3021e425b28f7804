// TCP connections out.
var events = require('events');
var stream = require('stream');

// options: {host, port, secure, rejectUnauthorized, checkServerIdentity}
exports._connect = function (options, callback) {
  var socket = {};
  var check = options.checkServerIdentity;
  var id = native.tcpOpen(String(options.host || '127.0.0.1'), Number(options.port), !!options.secure,
    options.rejectUnauthorized !== 0 && options.rejectUnauthorized !== false, typeof check === 'function');
  stream._makeReadable(socket, { pause: function (isPaused) { native.pause(id, isPaused); } });
  stream._makeWritable(socket, { write: function (chunk) { return native.send(id, chunk); }, end: function () { native.end(id); } });
  ['connect', 'timeout'].forEach(function (name) { socket.createEvent(name); });
  socket.destroy = function () { native.detach(id); native.close(id); socket._ended(); };
  if (callback) { socket.on('connect', callback); }
  native.attach(id, function (event, first, second) {
    switch (event) {
      case 'verify':
        try { check([require('http')._certificate(first, second)]); } catch (ignored) { return false; }
        return true;
      case 'connect': socket.remoteAddress = first; socket.remotePort = options.port; socket.emit('connect', socket); break;
      case 'data': socket._push(first); break;
      case 'drain': socket._drained(); break;
      case 'end': native.detach(id); socket._ended(); break;
      case 'error': native.detach(id); socket.emit('error', new Error(first)); socket.emit('close'); break;
    }
    return true;
  });
  return socket;
};
exports.createConnection = function (options, callback) { return exports._connect(options, callback); };
exports.connect = exports.createConnection;
// The agent opens no ports and no sockets for others: listening is refused with a reason.
exports.createServer = function () {
  var server = events._mixin({ listen: function () { throw new Error('this agent does not listen for connections'); }, close: function () {} });
  ['connection', 'listening', 'error', 'close'].forEach(function (name) { server.createEvent(name); });
  return server;
};
