// EventEmitter as node and MeshAgent have it: also as a mixin, and obj.<event> = f registers f for events
// that were declared with createEvent.
var methods = {
  on: function (name, listener) { return add(this, name, listener, false, false); },
  once: function (name, listener) { return add(this, name, listener, true, false); },
  prependListener: function (name, listener) { return add(this, name, listener, false, true); },
  prependOnceListener: function (name, listener) { return add(this, name, listener, true, true); },
  removeListener: function (name, listener) {
    var list = this._listeners[name] || [];
    this._listeners[name] = list.filter(function (each) { return each.call !== listener; });
    return this;
  },
  removeAllListeners: function (name) {
    if (name === undefined) { this._listeners = {}; } else { delete this._listeners[name]; }
    return this;
  },
  listeners: function (name) {
    return (this._listeners[name] || []).map(function (each) { return each.call; });
  },
  listenerCount: function (name) { return (this._listeners[name] || []).length; },
  eventNames: function () { return Object.keys(this._listeners); },
  // The return value of the last listener that returned one; MeshAgent's cores use it for questions.
  emit_returnValue: function () { return fire(this, arguments).value; },
  emit: function () { return fire(this, arguments).count > 0; },
  createEvent: function (name) {
    if (Object.prototype.hasOwnProperty.call(this, name)) { return this; }
    Object.defineProperty(this, name, {
      configurable: true, enumerable: false,
      get: function () { return this.listeners(name)[0]; },
      set: function (listener) { this.on(name, listener); }
    });
    return this;
  },
  addMethod: function (name, call) { this[name] = call; return this; }
};
methods.addListener = methods.on;
methods.off = methods.removeListener;

function add(self, name, listener, isOnce, isFirst) {
  if (typeof listener !== 'function') { throw new TypeError('a listener is a function'); }
  var list = (self._listeners[name] || []).slice();
  list[isFirst ? 'unshift' : 'push']({ call: listener, isOnce: isOnce });
  self._listeners[name] = list;
  if (self._onListen) { self._onListen(name, listener); }
  return self;
}

function fire(self, args) {
  var name = args[0];
  var list = self._listeners[name] || [];
  var result = { count: list.length, value: undefined };
  if (name === 'error' && list.length === 0 && self._mustHandleErrors) { throw args[1]; }
  for (var i = 0; i < list.length; ++i) {
    if (list[i].isOnce) { self.removeListener(name, list[i].call); }
    var value = list[i].call.apply(self, Array.prototype.slice.call(args, 1));
    if (value !== undefined) { result.value = value; }
  }
  return result;
}

// Not enumerable, so that an emitter can still be written as JSON.
function hide(target, name, value) {
  Object.defineProperty(target, name, { value: value, writable: true, configurable: true, enumerable: false });
}

function mixin(target) {
  if (!target._listeners) { hide(target, '_listeners', {}); }
  Object.keys(methods).forEach(function (name) { if (!target[name]) { hide(target, name, methods[name]); } });
  return target;
}

function EventEmitter() { return mixin(this); }
exports.EventEmitter = EventEmitter;
exports.inherits = function (target) { return mixin(target); };
exports._mixin = mixin;
exports._hide = hide;
