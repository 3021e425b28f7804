// TLS connections out.
exports.connect = function (options, callback) {
  var all = {};
  Object.keys(options).forEach(function (key) { all[key] = options[key]; });
  all.secure = true;
  return require('net')._connect(all, callback);
};
exports.createSecureContext = function (options) { return options || {}; };
exports.generateRandomInteger = function (least, most) {
  var bytes = Buffer.alloc(6);
  bytes.randomFill();
  return String(Math.floor(Number(least) + (bytes.readUIntBE(0, 6) / 281474976710656) * (Number(most) - Number(least) + 1)));
};
