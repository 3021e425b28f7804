// A bar on the person's screen that tells who looks on, until it is closed: here by close(), there by its cross,
// which gives `close`. Throws where no person is at a screen.
var children = require('child_process');
var events = require('events');

var kMaxText = 1000;
var kClosedThere = 2;

module.exports = function (text) {
  var options = require('message-box')._target();
  var child = children.execFile('/proc/self/exe', ['trellis-agent', 'privacy-bar'], options);
  var bar = {};
  events._mixin(bar);
  bar.createEvent('close');
  bar._child = child; // MeshAgent's rule: what nothing refers to is ended
  child.stdout.on('data', function () {});
  child.stderr.on('data', function () {});
  child.on('exit', function (code) {
    bar._child = null;
    if (code === kClosedThere) { bar.emit('close'); }
  });
  child.stdin.write(String(text).slice(0, kMaxText).replace(/[\r\n\0]/g, ' ') + '\n');
  bar.close = function () { if (bar._child) { bar._child.stdin.end(); } };
  return bar;
};
