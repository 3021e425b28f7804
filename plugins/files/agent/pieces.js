// Integrity of what is transferred. Follows files.js in one scope.
//
// A file is hashed in pieces of 1 MiB as it goes by; `root` is the SHA-256 of the SHA-256 of all pieces,
// the last one as long as it is. A browser can compute that with what it has (crypto.subtle takes no
// stream), and the pieces say at once where something differs. `sha256` is that of the whole file.
var PIECE = 1048576, TICK_MS = 5000;

function hexOf(bytes) { return bytes.toString('hex').toLowerCase(); }

// MeshAgent's streams say nothing about no bytes at all.
var NOTHING = { SHA256Stream: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
                SHA384Stream: '38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b' };

// One function for all, kept on the stream: MeshAgent never frees a stream (16 KB) whose listener refers to
// what holds the stream. The bytes go with the stream, hence the copy.
function keepHash(bytes) { this.trellisHash = Buffer.concat([bytes]); }

function Sum(name) {
    this.name = name;
    this.isEmpty = true;
    this.stream = require(name).create();
    this.stream.on('hash', keepHash);
}
Sum.prototype.add = function (bytes) {
    if (bytes.length === 0) { return; }
    this.isEmpty = false;
    this.stream.write(bytes);
};
Sum.prototype.end = function () {
    if (this.isEmpty) { return Buffer.from(NOTHING[this.name], 'hex'); }
    this.stream.end();
    return this.stream.trellisHash;
};

/// Of the whole file, and of what goes over in this session (`tail`) for viewers that hash streams.
function Stream() {
    this.whole = new Sum('SHA256Stream');
    this.since = null;
    this.at = 0;
    this.onBytes = null;
    this.sha256 = '';
}
Stream.prototype.add = function (bytes) {
    this.whole.add(bytes);
    if (this.since) { this.since.add(bytes); }
    if (this.onBytes) { this.onBytes(bytes); }
    this.at += bytes.length;
};
Stream.prototype.watchPrefix = function () { };
Stream.prototype.rootSoFar = function () { };
Stream.prototype.beginTail = function () { this.since = this.at > 0 ? new Sum('SHA256Stream') : null; };
Stream.prototype.tail = function () { return this.since ? hexOf(this.since.end()) : this.sha256; };
Stream.prototype.end = function () {
    this.sha256 = hexOf(this.whole.end());
    return { sha256: this.sha256 };
};

/// Pieces only for who compares roots.
function sumsFor(message, hasRoot) { return hasRoot && message.tail !== true ? new Pieces() : new Stream(); }

function Pieces() {
    this.whole = new Sum('SHA256Stream');
    this.hashes = new Sum('SHA256Stream');
    this.piece = new Sum('SHA256Stream');
    this.filled = 0;
    this.at = 0;
    this.prefix = null;
}

/// From now on, until rootSoFar(), what would be the root if nothing followed is counted as well.
Pieces.prototype.watchPrefix = function () { this.prefix = new Sum('SHA256Stream'); };

Pieces.prototype.add = function (bytes) {
    this.whole.add(bytes);
    for (var from = 0; from < bytes.length;) {
        var count = Math.min(bytes.length - from, PIECE - this.filled);
        this.piece.add(from === 0 && count === bytes.length ? bytes : bytes.slice(from, from + count));
        this.filled += count;
        this.at += count;
        from += count;
        if (this.filled === PIECE) { this.closePiece(); }
    }
};

Pieces.prototype.closePiece = function () {
    var hash = this.piece.end();
    this.hashes.add(hash);
    if (this.prefix) { this.prefix.add(hash); }
    this.piece = new Sum('SHA256Stream');
    this.filled = 0;
};

Pieces.prototype.beginTail = function () { };
Pieces.prototype.tail = function () { };

/// Between pieces only.
Pieces.prototype.rootSoFar = function () {
    var sum = this.prefix || new Sum('SHA256Stream');
    this.prefix = null;
    return hexOf(sum.end());
};

Pieces.prototype.end = function () {
    if (this.filled > 0) { this.closePiece(); }
    return { sha256: hexOf(this.whole.end()), root: hexOf(this.hashes.end()) };
};

// MeshAgent's fread and ours: as much as there is, 0 at the end.
function readUpTo(file, buffer, from) {
    var at = from, count;
    while (at < buffer.length && (count = fs.readSync(file, buffer, at, buffer.length - at, null)) > 0) { at += count; }
    return at;
}

/// For work that closes the file itself once it has begun.
function closingOnError(file, work) {
    try { work(); } catch (ex) { try { fs.closeSync(file); } catch (ignored) { } throw ex; }
}

/// Adds the first `size` bytes of an open file, in steps. `done(error, isStopped)` when they are in or can't be had,
/// or when the session has ended or `isWanted()` no longer holds.
function addFrom(session, file, size, pieces, isWanted, done) {
    var buffer = Buffer.alloc(HASH_STEP);
    session.inSteps(function () {
        var left = size - pieces.at;
        if (left <= 0 || !isWanted()) { return true; }
        var part = left < buffer.length ? buffer.slice(0, left) : buffer, end = readUpTo(file, part, 0);
        pieces.add(part.slice(0, end));
        if (end < part.length) { throw new Error('the file is shorter than expected'); }
        return false;
    }, function (error, isStopped) { done(error, isStopped || !isWanted()); });
}

/// For addFrom: asks `isWanted`, and tells a viewer that waits for a stream (`tail`) now and then that it goes on.
function watching(session, message, isWanted) {
    var told = Date.now();
    return function () {
        if (message.tail === true && Date.now() - told > TICK_MS) {
            told = Date.now();
            session.reply({ action: 'hashing', reqid: message.reqid });
        }
        return isWanted();
    };
}

// ---- what the server is told ------------------------------------------------------------------------

// Of every transfer; many small ones together, and none waits longer than a second while the server is there. Of
// those that take longer it hears that they have begun: what it hears no more of was cut off.
var MAX_WAITING = 2000;
var told = { waiting: [], begun: [], timer: null };

function tellServer() {
    if (!trellis.mesh.isControlChannelConnected) { tellSoon(5000); return; }
    told.begun.splice(0).forEach(function (each) { if (each.isOpen()) { told.waiting.push(each.entry); } });
    while (told.waiting.length > 0) { trellis.send({ action: 'files.done', transfers: told.waiting.splice(0, 100) }); }
}

function tellSoon(ms) {
    if (told.timer === null) { told.timer = setTimeout(function () { told.timer = null; tellServer(); }, ms); }
}

/// `isOpen()`: it is still under way.
Session.prototype.reportBegun = function (direction, path, isOpen) {
    if (told.begun.length === MAX_WAITING) { return; }
    told.begun.push({ isOpen: isOpen, entry: { tunnel: this.tunnelId, direction: direction, path: path.substring(0, MAX_PATH), size: 0, begun: true } });
    tellSoon(500);
};

/// `direction`: 'up' (to the device) or 'down'.
Session.prototype.report = function (direction, path, size, hash, error) {
    if (told.waiting.length === MAX_WAITING) { told.waiting.shift(); }
    told.waiting.push({ tunnel: this.tunnelId, direction: direction, path: path.substring(0, MAX_PATH), size: size,
                        sha256: hash || '', error: error ? wordsOf(error) : '' });
    // A moment later: what ended the transfer may have been the server's end, of which the agent hears next.
    if (told.waiting.length % 100 === 0) { tellServer(); } else { tellSoon(500); }
};
