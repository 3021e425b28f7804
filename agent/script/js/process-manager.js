// Running programs, from /proc (proc(5)).
var fs = require('fs');

function read(pid, name) {
  try { return fs.readFileSync('/proc/' + pid + '/' + name).toString(); } catch (ignored) { return null; }
}

function describe(pid) {
  var command = read(pid, 'cmdline');
  var status = read(pid, 'status');
  if (status === null) { return null; }
  var name = /^Name:\s*(.*)$/m.exec(status);
  var uid = /^Uid:\s*(\d+)/m.exec(status);
  var line = (command || '').replace(/\0+$/, '').split('\0').join(' ');
  var info = { pid: pid, cmd: line || (name ? '[' + name[1] + ']' : '') };
  try { info.user = require('user-sessions').getUsername(Number(uid[1])); } catch (ignored) { if (uid) { info.user = uid[1]; } }
  return info;
}

exports.getProcesses = function (callback) {
  var found = {};
  fs.readdirSync('/proc').forEach(function (name) {
    if (!/^\d+$/.test(name)) { return; }
    var info = describe(Number(name));
    if (info) { found[name] = info; }
  });
  var args = Array.prototype.slice.call(arguments, 1);
  if (typeof callback !== 'function') { return found; }
  setImmediate(function () { callback.apply(null, [found].concat(args)); });
};
exports.getProcess = function (name) {
  var all = exports.getProcesses();
  return Object.keys(all).filter(function (pid) { return all[pid].cmd.split(' ')[0].split('/').peek() === name; }).map(Number);
};
exports.getProcessInfo = function (pid) {
  var promise = require('promise');
  return new promise(function (resolve, reject) {
    var status = read(Number(pid), 'status');
    if (status === null) { reject('no process ' + pid); return; }
    var values = {};
    status.splitLines().forEach(function (line) {
      var mark = line.indexOf(':');
      if (mark > 0) { values[line.slice(0, mark)] = line.slice(mark + 1).trim(); }
    });
    resolve(values);
  });
};
