// Datagrams, sending only: what waking other machines needs. MeshAgent's names.
var events = require('events');

exports.createSocket = function (options) {
  var type = typeof options === 'string' ? options : (options || {}).type;
  if (type !== 'udp4') { throw new Error('dgram: only udp4 is here'); }
  return new Socket();
};

function Socket() {
  events._mixin(this);
  this._local = '0.0.0.0';
  this._isBroadcast = false;
}
Socket.prototype.bind = function (options) { this._local = String((options || {}).address || '0.0.0.0'); };
Socket.prototype.setBroadcast = function (isOn) { this._isBroadcast = isOn === true; };
// Throws when the system refuses; what is lost on the way nobody knows, as ever with datagrams.
Socket.prototype.send = function (data, port, host) {
  if (this._isClosed) { throw new Error('dgram: the socket is closed'); }
  native.datagramSend(this._local, String(host), Number(port), Buffer.from(data), this._isBroadcast);
};
Socket.prototype.close = function () { this._isClosed = true; };
