/** What is typed to withhold seats and units, and what a refusal says is in the way. Pure. */

import { Refusal } from "../shared/live/errors";
import type { Layout } from "../shared/map/layout";

/** "stalls: A 1-4, B" on each line; null where a line names no seats. */
export function seatsOf(written: string): Record<string, string[]> | null {
  const seats: Record<string, string[]> = {};
  for (const line of written.split("\n")) {
    if (!line.trim()) continue;
    const at = line.indexOf(":");
    const section = line.slice(0, Math.max(at, 0)).trim();
    const named = line
      .slice(at + 1)
      .split(",")
      .map((each) => each.trim())
      .filter(Boolean);
    if (!section || named.length === 0) return null;
    seats[section] = [...(seats[section] ?? []), ...named];
  }
  return seats;
}

/** How many of each pool; null where something else than a number is written. */
export function unitsOf(written: Record<string, string>): Record<string, number> | null {
  const units: Record<string, number> = {};
  for (const [pool, text] of Object.entries(written)) {
    if (!text.trim()) continue;
    const count = Number(text.trim());
    if (!Number.isInteger(count) || count < 0) return null;
    if (count > 0) units[pool] = count;
  }
  return units;
}

export interface Missing {
  held: readonly number[];
  gone: readonly number[];
  /** seats that an allocation doesn't have */
  lacking: readonly number[];
  /** pools, and what is left of each */
  short: Record<string, number>;
}

/** null: it was refused for something else */
export function missingOf(failure: unknown): Missing | null {
  if (!(failure instanceof Refusal) || !["stock_taken", "not_allocated"].includes(failure.code)) return null;
  const { held, gone, seats, short } = failure.detail;
  return { held: held ?? [], gone: gone ?? [], lacking: seats ?? [], short: short ?? {} };
}

const NAMED_MAX = 8;

/** "Stalls A 1, A 2, …": enough of them to find them. */
export function namesOf(layout: Layout, seats: readonly number[]): string {
  const names = seats.slice(0, NAMED_MAX).map((seat) => {
    const { section, row, label } = layout.nameOf(seat);
    return `${section.name} ${row.label} ${label}`;
  });
  return [...names, ...(seats.length > NAMED_MAX ? ["…"] : [])].join(", ");
}
