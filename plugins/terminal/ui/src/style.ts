export const style = `
.plugin-root { display: flex; flex: 1; flex-direction: column; min-height: 0; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; padding: 6px 14px; border-bottom: 1px solid var(--color-line); }
.bar .select { min-height: 28px; padding-block: 2px; font-size: var(--size-small); }
.tools { display: flex; align-items: center; gap: 2px; }
.more { display: none; }
.keys { display: none; gap: 4px; padding: 5px 8px; border-top: 1px solid var(--color-line); overflow-x: auto; }
.keys .btn { min-width: 36px; min-height: 34px; }
@media (pointer: coarse) { .keys { display: flex; } }
.status { display: inline-flex; align-items: center; gap: 7px; min-width: 0; color: var(--color-text-soft); }
.notice { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; padding: 7px 14px; border-bottom: 1px solid var(--color-line); background: var(--color-warn-soft); color: var(--color-warn-text); font-weight: 550; overflow-wrap: anywhere; }
.screen { position: relative; flex: 1; min-height: 0; padding: 8px 4px 4px 12px; background: var(--terminal-background, var(--color-sunken)); overflow: hidden; }
.screen:focus-within { box-shadow: inset 0 1px 0 var(--color-focus); }
.place { width: 100%; height: 100%; }
.xterm .xterm-viewport { background: transparent; }
@media (max-width: 759px) {
  .bar { padding: 5px 8px; }
  .more { display: inline-flex; }
  .tools { display: none; order: 1; flex-basis: 100%; }
  .tools.open { display: flex; }
  .tools .btn { width: 36px; min-height: 34px; }
  .screen { padding: 6px 2px 2px 6px; }
}
`;
