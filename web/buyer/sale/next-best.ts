/**
 * What to offer somebody who lost a race: the nearest seats together, as good as those lost; and how many fit together.
 * Pure; looks at what the map knows, so that the offer is there at once.
 */

import type { Layout } from "../../shared/map/layout";
import { FREE, type SeatStates } from "../../shared/map/states";

/** A seat in another section is as good as one this much further away, in seats. */
const OTHER_SECTION = 30;

/** `wanted` free seats side by side, nearest to `lost`; null when there are none together. */
export function nextBest(
  layout: Layout,
  states: SeatStates,
  lost: readonly number[],
  wanted: number,
): number[] | null {
  if (lost.length === 0 || wanted < 1) return null;
  const x = lost.reduce((sum, seat) => sum + (layout.x[seat] as number), 0) / lost.length;
  const y = lost.reduce((sum, seat) => sum + (layout.y[seat] as number), 0) / lost.length;
  const home = layout.sectionOf[lost[0] as number];
  let best: number[] | null = null;
  let least = Number.POSITIVE_INFINITY;
  layout.sections.forEach((section, index) => {
    const extra = index === home ? 0 : OTHER_SECTION * layout.pitch;
    for (const row of section.rows) {
      let run = 0;
      for (let seat = row.first_seat; seat < row.first_seat + row.seats; seat++) {
        run = states.of(seat) === FREE && !lost.includes(seat) ? run + 1 : 0;
        if (run < wanted) continue;
        const from = seat - wanted + 1;
        const middleX = ((layout.x[from] as number) + (layout.x[seat] as number)) / 2;
        const middleY = ((layout.y[from] as number) + (layout.y[seat] as number)) / 2;
        const cost = Math.hypot(middleX - x, middleY - y) + extra;
        if (cost < least) {
          least = cost;
          best = Array.from({ length: wanted }, (_, n) => from + n);
        }
      }
    }
  });
  return best;
}

/** The longest run of free seats side by side in each section: what fits together there. */
export function longestRuns(layout: Layout, states: SeatStates): Int32Array {
  const longest = new Int32Array(layout.sections.length);
  layout.sections.forEach((section, index) => {
    for (const row of section.rows) {
      let run = 0;
      for (let seat = row.first_seat; seat < row.first_seat + row.seats; seat++) {
        run = states.of(seat) === FREE ? run + 1 : 0;
        if (run > (longest[index] as number)) longest[index] = run;
      }
    }
  });
  return longest;
}
