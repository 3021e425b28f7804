export const style = `
.plugin-root { display: flex; flex: 1; flex-direction: column; min-height: 0; }
.files { position: relative; display: flex; flex: 1; flex-direction: column; min-height: 0; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 6px; padding: 6px 14px; border-bottom: 1px solid var(--color-line); }
.path { display: flex; flex: 1 1 220px; align-items: center; gap: 2px; min-width: 0; overflow: hidden; }
.crumbs { display: flex; flex: 1; align-items: center; gap: 0; min-width: 0; overflow-x: auto; scrollbar-width: none; list-style: none; margin: 0; padding: 0; }
.crumbs li { display: flex; align-items: center; white-space: nowrap; }
.crumbs li + li::before { content: '/'; color: var(--color-text-faint); }
.crumbs li:nth-child(2)::before { content: none; }
.crumbs .btn { min-width: 26px; padding-inline: 5px; max-width: 220px; font-weight: 500; }
.path .input { flex: 1; min-height: 28px; padding-block: 2px; }
.status { display: inline-flex; align-items: center; gap: 7px; min-width: 0; color: var(--color-text-soft); font-size: var(--size-small); }
.notice { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; padding: 7px 14px; border-bottom: 1px solid var(--color-line); background: var(--color-warn-soft); color: var(--color-warn-text); font-weight: 550; overflow-wrap: anywhere; }
.notice[hidden] { display: none; }
.middle { position: relative; display: flex; flex: 1; min-height: 0; }
.list { position: relative; flex: 1; min-width: 0; overflow: auto; outline: none; background: var(--color-surface); }
.list:focus-visible { box-shadow: inset 0 0 0 2px var(--color-focus); }
.sticky { position: sticky; top: 0; z-index: 1; background: var(--color-surface); }
.heads, .entry { display: grid; grid-template-columns: minmax(0, 1fr) 90px 140px; align-items: center; gap: 10px; padding: 0 14px; }
.heads { height: 30px; border-bottom: 1px solid var(--color-line); }
.heads button { border: 0; background: none; padding: 4px 0; color: var(--color-text-soft); font: 500 var(--size-small) / 1.2 var(--font); cursor: pointer; }
.heads [aria-sort='ascending'] button::after { content: ' ↑'; }
.heads [aria-sort='descending'] button::after { content: ' ↓'; }
.rows { position: relative; }
.entry { position: absolute; left: 0; right: 0; height: 32px; cursor: default; user-select: none; border-bottom: 1px solid color-mix(in srgb, var(--color-line) 55%, transparent); }
.entry:hover { background: var(--color-hover); }
.entry[aria-selected='true'] { background: var(--color-active); }
.list:focus .entry.current { box-shadow: inset 2px 0 0 var(--color-focus); }
.cell { min-width: 0; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.cell.name { display: flex; align-items: center; gap: 8px; }
.cell.name .icon { flex: none; width: 16px; height: 16px; color: var(--color-text-faint); }
.cell.name .cut { overflow: hidden; text-overflow: ellipsis; white-space: pre; }
.cell .box { display: none; }
@media (any-pointer: coarse) {
  .cell .box { display: grid; flex: none; place-items: center; align-self: stretch; width: 36px; height: 31px; margin: 0 -4px 0 -10px; }
  .cell .box::before { content: ''; width: 16px; height: 16px; border: 1.5px solid var(--color-text-faint); border-radius: 4px; }
  .entry[aria-selected='true'] .box::before { content: '✓'; border-color: var(--color-accent); background: var(--color-accent); color: var(--color-on-accent); font: 700 12px/16px var(--font); text-align: center; }
}
.cell.size { text-align: right; }
.cell.size, .cell.changed { color: var(--color-text-soft); font-size: var(--size-small); font-variant-numeric: tabular-nums; }
.drop { position: absolute; inset: 8px; z-index: 3; display: none; place-items: center; border: 2px dashed var(--color-accent); border-radius: var(--radius-large); background: color-mix(in srgb, var(--color-surface) 88%, transparent); color: var(--color-text); font-weight: 600; pointer-events: none; }
.middle.dropping .drop { display: grid; }
.void { position: absolute; inset: 40px 0 0; display: grid; place-content: center; justify-items: center; gap: 8px; padding: 20px; text-align: center; color: var(--color-text-soft); pointer-events: none; }
.void[hidden] { display: none; }
.void .btn { pointer-events: auto; }
.foot { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; padding: 4px 14px; border-top: 1px solid var(--color-line); min-height: 32px; color: var(--color-text-soft); font-size: var(--size-small); }
.menu { position: fixed; z-index: 20; margin: 0; inset: auto; min-width: 200px; padding: 4px; border: 1px solid var(--color-line); border-radius: var(--radius-large); background: var(--color-raised); color: var(--color-text); box-shadow: var(--shadow-raised); }
.menu button { display: flex; width: 100%; justify-content: space-between; gap: 20px; border: 0; border-radius: var(--radius); background: none; color: inherit; font: inherit; text-align: left; padding: 6px 10px; cursor: pointer; }
.menu button:hover, .menu button:focus-visible { background: var(--color-hover); outline: none; }
.menu button:focus-visible { box-shadow: inset 0 0 0 2px var(--color-focus); }
.menu button:disabled { color: var(--color-text-faint); cursor: default; background: none; opacity: 0.6; }
.menu hr { border: 0; border-top: 1px solid var(--color-line); margin: 4px 0; }
.menu kbd { color: var(--color-text-faint); font: var(--size-small) var(--font); }
.dialog { width: min(480px, calc(100vw - 24px)); max-height: calc(100dvh - 40px); padding: 18px 20px; border: 1px solid var(--color-line); border-radius: var(--radius-large); background: var(--color-raised); color: var(--color-text); box-shadow: var(--shadow-raised); }
.dialog.wide { width: min(960px, calc(100vw - 24px)); }
.dialog::backdrop { background: var(--scrim); }
.dialog form { display: flex; flex-direction: column; gap: 12px; }
.dialog h2 { font-size: var(--size-title); overflow-wrap: anywhere; }
.dialog .input { width: 100%; }
.dialog .names { margin: 0; padding-left: 18px; max-height: 220px; overflow: auto; overflow-wrap: anywhere; }
.end { justify-content: flex-end; flex-wrap: wrap; gap: 8px; }
.strong { font-weight: 600; overflow-wrap: anywhere; }
.fault { color: var(--color-bad-text); font-size: var(--size-small); min-height: 1.2em; }
input[type='checkbox'] { width: 16px; height: 16px; margin: 4px; accent-color: var(--color-accent); }
.check { display: inline-flex; align-items: center; gap: 7px; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 6px 14px; margin: 0; }
.facts dt { color: var(--color-text-soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.facts .input { max-width: 220px; min-height: 28px; padding-block: 2px; }
.modes { display: grid; grid-template-columns: max-content repeat(3, max-content); gap: 4px 14px; align-items: center; border: 0; padding: 0; margin: 0; }
.editor { width: 100%; min-height: min(56vh, 480px); resize: vertical; padding: 10px 12px; font: 13px/1.5 var(--font-mono); white-space: pre; tab-size: 4; }
.transfers { border-top: 1px solid var(--color-line); background: var(--color-surface); }
.transfers[hidden] { display: none; }
.transfers .head { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 10px; padding: 5px 14px; }
.transfers .head .text { flex: 1 1 160px; font-size: var(--size-small); font-variant-numeric: tabular-nums; }
.transfers progress { width: 120px; height: 7px; accent-color: var(--color-accent); }
.jobs { max-height: 190px; overflow: auto; margin: 0; padding: 0 14px 6px; list-style: none; }
.jobs[hidden] { display: none; }
.job { display: grid; grid-template-columns: 16px minmax(0, 1fr) max-content max-content; align-items: center; gap: 2px 8px; min-height: 30px; padding: 2px 0; border-top: 1px solid color-mix(in srgb, var(--color-line) 55%, transparent); font-size: var(--size-small); }
.job .icon { width: 14px; height: 14px; color: var(--color-text-faint); }
.job .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.job .state { color: var(--color-text-soft); font-variant-numeric: tabular-nums; }
.job.failed .state { color: var(--color-bad-text); white-space: normal; }
.job.partial { grid-template-columns: 16px minmax(0, 1fr) max-content; }
.job.partial .state { grid-column: 2 / -1; grid-row: 2; color: var(--color-warn-text); overflow-wrap: anywhere; }
.job.done .state { color: var(--color-ok-text); }
.found { max-height: 50vh; overflow: auto; margin: 0; padding: 0; list-style: none; }
.found button { width: 100%; border: 0; background: none; color: var(--color-link); font: inherit; text-align: left; padding: 5px 4px; cursor: pointer; overflow-wrap: anywhere; }
@media (max-width: 640px) {
  .bar, .foot, .transfers .head { padding-inline: 8px; }
  .heads, .entry { grid-template-columns: minmax(0, 1fr) 72px; padding: 0 8px; }
  .cell.changed { display: none; }
  .path { flex-basis: 100%; order: 1; }
  .leave { display: none; }
  .jobs { padding-inline: 8px; }
  .job { grid-template-columns: 16px minmax(0, 1fr) max-content; }
  .job.failed .state { grid-column: 2 / -1; grid-row: 2; }
}
`;
