// Runs scripts for the server. ES5.1; runs on MeshAgent and on trellis-agent.
//
// Server to device:  scripts.run {run, interpreter, text, env, as, seconds, limit}
//                    scripts.cancel {run}      scripts.ack {run}: the result is stored, forget it
//                    scripts.hello: answer with scripts.ready {..., isAnswer: true}
// Device to server:  scripts.ready {boot, runs: [token]}: once per connection, what is known here
//                    scripts.result {run, exitCode, signal, timedOut, cancelled, error, stdout,
//                                    stderr (base64), stdoutCut, stderrCut, durationMs}
// A run has a token of its own and is started at most once; its result is kept and sent again at every
// new connection until the server has acknowledged it.
var children = require('child_process');
var fs = require('fs');

var MAX_RUNNING = 16, MAX_KNOWN = 256, MAX_LIMIT = 262144, MAX_SECONDS = 86400, AFTER_KILL_MS = 5000;
var QUIET_MS = 250, QUIET_TIMES = 2, AFTER_EXIT_MS = 5000;
var isWindows = process.platform === 'win32';
var boot = String(Date.now()) + '-' + String(Math.floor(Math.random() * 1000000000));
var runs = {}, order = [];
// MeshAgent ends children that nothing refers to.
var helpers = [];

var PATHS = {
    sh: ['/bin/sh', '/system/bin/sh'],
    bash: ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash'],
    python: ['/usr/bin/python3', '/usr/local/bin/python3', '/opt/homebrew/bin/python3', '/usr/bin/python'],
    powershell: ['/usr/bin/pwsh', '/usr/local/bin/pwsh', '/opt/microsoft/powershell/7/pwsh', '/snap/bin/pwsh']
};
var ARGUMENTS = { sh: ['-c'], bash: ['-c'], python: ['-c'], powershell: ['-NoProfile', '-NonInteractive', '-Command'] };

function has(object, name) { return Object.prototype.hasOwnProperty.call(object, name); }

function firstOf(paths) {
    for (var i = 0; i < paths.length; ++i) { if (fs.existsSync(paths[i])) { return paths[i]; } }
    return null;
}

function baseName(path) { return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1); }

function onPath(name) {
    var folders = String(process.env['PATH'] || '').split(';'), paths = [];
    for (var i = 0; i < folders.length; ++i) { if (folders[i]) { paths.push(folders[i] + '\\' + name); } }
    return firstOf(paths);
}

