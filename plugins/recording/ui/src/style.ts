/// What the page's own widgets lack.
export const style = `
.plugin-root { display: flex; flex: 1; flex-direction: column; min-height: 0; }
.recordings, .player { display: flex; flex: 1; flex-direction: column; min-height: 0; overflow: auto; padding: 16px 20px 24px; gap: 12px; }
h1 { font-size: var(--size-title); }
.head { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px 14px; }
.grow { flex: 1; min-width: 0; }
.soft { color: var(--color-text-soft); font-size: var(--size-small); margin: 0; }
.soft:empty { display: none; }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }
.filters .input { flex: 1 1 180px; min-width: 0; }
.stack { display: flex; flex-direction: column; gap: 12px; min-width: 0; }
.stack > .btn { align-self: center; }
.scroll { overflow-x: auto; border: 1px solid var(--color-line); border-radius: var(--radius-large); background: var(--color-surface); }
table { width: 100%; border-collapse: collapse; font-size: var(--size-text); }
th { text-align: left; font-weight: 500; font-size: var(--size-small); color: var(--color-text-soft); border-bottom: 1px solid var(--color-line); padding: 7px 12px; white-space: nowrap; }
td { padding: 5px 12px; border-bottom: 1px solid var(--color-line); vertical-align: middle; }
tr:last-child > td { border-bottom: 0; }
td.start, td.length, td.size, td.actions { white-space: nowrap; }
td.length, td.size, th.length, th.size { text-align: right; font-variant-numeric: tabular-nums; }
td.actions { text-align: right; }
td { height: 38px; }
td .btn.plain, td a.btn { color: var(--color-link); padding-inline: 6px; font-size: var(--size-text); }
td .btn.cut { max-width: 320px; margin-left: -6px; justify-content: flex-start; font-weight: 500; }
.badge { margin-left: 6px; }
.hits { list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; border: 1px solid var(--color-line); border-radius: var(--radius-large); background: var(--color-surface); }
.hits li { display: flex; flex-direction: column; gap: 2px; padding: 8px 12px; border-bottom: 1px solid var(--color-line); min-width: 0; }
.hits li:last-child { border-bottom: 0; }
.hit { border: 0; background: none; color: var(--color-link); padding: 2px 0; font: 0.92em/1.4 var(--font-mono); text-align: left; cursor: pointer; overflow-wrap: anywhere; white-space: pre-wrap; }
.hit:hover { text-decoration: underline; }
.stage { position: relative; display: flex; flex: 1 1 auto; min-height: 220px; overflow: hidden; border: 1px solid var(--color-line); border-radius: var(--radius-large); background: var(--color-sunken); }
.stage .place { margin: auto; max-width: 100%; max-height: 100%; }
.stage.terminal { overflow: auto; }
.stage.terminal .place { padding: 8px; max-width: none; max-height: none; }
.stage.desktop .place { display: flex; width: 100%; height: 100%; align-items: center; justify-content: center; position: absolute; inset: 0; }
.stage.desktop canvas { max-width: 100%; max-height: 100%; object-fit: contain; background: #000; }
.stage.files { background: var(--color-surface); }
.stage.files .place { width: 100%; height: 100%; margin: 0; position: absolute; inset: 0; }
.log { height: 100%; overflow: auto; }
.log > .btn { margin: 8px 12px; }
.log td { overflow-wrap: anywhere; }
.log td:first-child { white-space: nowrap; width: 1%; color: var(--color-text-soft); font-variant-numeric: tabular-nums; }
.notice { color: var(--color-warn-text); background: var(--color-warn-soft); border-radius: var(--radius); padding: 8px 12px; margin: 0; }
.notice[hidden] { display: none; }
.controls { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; }
.controls .btn.primary { min-width: 84px; justify-content: center; }
.seek { flex: 1 1 160px; min-width: 120px; accent-color: var(--color-accent); height: 24px; }
.time { font-variant-numeric: tabular-nums; font-size: var(--size-small); color: var(--color-text-soft); white-space: nowrap; }
.check { display: inline-flex; align-items: center; gap: 7px; min-height: 28px; font-size: var(--size-text); }
.check input { width: 16px; height: 16px; margin: 0; accent-color: var(--color-accent); }
.find { display: flex; flex-direction: column; gap: 8px; }
.find .input { max-width: 360px; width: 100%; }
.results { max-height: 180px; overflow: auto; }
.results .hits .soft { display: none; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 640px) {
  .recordings, .player { padding: 12px; }
  /* Room for the account in the corner. */
  .recordings > .head:first-child { padding-right: 46px; }
  .filters .select { flex: 1 1 120px; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .scroll tr { display: grid; grid-template-columns: 1fr auto; padding: 6px 0; border-bottom: 1px solid var(--color-line); }
  .scroll tr:last-child { border-bottom: 0; }
  .scroll td { border: 0; padding: 2px 12px; height: auto; }
  td .badge { margin-left: 0; }
  .scroll td.length, .scroll td.size { display: none; }
  .scroll td.kind, .scroll td.start { text-align: right; }
  .scroll td.actions { grid-column: 1 / -1; text-align: left; padding-left: 6px; }
}
`;
