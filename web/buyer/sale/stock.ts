/** How much of a sale is left, and how that is called. Pure. */

import type { Counters } from "../../shared/wire/messages";

/** Few, from here on. */
const FEW_PART = 0.08;
const FEW = 10;

export interface Stock {
  /** what can be sold at all */
  whole: number;
  /** not sold; null when nobody told */
  left: number | null;
  /** neither sold nor in a cart; null when nobody told */
  free: number | null;
}

/** By the live counters; before they are there, by what a list said is not sold. */
export function stockOf(whole: number, counters: Counters | null, left: number | null = null): Stock {
  if (!counters) return { whole, left, free: null };
  const unsold = Math.max(0, whole - counters.sold);
  return { whole, left: unsold, free: Math.max(0, unsold - counters.held) };
}

export type StockMark = { is: "sold_out" | "all_taken" | "plenty" } | { is: "few"; n: number };

export function markOf({ whole, left, free }: Stock): StockMark {
  if (left === 0) return { is: "sold_out" };
  if (free === 0) return { is: "all_taken" };
  const n = free ?? left;
  if (n !== null && n < whole && n <= Math.max(FEW, whole * FEW_PART)) return { is: "few", n };
  return { is: "plenty" };
}