// Windows passes arguments as one line of 32 KiB, so the text goes through a file there.
function windowsCommand(run, interpreter, text) {
    var root = process.env['windir'] || 'C:\\Windows';
    var folder = process.env['TEMP'] || root + '\\Temp';
    var endings = { cmd: '.cmd', powershell: '.ps1', python: '.py' };
    if (!has(endings, interpreter)) { throw 'this device has no ' + interpreter; }
    var python = interpreter === 'python' ? onPath('python.exe') : null;
    if (interpreter === 'python' && python === null) { throw 'this device has no python'; }
    run.file = folder + '\\trellis-' + run.token + endings[interpreter];
    fs.writeFileSync(run.file, text);
    if (interpreter === 'cmd') { return [root + '\\System32\\cmd.exe', ['cmd', '/d', '/q', '/c', run.file]]; }
    if (interpreter === 'python') { return [python, ['python', run.file]]; }
    return [root + '\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
        ['powershell', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-File', run.file]];
}

function commandOf(run, interpreter, text) {
    if (isWindows) { return windowsCommand(run, interpreter, text); }
    var path = has(PATHS, interpreter) ? firstOf(PATHS[interpreter]) : null;
    if (path === null) { throw 'this device has no ' + interpreter; }
    return trellis.lingering(path, [baseName(path)].concat(ARGUMENTS[interpreter], [text]));
}

function optionsOf(message) {
    var options = { env: {} }, names = ['PATH', 'HOME', 'LANG', 'SystemRoot', 'TEMP', 'TMP', 'USERPROFILE', 'ProgramData', 'ProgramFiles', 'COMSPEC'];
    for (var i = 0; i < names.length; ++i) { if (process.env[names[i]]) { options.env[names[i]] = String(process.env[names[i]]); } }
    if (!isWindows && !options.env.PATH) { options.env.PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'; }
    for (var name in message.env) { if (has(message.env, name)) { options.env[name] = String(message.env[name]); } }
    if (message.as === 'user') {
        // Never falls back to the agent's own account.
        var uid;
        try { uid = require('user-sessions').consoleUid(); } catch (ex) { uid = null; }
        if (typeof uid !== 'number') { throw 'nobody is signed in on this device'; }
        options.uid = uid;
        if (isWindows) { options.type = children.SpawnTypes.USER; }
        delete options.env.HOME;
    }
    return options;
}

// Hexadecimal, because a buffer of MeshAgent is only good during the call and text may break inside a
// character.
function collector(limit) {
    var self = { hex: '', isCut: false };
    self.take = function (data) {
        var bytes = typeof data === 'string' ? Buffer.from(data) : data;
        var room = limit - self.hex.length / 2;
        if (bytes.length > room) { self.isCut = true; }
        if (room <= 0) { return; }
        self.hex += (bytes.length > room ? bytes.slice(0, room) : bytes).toString('hex');
    };
    self.base64 = function () { return self.hex === '' ? '' : Buffer.from(self.hex, 'hex').toString('base64'); };
    return self;
}

function number(value, max, otherwise) {
    var n = Number(value);
    return n > 0 ? Math.min(n, max) : otherwise;
}

function runningCount() {
    var count = 0;
    for (var token in runs) { if (has(runs, token) && runs[token].result === null) { ++count; } }
    return count;
}

function remember(run) {
    runs[run.token] = run;
    order.push(run.token);
    // The oldest that is over goes first.
    for (var i = 0; order.length > MAX_KNOWN && i < order.length; ++i) {
        if (runs[order[i]].result !== null) { delete runs[order[i]]; order.splice(i, 1); --i; }
    }
}

// MeshAgent throws for a timer that is over.
function stopTimer(run, name) {
    try { if (run[name]) { clearTimeout(run[name]); } } catch (ex) { }
    run[name] = null;
}

function finish(run, more) {
    if (run.result !== null) { return; }
    stopTimer(run, 'timer');
    stopTimer(run, 'lastTimer');
    if (run.file) { try { fs.unlinkSync(run.file); } catch (ex) { } }
    var result = { action: 'scripts.result', run: run.token, timedOut: run.isTimedOut, cancelled: run.isCancelled,
        stdout: run.out.base64(), stderr: run.err.base64(), stdoutCut: run.out.isCut, stderrCut: run.err.isCut,
        durationMs: Math.max(0, (run.endedAt || Date.now()) - run.startedAt) };
    for (var name in more) { if (has(more, name)) { result[name] = more[name]; } }
    run.result = result;
    run.child = run.out = run.err = null;
    trellis.send(result);
}

// MeshAgent ends only the program itself; what that has started would go on.
function endTree(run) {
    var pid = Number(run.child.pid);
    try {
        if (isWindows) {
            helpers.push(children.execFile((process.env['windir'] || 'C:\\Windows') + '\\System32\\taskkill.exe',
                ['taskkill', '/PID', String(pid), '/T', '/F']));
            return;
        }
        if (trellis.mesh.product === 'trellis-agent') { run.child.kill('SIGKILL'); return; }
        if (!(pid > 1)) { run.child.kill(); return; }
        var helper = children.execFile('/bin/sh', ['sh', '-c', 't() { kill -STOP "$1" 2>/dev/null; ' +
            'for c in $(pgrep -P "$1" 2>/dev/null || ps -o pid= --ppid "$1" 2>/dev/null); do t "$c"; done; ' +
            'kill -KILL "$1" 2>/dev/null; }; t ' + pid]);
        helper.stdout.on('data', function () { });
        helper.stderr.on('data', function () { });
        helpers.push(helper);
        if (helpers.length > MAX_RUNNING) { helpers.shift(); }
    } catch (ex) {
        try { run.child.kill(); } catch (ignored) { }
    }
}

function end(run) {
    endTree(run);
    run.lastTimer = setTimeout(function () { finish(run, { error: 'the program did not end when it was told to' }); }, AFTER_KILL_MS);
}

// What a program printed last is still on its way when it ends; MeshAgent never says that a pipe has ended,
// and something left behind may hold it and print on. A pause counts only if it comes twice: a busy device
// may not have come to read in the first, and MeshAgent's timers may be early.
function waitForRest(run, outcome, quiet) {
    var before = run.taken;
    run.lastTimer = setTimeout(function () {
        quiet = run.taken === before ? quiet + 1 : 0;
        if (quiet >= QUIET_TIMES || Date.now() - run.endedAt >= AFTER_EXIT_MS) { finish(run, outcome); return; }
        waitForRest(run, outcome, quiet);
    }, QUIET_MS);
}

function watch(run) {
    var child = run.child, open = 2, hasExited = false, outcome = {};
    var closed = function () { if (--open === 0 && hasExited) { finish(run, outcome); } };
    child.stdout.on('data', function (data) { if (run.out) { ++run.taken; run.out.take(data); } });
    child.stderr.on('data', function (data) { if (run.err) { ++run.taken; run.err.take(data); } });
    child.stdout.on('end', closed);
    child.stderr.on('end', closed);
    child.on('exit', function (code, signal) {
        hasExited = true;
        run.endedAt = Math.max(run.startedAt, Date.now() - trellis.LINGER_MS);
        if (typeof code === 'number') { outcome.exitCode = code; }
        if (typeof signal === 'string') { outcome.signal = signal; }
        if (open <= 0) { finish(run, outcome); return; }
        stopTimer(run, 'lastTimer');
        waitForRest(run, outcome, 0);
    });
    try { child.stdin.end(); } catch (ex) { }
}

function start(message) {
    var token = String(message.run);
    if (has(runs, token)) { return; }
    var limit = number(message.limit, MAX_LIMIT, 65536), seconds = number(message.seconds, MAX_SECONDS, 60);
    var isBusy = runningCount() >= MAX_RUNNING;
    var run = { token: token, child: null, result: null, file: null, timer: null, lastTimer: null, out: collector(limit),
        err: collector(limit), isTimedOut: false, isCancelled: false, taken: 0, startedAt: Date.now(), endedAt: 0 };
    remember(run);
    try {
        if (isBusy) { throw 'too many scripts run on this device'; }
        var options = optionsOf(message), command = commandOf(run, String(message.interpreter), String(message.text));
        run.child = children.execFile(command[0], command[1], options);
        if (!run.child) { throw 'the program could not be started'; }
        run.timer = setTimeout(function () { run.isTimedOut = true; end(run); }, seconds * 1000);
        watch(run);
    } catch (ex) {
        finish(run, { error: String(ex) });
    }
}

trellis.onAction('scripts.run', start);
trellis.onAction('scripts.cancel', function (message) {
    var token = String(message.run);
    if (!has(runs, token) || runs[token].result !== null || runs[token].isCancelled) { return; }
    runs[token].isCancelled = true;
    end(runs[token]);
});
trellis.onAction('scripts.ack', function (message) {
    // The token stays, so that the run is not started again; the output need not.
    var token = String(message.run);
    if (has(runs, token) && runs[token].result !== null) { runs[token].result = { acknowledged: true }; }
});

// At most one per connection of itself: the server takes what is missing in it for lost.
function report(isAnswer) {
    trellis.send({ action: 'scripts.ready', boot: boot, runs: order.slice(), isAnswer: isAnswer });
    for (var i = 0; i < order.length; ++i) {
        var result = runs[order[i]].result;
        if (result !== null && result.acknowledged !== true) { trellis.send(result); }
    }
}

trellis.onAction('scripts.hello', function () { report(true); });
trellis.mesh.AddConnectHandler(function (state) { if (state === 1) { report(false); } });
