// What Trellis's own page asks for beyond the wire: details of files, rights, hashes, whole trees, and
// many small files at once. Follows download.js in one scope. Each request with `answer: true` is
// answered by `{action: 'result', reqid[, error]}`.
var LIST_PART = 500, MAX_TREE = 100000, MAX_PUT = 65536, STALE_MS = 24 * 3600 * 1000;
var IS_PART = /^\.trellis-[0-9a-f]{24}\.part2?$/;

function isOurAgent() { return typeof trellis.mesh.product === 'string'; }
function blockSize() { return isOurAgent() ? 131072 : 65536; }

/// What this device can do, and how.
requests.trellis = function (session, message) {
    var isRoot = false;
    try { isRoot = require('user-sessions').isRoot() === true; } catch (ex) { }
    session.reply({ action: 'trellis', reqid: message.reqid, version: 1, block: blockSize(), piece: PIECE, put: MAX_PUT,
                    isUnix: !isWindows(), isRoot: isRoot });
};

// ---- lists ------------------------------------------------------------------------------------------

// Left behind by a connection that never came back; a younger one may still be continued.
function removeIfStale(path) {
    var info = infoOf(path);
    if (info === null || Date.now() - Date.parse(info.mtime) <= STALE_MS) { return; }
    try { if (info.isDirectory()) { removeStaged(path); } else { fs.unlinkSync(path); } } catch (ex) { }
}

/// As `ls`, in parts of 500, the last without `more`.
requests.list = function (session, message) {
    if (isWindows() && message.path === '') { session.settle(message, null, { path: '', dir: drives() }); return; }
    var folder = pathOf(message.path), info = infoOf(folder), at = 0, dir = [];
    if (info === null || !info.isDirectory()) { throw new Error((info === null ? 'no such folder: ' : 'not a folder: ') + folder); }
    var names = fs.readdirSync(isWindows() ? inside(folder, '*') : folder);
    session.inSteps(function () {
        for (var end = Math.min(at + ENTRIES_A_STEP, names.length, MAX_ENTRIES); at < end; ++at) {
            if (names[at] === '.' || names[at] === '..') { continue; }
            if (IS_PART.test(names[at])) { removeIfStale(inside(folder, names[at])); } else { dir.push(entryOf(folder, names[at])); }
        }
        if (at >= names.length || at >= MAX_ENTRIES) { return true; }
        if (dir.length >= LIST_PART) { session.reply({ action: 'list', reqid: message.reqid, dir: dir }); dir = []; }
        return false;
    }, function (error, isStopped) {
        if (!isStopped) { session.settle(message, error, { path: folder, dir: dir, isCut: at < names.length }); }
    });
};

// What `find` prints between zeros (`-print0`); `take` gets each path, whole.
function findAll(args, take, done) {
    var rest = Buffer.alloc(0);
    return run(['find'].concat(args), function (data) {
        var bytes = Buffer.concat([rest, data]), start = 0;
        for (var i = rest.length; i < bytes.length; ++i) {
            if (bytes[i] === 0) { take(bytes.slice(start, i).toString()); start = i + 1; }
        }
        rest = Buffer.concat([bytes.slice(start)]);
    }, done);
}

function relative(path) { return isWindows() ? path.replace(/\\/g, '/') : path; }

// Prints the folders that can't be listed or entered.
var FIND_CLOSED = ['-type', 'd', '-exec', 'sh', '-c', 'for d; do [ -r "$d" ] && [ -x "$d" ] || printf "%s\\0" "$d"; done', 'sh', '{}', '+'];

