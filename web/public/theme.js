// Runs before the first paint, so that the page does not flash in the wrong colours. It is a file of
// its own because the content security policy allows no inline script. src/core/theme.ts takes over.
(function () {
  var root = document.documentElement;
  var stored = function (key) {
    try {
      return localStorage.getItem('trellis.' + key);
    } catch (e) {
      return null; // no storage, as in some private windows: the system's preference applies
    }
  };
  var prefers = function (query) {
    return matchMedia(query).matches;
  };
  root.dataset.theme = stored('theme') || (prefers('(prefers-color-scheme: dark)') ? 'dark' : 'light');
  root.dataset.contrast = stored('contrast') || (prefers('(prefers-contrast: more)') ? 'high' : 'normal');
})();
