/** Price tiers: which colour a section has on the map, and what the legend says. Pure. */

import type { ZoneShape } from "../wire/contract";
import type { SectionShape } from "./layout";

export const TIERS_MAX = 6;

export interface Tier {
  /** 0 is the dearest */
  index: number;
  low: number;
  high: number;
}

export interface Tiers {
  tiers: Tier[];
  /** tier of each section; -1 when it has no price */
  of: Int8Array;
  /** tier of each seat that a zone prices instead of its section */
  ofSeat: ReadonlyMap<number, number>;
}

/** Sections and zones with the same highest price share a tier; with many prices, neighbours are joined. */
export function tiersOf(
  sections: readonly SectionShape[],
  prices: Readonly<Record<string, Readonly<Record<string, number>>>>,
  zones: readonly ZoneShape[] = [],
): Tiers {
  const highestOf = ({ id }: { id: string }) => {
    const amounts = Object.values(prices[id] ?? {});
    return amounts.length > 0 ? Math.max(...amounts) : null;
  };
  const highest = sections.map(highestOf);
  const all = [...highest, ...zones.map(highestOf)];
  const distinct = [...new Set(all.filter((amount) => amount !== null))].sort((a, b) => b - a);
  const count = Math.min(TIERS_MAX, distinct.length);
  const tiers: Tier[] = [];
  const tierOf = new Map<number, number>();
  distinct.forEach((amount, rank) => {
    const index = Math.floor((rank * count) / distinct.length);
    tierOf.set(amount, index);
    const tier = tiers[index];
    if (tier) tier.low = amount;
    else tiers[index] = { index, low: amount, high: amount };
  });
  const ofSeat = new Map<number, number>();
  for (const zone of zones) {
    const amount = highestOf(zone);
    const tier = amount === null ? -1 : (tierOf.get(amount) ?? -1);
    for (const [first, seats] of zone.runs)
      for (let seat = first; seat < first + seats; seat++) ofSeat.set(seat, tier);
  }
  return {
    tiers,
    ofSeat,
    of: Int8Array.from(highest, (amount) => (amount === null ? -1 : (tierOf.get(amount) ?? -1))),
  };
}
