// What every device does for the server besides tunnels and commands: power, waking neighbours, notices
// for the person in front of it. The body of a function with the one argument `trellis` (see base.js).
var LINUX_POWER = { 2: 'poweroff', 3: 'reboot', 4: 'suspend', 5: 'hibernate' };
var POWER_WORDS = { 1: 'log off', 2: 'power off', 3: 'reset', 4: 'sleep', 5: 'hibernate' };
var MAX_MACS = 64, MAX_PACKETS = 600, MAX_INTERFACES = 32, WAKE_ROUNDS = 3, WAKE_PAUSE_MS = 10, BOX_SECONDS = 120;
// MeshAgent ends what nothing refers to.
var kept = { power: null, open: null, boxes: [], wake: null, sockets: [], packets: [] };

function tell(message, text) {
    trellis.send({ action: 'msg', type: 'console', value: text, sessionid: message.sessionid });
}

function isText(value, most) { return typeof value === 'string' && value.length > 0 && value.length <= most; }

// ---- power --------------------------------------------------------------------------------------

// systemctl rather than /sbin/shutdown: it is what the person at the device would use, services end in
// order, and a login session that inhibits sleep is heard. Found by PATH, since its place differs.
function systemctl(message, word) {
    var output = '', child = kept.power = require('child_process').execFile('/bin/sh', ['sh', '-c', 'exec systemctl ' + word]);
    var take = function (data) { if (output.length < 4096) { output += data.toString(); } };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('exit', function (code) {
        kept.power = null;
        if (code !== 0) { tell(message, 'The device could not ' + word + ' (' + code + '): ' + output); }
    });
}

trellis.onAction('poweraction', function (message) {
    var type = Number(message.actiontype), forced = message.forced === 1 ? 1 : 0;
    if (!Object.prototype.hasOwnProperty.call(POWER_WORDS, type)) { tell(message, 'This device has no power action ' + type + '.'); return; }
    trellis.send({ action: 'log', msgid: 25, msgArgs: [type, forced], msg: 'Performing power action: ' + POWER_WORDS[type],
                   userid: message.userid, remoteaddr: message.remoteaddr });
    try {
        if (process.platform === 'linux' && LINUX_POWER[type]) { systemctl(message, LINUX_POWER[type]); return; }
        if (typeof trellis.mesh.ExecPowerState !== 'function') { throw new Error('not supported here'); }
        trellis.mesh.ExecPowerState(type, forced);
    } catch (ex) {
        tell(message, 'The device could not ' + POWER_WORDS[type] + ': ' + ex);
    }
});

// ---- Wake-on-LAN --------------------------------------------------------------------------------

function magicPacket(mac) {
    var hex = String(mac).split(':').join('').split('-').join('');
    if (!/^[0-9a-fA-F]{12}$/.test(hex)) { return null; }
    var text = 'ffffffffffff';
    for (var i = 0; i < 16; ++i) { text += hex; }
    return Buffer.from(text, 'hex');
}

// One socket for each address: the packet has to leave by every interface, not by the default route.
function openSockets() {
    var all = require('os').networkInterfaces(), sockets = [];
    for (var name in all) {
        for (var i = 0; i < all[name].length && sockets.length < MAX_INTERFACES; ++i) {
            var entry = all[name][i];
            if (entry.family !== 'IPv4' || entry.mac === '00:00:00:00:00:00' || String(entry.address).indexOf('127.') === 0) { continue; }
            try {
                var socket = require('dgram').createSocket({ type: 'udp4' });
                socket.bind({ address: entry.address });
                socket.setBroadcast(true);
                sockets.push(socket);
            } catch (ex) { }
        }
    }
    return sockets;
}

function closeSockets() {
    for (var i = 0; i < kept.sockets.length; ++i) { try { kept.sockets[i].close(); } catch (ex) { } }
    kept.sockets = [];
    kept.wake = null;
}

function wakeStep() {
    // UDP port 7 and the limited broadcast address: what MeshCentral's agents use.
    var packet = kept.packets.shift();
    for (var i = 0; i < kept.sockets.length; ++i) { try { kept.sockets[i].send(packet, 7, '255.255.255.255'); } catch (ex) { } }
    if (kept.packets.length === 0) { closeSockets(); return; }
    kept.wake = setTimeout(wakeStep, WAKE_PAUSE_MS);
}

trellis.onAction('wakeonlan', function (message) {
    var packets = [], given = message.macs || [];
    for (var i = 0; i < given.length && packets.length < MAX_MACS; ++i) {
        var packet = magicPacket(given[i]);
        if (packet) { packets.push(packet); }
    }
    // Datagrams get lost, so each goes out three times.
    for (var round = 0; round < WAKE_ROUNDS; ++round) {
        for (var k = 0; k < packets.length && kept.packets.length < MAX_PACKETS; ++k) { kept.packets.push(packets[k]); }
    }
    if (kept.wake !== null || kept.packets.length === 0) { return; }
    kept.sockets = openSockets();
    kept.wake = setTimeout(wakeStep, 0);
});

// ---- notices ------------------------------------------------------------------------------------

