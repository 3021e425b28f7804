/// What only this page has.
export const style = `
.intro { flex: 1 1 280px; max-width: 640px; }
.url { overflow-wrap: anywhere; }
.problem { max-width: 420px; overflow-wrap: anywhere; font-size: var(--size-small); }
.badges { display: flex; flex-wrap: wrap; gap: 4px; }
code.badge { font-size: var(--size-small); white-space: normal; overflow-wrap: anywhere; }
.back { margin-left: -9px; }
.offers { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(260px, 100%), 1fr)); gap: 2px 16px; }
.facts { display: grid; grid-template-columns: minmax(90px, max-content) minmax(0, 1fr); gap: 8px 16px; align-items: baseline; }
.facts dt { color: var(--color-text-soft); }
.facts dd { overflow-wrap: anywhere; }
.secret { display: grid; gap: 6px; padding: 12px 14px; border: 1px solid var(--color-accent); border-radius: var(--radius-large); background: var(--color-active); }
.line { flex-wrap: nowrap; }
.line .input { flex: 1; min-width: 0; }
h2.row { gap: 10px; overflow-wrap: anywhere; }
`;
