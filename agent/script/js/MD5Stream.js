// MD5 of what is written; see _hashStream.
module.exports = require('_hashStream')('md5');
