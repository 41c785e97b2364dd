/**
 * A spatial index of seats: a uniform grid in two flat arrays.
 * Guarantees: `nearest` and `within` look only at the cells they touch; built once per layout, 100,000 seats in milliseconds.
 */

import type { Box, Layout } from "./layout";

const SEATS_PER_CELL = 8;

export class SeatGrid {
  private readonly columns: number;
  private readonly rows: number;
  private readonly cell: number;
  private readonly starts: Uint32Array;
  private readonly seats: Uint32Array;

  constructor(private readonly layout: Layout) {
    const { left, right, top, bottom } = layout.box;
    const area = Math.max(1, (right - left) * (bottom - top));
    this.cell = Math.max(layout.pitch, Math.sqrt((area * SEATS_PER_CELL) / Math.max(1, layout.seats)));
    this.columns = Math.max(1, Math.ceil((right - left) / this.cell));
    this.rows = Math.max(1, Math.ceil((bottom - top) / this.cell));
    const counts = new Uint32Array(this.columns * this.rows + 1);
    const cells = new Uint32Array(layout.seats);
    for (let seat = 0; seat < layout.seats; seat++) {
      const cell = this.row(layout.y[seat] as number) * this.columns + this.column(layout.x[seat] as number);
      cells[seat] = cell;
      counts[cell + 1] = (counts[cell + 1] as number) + 1;
    }
    for (let n = 1; n < counts.length; n++) counts[n] = (counts[n] as number) + (counts[n - 1] as number);
    this.starts = counts;
    this.seats = new Uint32Array(layout.seats);
    const next = counts.slice();
    for (let seat = 0; seat < layout.seats; seat++) {
      const cell = cells[seat] as number;
      this.seats[next[cell] as number] = seat;
      next[cell] = (next[cell] as number) + 1;
    }
  }

  private column(x: number): number {
    return Math.min(this.columns - 1, Math.max(0, Math.floor((x - this.layout.box.left) / this.cell)));
  }

  private row(y: number): number {
    return Math.min(this.rows - 1, Math.max(0, Math.floor((y - this.layout.box.top) / this.cell)));
  }

  /** Every seat in the box, and possibly a few just outside it. */
  within(box: Box, visit: (seat: number) => void): void {
    const right = this.column(box.right);
    const bottom = this.row(box.bottom);
    for (let row = this.row(box.top); row <= bottom; row++) {
      const from = this.starts[row * this.columns + this.column(box.left)] as number;
      const end = this.starts[row * this.columns + right + 1] as number;
      for (let n = from; n < end; n++) visit(this.seats[n] as number);
    }
  }

  /** The nearest seat not further than `reach`; null when there is none. */
  nearest(x: number, y: number, reach: number): number | null {
    let best: number | null = null;
    let bestSquare = reach * reach;
    this.within({ left: x - reach, right: x + reach, top: y - reach, bottom: y + reach }, (seat) => {
      const square = ((this.layout.x[seat] as number) - x) ** 2 + ((this.layout.y[seat] as number) - y) ** 2;
      if (square <= bestSquare) {
        bestSquare = square;
        best = seat;
      }
    });
    return best;
  }

  /** Where an arrow key leads from a seat: the nearest one that way, sideways distance counting double. */
  neighbour(seat: number, dx: number, dy: number): number | null {
    const x = this.layout.x[seat] as number;
    const y = this.layout.y[seat] as number;
    let best: number | null = null;
    for (let reach = 4 * this.layout.pitch; best === null; reach *= 4) {
      let bestCost = Number.POSITIVE_INFINITY;
      this.within({ left: x - reach, right: x + reach, top: y - reach, bottom: y + reach }, (other) => {
        const ox = (this.layout.x[other] as number) - x;
        const oy = (this.layout.y[other] as number) - y;
        const along = ox * dx + oy * dy;
        if (other === seat || along <= 0.25 * this.layout.pitch) return;
        const cost = along + 2 * Math.abs(ox * dy - oy * dx);
        if (cost < bestCost) {
          bestCost = cost;
          best = other;
        }
      });
      const { left, right, top, bottom } = this.layout.box;
      if (reach > Math.max(right - left, bottom - top)) break;
    }
    return best;
  }
}
