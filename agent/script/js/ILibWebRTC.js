// WebRTC is not part of this agent; sessions go through the server's relay. Asking for a connection says so.
exports.createConnection = function () { throw new Error('this agent has no WebRTC'); };
