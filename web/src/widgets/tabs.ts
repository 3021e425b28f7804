import { html, nothing } from 'lit';

export interface Tab {
  id: string;
  label: string;
  isLive?: boolean;
}

/// A row of tabs (WAI-ARIA tabs pattern): one tab stop, arrow keys change the tab. The panel of tab `x`
/// has the id `panel-x`.
export function tabList(label: string, tabs: Tab[], current: string, select: (id: string) => void) {
  const onKey = (event: KeyboardEvent): void => {
    const at = tabs.findIndex((tab) => tab.id === current);
    const moves: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs[(to + tabs.length) % tabs.length]!;
    select(next.id);
    (event.currentTarget as HTMLElement).querySelector<HTMLElement>(`#tab-${CSS.escape(next.id)}`)?.focus();
  };
  return html`<div role="tablist" aria-label=${label} @keydown=${onKey}>
    ${tabs.map(
      (tab) => html`<button
        type="button"
        role="tab"
        id="tab-${tab.id}"
        data-testid="tab-${tab.id}"
        aria-selected=${tab.id === current}
        aria-controls=${tab.id === current ? `panel-${tab.id}` : nothing}
        tabindex=${tab.id === current ? 0 : -1}
        @click=${() => select(tab.id)}
      >
        ${tab.label}${tab.isLive ? html`<span class="dot on"></span>` : nothing}
      </button>`,
    )}
  </div>`;
}