/// Folders and files below `names` of `path`, relative to it, with "/", links left out: parts
/// `{action: 'tree', reqid, dir: [{n, t, s, d}], missing: [{n, why}]}`, then the result with their number. `missing` is
/// what can't be looked into.
requests.tree = function (session, message) {
    var folder = pathOf(message.path), start = inside(folder, ''), names = namesOf(message.names), dir = [], missing = [], count = 0;
    var roots = names.map(function (name) { return inside(folder, name); }), search = { stop: function () { } }, failure = null, isNamed = false;
    var flush = function () {
        if ((dir.length > 0 || missing.length > 0) && !session.isOver) { session.reply({ action: 'tree', reqid: message.reqid, dir: dir, missing: missing }); }
        dir = []; missing = [];
    };
    var takerOf = function (type) {
        return function (path) {
            if (session.isOver || ++count > MAX_TREE) { search.stop(); return; }
            var info = type === 3 ? infoOf(path) : null;
            dir.push({ n: relative(path.substring(start.length)), t: type, s: info ? info.size : 0, d: info ? info.mtime : undefined });
            if (dir.length >= LIST_PART) { flush(); }
        };
    };
    var leaveOut = function (path, why) {
        isNamed = true;
        missing.push({ n: relative(path.substring(start.length)), why: wordsOf(why) });
        if (missing.length >= LIST_PART) { flush(); }
    };
    var end = function () {
        flush();
        session.settle(message, count > MAX_TREE ? 'more than ' + MAX_TREE + ' entries' : null, { count: count });
    };
    if (isWindows()) {
        walk(session, roots, function (path, info, isFolder) {
            if (info === null && attributesOf(path) === -1) { throw new Error('no such file: ' + path); }
            if (isFolder || info !== null && info.isFile()) { takerOf(isFolder ? 2 : 3)(path); }
        }, null, function () { return count <= MAX_TREE; }, function (error, isStopped) { if (!isStopped) { end(); } }, leaveOut);
        return;
    }
    var find = function (what, take, done) {
        search = findAll(roots.concat(what), take, function (error) {
            failure = failure || error;
            if (session.isOver || count > MAX_TREE) { end(); } else { done(); }
        });
    };
    find(['-type', 'd', '-print0'], takerOf(2), function () {
        find(['-type', 'f', '-print0'], takerOf(3), function () {
            if (failure === null) { end(); return; }
            find(FIND_CLOSED, function (path) { leaveOut(path, 'permission denied'); }, function () {
                if (!isNamed) { leaveOut(roots.length === 1 ? roots[0] : start, failure); }
                end();
            });
        });
    });
};

// ---- one entry --------------------------------------------------------------------------------------

function collect(args, done) {
    var text = '';
    run(args, function (data) { if (text.length < 65536) { text += data.toString(); } }, function (error) { done(error, text); });
}

// GNU and busybox, or BSD and macOS.
function STAT() { return process.platform === 'linux' ? ['stat', '-c', '%a\t%u\t%g\t%U\t%G\t%s\t%Y\t%h\t%F'] : ['stat', '-f', '%Mp%Lp\t%u\t%g\t%Su\t%Sg\t%z\t%m\t%l\t%HT']; }
function modeIn(text) { return text.replace(/^0(?=\d{3})/, ''); }

/// Mode, owner and kind of several, as far as they can be told: `all: [{mode, user, group, kind}]`.
requests.stats = function (session, message) {
    var folder = pathOf(message.path), paths = namesOf(message.names).map(function (name) { return inside(folder, name); });
    collect(STAT().concat(['--'], paths), function (error, text) {
        var all = text.split('\n').map(function (line) { return line.split('\t'); }).filter(function (part) { return part.length === 9; });
        session.settle(message, all.length === 0 ? error : null, { all: all.map(function (part) {
            return { mode: modeIn(part[0]), user: part[3], group: part[4], kind: part[8].toLowerCase() };
        }) });
    });
};

/// Mode, owner and kind of an entry itself, links not followed.
requests.stat = function (session, message) {
    var path = pathOf(message.path);
    collect(STAT().concat(['--', path]), function (error, text) {
        var part = text.replace(/\n$/, '').split('\t');
        if (error || part.length !== 9) { session.settle(message, error || 'stat: ' + text); return; }
        var answer = { mode: modeIn(part[0]), uid: Number(part[1]), gid: Number(part[2]), user: part[3], group: part[4], size: Number(part[5]),
                       mtimeMs: Number(part[6]) * 1000, links: Number(part[7]), kind: part[8].toLowerCase() };
        if (answer.kind !== 'symbolic link') { session.settle(message, null, answer); return; }
        collect(['readlink', '--', path], function (ignored, target) {
            answer.target = target.replace(/\n$/, '');
            session.settle(message, null, answer);
        });
    });
};

