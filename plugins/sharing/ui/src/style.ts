export const style = `
.plugin-root { display: grid; gap: 18px; }
h3 { font-size: var(--size-text); font-weight: 650; }
.shares, .share-form, .new-link { display: grid; gap: 10px; min-width: 0; }
.shares ul { display: grid; gap: 8px; list-style: none; }
.shares li { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 8px; padding: 8px 10px; border: 1px solid var(--color-line); border-radius: 8px; }
.shares .text { flex: 1 1 220px; min-width: 0; overflow-wrap: anywhere; }
.who { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; }
.share-form { padding-top: 16px; border-top: 1px solid var(--color-line); }
.share-form .field { min-width: 0; }
fieldset { display: grid; gap: 6px; margin: 0; padding: 0; border: 0; min-width: 0; }
legend { padding: 0 0 4px; font-weight: 550; font-size: var(--size-small); }
.check { display: flex; align-items: center; gap: 8px; }
.times { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; }
.new-link:empty { display: none; }
.new-link .row { display: flex; gap: 8px; }
.new-link .input { flex: 1; min-width: 0; }
.select, .input { width: 100%; }
`;
