/// Which rows of a long list are to be drawn.
export interface RowWindow {
  first: number;
  end: number;
}

/// `top` and `height`: what is visible, px. A few rows more than that are drawn, so that quick scrolling
/// does not show gaps.
export function rowWindow(top: number, height: number, rowHeight: number, count: number, spare = 6): RowWindow {
  const first = Math.max(0, Math.floor(top / rowHeight) - spare);
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + spare);
  return { first: Math.min(first, Math.max(0, count - 1)), end: Math.max(0, end) };
}

/// The scroll position that shows row `index`, changing as little as possible.
export function scrollTopFor(index: number, top: number, height: number, rowHeight: number): number {
  const start = index * rowHeight;
  if (start < top) return start;
  if (start + rowHeight > top + height) return start + rowHeight - height;
  return top;
}
