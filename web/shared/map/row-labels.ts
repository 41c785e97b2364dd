/**
 * Where the label of each row goes: beside both its ends, or where the row enters the sight, as a frozen column would.
 * Guarantees: a row with a seat in sight is labelled there at one end at least; nothing is allocated to place them.
 */

import type { Layout } from "./layout";
import { type Line, linesOf } from "./lines";
import type { Size, View } from "./view";

/** from the last seat of a row to its label, in seats */
const BESIDE = 0.82;
/** two labels of one row nearer than this are one */
const APART_PX = 26;

export interface Placing {
  label: string;
  x: number;
  y: number;
  /** on the row itself, over its seats */
  pinned: boolean;
}

export class RowLabels {
  readonly lines: readonly Line[];
  /** the seats of a line and a point beside each end, one after the other: x, y, x, y … */
  private readonly paths: Float32Array[];
  private readonly boxes: Float32Array;
  private readonly at: Placing = { label: "", x: 0, y: 0, pinned: false };

  constructor(layout: Layout) {
    this.lines = linesOf(layout);
    this.paths = this.lines.map((line) => pathOf(layout, line));
    this.boxes = new Float32Array(4 * this.lines.length).fill(Number.POSITIVE_INFINITY);
    this.paths.forEach((path, n) => {
      const box = this.boxes.subarray(4 * n, 4 * n + 4).fill(Number.NEGATIVE_INFINITY, 2);
      for (let p = 0; p < path.length; p += 2) {
        box[0] = Math.min(box[0] as number, path[p] as number);
        box[1] = Math.min(box[1] as number, path[p + 1] as number);
        box[2] = Math.max(box[2] as number, path[p] as number);
        box[3] = Math.max(box[3] as number, path[p + 1] as number);
      }
    });
  }

  /** Visit the labels in sight, in canvas pixels and `inset` from its edges; what is visited is used again for the next. */
  place(view: View, size: Size, inset: number, visit: (placing: Readonly<Placing>) => void): void {
    const halfWidth = (size.width / 2 - inset) / view.scale;
    const halfHeight = (size.height / 2 - inset) / view.scale;
    if (halfWidth <= 0 || halfHeight <= 0) return;
    const left = view.x - halfWidth;
    const right = view.x + halfWidth;
    const top = view.y - halfHeight;
    const bottom = view.y + halfHeight;
    const { at, boxes } = this;
    const put = (path: Float32Array, from: number, step: number): boolean => {
      let p = from;
      let inside = false;
      for (; p >= 0 && p < path.length; p += step) {
        const x = path[p] as number;
        const y = path[p + 1] as number;
        inside = x >= left && x <= right && y >= top && y <= bottom;
        if (inside) break;
      }
      if (!inside) return false;
      let x = path[p] as number;
      let y = path[p + 1] as number;
      at.pinned = p !== from;
      if (at.pinned) {
        // Back towards the one out of sight, as far as the edge.
        const dx = (path[p - step] as number) - x;
        const dy = (path[p - step + 1] as number) - y;
        const part = Math.min(
          dx > 0 ? (right - x) / dx : dx < 0 ? (left - x) / dx : 1,
          dy > 0 ? (bottom - y) / dy : dy < 0 ? (top - y) / dy : 1,
          1,
        );
        x += dx * part;
        y += dy * part;
      }
      at.x = (x - view.x) * view.scale + size.width / 2;
      at.y = (y - view.y) * view.scale + size.height / 2;
      return true;
    };
    for (let n = 0; n < this.paths.length; n++) {
      if ((boxes[4 * n] as number) > right || (boxes[4 * n + 2] as number) < left) continue;
      if ((boxes[4 * n + 1] as number) > bottom || (boxes[4 * n + 3] as number) < top) continue;
      const path = this.paths[n] as Float32Array;
      at.label = (this.lines[n] as Line).label;
      if (!put(path, 0, 2)) continue;
      visit(at);
      const { x, y } = at;
      put(path, path.length - 2, -2);
      if (Math.hypot(at.x - x, at.y - y) >= APART_PX) visit(at);
    }
  }
}

function pathOf(layout: Layout, line: Line): Float32Array {
  const path = new Float32Array(2 * line.seats + 4);
  let p = 2;
  for (const run of line.runs)
    for (let seat = run.first_seat; seat < run.first_seat + run.seats; seat++, p += 2) {
      path[p] = layout.x[seat] as number;
      path[p + 1] = layout.y[seat] as number;
    }
  const first = line.runs[0]?.first_seat ?? 0;
  const run = line.runs[line.runs.length - 1];
  const last = run ? run.first_seat + run.seats - 1 : first;
  const step = BESIDE * layout.pitch;
  const before = layout.heading[first] as number;
  const after = layout.heading[last] as number;
  path[0] = (layout.x[first] as number) - step * Math.cos(before);
  path[1] = (layout.y[first] as number) - step * Math.sin(before);
  path[p] = (layout.x[last] as number) + step * Math.cos(after);
  path[p + 1] = (layout.y[last] as number) + step * Math.sin(after);
  return path;
}
