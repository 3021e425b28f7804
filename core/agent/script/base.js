// Runs on the device, on MeshAgent and on trellis-agent: ES5.1, no let, arrows, template strings or
// promises of its own. It connects tunnels, answers the server and starts the parts of plugins.
//
// A part is the body of a function with the one argument `trellis`:
//
//   trellis.protocol({ numbers: [1, 8], need: 8, forbid: 512, notify: 2, ask: 16, kind: 'terminal',
//                      caps: 2 }, function (tunnel) { ... });
//       Called once the viewer has chosen one of `numbers`, the user's rights have all bits of `need`
//       and none of `forbid`, and the person at the device has agreed if bit `ask` of the consent
//       flags is set (bit `notify`: was told). `kind` names it for the list of sessions, `caps` are
//       capability bits that the device gains. Of the tunnel:
//         tunnel.protocol   the number           tunnel.options  what the viewer sent before it
//         tunnel.request    the server's message (userid, username, realname, rights, ...)
//         tunnel.stream     Duplex: a string or object written is text, a Buffer is binary
//         tunnel.onData = function (buffer)      binary from the viewer (or pipe the stream, with
//                                                {dataTypeSkip: 1, end: false})
//         tunnel.onControl = function (object)   control messages, ping and rtt excepted
//         tunnel.onClose = function ()           once, when the tunnel is gone
//         tunnel.status(text, id)                a line for the viewer, null clears it
//         tunnel.close()
//   trellis.onAction('name', function (message) { ... })     a JSON message of the server
//   trellis.onMessage('type', function (message, reply) { ... })   the same for action `msg`;
//       reply(object) goes back to whoever asked
//   trellis.send(object)       to the server
//   trellis.get(path, headers) a GET request to the server that the control channel trusts; `on` it
//                              `response` and `error`, then end() it
//   trellis.lingering(path, args)   both for execFile, so that MeshAgent, too, reads what the program gives last
//   trellis.mesh               require('MeshAgent')
var trellis = (function () {
    var mesh = require('MeshAgent');
    var http = require('http');
    var MAX_TUNNELS = 64, MAX_COMMANDS = 16, MAX_OUTPUT = 256 * 1024, MAX_REPLY = 300000, CONSENT_SECONDS = 30;
    var CONNECT_TRIES = 3, CONNECT_MS = 8000, CONNECT_PAUSE_MS = 1000;
    var FULL = 4294967295;
    var self = { mesh: mesh, version: '1' };
    var protocols = {}, actions = {}, types = {}, parts = {};
    var tunnels = [], commands = [], isRunning = false;
    // MeshAgent ends timers, children and promises that nothing refers to.
    var kept = { child: null, timer: null, name: null };
    var caps = 8 | 16, osName = null, sentInfo = null, isStarted = false;

    self.send = function (object) { try { mesh.SendCommand(object); } catch (ex) { } };
    self.onAction = function (name, handler) { actions[name] = handler; };
    self.onMessage = function (type, handler) { types[type] = handler; };
    self.protocol = function (spec, open) {
        for (var i = 0; i < spec.numbers.length; ++i) { protocols[spec.numbers[i]] = { spec: spec, open: open }; }
        if (spec.caps) { caps |= spec.caps; if (isStarted) { sendInfo(); } }
    };
    // Each part is compiled apart, so that a mistake in one costs only that one.
    self.part = function (id, source) {
        try {
            (new Function('trellis', source))(self);
            parts[id] = 'running';
        } catch (ex) {
            parts[id] = 'failed: ' + ex;
        }
    };

    function has(object, name) { return Object.prototype.hasOwnProperty.call(object, name); }

    // ---- rights ---------------------------------------------------------------------------------

    // Rights may come as text (specification, "Sharp edges"). All rights contain the restriction bits.
    function rightsOf(request) { var n = Number(request.rights); return (n === n && n > 0) ? n : 0; }
    function hasAll(rights, bits) { return ((rights & bits) >>> 0) === (bits >>> 0); }
    function mayUse(spec, rights) {
        if (rights === FULL) { return true; }
        return hasAll(rights, spec.need || 0) && (rights & (spec.forbid || 0)) === 0;
    }

    // ---- tunnels --------------------------------------------------------------------------------

    function urlOf(value) {
        var url = String(value);
        if (url.substring(0, 2) === '*/') {
            var own = String(mesh.ServerUrl), end = own.indexOf('/', own.indexOf('://') + 3);
            url = (end < 0 ? own : own.substring(0, end)) + url.substring(1);
        }
        return url.split('$').join('%24').split('@').join('%40');
    }

    // The far end has to be the server that the control channel trusts, or the one it named.
    function identityCheck(expected) {
        return function (certs) {
            var own = mesh.ServerInfo ? mesh.ServerInfo.ControlChannelCertificate : null;
            var seen = certs[0];
            if (own && (seen.digest === own.digest || seen.fingerprint === own.fingerprint)) { return; }
            var hex = String(seen.digest).split(':').join('').toLowerCase();
            if (expected && hex === String(expected).toLowerCase()) { return; }
            throw new Error('BadCert');
        };
    }

    self.get = function (path, headers) {
        var options = http.parseUri(urlOf('*' + path).replace(/^wss:/, 'https:').replace(/^ws:/, 'http:'));
        options.rejectUnauthorized = 0;
        options.checkServerIdentity = identityCheck(null);
        // MeshAgent adds no Host once there are headers.
        if (!options.headers) { options.headers = { Host: options.host + ':' + options.port }; }
        for (var name in headers) { options.headers[name] = headers[name]; }
        return http.request(options);
    };

    function openTunnel(request) {
        if (tunnels.length >= MAX_TUNNELS) { note(request, 'Too many sessions on this device.'); return; }
        if (http.parseUri(urlOf(request.value)) == null) { return; }
        var tunnel = { request: request, options: {}, protocol: 0, state: 0, stream: null, onData: null,
                       onControl: null, onClose: null, failures: 0, wait: null };
        tunnel.status = function (text, id) {
            writeTo(tunnel, { ctrlChannel: '102938', type: 'console', msg: text, msgid: id });
        };
        tunnel.close = function () { closeTunnel(tunnel); };
        tunnels.push(tunnel);
        connectTunnel(tunnel);
    }

    // The viewer waits for half a minute; a connection that fails or hangs meanwhile gets another try.
    function connectTunnel(tunnel) {
        var options = http.parseUri(urlOf(tunnel.request.value));
        options.rejectUnauthorized = 0;
        options.perMessageDeflate = tunnel.request.perMessageDeflate === true;
        options.checkServerIdentity = identityCheck(tunnel.request.servertlshash);
        var connection = http.request(options);
        var isCurrent = function () { return tunnel.connection === connection && tunnels.indexOf(tunnel) >= 0; };
        var failed = function (why) {
            if (!isCurrent()) { return; }
            stopWait(tunnel);
            tunnel.connection = null;
            if (++tunnel.failures >= CONNECT_TRIES) { note(tunnel.request, 'Session could not connect: ' + why); forget(tunnel); return; }
            tunnel.wait = setTimeout(function () { if (tunnels.indexOf(tunnel) >= 0) { connectTunnel(tunnel); } }, CONNECT_PAUSE_MS);
        };
        tunnel.connection = connection;
        tunnel.wait = setTimeout(function () { failed('the server does not answer'); }, CONNECT_MS);
        connection.on('upgrade', function (response, stream, head) {
            if (!isCurrent()) { stream.end(); return; }
            stopWait(tunnel);
            onUpgrade(tunnel, stream, head);
        });
        connection.on('error', failed);
        connection.end();
    }

    function stopWait(tunnel) {
        try { if (tunnel.wait) { clearTimeout(tunnel.wait); } } catch (ex) { } // MeshAgent throws for one that is over
        tunnel.wait = null;
    }

    function onUpgrade(tunnel, stream, head) {
        tunnel.stream = stream;
        tunnel.connection = null;
        stream.on('data', function (data) { onTunnelData(tunnel, data); });
        stream.on('end', function () { forget(tunnel); });
        stream.on('error', function () { forget(tunnel); });
        try {
            var idle = Number(mesh.idleTimeout) || 0;
            if (idle > 0) {
                stream.setTimeout(idle * 1000);
                stream.on('timeout', function () { try { this.ping(); this.setTimeout(idle * 1000); } catch (ex) { } });
            }
        } catch (ex) { }
    }

    function writeTo(tunnel, object) {
        if (tunnel.stream == null) { return; }
        try { tunnel.stream.write(JSON.stringify(object)); } catch (ex) { }
    }

    function closeTunnel(tunnel) {
        if (tunnel.stream != null) { try { tunnel.stream.end(); } catch (ex) { } }
        forget(tunnel);
    }

    function forget(tunnel) {
        var at = tunnels.indexOf(tunnel);
        if (at < 0) { return; }
        tunnels.splice(at, 1);
        stopWait(tunnel);
        var told = tunnel.onClose;
        tunnel.onClose = null;
        if (told) { try { told(); } catch (ex) { } }
        if (tunnel.kind) { sendSessions(tunnel.kind); }
    }

    function onTunnelData(tunnel, data) {
        if (typeof data !== 'string') {
            if (tunnel.state === 3 && tunnel.onData) { tunnel.onData(data); }
            return;
        }
        if (tunnel.state === 0) {
            if (data === 'c' || data === 'cr') { tunnel.state = 1; tunnel.isRecorded = data === 'cr'; }
            return;
        }
        if (data.charAt(0) === '{') { onControl(tunnel, data); return; }
        if (tunnel.state === 1) { choose(tunnel, parseInt(data, 10)); }
    }

    function onControl(tunnel, text) {
        var message;
        try { message = JSON.parse(text); } catch (ex) { return; }
        if (message === null || typeof message !== 'object') { return; }
        if (message.type === 'options') {
            if (tunnel.state === 1) { tunnel.options = message; }
            return;
        }
        if (String(message.ctrlChannel) === '102938' || message.type === 'offer') {
            if (message.type === 'ping') { writeTo(tunnel, { ctrlChannel: '102938', type: 'pong' }); return; }
            if (message.type === 'pong') { return; }
            if (message.type === 'rtt') { writeTo(tunnel, { type: 'rtt', ctrlChannel: '102938', time: message.time }); return; }
        }
        if (tunnel.state === 3 && tunnel.onControl) { tunnel.onControl(message); }
    }

    function choose(tunnel, number) {
        var usages = tunnel.request.soptions ? tunnel.request.soptions.usages : null;
        if (usages && usages.indexOf(number) < 0) { return; }
        if (!has(protocols, number)) {
            note(tunnel.request, 'Error: this device has no handler for protocol ' + number + '.');
            closeTunnel(tunnel);
            return;
        }
        var entry = protocols[number];
        if (!mayUse(entry.spec, rightsOf(tunnel.request))) {
            note(tunnel.request, 'Error: No ' + entry.spec.kind + ' rights.');
            closeTunnel(tunnel);
            return;
        }
        tunnel.protocol = number;
        tunnel.state = 2;
        tunnel.isCompanion = isCompanion(tunnel, entry.spec);
        if (tunnel.isCompanion) { start(tunnel, entry); return; }
        askConsent(tunnel, entry.spec, function () { start(tunnel, entry); });
    }

    function start(tunnel, entry) {
        tunnel.state = 3;
        tunnel.kind = entry.spec.kind;
        try {
            entry.open(tunnel);
        } catch (ex) {
            tunnel.status('Error: ' + ex, 2);
            closeTunnel(tunnel);
            return;
        }
        sendSessions(tunnel.kind);
    }

    // ---- consent --------------------------------------------------------------------------------

    function consentOf(tunnel) {
        var local = 0;
        try { local = parseInt(_MSH().LocalConsent, 10) || 0; } catch (ex) { }
        return (Number(tunnel.request.consent) | Number(tunnel.options.consent) | local) || 0;
    }

    function fill(text, request) {
        // A guest by his own name; in whose name he comes is the second one.
        var name = request.guestname || request.realname || request.username || '';
        return String(text).split('{0}').join(name)
            .split('{1}').join(request.username || '');
    }

    function idOf(tunnel) {
        var found = /[?&]id=([^&]+)/.exec(String(tunnel.request.value));
        return found ? found[1] : '';
    }

    // One that goes with a session of the same person, which was agreed to, needs no second yes.
    function isCompanion(tunnel, spec) {
        var request = tunnel.request;
        return typeof request.accompanies === 'string' && request.accompanies !== '' && !request.guestname && tunnels.some(function (other) {
            return other.state === 3 && other.kind === spec.kind && idOf(other) === request.accompanies &&
                other.request.userid === request.userid && !other.request.guestname;
        });
    }

    // Whatever goes wrong with the question is a refusal: nobody said yes.
    function askConsent(tunnel, spec, accepted) {
        var flags = consentOf(tunnel), request = tunnel.request, texts = request.soptions || {};
        var kind = spec.kind.charAt(0).toUpperCase() + spec.kind.substring(1);
        if (spec.ask && (flags & spec.ask)) {
            tunnel.status('Waiting for user to grant access...', 1);
            try { tunnel.stream.pause(); } catch (ex) { }
            var isOver = false;
            var finish = function (ok, reason) {
                if (isOver || tunnels.indexOf(tunnel) < 0) { return; }
                isOver = true;
                try { tunnel.stream.resume(); } catch (ex) { }
                if (ok) { tunnel.status(null, 0); accepted(); return; }
                tunnel.status(reason, 2);
                closeTunnel(tunnel);
            };
            var seconds = Number(texts.consentTimeout) || CONSENT_SECONDS;
            var question = fill(texts['consentMsg' + kind] || '{0} ({1}) asks for remote access. Allow it?', request);
            try {
                tunnel.question = require('message-box').create(texts.consentTitle || 'Remote access', question, seconds).then(
                    function () { finish(true); },
                    function (why) { finish(texts.consentAutoAccept === true && String(why) === 'timeout', String(why)); });
            } catch (ex) {
                finish(false, 'denied: the question could not be shown (' + ex + ')');
            }
            return;
        }
        if (spec.notify && (flags & spec.notify)) {
            try {
                require('toaster').Toast(texts.notifyTitle || 'Remote access',
                    fill(texts['notifyMsg' + kind] || '{0} ({1}) has started a session.', request));
            } catch (ex) { }
        }
        accepted();
    }

    // ---- server messages ------------------------------------------------------------------------

    function note(request, text) {
        self.send({ action: 'msg', type: 'console', value: text, sessionid: request.sessionid });
    }

    function sendSessions(kind) {
        var users = {};
        for (var i = 0; i < tunnels.length; ++i) {
            if (tunnels[i].kind !== kind || tunnels[i].state !== 3 || tunnels[i].isCompanion) { continue; }
            var user = String(tunnels[i].request.userid);
            if (tunnels[i].request.guestname) { user += '/guest:' + Buffer.from(String(tunnels[i].request.guestname)).toString('base64'); }
            users[user] = (has(users, user) ? users[user] : 0) + 1;
        }
        self.send({ action: 'sessions', type: kind === 'desktop' ? 'kvm' : kind, value: users });
    }

    function onCommand(data) {
        if (data === null || typeof data !== 'object' || typeof data.action !== 'string') { return; }
        try {
            if (data.action === 'msg') { onServerMessage(data); return; }
            if (has(actions, data.action)) { actions[data.action](data); }
        } catch (ex) {
            self.send({ action: 'msg', type: 'console', value: 'Error in ' + data.action + ': ' + ex });
        }
    }

    function onServerMessage(message) {
        if (typeof message.type !== 'string' || !has(types, message.type)) { return; }
        types[message.type](message, function (answer) {
            answer.action = 'msg';
            answer.type = answer.type || message.type;
            answer.sessionid = message.sessionid;
            if (message.tag !== undefined) { answer.tag = message.tag; }
            self.send(answer);
        });
    }

    function endTunnels(message) {
        var kinds = { kvm: 'desktop', terminal: 'terminal', files: 'files', tcp: 'tcp', udp: 'udp' };
        if (rightsOf(message) !== FULL && message.xuserid !== message.userid) { return; }
        var doomed = [];
        for (var i = 0; i < tunnels.length; ++i) {
            var request = tunnels[i].request;
            if (tunnels[i].kind === kinds[message.protocol] && request.userid === message.xuserid &&
                request.guestname === message.guestname) { doomed.push(tunnels[i]); }
        }
        for (var k = 0; k < doomed.length; ++k) { closeTunnel(doomed[k]); }
    }

    function onConsole(message, reply) {
        var rights = Number(message.rights);
        if (typeof message.rights !== 'number' || !hasAll(rights, 8 | 16)) { reply({ value: 'Access denied' }); return; }
        var word = String(message.value).split(' ')[0].toLowerCase();
        if (word === 'help') { reply({ value: 'Commands: help, info, parts, sessions.' }); return; }
        if (word === 'parts') { reply({ value: JSON.stringify(parts, null, 1) }); return; }
        if (word === 'info') {
            reply({ value: 'Script: Trellis ' + self.version + '\r\nServer: ' + mesh.ServerUrl + '\r\nSystem: ' +
                (osName || process.platform) + '\r\nCapabilities: ' + caps });
            return;
        }
        if (word === 'sessions') {
            var lines = [];
            for (var i = 0; i < tunnels.length; ++i) { lines.push((tunnels[i].kind || 'starting') + ' ' + tunnels[i].request.userid); }
            reply({ value: lines.length === 0 ? 'None.' : lines.join('\r\n') });
            return;
        }
        reply({ value: 'Unknown command "' + word + '", type "help" for a list.' });
    }

    // ---- commands in a shell --------------------------------------------------------------------

    // A program to be started, as [path, arguments]. MeshAgent stops reading the pipes of one that has ended,
    // whatever is left in them: a shell that stays for LINGER_MS longer gives it the time.
    self.LINGER_MS = mesh.product === 'trellis-agent' || process.platform === 'win32' ? 0 : 300;
    self.lingering = function (path, args) {
        if (self.LINGER_MS === 0) { return [path, args]; }
        return ['/bin/sh', ['sh', '-c', '"$@"; c=$?; { sleep ' + self.LINGER_MS / 1000 + ' || sleep 1; } 2>/dev/null; exit $c', 'sh', path].concat(args.slice(1))];
    };

    function runNext() {
        if (isRunning || commands.length === 0) { return; }
        isRunning = true;
        var command = commands.shift(), output = '', isCut = false, isOver = false;
        var finish = function () {
            if (isOver) { return; }
            isOver = true;
            isRunning = false;
            // A character has up to three bytes, or six when it is escaped; the server takes 1 MiB.
            while (JSON.stringify(output).length > MAX_REPLY) { output = output.substring(0, output.length >> 1); isCut = true; }
            if (isCut) { output += '\n[output cut]'; }
            if (command.reply) {
                self.send({ action: 'msg', type: 'runcommands', result: output, sessionid: command.sessionid,
                            responseid: command.responseid });
            }
            runNext();
        };
        var take = function (data) {
            if (output.length >= MAX_OUTPUT) { isCut = true; return; }
            var text = data.toString();
            output += text;
            if (!command.reply) { self.send({ action: 'msg', type: 'console', value: text, sessionid: command.sessionid }); }
        };
        try {
            var child = kept.child = startShell(command);
            child.stdout.on('data', take);
            child.stderr.on('data', take);
            child.on('exit', function () { setImmediate(finish); });
        } catch (ex) {
            output += String(ex);
            finish();
        }
    }

    function startShell(command) {
        var options = {}, text = String(command.cmds), children = require('child_process');
        if (command.runAsUser > 0) {
            try {
                options.uid = require('user-sessions').consoleUid();
            } catch (ex) {
                if (command.runAsUser === 2) { throw new Error('No user is signed in.'); }
            }
        }
        if (process.platform === 'win32') {
            var root = process.env['windir'] || 'C:\\Windows';
            if (command.type === 2) {
                return children.execFile(root + '\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
                    ['powershell', '-NoProfile', '-NonInteractive', '-Command', text], options);
            }
            return children.execFile(root + '\\System32\\cmd.exe', ['cmd', '/c', text], options);
        }
        var shell = self.lingering('/bin/sh', ['sh', '-c', text]);
        return children.execFile(shell[0], shell[1], options);
    }

    // ---- what the device is ---------------------------------------------------------------------

    // The number that agents send when they connect is 0 for all of MeshAgent's releases.
    function agentVersion() {
        if (mesh.product && mesh.version) { return mesh.product + ' ' + mesh.version; }
        var built = process.versions ? process.versions.commitDate : null;
        return built ? 'MeshAgent of ' + String(built).substring(0, 10) : 'MeshAgent';
    }

    function sendInfo() {
        var info = { action: 'coreinfo', value: 'Trellis ' + self.version + ', ' + agentVersion(), caps: caps };
        if (osName) { info.osdesc = osName; }
        try { info.root = require('user-sessions').isRoot() === true; } catch (ex) { }
        var text = JSON.stringify(info);
        if (text === sentInfo) { return; }
        sentInfo = text;
        self.send(info);
    }

    function sendNetwork() {
        try { self.send({ action: 'netinfo', netif2: require('os').networkInterfaces() }); } catch (ex) { }
    }

    function onConnected(state) {
        if (state !== 1) { return; }
        sentInfo = null;
        sendInfo();
        kept.timer = setTimeout(sendNetwork, 5000);
    }

    actions.ping = function () { self.send({ action: 'pong' }); };
    actions.pong = function () { };
    actions.runcommands = function (message) {
        if (commands.length >= MAX_COMMANDS) { note(message, 'Too many commands are waiting on this device.'); return; }
        commands.push(message);
        runNext();
    };
    types.tunnel = function (message) { openTunnel(message); };
    types.endtunnel = endTunnels;
    types.console = onConsole;

    self.start = function () {
        isStarted = true;
        mesh.AddCommandHandler(onCommand);
        mesh.AddConnectHandler(onConnected);
        try {
            kept.name = require('os').name().then(function (name) { osName = String(name); if (mesh.isControlChannelConnected) { sendInfo(); } });
        } catch (ex) { }
    };
    return self;
})();
