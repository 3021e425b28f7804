// The device's id as upper-case hex.
module.exports = function () { return native.agentInfo().nodeIdHex; };
