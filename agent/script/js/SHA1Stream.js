// SHA1 of what is written; see _hashStream.
module.exports = require('_hashStream')('sha1');
