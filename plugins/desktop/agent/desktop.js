// The desktop's part on the device (agent-protocol specification, sections 6.5 to 6.7 and 7.2). ES5.1.
// On trellis-agent the screen comes from its module `trellis-desktop`, one capture for all viewers; on
// MeshAgent from the agent's own stream, which speaks the same protocol without our additions.
var VIEW_ONLY = 256, REMOTE_CONTROL = 8, LIMITED = 4096, NO_TERMINAL = 512, FULL = 4294967295, PRIVACY_BAR = 64;
var MAX_MESSAGE = 65536, MAX_CLIPBOARD = 1000000, MAX_PARTS = 64, MAX_CODECS = 8;
// About the picture, not the device: whoever looks on may send these.
var PICTURE = { 5: true, 6: true, 8: true, 11: true, 12: true, 13: true, 202: true, 204: true, 206: true };
var CHANNEL = '102938';

var native = null;
try { native = require('trellis-desktop'); } catch (ex) { native = null; }
var viewers = [];         // of the whole device
var shared = {};          // MeshAgent: one stream per session id, for all its viewers
var bar = null;           // tells the person at the device that somebody looks

function rightsOf(request) { var n = Number(request.rights); return (n === n && n > 0) ? n : 0; }
function mayInput(request) {
    var rights = rightsOf(request);
    if (request.desktopviewonly === true) { return false; }
    return rights === FULL || ((rights & REMOTE_CONTROL) !== 0 && (rights & VIEW_ONLY) === 0);
}
function isLimited(request) { var rights = rightsOf(request); return rights !== FULL && (rights & LIMITED) !== 0; }
// A virtual screen is a session without a password, with a terminal in it.
function mayStartVirtual(request) {
    var rights = rightsOf(request);
    return mayInput(request) && !isLimited(request) && !request.guestname && (rights === FULL || (rights & NO_TERMINAL) === 0);
}
function isText(value, most) { return typeof value === 'string' && value.length <= most; }

/// The commands of a message that concern the picture; null when it cannot be read.
function pictureOnly(data) {
    var kept = [], at = 0;
    while (at < data.length) {
        if (data.length - at < 4) { return null; }
        var size = data.readUInt16BE(at + 2);
        if (size < 4 || at + size > data.length) { return null; }
        if (PICTURE[data.readUInt16BE(at)] === true) { kept.push(data.slice(at, at + size)); }
        at += size;
    }
    return kept;
}

// ---- everybody who looks ----------------------------------------------------------------------------

function nameOf(request) {
    var id = String(request.userid);
    return request.guestname ? id + '/guest:' + Buffer.from(String(request.guestname)).toString('base64') : id;
}

function tellEverybody() {
    var users = {}, start = null;
    viewers.forEach(function (viewer) {
        var name = nameOf(viewer.tunnel.request);
        users[name] = (Object.prototype.hasOwnProperty.call(users, name) ? users[name] : 0) + 1;
        if (start === null || viewer.since < start) { start = viewer.since; }
    });
    viewers.forEach(function (viewer) { viewer.tell({ type: 'metadata', users: users, startTime: start }); });
}

function fillBar(viewer) {
    var request = viewer.tunnel.request;
    var names = viewers.map(function (each) {
        var from = each.tunnel.request;
        return from.guestname || from.realname || from.username || from.userid;
    }).join(', ');
    return String(request.privacybartext || '{0} sees this screen').split('{0}').join(names).split('{1}').join(names);
}

// The bar lists whoever looks, so it is made anew when that changes. Where there is none, a notification
// says the same once.
function showBar() {
    if (bar !== null) { try { bar.close(); } catch (ex) { } bar = null; }
    var asked = viewers.filter(function (viewer) { return viewer.wantsBar; });
    if (asked.length === 0) { return; }
    var text = fillBar(asked[0]);
    try {
        bar = require('notifybar-desktop')(text, asked[0].sessionId);
        bar.on('close', function () { bar = null; viewers.slice().forEach(function (viewer) { viewer.tunnel.close(); }); });
    } catch (ex) {
        bar = null;
        if (asked[asked.length - 1].isBarTold) { return; }
        asked.forEach(function (viewer) { viewer.isBarTold = true; });
        try { require('toaster').Toast('Remote access', text); } catch (ex2) { }
    }
}

