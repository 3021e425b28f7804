// Small values that outlive the script: Put, Get, GetBuffer, Delete, Keys. All stores are one; it does not
// hold the device's own keys.
var store = {
  Put: function (key, value) { native.databasePut(String(key), Buffer.isBuffer(value) ? 'b' + value.toString('base64') : 't' + value); return 0; },
  Get: function (key) {
    var value = native.databaseGet(String(key));
    return value === undefined ? null : value.charAt(0) === 'b' ? Buffer.from(value.slice(1), 'base64').toString() : value.slice(1);
  },
  GetBuffer: function (key) {
    var value = native.databaseGet(String(key));
    return value === undefined ? null : value.charAt(0) === 'b' ? Buffer.from(value.slice(1), 'base64') : Buffer.from(value.slice(1));
  },
  Delete: function (key) { native.databasePut(String(key), null); },
  Keys: function () { return native.databaseKeys(); },
  Compact: function () {}
};
Object.defineProperty(store, 'Keys', { get: function () { return native.databaseKeys(); } });
exports.Shared = function () { return store; };
exports.Create = function () { return store; };
