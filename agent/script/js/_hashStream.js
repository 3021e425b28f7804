// Digest as a stream: create() gives a writable that emits 'hash' (Buffer) at its end; syncHash(x) at once.
var stream = require('stream');
function bytesOf(x) { return typeof x === 'string' ? Buffer.from(x) : x; }

module.exports = function (digest) {
  function create() {
    var state = native.hashStart(digest);
    var far = stream._makeWritable({}, {
      write: function (chunk) { native.hashUpdate(state, bytesOf(chunk)); return true; },
      end: function () { far.emit('hash', native.hashEnd(state)); }
    });
    far.createEvent('hash');
    far.syncHash = function (x) { return native.hash(digest, bytesOf(x)); };
    far.hash = far.syncHash;
    return far;
  }
  return { create: create, syncHash: function (x) { return native.hash(digest, bytesOf(x)); } };
};
