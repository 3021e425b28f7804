export const style = `
.plugin-root { position: relative; display: flex; flex: 1; flex-direction: column; min-height: 0; background: var(--color-surface); }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 6px; padding: 6px 14px; border-bottom: 1px solid var(--color-line); }
.bar .select, .panel-menu .select { min-height: 28px; padding-block: 2px; font-size: var(--size-small); }
.status { display: inline-flex; align-items: center; gap: 7px; min-width: 0; color: var(--color-text-soft); }
.badges { display: inline-flex; gap: 5px; }
.bar [inert] { opacity: 0.45; }
.group { display: inline-flex; align-items: center; gap: 2px; }
.menu-place { position: relative; display: inline-flex; }
.panel-menu { position: absolute; top: calc(100% + 5px); right: 0; z-index: 20; display: grid; gap: 2px; min-width: 232px; max-width: min(340px, calc(100vw - 20px)); padding: 6px; border: 1px solid var(--color-line); border-radius: var(--radius-large); background: var(--color-raised); box-shadow: var(--shadow-raised); }
.panel-menu[hidden] { display: none; }
.panel-menu .btn { justify-content: flex-start; width: 100%; min-height: 30px; white-space: normal; text-align: left; }
.panel-menu .line { display: flex; align-items: center; justify-content: space-between; gap: 10px; padding: 3px 9px; font-size: var(--size-small); color: var(--color-text-soft); }
.panel-menu hr { width: 100%; margin: 4px 0; border: 0; border-top: 1px solid var(--color-line); }
.panel-menu ul { margin: 0; padding: 0; list-style: none; }
.panel-menu li { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 7px; padding: 5px 9px; }
.panel-menu li .soft { flex-basis: 100%; font-size: var(--size-small); }
.figures { display: grid; grid-template-columns: auto auto; gap: 2px 14px; margin: 0; padding: 4px 9px; font-size: var(--size-small); }
.figures dt { color: var(--color-text-soft); }
.figures dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
.notice { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; padding: 7px 14px; border-bottom: 1px solid var(--color-line); background: var(--color-warn-soft); color: var(--color-warn-text); font-weight: 550; overflow-wrap: anywhere; }
.notice[hidden] { display: none; }
.stage { position: relative; flex: 1; min-height: 0; background: #101314; overflow: hidden; }
.stage:focus-within { box-shadow: inset 0 0 0 2px var(--color-focus); }
.area { position: absolute; inset: 2px; display: flex; overflow: hidden; scrollbar-width: thin; }
.area.scrolls { overflow: auto; }
.picture { flex: none; margin: auto; background: #000; touch-action: none; user-select: none; -webkit-user-select: none; outline: none; }
.picture.sharp { image-rendering: pixelated; }
.stage.blank .picture { visibility: hidden; }
.stage.stale .picture { opacity: 0.35; }
.field-of-keys { position: absolute; left: 0; bottom: 0; width: 1px; height: 1px; padding: 0; border: 0; opacity: 0; resize: none; font-size: 16px; }
.state { position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 12px; padding: 20px; text-align: center; color: #e7eaed; pointer-events: none; }
.state[hidden] { display: none; }
.state > * { pointer-events: auto; max-width: 46ch; }
.state p { margin: 0; overflow-wrap: anywhere; }
.state .row { display: flex; flex-wrap: wrap; justify-content: center; gap: 8px; }
.stage.stale .state { background: rgb(16 19 20 / 72%); }
.keys { display: flex; gap: 4px; padding: 5px 8px; border-top: 1px solid var(--color-line); overflow-x: auto; }
.keys[hidden] { display: none; }
.keys .btn { flex: none; min-width: 34px; }
.keys .typing { display: none; }
.keys .gap { flex: none; width: 6px; }
:fullscreen.plugin-root, .plugin-root:fullscreen { width: 100vw; height: 100vh; }
.plugin-root:fullscreen .bar { position: absolute; top: 0; left: 50%; z-index: 10; max-width: 100%; border: 1px solid var(--color-line); border-top: 0; border-radius: 0 0 var(--radius-large) var(--radius-large); background: var(--color-surface); box-shadow: var(--shadow-raised); transform: translate(-50%, calc(-100% + 7px)); transition: transform 0.12s; }
.plugin-root:fullscreen .bar:hover, .plugin-root:fullscreen .bar:focus-within { transform: translate(-50%, 0); }
@media (prefers-reduced-motion: reduce) { .plugin-root:fullscreen .bar { transition: none; } }
@media (pointer: coarse) { .keys .btn { min-width: 40px; min-height: 38px; } .keys .typing { display: inline-flex; } }
@media (max-width: 759px) {
  .bar { padding: 5px 8px; }
  .bar .btn.small { min-height: 34px; }
  .bar .btn.small.square { width: 34px; }
  .status { flex: 1 1 40%; order: -3; }
  .bar > .grow { display: none; }
  .ending { order: -2; }
  .closing { order: -1; }
  .panel-menu { position: fixed; top: auto; right: 8px; bottom: 8px; left: 8px; max-width: none; max-height: 70vh; overflow: auto; }
  .panel-menu .btn { min-height: 40px; }
}
`;
