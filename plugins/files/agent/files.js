// The files' part on the device (agent-protocol specification, section 7.3). ES5.1; runs on MeshAgent
// and on trellis-agent. The agent has one thread: long work goes in steps or into a program.
// pieces.js, trees.js, changes.js, upload.js, download.js, details.js and fetch.js follow in the same scope.
var fs = require('fs');

var MAX_MESSAGE = 65536, MAX_PATH = 4096, MAX_NAME = 255, MAX_NAMES = 1000;
var MAX_ENTRIES = 50000, ENTRIES_A_STEP = 200, MAX_FOUND = 10000, MAX_JOBS = 8;
var NOT_IN_NAMES = isWindows() ? /[\/\\:*?"<>|\x00]/ : /[\/\x00]/;
// MeshAgent ends programs and turns that nothing refers to.
var programs = [], sessions = [];

function isWindows() { return process.platform === 'win32'; }
function isText(value, most) { return typeof value === 'string' && value.length <= most && value.indexOf('\0') < 0; }

// ---- paths --------------------------------------------------------------------------------------

function pathOf(value) {
    if (!isText(value, MAX_PATH)) { throw new Error('the path is not valid'); }
    if (isWindows()) { return value.replace(/\//g, '\\'); }
    return value.charAt(0) === '/' ? value : '/' + value;
}

function nameOf(value) {
    if (!isText(value, MAX_NAME) || value === '' || value === '.' || value === '..' || NOT_IN_NAMES.test(value)) {
        throw new Error('the name is not valid');
    }
    return value;
}

function namesOf(value) {
    if (!(value instanceof Array) || value.length === 0 || value.length > MAX_NAMES) {
        throw new Error('expected 1 to ' + MAX_NAMES + ' names');
    }
    return value.map(nameOf);
}

function inside(folder, name) {
    var end = folder.charAt(folder.length - 1);
    return end === '/' || (isWindows() && end === '\\') ? folder + name : folder + (isWindows() ? '\\' : '/') + name;
}

function wordsOf(error) { return String(error && error.message ? error.message : error).substring(0, 1000); }
function infoOf(path) { try { return fs.statSync(path); } catch (ex) { return null; } }

// ---- one session --------------------------------------------------------------------------------

function Session(tunnel) {
    var id = /[?&]id=([^&]{1,256})(&|$)/.exec(String(tunnel.request.value));
    this.tunnel = tunnel;
    this.tunnelId = id ? id[1] : '';
    this.isOver = false;
    this.jobs = [];        // stepped work: listings, hashes
    this.search = null;    // the program that finds files
    this.works = [];       // archives, and changes that can be cancelled (changes.js)
    this.upload = null;
    this.download = null;
    this.putting = null;   // a small file whose bytes come next (details.js)
}

// Replies are binary; only the start and the end of a download are text (section 7.3).
Session.prototype.reply = function (object) { if (!this.isOver) { this.tunnel.stream.write(Buffer.from(JSON.stringify(object))); } };
Session.prototype.replyText = function (object) { if (!this.isOver) { this.tunnel.stream.write(JSON.stringify(object)); } };
Session.prototype.complain = function (text) { this.tunnel.status(String(text).substring(0, 1000)); };
/// How a request ended, for a viewer that wants an answer to each (`answer: true`, beyond the wire);
/// others are told of failures only, in words.
Session.prototype.settle = function (message, error, more) {
    if (this.isOver) { return; }
    if (message.answer !== true) { if (error) { this.complain(error); } return; }
    var answer = more || {};
    answer.action = 'result';
    answer.reqid = message.reqid;
    if (error) { answer.error = wordsOf(error); }
    this.reply(answer);
};
Session.prototype.log = function (id, args, text) {
    var request = this.tunnel.request;
    trellis.send({ action: 'log', msgid: id, msgArgs: args, msg: text, userid: request.userid, username: request.username,
                   remoteaddr: request.remoteaddr, guestname: request.guestname });
};

/// `step` is called until it returns true, then `done(error)` once; `done(null, true)` if the session ends before.
Session.prototype.inSteps = function (step, done) {
    var self = this, job = { turn: null };
    if (this.jobs.length >= MAX_JOBS) { throw new Error('too many requests at once'); }
    this.jobs.push(job);
    var over = function (error) { self.jobs.splice(self.jobs.indexOf(job), 1); done(error); };
    var turn = function () {
        if (self.isOver) { done(null, true); return; }
        try { if (step() === true) { over(null); return; } } catch (ex) { over(ex); return; }
        job.turn = setImmediate(turn);
    };
    turn();
};

Session.prototype.end = function () {
    if (this.isOver) { return; }
    this.isOver = true;
    sessions.splice(sessions.indexOf(this), 1);
    this.replaceUpload('the session ended');
    this.replaceDownload('the session ended');
    this.stopSearch();
    this.works.slice().forEach(function (work) { work.stop(); });
};

// ---- programs of the device -----------------------------------------------------------------------

// rm, cp, mv and find treat links, special files and other file systems as an administrator expects,
// and the agent goes on meanwhile. Never a line for a shell: names are somebody else's text.
/// `done(error, isStopped, code)`. `minor`: lines on stderr that make no failure of the code 1.
function run(args, onOutput, done, minor) {
    if (isWindows()) { throw new Error('not available on Windows'); }
    if (programs.length >= 64) { throw new Error('too many programs are running'); }
    // Nobody is there to answer what a program asks.
    var program = ['/bin/sh', ['sh', '-c', 'exec "$@" </dev/null', 'sh'].concat(args)], complaint = new Complaint(minor), isStopped = false;
    // What is printed counts; a shell that is stopped leaves the program to the end of its pipe.
    if (onOutput) { program = trellis.lingering(program[0], program[1]); }
    var child = require('child_process').execFile(program[0], program[1]);
    child.stdout.on('data', onOutput || function () { });
    child.stderr.on('data', function (data) { complaint.add(data.toString()); });
    child.on('exit', function (code) {
        // What it printed last is still on its way through the pipe. The child refers to its last turn.
        child.trellisTurn = setImmediate(function () {
            var at = programs.indexOf(child);
            if (at >= 0) { programs.splice(at, 1); }
            done(code === 0 || complaint.isMinor(code) ? null : complaint.text.trim() || args[0] + ' ended with ' + code, isStopped, code);
        });
    });
    programs.push(child);
    return { child: child, stop: function () { if (!isStopped) { isStopped = true; child.kill(); } } };
}

// What a program says on stderr.
function Complaint(minor) {
    this.minor = minor;
    this.text = '';
    this.line = '';
    this.hasMinor = false;
}
Complaint.prototype.add = function (text) {
    if (!this.minor) { if (this.text.length < 1000) { this.text += text; } return; }
    var lines = (this.line + text).split('\n');
    this.line = lines.pop().substring(0, 1000);
    for (var i = 0; i < lines.length; ++i) {
        if (this.minor.test(lines[i])) { this.hasMinor = true; } else if (this.text.length < 1000) { this.text += lines[i] + '\n'; }
    }
};
Complaint.prototype.isMinor = function (code) { return code === 1 && this.hasMinor && this.text === '' && this.line === ''; };

/// `work(done)` or the arguments of a program.
Session.prototype.change = function (message, work, id, logged) {
    var self = this;
    var start = typeof work === 'function' ? work : function (done) { run(work, null, done); };
    start(function (error) {
        for (var i = 0; i < logged.length; ++i) {
            // Of several some may be done before one fails.
            if (!error || (logged[i].isDone && logged[i].isDone())) { self.log(id, logged[i].args, logged[i].text); }
        }
        self.settle(message, error);
        if (!self.isOver && message.answer !== true) { self.reply({ action: 'refresh' }); }
    });
};

// ---- requests ---------------------------------------------------------------------------------------

var requests = {};

function entryOf(folder, name) {
    var info = infoOf(inside(folder, name));
    if (info === null) { return { n: name, t: 3, s: 0 }; }  // a link to nowhere
    return info.isDirectory() ? { n: name, t: 2, d: info.mtime } : { n: name, t: 3, s: info.size, d: info.mtime };
}

function drives() {
    return fs.readDrivesSync().map(function (drive) {
        return { n: drive.name, t: 1, dt: drive.type, s: drive.size || 0, f: drive.free || 0 };
    });
}

requests.ls = function (session, message) {
    var answer = { path: message.path, dir: null, reqid: message.reqid }, at = 0, names;
    if (isWindows() && message.path === '') { answer.dir = drives(); session.reply(answer); return; }
    try {
        var folder = pathOf(message.path);
        var info = infoOf(folder);  // MeshAgent lists nothing for a folder that isn't there
        if (info === null || !info.isDirectory()) { throw new Error('not a folder: ' + folder); }
        names = fs.readdirSync(isWindows() ? inside(folder, '*') : folder);
    } catch (ex) {
        session.reply(answer);
        session.complain(ex);
        return;
    }
    answer.dir = [];
    session.inSteps(function () {
        for (var end = Math.min(at + ENTRIES_A_STEP, names.length, MAX_ENTRIES); at < end; ++at) {
            if (names[at] !== '.' && names[at] !== '..') { answer.dir.push(entryOf(folder, names[at])); }
        }
        return at >= names.length || at >= MAX_ENTRIES;
    }, function (error, isStopped) {
        if (isStopped) { return; }
        if (at < names.length) { session.complain('Only the first ' + MAX_ENTRIES + ' entries are shown.'); }
        session.reply(answer);
    });
};

function makeFolders(path) {
    var info = infoOf(path), at = Math.max(path.lastIndexOf('/'), isWindows() ? path.lastIndexOf('\\') : -1);
    if (info !== null && info.isDirectory()) { return; }
    if (at > 0) { makeFolders(path.substring(0, at)); }
    try {
        fs.mkdirSync(path);
    } catch (error) { // another session may have made it in the meantime
        info = infoOf(path);
        if (info === null || !info.isDirectory()) { throw error; }
    }
}

requests.mkdir = function (session, message) {
    var path = pathOf(message.path);
    if (message.parents === true) { makeFolders(path); } else { fs.mkdirSync(path); }
    session.log(44, [path], 'Create folder: "' + path + '"');
    session.settle(message);
};

requests.rename = function (session, message) {
    var folder = pathOf(message.path), from = inside(folder, nameOf(message.oldname)), name = nameOf(message.newname);
    var to = inside(folder, name);
    if (fs.existsSync(to) && !(isWindows() && from.toLowerCase() === to.toLowerCase())) { throw new Error(to + ' exists already'); }
    fs.renameSync(from, to);
    session.log(48, [from, name], 'Rename: "' + from + '" to "' + name + '"');
    session.settle(message);
};

Session.prototype.stopSearch = function () {
    if (this.search) { this.search.stop(); this.search = null; }
};

requests.findfile = function (session, message) {
    var folder = pathOf(message.path), root = inside(folder, ''), rest = Buffer.alloc(0), count = 0, search;
    if (!isText(message.filter, MAX_NAME) || message.filter === '') { throw new Error('the filter is not valid'); }
    session.stopSearch();
    var tell = function (path) {
        if (path.length <= root.length) { return; }
        if (++count > MAX_FOUND) { search.stop(); return; }
        session.reply({ action: 'findfile', r: path.substring(root.length), reqid: message.reqid });
    };
    var over = function () {
        // Folders that may not be read are left out; that is no failure.
        if (session.search !== search || session.isOver) { return; }
        session.search = null;
        session.reply({ action: 'findfile', r: null, reqid: message.reqid });
    };
    if (isWindows()) { search = session.search = findInTree(session, folder, message.filter, tell, over); return; }
    var found = function (data) {
        if (session.search !== search || session.isOver) { return; }
        var bytes = Buffer.concat([rest, data]), start = 0;
        for (var i = rest.length; i < bytes.length; ++i) {
            if (bytes[i] === 0) { tell(bytes.slice(start, i).toString()); start = i + 1; }
        }
        rest = Buffer.concat([bytes.slice(start)]);
    };
    search = session.search = run(['find', root, '-iname', message.filter, '-print0'], found, over);
};
requests.cancelfindfile = function (session) { session.stopSearch(); };

// ---- messages ---------------------------------------------------------------------------------------

Session.prototype.request = function (message) {
    if (!Object.prototype.hasOwnProperty.call(requests, message.action)) { return; }
    try { requests[message.action](this, message); } catch (ex) { this.settle(message, ex); }
};

Session.prototype.take = function (data) {
    if (this.isOver) { return; }
    var isJson = data.length > 0 && data[0] === 0x7B;
    if (!isJson) {
        if (this.putting !== null) { this.takePut(data); return; }
        if (this.upload !== null && !this.upload.isDone) { this.takeData(data); }
        return;
    }
    var message = null;
    if (data.length <= MAX_MESSAGE) { try { message = JSON.parse(data.toString()); } catch (ex) { } }
    if (message === null || typeof message !== 'object') {
        this.tunnel.status('This message is not understood.', 2);
        this.tunnel.close();
        return;
    }
    this.request(message);
};