// A link has no mode, and what it leads to isn't meant.
var CHANGE_MODE = 'mode=$1 all=$2; shift 2\n' +
    'for p; do shift; [ -L "$p" ] || set -- "$@" "$p"; done\n' +
    '[ $# -gt 0 ] || { echo "a link has no permissions of its own" >&2; exit 1; }\n' +
    'exec chmod $all -- "$mode" "$@"';
// A new owner takes the bits for set-user-id and set-group-id away: files that have them get them back.
var CHANGE_OWNER = 'owner=$1 all=$2; shift 2; [ "$all" ] || set -- "$@" -prune\n' +
    'keep=\'o=$1; shift; for f; do s=; [ -u "$f" ] && s=u+s; [ -g "$f" ] && s=${s:+$s,}g+s; chown -h -- "$o" "$f" && chmod -- "$s" "$f" || exit 1; done\'\n' +
    'find "$@" -type f \\( -perm -4000 -o -perm -2000 \\) -exec sh -c "$keep" sh "$owner" {} + -o -exec chown -h -- "$owner" {} +';

function changeEach(session, message, script, value, id, words, said) {
    var folder = pathOf(message.path), paths = namesOf(message.names).map(function (name) { return inside(folder, name); });
    session.change(message, ['sh', '-c', script, 'sh', value, message.recursive === true ? '-R' : ''].concat(paths), id, paths.map(function (path) {
        return { args: [path, said], text: words + ': "' + path + '" to ' + said };
    }));
}

// The bits of `mask` as chmod takes them, so that others stay. In a tree only folders, and files that have one already,
// get an "x" ("X"): what is set comes first, since that looks at the mode as it is.
function symbolic(mode, mask, isRecursive) {
    var set = [], clear = [];
    ['o', 'g', 'u'].forEach(function (who, at) {
        ['x', 'w', 'r'].forEach(function (right, bit) {
            var number = 1 << (3 * at + bit), isX = right === 'x' && isRecursive;
            if (mask & number) { if (mode & number) { set.push(who + '+' + (isX ? 'X' : right)); } else { clear.push(who + '-' + right); } }
        });
    });
    [['+t', 512], ['g+s', 1024], ['u+s', 2048]].forEach(function (each) {
        if (mask & each[1]) { if (mode & each[1]) { set.push(each[0]); } else { clear.push(each[0].replace('+', '-')); } }
    });
    return set.concat(clear).join(',');
}

function octal(value) {
    if (!isText(value, 4) || !/^[0-7]{3,4}$/.test(value)) { throw new Error('expected a mode of 3 or 4 octal digits'); }
    return parseInt(value, 8);
}

/// `mask`: the bits of `mode` that count. Without it all; of three digits for a tree those that they name.
requests.chmod = function (session, message) {
    var mode = octal(message.mode), isRecursive = message.recursive === true, isWhole = message.mask === undefined;
    var mask = isWhole ? (isRecursive && message.mode.length === 3 ? 511 : 4095) : octal(message.mask), value = symbolic(mode, mask, isRecursive);
    if (mask === 0) { throw new Error('expected bits to change'); }
    changeEach(session, message, CHANGE_MODE, value, 106, 'Change mode', isWhole ? message.mode : value);
};

requests.chown = function (session, message) {
    if (!isText(message.owner, 128) || !/^[A-Za-z0-9_.][A-Za-z0-9_.@$-]*(:[A-Za-z0-9_.][A-Za-z0-9_.@$-]*)?$/.test(message.owner)) {
        throw new Error('expected an owner as user or user:group');
    }
    changeEach(session, message, CHANGE_OWNER, message.owner, 107, 'Change owner', message.owner);
};

