// Entries removed, copied and moved, and archives. Follows trees.js in one scope. On Unix programs of the device do
// it; what they make lies in a hidden folder beside its place until it is whole.
var FULL_DISK = 14, LEFT_OUT = 18;  // zip: could not write; some could not be read
var NO_SPACE = 50, NOTED = 1;       // unzip: the disk is full; done, with remarks
var MAX_NAMED = 5, MAX_MISSING = 500;
// Complaints of GNU's, busybox's and BSD's cp about file systems that keep no owner or mode.
var NOT_KEPT = /^cp: (failed to preserve|preserving|can't preserve|setting permissions|(chown|chmod|chflags|utimensat): )/;
// Hidden folders that are in use.
var staged = {};

// ---- work that can be cancelled ---------------------------------------------------------------------

/// The programs of one request, one after the other. Our page can cancel it, and the end of its session does; changes
/// that a viewer of the wire asks for go on.
function Work(session, message, isArchive) {
    this.session = session;
    this.reqid = message.reqid;
    this.isArchive = isArchive === true;
    this.isStopped = false;
    this.isFinal = false;   // what is done now can't be undone any more
    this.program = null;
    if (this.isArchive || message.answer === true) { session.works.push(this); }
}

Work.prototype.stop = function () {
    if (this.isFinal) { return; }
    this.isStopped = true;
    if (this.program) { this.program.stop(); }
};

/// `done(error, code)`, also when it can't be started.
Work.prototype.run = function (args, done, minor) {
    var self = this;
    try {
        this.program = run(args, null, function (error, isStopped, code) {
            self.program = null;
            done(error, code);
        }, minor);
    } catch (ex) { done(ex); }
};

/// `done(error, text)`: what it printed.
Work.prototype.collect = function (script, args, done) {
    try { collect(['sh', '-c', script, 'sh'].concat(args), done); } catch (ex) { done(ex, ''); }
};

Work.prototype.runScript = function (script, args, done, minor) { this.run(['sh', '-c', script, 'sh'].concat(args), done, minor); };

Work.prototype.end = function () {
    var at = this.session.works.indexOf(this);
    if (at >= 0) { this.session.works.splice(at, 1); }
};

/// Ends it when the hidden folder and all that is left in it is gone.
Work.prototype.endWith = function (part, error, done) {
    var self = this;
    this.isFinal = true;
    this.run(['rm', '-rf', '--', part], function () {
        delete staged[part];
        self.end();
        done(self.isStopped ? 'cancelled' : error);
    });
};

// What a connection or an agent left behind that never came back.
function removeStaged(path) {
    if (!isWindows() && !Object.prototype.hasOwnProperty.call(staged, path)) { run(['rm', '-rf', '--', path], null, function () { }); }
}

requests.cancel = function (session, message) {
    session.works.slice().forEach(function (work) {
        if (message.of === undefined ? work.isArchive : work.reqid === message.of) { work.stop(); }
    });
};

// ---- scripts ----------------------------------------------------------------------------------------

// Links are no folders here, wherever they lead. `check folder entry...`: can each have its place there?
var IN_PLACE = 'bad() { printf "%s: %s\\n" "$1" "$2" >&2; exit 1; }\n' +
    'isFolder() { [ -d "$1" ] && [ ! -L "$1" ]; }\n' +
    'isThere() { [ -e "$1" ] || [ -L "$1" ]; }\n' +
    'check() (\n' +
    '  into=$1; shift\n' +
    '  for p; do\n' +
    '    d=$into/${p##*/}\n' +
    '    isThere "$p" && isThere "$d" || continue\n' +
    '    [ ! -L "$p" ] && [ ! -L "$d" ] && [ "$p" -ef "$d" ] && bad "is there already" "$d"\n' +
    '    if isFolder "$p" && isFolder "$d"; then\n' +
    '      [ "$merges" ] || bad "a folder of this name is there already" "$d"\n' +
    '      check "$d" "$p"/* "$p"/.[!.]* "$p"/..?* || exit 1\n' +
    '    elif isFolder "$p"; then bad "not a folder" "$d"\n' +
    '    elif isFolder "$d"; then bad "a folder is in its place" "$d"\n' +
    '    fi\n' +
    '  done\n' +
    ')\n';

// part, target, merges, sources: copies into the part, if all can have their place.
var STAGE = IN_PLACE + 'part=$1 to=${2%/} merges=$3; shift 3\n' +
    'here=$(cd -P -- "$to/" && pwd -P) || exit 1\n' +
    'for p; do\n' +
    '  isFolder "$p" && there=$(cd -P -- "$p" 2>/dev/null && pwd -P) || continue\n' +
    '  case $here/ in "$there"/*) bad "a folder can\'t be copied into itself" "$p";; esac\n' +
    'done\n' +
    'check "$to" "$@" && mkdir -m 700 -- "$part" && exec env LC_ALL=C cp -R -P -p -- "$@" "$part/."';

// part, target, merges: all that lies in the part gets its name. The target of "mv" is always a folder ("/."): so a
// link in the place of a file is not followed.
var PLACE = IN_PLACE + 'merges=$3\n' +
    'merge() (\n' +
    '  from=$1 into=$2; set --\n' +
    '  [ -r "$from" ] && [ -w "$from" ] && [ -x "$from" ] || chmod u+rwx "$from"\n' +
    '  for p in "$from"/* "$from"/.[!.]* "$from"/..?*; do\n' +
    '    isThere "$p" || continue\n' +
    '    d=$into/${p##*/}\n' +
    '    if ! isFolder "$p"; then\n' +
    '      set -- "$@" "$p"\n' +
    '      [ $# -lt 200 ] || { mv -f -- "$@" "$into/." && set --; } || exit 1\n' +
    '    elif isFolder "$d"; then merge "$p" "$d" || exit 1\n' +
    '    elif [ -w "$p" ]; then mv -f -- "$p" "$into/." || exit 1\n' +
    '    else { chmod u+w "$p" && mv -f -- "$p" "$into/." && chmod u-w "$d"; } || exit 1\n' +
    '    fi\n' +
    '  done\n' +
    '  [ $# -eq 0 ] || mv -f -- "$@" "$into/."\n' +
    ')\n' +
    'to=${2%/}; check "$to" "$1"/* "$1"/.[!.]* "$1"/..?* && merge "$1" "$to"';

// part, target: the names below the part that are taken.
var TAKEN = IN_PLACE + 'taken() (\n' +
    '  for p in "$1"/* "$1"/.[!.]* "$1"/..?*; do\n' +
    '    d=$2/${p##*/}\n' +
    '    isThere "$p" && isThere "$d" || continue\n' +
    '    if isFolder "$p" && isFolder "$d"; then taken "$p" "$d" "$3${p##*/}/"; else printf "%s\\n" "$3${p##*/}"; fi\n' +
    '  done\n' +
    ')\n' +
    'taken "$1" "${2%/}" ""';

// ---- remove, copy, move -----------------------------------------------------------------------------

// A name that isn't UTF-8 is listed as another one, which nothing finds: `rm -f` is content with that.
function stillListed(folder, names) {
    var odd = names.filter(function (name) { return /[^\x00-\x7f]/.test(name) && infoOf(inside(folder, name)) === null; });
    if (odd.length === 0) { return odd; }
    var all = [];
    // Written and read again, names are what the viewer got.
    try { all = JSON.parse(JSON.stringify(fs.readdirSync(isWindows() ? inside(folder, '*') : folder))); } catch (ex) { }
    return odd.filter(function (name) { return all.indexOf(name) >= 0; });
}

function notRemoved(name) { return new Error('still there, since its name can\'t be told to the device: ' + name); }

function removeByPrograms(session, message, paths, done) {
    var work = new Work(session, message);
    work.run(['rm', '-rf', '--'].concat(paths), function (error) {
        var left = stillListed(pathOf(message.path), message.delfiles);
        work.end();
        done(work.isStopped ? 'cancelled' : error || (left.length > 0 ? notRemoved(left[0]) : null));
    });
}

requests.rm = function (session, message) {
    var folder = pathOf(message.path), isRecursive = message.rec === true, names = namesOf(message.delfiles);
    var paths = names.map(function (name) { return inside(folder, name); });
    if (isRecursive) {
        session.change(message, (isWindows() ? removeTrees : removeByPrograms).bind(null, session, message, paths), 46, names.map(function (name, at) {
            return { args: [paths[at], 1], text: 'Delete recursive: "' + paths[at] + '"',
                     isDone: function () { return infoOf(paths[at]) === null && stillListed(folder, [name]).length === 0; } };
        }));
        return;
    }
    // Of folders this removes only empty ones.
    for (var i = 0; i < paths.length; ++i) {
        try { fs.unlinkSync(paths[i]); } catch (ex) { throw stillListed(folder, [names[i]]).length > 0 ? notRemoved(names[i]) : ex; }
        session.log(45, [paths[i]], 'Delete: "' + paths[i] + '"');
    }
    session.settle(message);
};

function copyByPrograms(session, message, sources, to, isMove, done) {
    var work = new Work(session, message), part = temporaryIn(to), merges = isMove ? '' : 'merges';
    var end = function (error) { work.endWith(part, error, done); };
    staged[part] = true;
    work.runScript(STAGE, [part, to, merges].concat(sources), function (error) {
        if (error || work.isStopped) { end(error); return; }
        work.isFinal = true;
        work.runScript(PLACE, [part, to, merges], function (error) {
            if (error || !isMove) { end(error); return; }
            work.run(['rm', '-rf', '--'].concat(sources), end);
        });
    }, NOT_KEPT);
}

// What lies on another file system is copied, and then removed.
function moveByPrograms(session, message, sources, to, done) {
    var rest = sources.filter(function (source) {
        try { fs.renameSync(source, inside(to, nameIn(source))); } catch (ex) { return true; }
        return false;
    });
    if (rest.length === 0) { done(null); return; }
    copyByPrograms(session, message, rest, to, true, done);
}

function nameIn(path) { return path.substring(inside(parentOf(path), '').length); }
function isSame(path, other) { return inside(path, '') === inside(other, ''); }

function transfer(session, message, work, id, word) {
    var from = pathOf(message.scpath), to = pathOf(message.dspath), names = namesOf(message.names);
    var target = infoOf(to), sources = names.map(function (name) { return inside(from, name); });
    if (target === null || !target.isDirectory()) { throw new Error('not a folder: ' + to); }
    sources.forEach(function (source) {
        if (isIn(to, source)) { throw new Error('a folder can\'t be copied into itself: ' + source); }
        if (isSame(from, to)) { throw new Error(source + ' is there already'); }
    });
    session.change(message, work.bind(null, session, message, sources, to), id, sources.map(function (source) {
        var end = inside(to, nameIn(source));
        return { args: [source, end], text: word + ': "' + source + '" to "' + end + '"',
                 isDone: function () { return id === 52 && infoOf(source) === null && infoOf(end) !== null; } };
    }));
}

requests.copy = function (session, message) {
    transfer(session, message, isWindows() ? copyTrees : function (a, b, sources, to, done) { copyByPrograms(a, b, sources, to, false, done); }, 51, 'Copy');
};
requests.move = function (session, message) { transfer(session, message, isWindows() ? moveTrees : moveByPrograms, 52, 'Move'); };

// ---- archives ---------------------------------------------------------------------------------------

/// `start(work, part, end)` makes and fills the hidden folder `part` in `folder`, then calls `end(error, more)`;
/// `done(error, isStopped, more)` when that is gone.
function pack(session, message, folder, word, start, done) {
    if (session.works.some(function (work) { return work.isArchive; })) { throw new Error('another archive is being worked on'); }
    if (isWindows()) { throw new Error('not available on Windows'); }
    var work = new Work(session, message, true), part = temporaryIn(folder);
    staged[part] = true;
    session.reply({ action: 'dialogmessage', msg: word });
    start(work, part, function (error, more) {
        work.endWith(part, error, function (error) {
            done(error, work.isStopped, more);
            session.reply({ action: 'dialogmessage', msg: null });
            session.reply({ action: 'refresh' });
        });
    });
}

// folder, part, names from inside the folder; "./" keeps one that begins with "-" from being an option.
var ZIP = 'cd -- "$1" && mkdir -m 700 -- "$2" && out="$2/archive.zip" && shift 2 && exec zip -q -r -y "$out" "$@"';
// folder, names: what zip has no form for, or could not read.
var UNPACKED = 'cd -- "$1" && shift && exec find "$@" \\( -type f -o -type d \\) -exec sh -c ' +
    '\'for f; do [ -r "$f" ] || printf "%s\\n" "$f"; done\' sh {} + -o ! -type l -print';

function whatIsMissing(work, folder, names, isIncomplete, done) {
    work.collect(UNPACKED, [folder].concat(names), function (error, text) {
        var missing = text.split('\n').filter(function (line) { return line !== ''; }).map(function (line) {
            return { name: line.replace(/^\.\//, ''), why: 'could not be packed' };
        });
        if (isIncomplete && missing.length === 0) { missing.push({ name: nameIn(folder), why: 'changed meanwhile' }); }
        done(missing.slice(0, MAX_MISSING));
    });
}

requests.zip = function (session, message) {
    var folder = pathOf(message.path), names = namesOf(message.files), output = pathOf(inside(folder, nameOf(message.output)));
    var fresh = function () { if (fs.existsSync(output)) { throw new Error(output + ' exists already'); } };
    var entries = names.map(function (name) { return './' + name; });
    fresh();
    pack(session, message, folder, 'zipping', function (work, part, end) {
        work.runScript(ZIP, [folder, part].concat(entries), function (error, code) {
            if (code === FULL_DISK) { error = 'no space left on the device'; }
            if (work.isStopped || (error && code !== LEFT_OUT)) { end(error); return; }
            whatIsMissing(work, folder, entries, code === LEFT_OUT, function (missing) {
                try {
                    if (!work.isStopped) { fresh(); fs.renameSync(inside(part, 'archive.zip'), output); }
                    end(null, missing);
                } catch (ex) { end(ex); }
            });
        });
    }, function (error, isStopped, missing) {
        session.settle(message, error, { missing: missing });
        if (!error && message.answer !== true && missing.length > 0) { session.complain('left out of the archive: ' + missing.map(function (each) { return each.name; }).join(', ')); }
    });
};

// part, archive, where it is to lie if that may not be a link. What unzip's codes don't mean is 100.
var UNZIP = '[ ! -L "$3" ] || { printf "not a folder: %s\n" "$3" >&2; exit 100; }\n' +
    'mkdir -m 700 -- "$1" && mkdir -- "$1/all" || exit 100\n' +
    'exec unzip -q -o "$2" -d "$1/all"';

/// `exists`: what happens if files of the archive are there already. `fail`: nothing, and some of them are named;
/// `rename`: the archive gets a folder of its own.
requests.unzip = function (session, message) {
    var input = pathOf(message.input), target = pathOf(message.dest), old = infoOf(target), isOwn = message.exists === 'rename';
    if (old !== null && !old.isDirectory() && !isOwn) { throw new Error('not a folder: ' + target); }
    var place = function (work, all, end) {
        if (work.isStopped) { end(); return; }
        work.isFinal = true;
        if (old !== null && !isOwn) { work.runScript(PLACE, [all, target, 'merges'], end); return; }
        try { fs.renameSync(all, isOwn && infoOf(target) !== null ? freeName(target) : target); end(); } catch (ex) { end(ex); }
    };
    pack(session, message, old === null || isOwn ? parentOf(target) : target, 'unzipping', function (work, part, end) {
        work.runScript(UNZIP, [part, input, message.exists === undefined || isOwn ? '' : target], function (error, code) {
            var all = inside(part, 'all');
            if (code === NO_SPACE) { error = 'no space left on the device'; }
            if (work.isStopped || (error && code !== NOTED)) { end(error); return; }
            if (old === null || message.exists !== 'fail') { place(work, all, end); return; }
            work.collect(TAKEN, [all, target], function (error, text) {
                if (error || text !== '') { end(error || takenBy(text.replace(/\n$/, '').split('\n'))); } else { place(work, all, end); }
            });
        });
    }, function (error, isStopped) {
        if (message.answer === true) { session.settle(message, error, error ? { code: error.code, names: error.names } : {}); return; }
        if (error && !isStopped) { session.reply({ action: 'dialogmessage', msg: 'unziperror', error: wordsOf(error) }); }
    });
};

function takenBy(names) {
    var refusal = new Refusal('exists', names.length + ' of the archive exist already');
    refusal.names = names.slice(0, MAX_NAMED);
    return refusal;
}
