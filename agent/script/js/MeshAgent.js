// The agent and its channel to the server, under MeshAgent's names (protocol section 5.2).
var events = require('events');
var hide = events._hide;
var agent = native.agentInfo();
var mesh = exports;

events._mixin(mesh);
['Ready', 'Connected', 'Command'].forEach(function (name) { mesh.createEvent(name); });

// At most ConsoleTextMaxRate console messages a second; the rest is dropped.
var second = 0;
var count = 0;
function isTooMuch(message) {
  if (!message || message.action !== 'msg' || message.type !== 'console') { return false; }
  var now = Math.floor(Date.now() / 1000);
  if (now !== second) { second = now; count = 0; }
  return ++count > mesh.ConsoleTextMaxRate;
}

mesh.ConsoleTextMaxRate = 10;
mesh.idleTimeout = 120;
mesh.maxKvmTileSize = 0;
mesh.activeMicroLMS = 0;

// Object -> JSON text, string -> text, Buffer -> text if it begins with '{', else binary. Returns 1 done,
// 0 pending, -1 the queue is full (dropped), -4 not connected.
mesh.SendCommand = function (message) {
  if (message === undefined || message === null) { throw new TypeError('nothing to send'); }
  if (typeof message === 'string' || Buffer.isBuffer(message) || message instanceof Uint8Array) { return native.controlSend(message); }
  if (isTooMuch(message)) { return 1; }
  return native.controlSend(JSON.stringify(message));
};
mesh.AddCommandHandler = function (handler) { mesh.on('Command', handler); };
mesh.AddConnectHandler = function (handler) { mesh.on('Connected', handler); };

// A handler that comes late hears at once that the channel is up.
hide(mesh, '_onListen', function (name, handler) {
  if (name === 'Connected' && native.isConnected()) { setImmediate(function () { if (native.isConnected()) { handler.call(mesh, 1); } }); }
  if (name === 'Ready') { setImmediate(function () { handler.call(mesh); }); }
});

hide(mesh, '_event', function (event, value) {
  switch (event) {
    case 'connected': mesh.emit('Connected', value ? 1 : 0); return;
    case 'json':
      var message;
      try { message = JSON.parse(value); } catch (ignored) { message = value; }
      mesh.emit('Command', message);
      return;
    case 'binary': mesh.emit('Command', value); return;
  }
});

function property(name, get) { Object.defineProperty(mesh, name, { get: get, enumerable: true, configurable: true }); }
property('isControlChannelConnected', function () { return native.isConnected(); });
property('ServerInfo', function () { return native.serverInfo(); });
property('ServerUrl', function () { return native.serverInfo().ServerUri; });
property('ServerIP', function () { return native.serverInfo().ServerIP; });
property('ConnectedServer', function () { return native.isConnected() ? native.serverInfo().ServerUri : null; });
property('coreHash', function () { return native.agentInfo().coreHash; });
property('NetInfo', function () { return JSON.stringify({ netif2: native.networkInterfaces() }); });

mesh.ARCHID = agent.archId;
mesh._NodeID = agent.nodeId;
mesh.isService = agent.isService;
mesh.agentMode = agent.isService ? 1 : 0;
mesh.serviceName = 'trellis-agent';
mesh.displayName = 'Trellis Agent';
mesh.updatesEnabled = true;
mesh.version = agent.version;
mesh.product = 'trellis-agent';

mesh.hostname = function () { return require('os').hostname(); };
mesh.log = function (text) { console.log(text); };
mesh.disconnect = function () { native.request('reconnect'); };
mesh.restartCore = function () { native.request('restartCore'); };
mesh.forceExit = function () { native.request('exit'); };
mesh.uninstall = function () { native.request('uninstall'); };
mesh.getStartupOptions = function () { return native.settings(); };
// Tunnels of MeshCentral's core share one.
mesh.getRemoteDesktopStream = function (uid) { return require('trellis-desktop')._sharedStream(uid); };
mesh.eval = function (source) { return (0, eval)(String(source)); };
// Power states of the protocol (section 4.5): 2 shutdown, 3 reboot, 4 sleep, 5 hibernate.
mesh.ExecPowerState = function (state) {
  var verbs = { 2: 'poweroff', 3: 'reboot', 4: 'suspend', 5: 'hibernate' };
  if (!verbs[state]) { return 0; }
  require('child_process').execFile('/bin/sh', ['sh', '-c', 'systemctl ' + verbs[state] + ' || ' + (state === 3 ? 'reboot' : 'poweroff')], { type: 4 });
  return 1;
};