function noDesktop(message, what, why) {
    tell(message, 'The ' + what + ' was not shown: this device has no desktop that the agent can reach (' + why + ').');
}

function withName(text, message) { return text + (message.username ? ' (' + message.username + ')' : ''); }

trellis.onAction('toast', function (message) {
    if (!isText(message.msg, 4096)) { return; }
    try {
        var shown = require('toaster').Toast(String(message.title || 'Trellis'), message.msg);
        if (shown && typeof shown.then === 'function') {
            kept.toast = shown.then(function () { kept.toast = null; }, function (why) { kept.toast = null; noDesktop(message, 'notification', why); });
        }
    } catch (ex) {
        noDesktop(message, 'notification', ex);
    }
});

function showBox(message) {
    if (!isText(message.msg, 65536) || kept.boxes.length >= 8) { return; }
    var seconds = typeof message.timeout === 'number' ? Math.ceil(message.timeout / 1000) : BOX_SECONDS;
    try {
        var box = require('message-box').create(withName(String(message.title || 'Trellis'), message), message.msg, seconds, 1);
        var forget = function () { var at = kept.boxes.indexOf(box); if (at >= 0) { kept.boxes.splice(at, 1); } };
        kept.boxes.push(box);
        box.then(forget, function (why) {
            forget();
            // Closing it, or not looking at it, is an answer as well.
            if (String(why) !== 'denied' && String(why) !== 'timeout') { noDesktop(message, 'message', why); }
        });
    } catch (ex) {
        noDesktop(message, 'message', ex);
    }
}
trellis.onMessage('messagebox', showBox);
trellis.onMessage('alertbox', showBox);

// ---- opening a page -----------------------------------------------------------------------------

// Never through a shell: the address is somebody else's text.
function startBrowser(url) {
    var children = require('child_process'), sessions = require('user-sessions');
    var options = { uid: sessions.consoleUid() };
    if (process.platform === 'win32') {
        options.type = children.SpawnTypes.USER;
        return children.execFile((process.env['windir'] || 'C:\\Windows') + '\\System32\\rundll32.exe', ['rundll32', 'url.dll,FileProtocolHandler', url], options);
    }
    if (process.platform === 'darwin') { return children.execFile('/usr/bin/open', ['open', url], options); }
    var screen = require('monitor-info').getXInfo(options.uid);
    if (!screen || !screen.display) { throw new Error('no display'); }
    options.env = { DISPLAY: screen.display };
    if (screen.xauthority) { options.env.XAUTHORITY = screen.xauthority; }
    return children.execFile('/usr/bin/xdg-open', ['xdg-open', url], options);
}

function openUrl(message, answer) {
    if (!isText(message.url, 4096) || !/^https?:\/\/[^\s"'<>\\^\x60{|}]+$/i.test(message.url)) {
        tell(message, 'The page was not opened: only http and https addresses are.');
        answer(false);
        return;
    }
    try {
        kept.open = startBrowser(message.url);
        kept.open.stdout.on('data', function () { });
        kept.open.stderr.on('data', function () { });
        kept.open.on('exit', function () { kept.open = null; });
        trellis.send({ action: 'log', msgid: 20, msgArgs: [message.url], msg: 'Opening: ' + message.url,
                       userid: message.userid, remoteaddr: message.remoteaddr });
        answer(true);
    } catch (ex) {
        noDesktop(message, 'page', ex);
        answer(false);
    }
}
trellis.onMessage('openUrl', function (message, reply) {
    openUrl(message, function (isOpen) { reply({ url: message.url, success: isOpen }); });
});
trellis.onAction('openUrl', function (message) {
    openUrl(message, function (isOpen) {
        trellis.send({ action: 'openUrl', url: message.url, sessionid: message.sessionid, success: isOpen });
    });
});

// ---- removing the agent -------------------------------------------------------------------------

// MeshAgent can't remove itself while it runs: a second one, detached, stops and removes the service.
function uninstallMeshAgent(name) {
    var script = "var m = require('service-manager').manager, n = " + JSON.stringify(name) + ";" +
        "try { m.getService(n).stop(); } catch (ex) { } m.uninstallService(n); process.exit();";
    var parts = process.execPath.split(process.platform === 'win32' ? '\\' : '/');
    kept.uninstall = require('child_process').execFile(process.execPath,
        [parts[parts.length - 1], '-b64exec', Buffer.from(script).toString('base64')],
        { type: require('child_process').SpawnTypes.DETACHED, detached: true });
}

trellis.onAction('uninstallagent', function (message) {
    var mesh = trellis.mesh, isOurs = typeof mesh.uninstall === 'function';
    try {
        var name = mesh.serviceName || (process.platform === 'win32' ? 'Mesh Agent' : 'meshagent');
        var isService = isOurs ? mesh.isService : require('service-manager').manager.getService(name).isMe();
        if (!isService) { throw new Error('it was not installed as a service'); }
        if (isOurs) { mesh.uninstall(); } else { uninstallMeshAgent(name); }
    } catch (ex) {
        tell(message, 'The agent was not removed: ' + ex);
    }
});
