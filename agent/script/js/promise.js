// A small promise in MeshAgent's manner: callbacks run in the next turn, `this` in them is the promise,
// and what is known is delivered to late listeners too.
function promise(start) {
  var self = this;
  this._state = 0; // 1 resolved, 2 rejected
  this._values = [];
  this._waiting = [];
  this._isHeard = false;
  // Cores clear this to let go of large results.
  this._internal = { completedArgs: [] };
  function settle(state) {
    return function () {
      if (self._state) { return; }
      var values = Array.prototype.slice.call(arguments);
      if (state === 1 && values[0] && typeof values[0].then === 'function' && values[0] !== self) {
        values[0].then(settle(1), settle(2));
        return;
      }
      self._state = state;
      self._values = values;
      self._waiting.splice(0).forEach(function (each) { deliver(self, each); });
      // A mistake in a callback would vanish otherwise.
      if (state === 2) { setImmediate(function () { if (!self._isHeard) { console.warn('nobody handles a failed promise: ' + (values[0] && values[0].stack || values[0])); } }); }
    };
  }
  this._res = this.resolve = settle(1);
  this._rej = this.reject = settle(2);
  if (start) {
    try { start.call(this, this._res, this._rej); } catch (error) { this._rej(error); }
  }
}

function deliver(self, waiter) {
  setImmediate(function () {
    var call = self._state === 1 ? waiter.ok : waiter.fail;
    if (typeof call !== 'function') {
      waiter.next[self._state === 1 ? '_res' : '_rej'].apply(waiter.next, self._values);
      return;
    }
    try { waiter.next._res(call.apply(self, self._values)); } catch (error) { waiter.next._rej(error); }
  });
}

promise.prototype.then = function (ok, fail) {
  var next = new promise();
  next.parentPromise = this;
  var waiter = { ok: ok, fail: fail, next: next };
  this._isHeard = true;
  if (this._state) { deliver(this, waiter); } else { this._waiting.push(waiter); }
  return next;
};
promise.prototype['catch'] = function (fail) { return this.then(undefined, fail); };
promise.prototype['finally'] = function (call) {
  return this.then(function (value) { call(); return value; }, function (error) { call(); throw error; });
};
promise.resolve = function (value) { return new promise(function (resolve) { resolve(value); }); };
promise.reject = function (error) { return new promise(function (resolve, reject) { reject(error); }); };
promise.all = function (list) {
  return new promise(function (resolve, reject) {
    var left = list.length;
    var values = [];
    if (left === 0) { resolve(values); }
    list.forEach(function (each, index) {
      promise.resolve(each).then(function (value) { values[index] = value; if (--left === 0) { resolve(values); } }, reject);
    });
  });
};
module.exports = promise;
