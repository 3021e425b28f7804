export function mount(root) { root.textContent = "healthy"; return () => {}; }
