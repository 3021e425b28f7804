// Files and folders as a whole, in steps, where no programs of the device do it (Windows). Follows pieces.js in one
// scope.
var FIND_DATA = 592;  // bytes of a WIN32_FIND_DATAW
var REPARSE_POINT = 1024, READ_ONLY = 1, NORMAL = 128, REPLACE = 1, MAX_WORKERS = 8;
var kernel = null, workers = 0;

// ---- what Windows has for it ------------------------------------------------------------------------

function kernel32() {
    if (kernel === null) {
        var marshal = require('_GenericMarshal'), library = marshal.CreateNativeProxy('kernel32.dll');
        ['GetFileAttributesW', 'SetFileAttributesW', 'MoveFileExW', 'FindFirstFileW', 'FindClose'].forEach(function (name) { library.CreateMethod(name); });
        kernel = { library: library, found: marshal.CreateVariable(FIND_DATA), wide: function (path) { return marshal.CreateVariable(path, { wide: true }); } };
    }
    return kernel;
}

function attributesOf(path) { return kernel32().library.GetFileAttributesW(kernel32().wide(path)).Val; }

// Junctions and symbolic links lead elsewhere. What can't be asked for is not walked into either.
function isLink(path) {
    var attributes = attributesOf(path);
    return attributes === -1 || (attributes & REPARSE_POINT) !== 0;
}

// MeshAgent lists nothing both for an empty folder and for one that it may not read.
function isClosed(folder) {
    var handle = kernel32().library.FindFirstFileW(kernel32().wide(inside(folder, '*')), kernel32().found);
    if (handle.Val === -1) { return true; }
    kernel32().library.FindClose(handle);
    return false;
}

/// As rename(2): a file that is there is replaced, at once.
function renameOver(from, to) {
    if (!isWindows()) { fs.renameSync(from, to); return; }
    if (kernel32().library.MoveFileExW(kernel32().wide(from), kernel32().wide(to), REPLACE).Val === 0) {
        throw new Error('could not be moved: ' + from + ' to ' + to);
    }
}

function removeOne(path) {
    try { fs.unlinkSync(path); } catch (ex) {
        var attributes = attributesOf(path);
        if (attributes === -1 || (attributes & READ_ONLY) === 0) { throw ex; }
        kernel32().library.SetFileAttributesW(kernel32().wide(path), NORMAL);
        fs.unlinkSync(path);
    }
}

// ---- steps ------------------------------------------------------------------------------------------

/// `work`: `{step, stop}`; `step` until it returns true, `stop` if that never comes. Then `done(error, isStopped)`.
function inTurns(session, work, done) {
    var isDone = false;
    session.inSteps(function () { return (isDone = work.step() === true); }, function (error, isStopped) {
        if (!isDone) { work.stop(); }
        done(error, isStopped);
    });
}

/// Copies the first `size` bytes of a file to one that isn't there, or all of it.
function copying(from, to, size) {
    var source = fs.openSync(from, 'rb'), target = null, left = size, buffer = Buffer.alloc(HASH_STEP);
    var close = function () {
        [source, target].forEach(function (file) { if (file !== null) { try { fs.closeSync(file); } catch (ex) { } } });
        source = target = null;
    };
    var stop = function () { close(); try { fs.unlinkSync(to); } catch (ex) { } };
    try { target = fs.openSync(to, isWindows() ? 'wbN' : 'wb'); } catch (ex) { close(); throw ex; }
    return { stop: stop, step: function () {
        var part = size !== undefined && left < buffer.length ? buffer.slice(0, left) : buffer, end = readUpTo(source, part, 0);
        writeAll(target, end < part.length ? part.slice(0, end) : part, 0);
        left -= end;
        if (size !== undefined ? left > 0 && end > 0 : end === part.length) { return false; }
        close();
        if (size !== undefined && left > 0) { throw new Error('the file is shorter than expected'); }
        return true;
    } };
}

function childrenOf(folder) {
    var names = fs.readdirSync(isWindows() ? inside(folder, '*') : folder)
        .filter(function (name) { return name !== '.' && name !== '..'; });
    if (names.length === 0 && isWindows() && isClosed(folder)) { throw new Error('permission denied: ' + folder); }
    return names.map(function (name) { return inside(folder, name); });
}

/// Goes through `roots` and all that is in them, in steps: `enter(path, info, isFolder)` for each, folders before what
/// is in them, then `leave(path)`, if any, for each folder. `enter` may give work of its own (inTurns). What fails is
/// left out: `done(error, isStopped)` gets the first failure, `failed(path, error)`, if given, each entry that could not
/// be entered. `goesOn()` is asked on the way. Links are files here.
function walk(session, roots, enter, leave, goesOn, done, failed) {
    var stack = [{ folder: null, paths: roots, at: 0 }], work = null, failure = null;
    var careful = function (act, path) {
        try { act(); } catch (ex) {
            failure = failure || ex;
            work = null;
            if (failed && path) { failed(path, ex); }
        }
    };
    var next = function () {
        var top = stack[stack.length - 1];
        if (top.at < top.paths.length) { visit(top.paths[top.at++]); return; }
        stack.pop();
        if (top.folder !== null && leave) { careful(function () { leave(top.folder); }); }
    };
    var visit = function (path) {
        var info = infoOf(path), isFolder = info !== null && info.isDirectory() && !isLink(path);
        careful(function () {
            work = enter(path, info, isFolder) || null;
            if (isFolder) { stack.push({ folder: path, paths: childrenOf(path), at: 0 }); }
        }, path);
    };
    session.inSteps(function () {
        if (work !== null) {
            careful(function () { if (work.step() === true) { work = null; } });
            return false;
        }
        for (var count = 0; count < ENTRIES_A_STEP && work === null && stack.length > 0 && goesOn(); ++count) { next(); }
        return stack.length === 0 || !goesOn();
    }, function (error, isStopped) {
        if (work !== null) { work.stop(); }
        done(error || failure, isStopped);
    });
}

