// The terminal's part on the device: one pseudo-terminal per session (agent-protocol specification,
// section 7.1). ES5.1; runs on MeshAgent and on trellis-agent.
var children = require('child_process');
var fs = require('fs');

var MIN_SIZE = 2, MAX_COLUMNS = 1000, MAX_ROWS = 500;
var USER_SHELLS = { 8: true, 9: true };

function clamp(value, max, otherwise) {
    var number = parseInt(value, 10);
    if (!(number > 0)) { return otherwise; }
    return Math.max(MIN_SIZE, Math.min(max, number));
}

function firstOf(paths) {
    for (var i = 0; i < paths.length; ++i) { if (fs.existsSync(paths[i])) { return paths[i]; } }
    return null;
}

// The signed-in person's shell never falls back to root's.
function consoleUser() {
    var uid;
    try { uid = require('user-sessions').consoleUid(); } catch (ex) { uid = null; }
    if (typeof uid !== 'number') { throw 'nobody is signed in on this device'; }
    return uid;
}

function startShell(tunnel, columns, rows) {
    if (process.platform === 'win32') { throw 'the terminal is not available on Windows'; }
    var options = { type: children.SpawnTypes.TERM, env: {
        HISTCONTROL: 'ignoreboth', TERM: 'xterm-256color', COLORTERM: 'truecolor',
        LANG: process.env['LANG'] || 'C.UTF-8', PATH: process.env['PATH'] ||
            '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        COLUMNS: String(columns), LINES: String(rows) } };
    if (USER_SHELLS[tunnel.protocol]) { options.uid = consoleUser(); }
    var program = tunnel.options.requireLogin === true ? firstOf(['/bin/login', '/usr/bin/login'])
        : firstOf(['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash', '/bin/sh']);
    if (program === null) { throw 'this device has no shell'; }
    if (process.env['HOME'] && options.uid === undefined) { options.env.HOME = process.env['HOME']; }
    return children.execFile(program, [program.substring(program.lastIndexOf('/') + 1)], options);
}

trellis.protocol({ numbers: [1, 6, 8, 9], need: 8, forbid: 512, notify: 2, ask: 16, kind: 'terminal', caps: 2 },
    function (tunnel) {
        var columns = clamp(tunnel.options.cols, MAX_COLUMNS, 80);
        var rows = clamp(tunnel.options.rows, MAX_ROWS, 25);
        var shell = startShell(tunnel, columns, rows);
        var isOver = false;

        shell.tcsetsize(rows, columns);
        shell.on('exit', function () {
            if (isOver) { return; }
            isOver = true;
            // What the shell printed last is still on its way through the pipe.
            setImmediate(function () { tunnel.close(); });
        });
        // Pipes hold back the shell when the viewer is slow, and the viewer when the shell is.
        shell.stdout.pipe(tunnel.stream, { dataTypeSkip: 1, end: false });
        tunnel.stream.pipe(shell.stdin, { dataTypeSkip: 1, end: false });

        tunnel.onControl = function (message) {
            if (message.type !== 'termsize' || isOver) { return; }
            columns = clamp(message.cols, MAX_COLUMNS, columns);
            rows = clamp(message.rows, MAX_ROWS, rows);
            shell.tcsetsize(rows, columns);
        };
        tunnel.onClose = function () {
            if (isOver) { return; }
            isOver = true;
            shell.kill();
        };
    });
