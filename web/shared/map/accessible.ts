/** Where wheelchair spaces are, as signs that can be seen from far away: one for those that are near each other. Pure. */

import type { Layout } from "./layout";

export interface AccessibleSign {
  x: number;
  y: number;
  seats: readonly number[];
}

const NEAR = 6;

export function accessibleSigns(layout: Layout): AccessibleSign[] {
  const groups: number[][] = [];
  for (const seat of [...layout.accessible].sort((a, b) => a - b)) {
    const near = groups.find((group) =>
      group.some(
        (other) =>
          layout.sectionOf[other] === layout.sectionOf[seat] &&
          Math.hypot(
            (layout.x[other] as number) - (layout.x[seat] as number),
            (layout.y[other] as number) - (layout.y[seat] as number),
          ) <=
            NEAR * layout.pitch,
      ),
    );
    if (near) near.push(seat);
    else groups.push([seat]);
  }
  return groups.map((seats) => ({
    x: seats.reduce((sum, seat) => sum + (layout.x[seat] as number), 0) / seats.length,
    y: seats.reduce((sum, seat) => sum + (layout.y[seat] as number), 0) / seats.length,
    seats,
  }));
}
