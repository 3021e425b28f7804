// The system's language, as in LANG.
Object.defineProperty(exports, 'current', {
  get: function () { return ((process.env.LANG || 'en').split('.')[0] || 'en').replace('_', '-'); }, enumerable: true
});