function changed() { tellEverybody(); showBar(); }

// ---- the device -------------------------------------------------------------------------------------

function lockScreen(sessionId) {
    if (process.platform === 'win32') {
        require('child_process').execFile(process.env['windir'] + '\\System32\\rundll32.exe',
            ['rundll32', 'user32.dll,LockWorkStation'], sessionId ? { type: 1, uid: sessionId } : { type: 1 });
        return;
    }
    var child = require('child_process').execFile('/bin/sh', ['sh', '-c', 'loginctl lock-sessions || xdg-screensaver lock']);
    child.on('exit', function () { child = null; });
}

// MeshAgent's own clipboard on Linux needs somebody signed in at a seat; xclip needs the display only.
var XCLIP = '/usr/bin/xclip';
var clips = [];            // MeshAgent ends programs that nothing refers to
function hasXclip() { return process.platform === 'linux' && require('fs').existsSync(XCLIP) && !!process.env['DISPLAY']; }
function runXclip(args, done) {
    var env = { DISPLAY: process.env['DISPLAY'] }, pieces = [], size = 0;
    if (process.env['XAUTHORITY']) { env.XAUTHORITY = process.env['XAUTHORITY']; }
    var child = require('child_process').execFile(XCLIP, ['xclip', '-selection', 'clipboard'].concat(args), { env: env });
    clips.push(child);
    child.stderr.on('data', function () { });
    // Signs may be cut between two pieces.
    child.stdout.on('data', function (data) {
        size += data.length;
        if (size <= MAX_CLIPBOARD) { pieces.push(data.toString('hex')); }
    });
    child.on('exit', function (code) {
        clips.splice(clips.indexOf(child), 1);
        setImmediate(function () { done(code === 0 && size <= MAX_CLIPBOARD, Buffer.from(pieces.join(''), 'hex').toString()); });
    });
    return child;
}

function setClipboard(text, done) {
    if (!isText(text, MAX_CLIPBOARD)) { done(false); return; }
    if (native !== null) { native.setClipboard(undefined, text); done(true); return; }
    if (hasXclip()) {
        var child = runXclip(['-i'], function (ok) { done(ok); });
        child.stdin.write(text);
        child.stdin.end();
        return;
    }
    try { require('clipboard')(text); done(true); } catch (ex) { done(false); }
}

function readClipboard(done) {
    if (native !== null) { native.getClipboard(undefined, done); return; }
    if (hasXclip()) {
        runXclip(['-o'], function (ok, text) { done(ok && isText(text, MAX_CLIPBOARD) ? text : null); });
        return;
    }
    try {
        require('clipboard').read().then(function (text) { done(isText(text, MAX_CLIPBOARD) ? text : null); },
                                         function () { done(null); });
    } catch (ex) { done(null); }
}

// ---- one viewer -------------------------------------------------------------------------------------

function Viewer(tunnel) {
    var options = tunnel.options;
    this.tunnel = tunnel;
    this.since = Date.now();
    this.canInput = mayInput(tunnel.request);
    this.isLimited = isLimited(tunnel.request);
    this.sessionId = typeof options.tsid === 'number' && options.tsid >= 0 ? Math.floor(options.tsid) : null;
    this.autoLock = options.autolock === true;
    this.parts = [];
    this.isOver = false;
    this.screen = null;
    this.onAllowed = null;    // a virtual screen is wanted, and the server has not yet said that it may be
    var local = 0;
    try { local = parseInt(_MSH().LocalConsent, 10) || 0; } catch (ex) { }
    this.wantsBar = ((Number(tunnel.request.consent) | local) & PRIVACY_BAR) !== 0;
    this.isBarTold = false;
    this.hasScreen = false;
}

