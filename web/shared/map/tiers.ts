/** Price tiers: which colour a section has on the map, and what the legend says. Pure. */

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
}

/** Sections with the same lowest price share a tier; with many prices, neighbours are joined. */
export function tiersOf(
  sections: readonly SectionShape[],
  prices: Readonly<Record<string, Readonly<Record<string, number>>>>,
): Tiers {
  const highest = sections.map((section) => {
    const amounts = Object.values(prices[section.id] ?? {});
    return amounts.length > 0 ? Math.max(...amounts) : null;
  });
  const distinct = [...new Set(highest.filter((amount) => amount !== null))].sort((a, b) => b - a);
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
  return {
    tiers,
    of: Int8Array.from(highest, (amount) => (amount === null ? -1 : (tierOf.get(amount) ?? -1))),
  };
}
