// Files read from the device. Follows upload.js in one scope.
//
// Beyond the wire, with `window` (bytes that may be under way): larger blocks, acknowledged by
// `{sub: 'ack', at: <bytes taken>}`, a start at `offset` if what is in front still has the hash `root`
// (pieces.js), or the file the `size` and `mtime` that it had, and at the end the hashes, which say that
// the file did not change meanwhile. With `tail: true` these are SHA-256 of the whole file and of what was
// sent in this session.
var BLOCK = 16380, WINDOW = 8, MAX_CREDIT = 64;  // a viewer of the wire acknowledges each block
// Eight are little on a long line: for a viewer that names no number (meshctrl) each acknowledgement is worth two
// blocks as long as it came about as quickly as the quickest.
var MAX_BLOCKS = 1024, QUEUED_MS = 100;
var MAX_WINDOW = 64 * 1048576, HELD_MS = 500;

// ---- download ---------------------------------------------------------------------------------------

Session.prototype.endDownload = function () {
    if (this.download) { try { fs.closeSync(this.download.file); } catch (ex) { } }
    this.download = null;
};

/// Ends one that is under way. A viewer of the wire hears nothing of it: it has begun the next itself.
Session.prototype.replaceDownload = function (why) {
    var download = this.download;
    if (!download) { return; }
    if (download.window) { this.cancelDownload(download, new Refusal('replaced', why)); return; }
    this.endDownload();
    this.report('down', download.path, download.at, '', why);
};

function mayGoOn(download) {
    return download.isReady && !download.isHeld && (download.window ? download.at - download.acked < download.window : download.credit > 0);
}

// A block for each acknowledgement, or as many as the window has room for; none while the viewer is slow.
Session.prototype.sendBlocks = function () {
    for (var count = 0; this.download && mayGoOn(this.download); ++count) {
        // Other sessions have their turn as well.
        if (count === 16) { this.goOnLater(); return; }
        if (!this.sendBlock(this.download)) { return; }
    }
};

Session.prototype.goOnLater = function () {
    var self = this;
    if (this.turn) { return; }
    this.turn = setImmediate(function () { self.turn = null; self.sendBlocks(); });
};

Session.prototype.sendBlock = function (download) {
    var size = download.window ? blockSize() : BLOCK, block = Buffer.alloc(size + 4), end;
    try { end = readUpTo(download.file, block, 4); } catch (ex) { this.cancelDownload(download, ex); return false; }
    var isLast = end < block.length, isFull = false;
    block[0] = 1; block[1] = 0; block[2] = 0; block[3] = isLast ? 1 : 0;
    if (!download.window) {
        --download.credit;
        download.sentAt[download.sent++ % MAX_BLOCKS] = Date.now();
    }
    download.at += end - 4;
    download.pieces.add(isLast ? block.slice(4, end) : block.slice(4));
    if (isLast && hasChanged(download)) { this.cancelDownload(download, new Refusal('changed', 'the file changed while it was read')); return false; }
    isFull = this.tunnel.stream.write(isLast ? block.slice(0, end) : block) === false;
    if (isLast) { this.doneDownload(download); return false; }
    download.isHeld = isFull;
    if (isFull) { this.lookAgain(); }
    return true;
};

// MeshAgent's streams do not always say that they have room again.
Session.prototype.lookAgain = function () {
    var self = this, download = this.download;
    if (this.held) { clearTimeout(this.held); }
    this.held = setTimeout(function () {
        self.held = null;
        if (self.download === download && download.isHeld) { download.isHeld = false; self.sendBlocks(); }
    }, HELD_MS);
};

