// Files sent to the device. Follows pieces.js in one scope.
//
// Beyond the wire, with `key` (24 hex digits, chosen by the viewer): the upload can be continued after a
// lost connection by the same key, is compared with the viewer's own hash before it gets its name, and
// acknowledgements come by piece. With `tail: true` the viewer's hash is SHA-256 of what it sent in this
// session. `exists` says what happens to a file of that name: `replace`, `fail`
// or `rename`; `expect` is the root (pieces.js) that it must have.
var HASH_STEP = 262144, ACK_BYTES = 262144, PART_AGE_MS = 24 * 3600 * 1000, MAX_PARTS = 1000;
// What was left to be continued, by path, and since when.
var parts = { left: {}, timer: null };

// ---- upload -----------------------------------------------------------------------------------------

function partIn(folder, key) { return inside(folder, '.trellis-' + key + '.part'); }

// A file appears under its name only when it is whole.
function temporaryIn(folder) {
    var random = Buffer.alloc(12);
    random.randomFill();
    return partIn(folder, random.toString('hex').toLowerCase());
}

function Refusal(code, text) { this.code = code; this.message = text; }

function checkExisting(upload, old) {
    if (old === null) {
        if (upload.expect) { throw new Refusal('changed', 'the file is no longer there'); }
        return;
    }
    if (!old.isFile()) { throw new Error('not a file: ' + upload.target); }
    if (upload.exists === 'fail') { throw new Refusal('exists', upload.target + ' exists already'); }
}

/// What is replaced lies where a link leads, and the link stays. `done(path)`.
function followLink(path, exists, done) {
    if (exists === 'rename' || exists === 'fail' || isWindows() || infoOf(path) === null) { done(path); return; }
    if (typeof fs.realpathSync === 'function') { done(fs.realpathSync(path)); return; }
    // What prints nothing is over at once (files.js: run).
    run(['test', '-L', path], null, function (isNone) {
        if (isNone) { done(path); return; }
        collect(['readlink', '-f', '--', path], function (error, text) {
            var real = text.replace(/\n$/, '');
            done(error || infoOf(real) === null ? path : real);
        });
    });
}

/// `real`: where `message`'s file lies.
function openUpload(message, real) {
    var folder = pathOf(message.path), name = nameOf(message.name), named = inside(folder, name), target = real, info = infoOf(folder);
    var size = typeof message.size === 'number' && message.size >= 0 ? message.size : null;
    if (info === null || !info.isDirectory()) { throw new Error('not a folder: ' + folder); }
    var old = infoOf(target), isKeyed = message.key !== undefined;
    var isAppended = !isKeyed && message.append === true && old !== null;
    var upload = { target: target, named: named, old: old, received: 0, start: isAppended ? old.size : 0, reqid: message.reqid, file: null,
                   temporary: null, size: isAppended ? null : size, pieces: null, isKeyed: isKeyed, exists: message.exists, expect: message.expect };
    if (target !== named) { folder = parentOf(target); }
    if (isKeyed && (!/^[0-9a-f]{24}$/.test(message.key) || size === null)) { throw new Error('the key or the size is not valid'); }
    checkExisting(upload, old);
    // An upload that is continued as the wire has it goes on where it is: what was there is kept.
    upload.temporary = isAppended ? null : isKeyed ? partIn(folder, message.key) : temporaryIn(folder);
    var part = isKeyed ? infoOf(upload.temporary) : null;
    if (part !== null && (message.resume !== true || part.size > size)) { fs.unlinkSync(upload.temporary); part = null; }
    if (upload.temporary) { delete parts.left[upload.temporary]; }
    // Only whole pieces are kept: the rest would have to be hashed twice.
    upload.kept = part === null ? 0 : part.size - part.size % PIECE;
    upload.isCut = part !== null && part.size !== upload.kept;
    // What is there from before is read first: Windows has no second handle for a file that is written.
    if (part === null) { upload.file = fs.openSync(upload.temporary || target, isAppended ? 'ab' : isWindows() ? 'wbN' : 'wbx'); }
    return upload;
}

/// `keeps`: what has arrived can be continued later.
Session.prototype.dropUpload = function (keeps) {
    var upload = this.upload;
    this.upload = null;
    if (upload === null) { return; }
    if (upload.file !== null) { try { fs.closeSync(upload.file); } catch (ex) { } }
    if (!upload.temporary) { return; }
    if (keeps && upload.isKeyed) { leavePart(upload.temporary); return; }
    try { fs.unlinkSync(upload.temporary); } catch (ex) { }
};

