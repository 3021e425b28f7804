// What machine this is.
var info = null;
function system() { return info || (info = native.systemInfo()); }

exports.EOL = '\n';
exports.arch = function () { return system().arch; };
exports.hostname = function () { return native.systemInfo().hostname; };
exports.platform = function () { return 'linux'; };
exports.networkInterfaces = function () { return native.networkInterfaces(); };
exports.endianness = function () { return 'LE'; };
exports.dns = function () {
  try {
    return require('fs').readFileSync('/etc/resolv.conf').toString().splitLines().reduce(function (found, line) {
      var parts = /^\s*nameserver\s+(\S+)/.exec(line);
      if (parts) { found.push(parts[1]); }
      return found;
    }, []);
  } catch (ignored) { return []; }
};
// A promise, as on MeshAgent.
exports.name = function () {
  var promise = require('promise');
  return new promise(function (resolve) { resolve(system().osName); });
};
Object.defineProperty(exports, 'Name', { get: function () { return system().osName; }, enumerable: true });
