// The same as http, with TLS unless the address says otherwise.
var http = require('http');
exports.parseUri = http.parseUri;
exports.request = function (options, callback) { return http._make('https:', options, callback); };
exports.get = function (options, callback) { var request = exports.request(options, callback); request.end(); return request; };
exports.globalAgent = http.globalAgent;
