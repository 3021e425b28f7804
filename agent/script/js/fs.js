// Files and folders, the synchronous subset.
var events = require('events');
var stream = require('stream');

function folderOf(path) { return String(path).replace(/\/\*$/, '') || '/'; }

exports.constants = { O_RDONLY: 0, S_IFMT: 61440, S_IFDIR: 16384, S_IFREG: 32768 };
exports.CHMOD_MODES = { S_IRUSR: 256, S_IWUSR: 128, S_IXUSR: 64, S_IRGRP: 32, S_IWGRP: 16, S_IXGRP: 8, S_IROTH: 4, S_IWOTH: 2, S_IXOTH: 1 };

exports.readdirSync = function (path) { return native.fsReaddir(folderOf(path)); };
exports.statSync = function (path) {
  var info = native.fsStat(String(path));
  return {
    size: info.size, mode: info.mode, uid: info.uid, gid: info.gid, mtime: info.mtime, ctime: info.ctime, atime: info.atime,
    isFile: function () { return info.file; }, isDirectory: function () { return info.directory; }
  };
};
exports.existsSync = function (path) {
  try { native.fsStat(String(path)); return true; } catch (ignored) { return false; }
};
exports.openSync = function (path, flags) { return native.fsOpen(String(path), String(flags || 'r')); };
exports.closeSync = function (fd) { native.fsClose(fd); };
exports.readSync = function (fd, buffer, offset, length, position) { return native.fsRead(fd, buffer, offset || 0, length === undefined ? buffer.length : length, position); };
exports.writeSync = function (fd, data, offset, length) { return native.fsWrite(fd, data, offset || 0, length); };
exports.readFileSync = function (path, options) {
  var data = native.fsReadFile(String(path));
  var encoding = typeof options === 'string' ? options : options && options.encoding;
  return encoding ? data.toString(encoding) : data;
};
exports.writeFileSync = function (path, data, options) {
  native.fsWriteFile(String(path), Buffer.isBuffer(data) ? data : String(data), (options && options.flags) || 'w');
};
exports.appendFileSync = function (path, data) { exports.writeFileSync(path, data, { flags: 'a' }); };
exports.copyFileSync = function (from, to) {
  var input = exports.openSync(from, 'r');
  try {
    var output = exports.openSync(to, 'w');
    try {
      var buffer = Buffer.alloc(65536);
      for (var count; (count = exports.readSync(input, buffer, 0, buffer.length, null)) > 0;) {
        for (var at = 0; at < count;) { at += exports.writeSync(output, buffer, at, count - at); }
      }
    } finally { exports.closeSync(output); }
  } finally { exports.closeSync(input); }
};
exports.renameSync = function (from, to) { native.fsRename(String(from), String(to)); };
exports.unlinkSync = function (path) { native.fsUnlink(String(path)); };
exports.rmdirSync = exports.unlinkSync;
exports.mkdirSync = function (path) { native.fsMkdir(String(path)); };
exports.chmodSync = function (path, mode) { native.fsChmod(String(path), mode); };
exports.chownSync = function (path, uid, gid) { native.fsChown(String(path), uid, gid); };
exports.realpathSync = function (path) { return native.fsRealpath(String(path)); };
exports.ftruncateSync = function (fd, length) { native.fsFtruncate(fd, length || 0); };
exports.fchmodSync = function (fd, mode) { native.fsFchmod(fd, mode); };
exports.fchownSync = function (fd, uid, gid) { native.fsFchown(fd, uid, gid); };

exports.createReadStream = function (path, options) {
  var fd = exports.openSync(path, (options && options.flags) || 'r');
  var far = {};
  var isPlanned = false;
  function step() {
    isPlanned = false;
    if (far._paused || far._hasEnded) { return; }
    var buffer = Buffer.alloc(16384);
    var count = exports.readSync(fd, buffer, 0, buffer.length, null);
    if (count > 0) { far._push(buffer.slice(0, count)); plan(); return; }
    exports.closeSync(fd);
    far._ended();
  }
  function plan() { if (!isPlanned) { isPlanned = true; setImmediate(step); } }
  stream._makeReadable(far, { pause: function (isPaused) { if (!isPaused) { plan(); } } });
  plan();
  return far;
};
exports.createWriteStream = function (path, options) {
  var fd = exports.openSync(path, (options && options.flags) || 'w');
  return stream._makeWritable({}, {
    write: function (chunk) {
      var bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      for (var at = 0; at < bytes.length;) { at += exports.writeSync(fd, bytes, at, bytes.length - at); }
      return true;
    },
    end: function () { exports.closeSync(fd); }
  });
};
