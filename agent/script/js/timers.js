// The global timers under node's module name.
exports.setTimeout = setTimeout;
exports.setInterval = setInterval;
exports.setImmediate = setImmediate;
exports.clearTimeout = clearTimeout;
exports.clearInterval = clearInterval;
exports.clearImmediate = clearImmediate;
