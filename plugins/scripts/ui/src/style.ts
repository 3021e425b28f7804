/// What only this page has.
export const style = `
.parameter { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 8px; align-items: end; padding: 10px; border: 1px solid var(--color-line); border-radius: var(--radius); }
`;