/// SHA-256 and SHA-384 of a file.
requests.checksum = function (session, message) {
    var path = pathOf(message.path), other = new Sum('SHA384Stream'), pieces = new Stream(), info = infoOf(path);
    if (info === null || !info.isFile()) { throw new Error('not a file: ' + path); }
    pieces.onBytes = function (bytes) { other.add(bytes); };
    var file = fs.openSync(path, 'rb');
    closingOnError(file, function () {
        addFrom(session, file, info.size, pieces, function () { return true; }, function (error, isStopped) {
            fs.closeSync(file);
            if (isStopped) { return; }
            if (error) { session.settle(message, error); return; }
            session.settle(message, null, { size: info.size, sha256: pieces.end().sha256, sha384: hexOf(other.end()) });
        });
    });
};

// ---- small files ------------------------------------------------------------------------------------

/// A file of up to 64 KiB whose bytes are the next binary message (none if it is empty): one message
/// there, one back, many under way. `exists` as for uploads.
requests.put = function (session, message) {
    if (!(message.size >= 0 && message.size <= MAX_PUT)) { throw new Error('too large to be put'); }
    if (message.size === 0) { putFile(session, message, Buffer.alloc(0)); return; }
    session.putting = message;
};

Session.prototype.takePut = function (data) {
    var message = this.putting;
    this.putting = null;
    putFile(this, message, data.slice(1));
};

function putFile(session, message, bytes) {
    var upload = { temporary: null, isKeyed: true, exists: message.exists, old: null, named: '' };
    try {
        upload.named = inside(pathOf(message.path), nameOf(message.name));
        followLink(upload.named, message.exists, function (real) { putAt(session, message, bytes, upload, real); });
    } catch (ex) { endPut(session, message, upload, null, ex); }
}

function putAt(session, message, bytes, upload, real) {
    var file = null;
    try {
        var pieces = new Pieces();
        upload.target = real;
        upload.old = infoOf(real);
        checkExisting(upload, upload.old);
        pieces.add(bytes);
        upload.sums = pieces.end();
        if (bytes.length !== message.size || upload.sums.root !== message.root) { throw new Refusal('hash', 'the device received something else than was sent'); }
        upload.temporary = temporaryIn(parentOf(real));
        file = fs.openSync(upload.temporary, isWindows() ? 'wbN' : 'wbx');
        writeAll(file, bytes, 0);
        var open = file;
        file = null;
        closeAsOld(upload, open);
        if (infoOf(upload.temporary).size !== bytes.length) { throw new Error('no space left on the device'); }
    } catch (ex) {
        endPut(session, message, upload, file, ex);
        return;
    }
    inherit(upload, function () {
        try { placeUpload(upload); } catch (ex) { endPut(session, message, upload, null, ex); return; }
        session.report('up', upload.named, bytes.length, upload.sums.sha256);
        session.settle(message, null, { path: upload.named });
    });
}

function endPut(session, message, upload, file, error) {
    if (file !== null) { try { fs.closeSync(file); } catch (ex) { } }
    if (upload.temporary) { try { fs.unlinkSync(upload.temporary); } catch (ex) { } }
    if (upload.named && error.code !== 'exists') { session.report('up', upload.named, message.size, '', error); }
    session.settle(message, error, { code: error.code });
}

// ---- the protocol -----------------------------------------------------------------------------------

trellis.protocol({ numbers: [5], need: 8, forbid: 1024, notify: 4, ask: 32, kind: 'files', caps: 4 }, function (tunnel) {
    var session = new Session(tunnel);
    sessions.push(session);
    tunnel.onData = function (data) { session.take(data); };
    tunnel.onControl = function (message) { session.request(message); };
    tunnel.onClose = function () { session.end(); };
    tunnel.stream.on('drain', function () {
        if (session.download) { session.download.isHeld = false; session.sendBlocks(); }
    });
});
