// The clipboard of the person at the screen, under MeshAgent's names.
var desktop = require('trellis-desktop');
var promise = require('promise');

module.exports = function (text) { desktop.setClipboard(undefined, text); };
module.exports.read = function () {
  return new promise(function (resolve, reject) {
    desktop.getClipboard(undefined, function (text) { if (text === null) { reject('no screen to read from'); } else { resolve(text); } });
  });
};
