// Notices for the person at the machine.
exports.Toast = function (title, text) { require('message-box')._notify(title, text); };
