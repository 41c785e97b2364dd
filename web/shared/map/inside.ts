/** Whether a point lies within a line that ends where it began. Pure. */

import type { Point } from "./gestures";

/** Counts how often a way to the right crosses the line: an odd number of times from within. */
export function isInside(corners: readonly Point[], x: number, y: number): boolean {
  let inside = false;
  for (let n = 0, before = corners.length - 1; n < corners.length; before = n++) {
    const [ax, ay] = corners[n] as Point;
    const [bx, by] = corners[before] as Point;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/** A line through the corners of the rectangle between two points. */
export function rectangle([ax, ay]: Point, [bx, by]: Point): Point[] {
  return [
    [ax, ay],
    [bx, ay],
    [bx, by],
    [ax, by],
  ];
}
