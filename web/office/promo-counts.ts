/** Figures of a promo over its windows. Pure. */

import type { PromoReport } from "./api";

/** All windows of a promo together; what is left is that of the last one. */
export function together(promo: Pick<PromoReport, "windows">): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const window of promo.windows) {
    for (const [name, count] of Object.entries(window.counts)) {
      sum[name] = name === "left" ? count : (sum[name] ?? 0) + count;
    }
  }
  return sum;
}