// ---- what is asked for ------------------------------------------------------------------------------

function always() { return true; }

/// A session of its own for work that goes on without the one that asked for it, unless our page did (changes.js: Work);
/// `done(error)` is called when it is over.
function asWorker(session, message, done, act) {
    if (workers >= MAX_WORKERS) { throw new Error('too many requests at once'); }
    ++workers;
    var worker = new Session({ request: session.tunnel.request }), work = new Work(session, message);
    var end = function () { --workers; work.end(); };
    var over = function (error) { end(); done(work.isStopped ? 'cancelled' : error ? wordsOf(error) : null); };
    work.program = { stop: function () { worker.isOver = true; } };
    try { act(worker, over, work); } catch (ex) { end(); throw ex; }
}

function removeTrees(session, message, paths, done) {
    asWorker(session, message, done, function (worker, over) {
        walk(worker, paths, function (path, info, isFolder) { if (!isFolder) { removeOne(path); } }, removeOne, always, over);
    });
}

function isIn(path, folder) {
    var cased = function (text) { return isWindows() ? text.toLowerCase() : text; }, start = cased(inside(folder, ''));
    return cased(inside(path, '')).substring(0, start.length) === start;
}

function copyTrees(session, message, sources, target, done) {
    asWorker(session, message, done, function (worker, over) { copyInto(worker, sources, target, over); });
}

function copyInto(worker, sources, target, done) {
    var start = 0;
    sources.forEach(function (source) {
        if (isIn(target, source)) { throw new Error('a folder can\'t be copied into itself: ' + source); }
        start = inside(parentOf(source), '').length;
        if (inside(parentOf(source), '').toLowerCase() === inside(target, '').toLowerCase()) { throw new Error(source + ' is there already'); }
    });
    walk(worker, sources, function (path, info, isFolder) {
        var to = inside(target, path.substring(start)), old = infoOf(to);
        if (isFolder) { if (old === null || !old.isDirectory()) { fs.mkdirSync(to); } return null; }
        if (info === null || !info.isFile()) { throw new Error('a link was left out: ' + path); }
        if (old !== null && !old.isFile()) { throw new Error('not a file: ' + to); }
        return placing(path, to);
    }, null, always, done);
}

// A copy has its name when it is whole.
function placing(from, to) {
    var part = temporaryIn(parentOf(to)), work = copying(from, part);
    return { stop: work.stop, step: function () {
        try {
            if (work.step() !== true) { return false; }
            if (infoOf(part).size !== infoOf(from).size) { throw new Error('no space left on the device'); }
            renameOver(part, to);
        } catch (ex) { work.stop(); throw ex; }
        return true;
    } };
}

function parentOf(path) { return path.substring(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))); }

/// To another drive by copying what then is removed.
function moveTrees(session, message, sources, target, done) {
    asWorker(session, message, done, function (worker, over, work) {
        var rest = [], failure = null;
        sources.forEach(function (source) {
            if (source.charAt(0).toLowerCase() !== target.charAt(0).toLowerCase()) { rest.push(source); return; }
            try { renameOver(source, inside(target, source.substring(inside(parentOf(source), '').length))); } catch (ex) { failure = failure || ex; }
        });
        if (rest.length === 0) { over(failure); return; }
        copyInto(worker, rest, target, function (error, isStopped) {
            if (error || failure || isStopped) { over(error || failure); return; }
            work.isFinal = true;
            removeTrees(session, {}, rest, over);
        });
    });
}

/// A pattern of file names (`*`, `?`, `[a-z]`, `[!a-z]`), as find(1) has it.
function patternOf(glob) {
    var text = '', inClass = false;
    for (var i = 0; i < glob.length; ++i) {
        var sign = glob.charAt(i);
        if (inClass) { inClass = sign !== ']'; text += sign === '\\' ? '\\\\' : sign; continue; }
        if (sign === '[' && glob.indexOf(']', i + 2) > 0) {
            inClass = true;
            text += '[';
            if (glob.charAt(i + 1) === '!') { text += '^'; ++i; }
        } else { text += sign === '*' ? '.*' : sign === '?' ? '.' : sign.replace(/[\\^$.|+(){}\[\]]/, '\\$&'); }
    }
    return new RegExp('^' + text + '$', 'i');
}

/// As a program that is running: has `stop`.
function findInTree(session, folder, filter, tell, done) {
    var search = { isStopped: false, stop: function () { search.isStopped = true; } }, pattern = patternOf(filter);
    search.turn = setImmediate(function () {
        try {
            walk(session, childrenOf(folder), function (path) {
                if (pattern.test(path.substring(inside(parentOf(path), '').length))) { tell(path); }
            }, null, function () { return !search.isStopped; }, done);
        } catch (ex) { done(ex); }
    });
    return search;
}