// A file that grows, such as a log, is read as far as it went at the start only by viewers that ask so.
function hasChanged(download) {
    if (!download.window) { return false; }
    var now = infoOf(download.path);
    if (now === null || now.size !== download.size) { return true; }
    // Files of /proc say that they are empty, those of /sys that they have a page, and both that they are new.
    if (download.size === 0 || (/^\/sys\//.test(download.path) && download.at <= download.size)) { return false; }
    return now.mtime !== download.mtime || download.at !== download.size;
}

Session.prototype.doneDownload = function (download) {
    var sums = download.pieces.end(), tail = download.pieces.tail();
    this.endDownload();
    this.report('down', download.path, download.at, sums.sha256);
    if (download.window) { this.replyText({ action: 'download', sub: 'done', id: download.id, size: download.at, sha256: sums.sha256, root: sums.root, tail: tail }); }
};

Session.prototype.cancelDownload = function (download, why) {
    var answer = { action: 'download', sub: 'cancel', id: download.id };
    this.endDownload();
    if (download.path) { this.report('down', download.path, download.at || 0, '', why); }
    if (download.window) { answer.error = wordsOf(why); answer.code = why.code; answer.size = download.size; }
    this.replyText(answer);
    if (!download.window) { this.complain(why); }
};

/// What an acknowledgement of the wire is worth, in blocks. Blocks that wait in a queue on the way make room
/// for nothing: the window stays as it is, so that other answers of the session aren't far behind them.
function creditOf(download, message) {
    if (message.sub === 'startack') { download.mayGrow = !(message.ack > 0); }
    var blocks = message.sub === 'ack' ? 1 : (message.ack > 0 ? Math.floor(message.ack) : WINDOW);
    if (message.sub !== 'ack' || download.taken === download.sent) { return Math.min(blocks, MAX_CREDIT - download.credit); }
    var took = Date.now() - download.sentAt[download.taken++ % MAX_BLOCKS];
    download.least = Math.min(download.least, took);
    if (download.mayGrow && took <= download.least + QUEUED_MS) { ++blocks; }
    return Math.min(blocks, MAX_BLOCKS - download.credit - (download.sent - download.taken));
}

function startDownload(session, message) {
    var window = Number(message.window) > 0 ? Math.min(MAX_WINDOW, Number(message.window)) : 0, download = { id: message.id, window: window };
    session.replaceDownload('replaced by another download');
    try {
        var offset = offsetOf(message.offset);
        download.path = pathOf(message.path);
        var info = infoOf(download.path);
        // Opening a pipe would wait for its other end.
        if (info === null || !info.isFile()) { throw new Error((info === null ? 'no such file: ' : 'not a file: ') + download.path); }
        download.size = info.size;
        download.mtime = info.mtime;
        download.file = fs.openSync(download.path, 'rb');
        download.credit = 0; download.at = 0; download.acked = 0;
        download.sent = 0; download.taken = 0; download.sentAt = []; download.least = Infinity;
        download.isHeld = false; download.isReady = true;
        download.pieces = sumsFor(message, window > 0);
        session.download = download;
        session.reportBegun('down', download.path, function () { return session.download === download; });
        if (window && offset > 0) { continueDownload(session, download, offset, message); return; }
        sayStart(session, download);
    } catch (ex) {
        session.cancelDownload(download, ex);
    }
}

function sayStart(session, download) {
    var answer = { action: 'download', sub: 'start', id: download.id };
    session.log(49, [download.path, download.size], 'Download: "' + download.path + '", Size: ' + download.size);
    if (download.window) { answer.size = download.size; answer.mtime = download.mtime; }
    session.replyText(answer);
    if (download.window) { session.sendBlocks(); }
}

function isSameFile(download, message, root) {
    return (message.root === undefined || message.root === root) && (message.mtime === undefined || message.mtime === download.mtime) &&
        (message.size === undefined || message.size === download.size);
}

function offsetOf(value) {
    var offset = value === undefined ? 0 : Number(value);
    if (!(offset >= 0) || Math.floor(offset) !== offset) { throw new Error('the offset is not valid'); }
    return offset;
}

function continueDownload(session, download, offset, message) {
    if ((offset % PIECE !== 0 && message.tail !== true) || offset > download.size) { throw new Refusal('changed', 'the file is not what it was'); }
    download.isReady = false;
    download.pieces.watchPrefix();
    var isWanted = function () { return session.download === download; };
    addFrom(session, download.file, offset, download.pieces, watching(session, message, isWanted), function (error, isStopped) {
        if (isStopped) { return; }
        var root = download.pieces.rootSoFar();
        if (error || !isSameFile(download, message, root)) { session.cancelDownload(download, error || new Refusal('changed', 'the file is not what it was')); return; }
        download.pieces.beginTail();
        download.at = download.acked = offset;
        download.isReady = true;
        sayStart(session, download);
    });
}

requests.download = function (session, message) {
    var download = session.download;
    if (message.sub === 'start') { startDownload(session, message); return; }
    if (download === null || message.id !== download.id) { return; }
    if (message.sub === 'stop' || message.sub === 'cancel') {
        session.endDownload();
        session.report('down', download.path, download.at, '', 'cancelled');
        return;
    }
    if (message.sub !== 'startack' && message.sub !== 'ack') { return; }
    if (download.window) {
        if (message.at >= download.acked && message.at <= download.at) { download.acked = message.at; }
    } else {
        download.credit += Math.max(0, creditOf(download, message));
    }
    session.sendBlocks();
};
