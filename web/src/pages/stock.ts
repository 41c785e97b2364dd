/** How much a sale has to sell. */

import type { SaleInfo } from "../api/sales";

/** Seats and units; a pool that draws on another adds nothing of its own. */
export function stockOf(info: SaleInfo): number {
  const own = info.pools.filter((pool) => pool.draws_on.length === 0);
  return info.seats + own.reduce((sum, pool) => sum + pool.capacity, 0);
}