function leavePart(path) {
    if (Object.keys(parts.left).length < MAX_PARTS) { parts.left[path] = Date.now(); }
    if (parts.timer === null) { parts.timer = setInterval(removeOldParts, PART_AGE_MS / 24); }
}

function removeOldParts() {
    for (var path in parts.left) {
        if (Date.now() - parts.left[path] < PART_AGE_MS) { continue; }
        delete parts.left[path];
        try { fs.unlinkSync(path); } catch (ex) { }
    }
}

/// Ends one that is under way; what has arrived can be continued.
Session.prototype.replaceUpload = function (why) {
    var upload = this.upload;
    this.dropUpload(true);
    if (upload === null || upload.isDone) { return; }
    this.report('up', upload.named, upload.start + upload.received, '', why);
    if (upload.isKeyed) { refuseUpload(this, { reqid: upload.reqid, key: '' }, new Refusal('replaced', why)); }
};

function refuseUpload(session, message, why) {
    var answer = { action: 'uploaderror', reqid: message.reqid };
    if (message.key !== undefined) { answer.error = wordsOf(why); if (why.code) { answer.code = why.code; } }
    session.reply(answer);
    if (message.key === undefined) { session.complain(why); }
}

/// `keeps`: as for dropUpload.
Session.prototype.failUpload = function (why, keeps) {
    var upload = this.upload;
    this.dropUpload(keeps);
    if (upload === null) { return; }
    this.report('up', upload.named, upload.start + upload.received, '', why);
    refuseUpload(this, { reqid: upload.reqid, key: upload.isKeyed ? '' : undefined }, why);
};

// The file that is replaced hands on who may do what with it. By the open file: its name may be another's by now.
function closeAsOld(upload, file) {
    var old = upload.exists === 'rename' ? null : upload.old;
    if (old !== null && typeof fs.fchownSync === 'function') {
        try { fs.fchownSync(file, old.uid, old.gid); } catch (ex) { }
        try { fs.fchmodSync(file, old.mode & 4095); } catch (ex) { }
    }
    fs.closeSync(file);
}

// MeshAgent can't read a file's mode. Programs of BSD and macOS don't know --reference.
var AS_OLD = 'chown -h --reference="$1" -- "$2" 2>/dev/null || chown -h "$(stat -f %u:%g -- "$1")" "$2"; ' +
    'chmod --reference="$1" -- "$2" 2>/dev/null || chmod "$(stat -f %Mp%Lp -- "$1")" "$2"';
function inherit(upload, done) {
    if (upload.old === null || upload.exists === 'rename' || isWindows() || typeof fs.fchownSync === 'function') { done(); return; }
    run(['sh', '-c', AS_OLD, 'sh', upload.target, upload.temporary], null, done);
}

/// "name (1).ext" and so on, until one is free.
function freeName(path) {
    var slash = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')), dot = path.lastIndexOf('.');
    if (dot <= slash + 1) { dot = path.length; }
    for (var i = 1; i < 1000; ++i) {
        var other = path.substring(0, dot) + ' (' + i + ')' + path.substring(dot);
        if (infoOf(other) === null) { return other; }
    }
    throw new Error('no free name beside ' + path);
}

// What changed at the target since the upload began is looked at again at its end.
function placeUpload(upload) {
    var now = infoOf(upload.target);
    if (upload.isKeyed) { checkExisting(upload, now); }
    if (now !== null && upload.exists === 'rename') { upload.target = upload.named = freeName(upload.target); }
    if (upload.expect) {
        var text = fs.readFileSync(upload.target), pieces = new Pieces();
        pieces.add(text);
        if (pieces.end().root !== upload.expect) { throw new Refusal('changed', 'the file was changed meanwhile'); }
    }
    if (upload.temporary) { renameOver(upload.temporary, upload.target); }
    upload.temporary = null;
}