Viewer.prototype.tell = function (object) {
    object.ctrlChannel = CHANNEL;
    try { this.tunnel.stream.write(JSON.stringify(object)); } catch (ex) { }
};

Viewer.prototype.end = function () {
    if (this.isOver) { return; }
    this.isOver = true;
    var at = viewers.indexOf(this);
    if (at >= 0) { viewers.splice(at, 1); }
    var isShared = this.screen !== null && this.screen.control === null;
    if (this.screen) { this.screen.leave(); this.screen = null; }
    if (this.autoLock && isShared && this.canInput && !this.isLimited && viewers.length === 0) { try { lockScreen(this.sessionId); } catch (ex) { } }
    changed();
};

// A clipboard comes in parts; they are put together here for agents without a module of ours.
Viewer.prototype.takeClipboard = function (message) {
    var parts = message.parts === undefined ? 1 : message.parts, part = message.part || 0, self = this;
    if (!isText(message.text, MAX_CLIPBOARD) || !(parts >= 1 && parts <= MAX_PARTS) || !(part >= 0 && part < parts)) { return; }
    if (part === 0) { this.parts = []; }
    if (this.parts.length !== part) { this.parts = []; return; }
    this.parts.push(message.text);
    if (this.parts.length < parts) { return; }
    var text = this.parts.join('');
    this.parts = [];
    setClipboard(text, function (ok) { if (!ok) { self.tunnel.status('The clipboard could not be set on this device.', 0); } });
};

Viewer.prototype.control = function (message) {
    // Comes from the server, which lets nobody else send it.
    if (message.type === 'startVirtual') {
        var allowed = this.onAllowed;
        this.onAllowed = null;
        if (allowed === null) { return; }
        try { allowed(); } catch (ex) { this.fail('Error: ' + ex); }
        return;
    }
    if (!this.canInput || this.screen === null) { return; }
    if (this.isLimited && (message.type === 'lock' || message.type === 'autolock' || message.type === 'blank')) { return; }
    if (this.screen.control) { this.screen.control(message); return; }
    if (message.type === 'autolock') { this.autoLock = message.value === true; }
    if (message.type === 'lock') {
        try { lockScreen(this.sessionId); } catch (ex) { this.tunnel.status('This device could not be locked: ' + ex, 0); }
    }
    if (message.type === 'clipboard') { this.takeClipboard(message); }
    if (message.type === 'getclip') {
        var self = this;
        readClipboard(function (text) { if (text !== null && !self.isOver) { self.tell({ type: 'clipboard', text: text }); } });
    }
};

Viewer.prototype.take = function (data) {
    if (this.isOver || this.screen === null) { return; }
    if (data.length > MAX_MESSAGE) { this.fail('This message is not understood.'); return; }
    var kept = this.canInput ? [data] : pictureOnly(data);
    if (kept === null) { this.fail('This message is not understood.'); return; }
    for (var i = 0; i < kept.length; ++i) { this.screen.write(kept[i]); }
};

Viewer.prototype.fail = function (text) {
    this.tunnel.status(text, 2);
    this.tunnel.close();
};

// ---- the two sources of a picture -------------------------------------------------------------------

function hasNoScreen() {
    try { return native.displays().length === 0; } catch (ex) { return false; }
}

function isOurPage(viewer) {
    var asked = viewer.tunnel.options.desktop;
    return asked !== null && typeof asked === 'object' && asked.version >= 1;
}

