import type { Area } from './kvm';
import type { Picture } from './picture';

/// What is drawn on a desktop's picture by one block.
export interface Stroke {
  areas: Area[] | undefined; // undefined: everywhere
  /// Decodes.
  picture(): Promise<Picture | VideoFrame | undefined>;
}

const kCell = 8;

/// Which cells of a screen are wholly drawn over.
class Cover {
  private readonly columns: number;
  private readonly rows: number;
  private readonly cells: Uint8Array;
  private left: number;

  constructor(
    private readonly width: number,
    private readonly height: number,
  ) {
    this.columns = Math.ceil(width / kCell);
    this.rows = Math.ceil(height / kCell);
    this.left = this.columns * this.rows;
    this.cells = new Uint8Array(this.left);
  }

  get isWhole(): boolean {
    return this.left === 0;
  }

  add({ x, y, width, height }: Area): void {
    const [right, bottom] = [x + width, y + height];
    // The last cells of a screen may reach beyond it.
    const lastColumn = right >= this.width ? this.columns : Math.floor(right / kCell);
    const lastRow = bottom >= this.height ? this.rows : Math.floor(bottom / kCell);
    for (let row = Math.ceil(y / kCell); row < lastRow; ++row) {
      for (let cell = row * this.columns + Math.ceil(x / kCell), end = row * this.columns + lastColumn; cell < end; ++cell) {
        this.left -= 1 - this.cells[cell]!;
        this.cells[cell] = 1;
      }
    }
  }

  hides({ x, y, width, height }: Area): boolean {
    const lastColumn = Math.min(this.columns, Math.ceil((x + width) / kCell));
    const lastRow = Math.min(this.rows, Math.ceil((y + height) / kCell));
    for (let row = Math.floor(y / kCell); row < lastRow; ++row) {
      for (let column = Math.floor(x / kCell); column < lastColumn; ++column) if (this.cells[row * this.columns + column] === 0) return false;
    }
    return true;
  }
}

/// Strokes of which something can be seen on a screen of this size (or is not known to be hidden), in order.
export function visible(strokes: Stroke[], width: number, height: number): Stroke[] {
  const cover = new Cover(width, height);
  const seen: Stroke[] = [];
  for (const stroke of [...strokes].reverse()) {
    if (cover.isWhole) break;
    if (stroke.areas?.every((area) => cover.hides(area))) continue;
    seen.push(stroke);
    if (!stroke.areas) break; // it covers what is left
    for (const area of stroke.areas) cover.add(area);
  }
  return seen.reverse();
}