/// Gives the finished file its name, then calls `done()`; on failure the viewer has been told.
Session.prototype.finishUpload = function (done) {
    var self = this, upload = this.upload, stream = this.tunnel.stream;
    var move = function () {
        if (self.upload !== upload || self.isOver) { return; }
        try { stream.resume(); } catch (ex) { }
        try { placeUpload(upload); } catch (ex) { self.failUpload(ex); return; }
        upload.isDone = true;
        self.log(105, [upload.named, upload.received], 'Upload: "' + upload.named + '", Size: ' + upload.received);
        self.report('up', upload.named, upload.start + upload.received, upload.sums ? upload.sums.sha256 : '');
        done();
    };
    try {
        var file = upload.file;
        upload.file = null;
        closeAsOld(upload, file);
        // MeshAgent writes through a buffer that doesn't tell when the disk is full.
        var info = infoOf(upload.temporary || upload.target);
        if (info === null || info.size !== upload.start + upload.received) { throw new Error('no space left on the device'); }
        stream.pause();
        inherit(upload, move);
    } catch (ex) {
        this.failUpload(ex);
    }
};

requests.upload = function (session, message) {
    session.replaceUpload('replaced by another upload');
    var start = function (real) { if (!session.isOver) { startUpload(session, message, real); } };
    try {
        var named = inside(pathOf(message.path), nameOf(message.name));
        // What is continued in place follows links by itself.
        if (message.append === true) { start(named); } else { followLink(named, message.exists, start); }
    } catch (ex) { refuseUpload(session, message, ex); }
};

function startUpload(session, message, real) {
    session.replaceUpload('replaced by another upload');
    try { session.upload = openUpload(message, real); } catch (ex) { refuseUpload(session, message, ex); return; }
    var upload = session.upload;
    session.reportBegun('up', upload.named, function () { return session.upload === upload; });
    upload.pieces = upload.start > 0 ? null : sumsFor(message, upload.isKeyed);
    if (upload.isKeyed) { startKeyed(session, upload, message); return; }
    var started = function () { session.reply({ action: 'uploadstart', reqid: message.reqid }); };
    // A viewer that has nothing to send doesn't say that it is done (meshctrl).
    if (upload.size === 0) { session.finishUpload(started); } else { started(); }
}

// What is there from before is hashed, so that the viewer can compare it with its own.
function startKeyed(session, upload, message) {
    var isWanted = function () { return session.upload === upload; };
    var tell = function (error) {
        if (!isWanted()) { return; }
        if (error) { session.failUpload(error, true); return; }
        upload.received = upload.kept;
        upload.acked = upload.kept;
        session.reply({ action: 'uploadstart', reqid: upload.reqid, at: upload.kept, root: upload.pieces.rootSoFar() });
        upload.pieces.beginTail();
    };
    var open = function (error) {
        if (error || !isWanted()) { tell(error); return; }
        try { openBehind(session, upload, tell); } catch (ex) { tell(ex); }
    };
    if (upload.file !== null) { tell(null); return; }
    if (upload.kept === 0) { open(null); return; }
    try {
        var file = fs.openSync(upload.temporary, 'rb');
        upload.pieces.watchPrefix();
        closingOnError(file, function () {
            addFrom(session, file, upload.kept, upload.pieces, watching(session, message, isWanted), function (error) {
                fs.closeSync(file);
                open(error);
            });
        });
    } catch (ex) { tell(ex); }
}

/// Opens the part behind what is kept of it. MeshAgent can't truncate: what is in front is written anew.
function openBehind(session, upload, done) {
    var append = function (error) {
        if (!error) { try { upload.file = fs.openSync(upload.temporary, 'ab'); } catch (ex) { error = ex; } }
        done(error);
    };
    if (!upload.isCut) { append(null); return; }
    if (typeof fs.ftruncateSync === 'function') {
        upload.file = fs.openSync(upload.temporary, 'ab');
        fs.ftruncateSync(upload.file, upload.kept);
        done(null);
        return;
    }
    var other = upload.temporary + '2';
    inTurns(session, copying(upload.temporary, other, upload.kept), function (error, isStopped) {
        if (isStopped || session.upload !== upload) { return; }
        if (!error) { try { renameOver(other, upload.temporary); } catch (ex) { error = ex; } }
        append(error);
    });
}

requests.uploaddone = function (session, message) {
    var upload = session.upload;
    if (upload === null) {
        if (message.root !== undefined || message.tail !== undefined) { session.reply({ action: 'uploaderror', reqid: message.reqid, error: 'there is no upload' }); }
        return;
    }
    var done = function () {
        var answer = { action: 'uploaddone', reqid: upload.reqid };
        if (upload.isKeyed) { answer.path = upload.named; answer.sha256 = upload.sums.sha256; answer.root = upload.sums.root; }
        session.upload = null;
        session.reply(answer);
    };
    if (upload.isDone) { done(); return; }
    if (upload.size !== null && upload.received !== upload.size) { session.failUpload('the upload is not complete'); return; }
    if (upload.pieces && !upload.sums) { upload.sums = upload.pieces.end(); }
    if (upload.isKeyed && (message.root !== upload.sums.root || message.tail !== upload.pieces.tail())) { session.failUpload(new Refusal('hash', 'the device received something else than was sent')); return; }
    session.finishUpload(done);
};