/// trellis-agent: a Duplex of this viewer's own.
function openNative(viewer, startVirtual) {
    var asked = viewer.tunnel.options.desktop, isOurs = isOurPage(viewer);
    var codecs = isOurs && asked.codecs instanceof Array ? asked.codecs.slice(0, MAX_CODECS).map(String) : [];
    var stream = native.open({ version: isOurs ? 1 : 0, codecs: codecs, viewOnly: !viewer.canInput,
                               uid: viewer.sessionId === null ? undefined : viewer.sessionId,
                               startVirtual: startVirtual });
    var isGone = false, end = function () { if (!isGone) { isGone = true; viewer.tunnel.close(); } };
    stream.on('control', function (message) {
        // Our page words it, and offers a virtual screen where there can be one.
        if (isOurs && message.type === 'console' && hasNoScreen()) {
            viewer.tell({ type: 'desktop', error: 'nodisplay', text: message.msg, canStart: message.canStartVirtual === true });
            return;
        }
        // Said again where the screen is another one now: the bar goes along.
        if (message.type === 'desktop') {
            if (viewer.hasScreen && viewer.wantsBar) { showBar(); }
            viewer.hasScreen = true;
        }
        viewer.tell(message);
    });
    stream.on('end', end);
    stream.on('close', end);
    stream.pipe(viewer.tunnel.stream, { dataTypeSkip: 1, end: false });
    if (viewer.autoLock && viewer.canInput && !viewer.isLimited) { stream.control({ type: 'autolock', value: true }); }
    return {
        write: function (bytes) { stream.write(bytes); },
        control: function (message) { stream.control(message); },
        leave: function () { isGone = true; try { stream.unpipe(viewer.tunnel.stream); } catch (ex) { } try { stream.end(); } catch (ex) { } }
    };
}

/// MeshAgent: one stream for all viewers of a session; the last to leave ends it.
function openShared(viewer) {
    var key = viewer.sessionId === null ? 'console' : String(viewer.sessionId);
    var entry = shared[key];
    if (!entry) {
        var stream = viewer.sessionId === null ? trellis.mesh.getRemoteDesktopStream() : trellis.mesh.getRemoteDesktopStream(viewer.sessionId);
        if (!stream) { throw new Error('this device has no screen that can be shown'); }
        entry = shared[key] = { stream: stream, viewers: [] };
        stream.on('end', function () {
            if (shared[key] === entry) { delete shared[key]; }
            entry.viewers.slice().forEach(function (each) { each.tunnel.close(); });
        });
    }
    entry.viewers.push(viewer);
    entry.stream.pipe(viewer.tunnel.stream, { dataTypeSkip: 1, end: false });
    return {
        write: function (bytes) { entry.stream.write(bytes); },
        control: null,
        leave: function () {
            entry.viewers.splice(entry.viewers.indexOf(viewer), 1);
            try { entry.stream.unpipe(viewer.tunnel.stream); } catch (ex) { }
            if (entry.viewers.length > 0) { return; }
            if (shared[key] === entry) { delete shared[key]; }
            try { entry.stream.end(); } catch (ex) { }
        }
    };
}

trellis.protocol({ numbers: [2], need: 8, forbid: 65536, notify: 1, ask: 8, kind: 'desktop', caps: 1 }, function (tunnel) {
    var viewer = new Viewer(tunnel);
    tunnel.onData = function (data) { viewer.take(data); };
    tunnel.onControl = function (message) { viewer.control(message); };
    tunnel.onClose = function () { viewer.end(); };
    var begin = function (startVirtual) {
        viewer.screen = native !== null ? openNative(viewer, startVirtual) : openShared(viewer);
        viewers.push(viewer);
        changed();
    };
    var wantsVirtual = native !== null && isOurPage(viewer) && tunnel.options.desktop.startVirtual === true;
    if (wantsVirtual && mayStartVirtual(tunnel.request)) {
        viewer.onAllowed = function () { begin(true); };
    } else {
        begin(false);
    }
});

trellis.onMessage('getclip', function (message, reply) {
    readClipboard(function (text) { if (text) { reply({ data: text }); } });
});
trellis.onMessage('setclip', function (message, reply) {
    setClipboard(message.data, function (ok) { if (ok) { reply({ success: true }); } });
});