requests.uploadcancel = function (session, message) {
    if (session.upload === null) { return; }
    var upload = session.upload;
    session.dropUpload(message.keep === true);
    if (message.keep !== true) { session.report('up', upload.named, upload.start + upload.received, '', 'cancelled'); }
    session.reply({ action: 'uploadcancel', reqid: upload.reqid });
};

/// What was left of an upload that nobody wants any more, whatever session it came by: `path` and `key` as there.
requests.uploaddrop = function (session, message) {
    if (!isText(message.key, 24) || !/^[0-9a-f]{24}$/.test(message.key)) { throw new Error('the key is not valid'); }
    var drop = function (part) {
        for (var i = 0; i < sessions.length; ++i) {
            if (sessions[i].upload !== null && sessions[i].upload.temporary === part) { sessions[i].failUpload(new Refusal('cancelled', 'cancelled')); }
        }
        delete parts.left[part];
        if (infoOf(part) !== null) { fs.unlinkSync(part); }
    };
    var folder = pathOf(message.path);
    drop(partIn(folder, message.key));
    if (!isText(message.name, MAX_NAME)) { session.settle(message); return; }
    followLink(inside(folder, nameOf(message.name)), undefined, function (real) {
        var error = null;
        try { if (real !== inside(folder, message.name)) { drop(partIn(parentOf(real), message.key)); } } catch (ex) { error = ex; }
        session.settle(message, error);
    });
};

function writeAll(file, data, from) {
    for (var at = from; at < data.length;) {
        var count = fs.writeSync(file, data, at, data.length - at);
        if (!(count > 0)) { throw new Error('no space left on the device'); }
        at += count;
    }
}

Session.prototype.takeData = function (data) {
    var upload = this.upload, at = data[0] === 0 ? 1 : 0;  // a sender may put a zero in front (7.3)
    if (upload.size !== null && upload.received + data.length - at > upload.size) { this.failUpload('more data than announced'); return; }
    try {
        writeAll(upload.file, data, at);
        if (upload.pieces) { upload.pieces.add(at ? data.slice(at) : data); }
    } catch (ex) {
        this.failUpload(ex);
        return;
    }
    upload.received += data.length - at;
    if (upload.isKeyed) { this.acknowledgeKeyed(upload); return; }
    var acknowledge = this.reply.bind(this, { action: 'uploadack', reqid: upload.reqid });
    // The last acknowledgement is what tells meshctrl that the file is there.
    if (upload.received !== upload.size) { acknowledge(); return; }
    if (upload.pieces) { upload.sums = upload.pieces.end(); }
    this.finishUpload(acknowledge);
};

Session.prototype.acknowledgeKeyed = function (upload) {
    if (upload.received - upload.acked < ACK_BYTES && upload.received !== upload.size) { return; }
    upload.acked = upload.received;
    this.reply({ action: 'uploadack', reqid: upload.reqid, at: upload.received });
};

function hashOf(session, path, done) {
    var info = infoOf(path), buffer = Buffer.alloc(HASH_STEP), hash = new Sum('SHA384Stream');
    if (info === null || !info.isFile()) { done(null); return; }
    var file = fs.openSync(path, 'rb');
    closingOnError(file, function () {
        session.inSteps(function () {
            var count = fs.readSync(file, buffer, 0, buffer.length, null);
            if (count > 0) { hash.add(buffer.slice(0, count)); }
            return !(count > 0);
        }, function (error, isStopped) {
            fs.closeSync(file);
            if (!isStopped) { done(error ? null : hash.end().toString('hex').toUpperCase()); }
        });
    });
}

requests.uploadhash = function (session, message) {
    var answer = function (hash) {
        session.reply({ action: 'uploadhash', reqid: message.reqid, path: message.path, name: message.name, tag: message.tag, hash: hash });
    };
    try { hashOf(session, inside(pathOf(message.path), nameOf(message.name)), answer); } catch (ex) { answer(null); }
};
