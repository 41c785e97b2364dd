/**
 * What codes showed to one's own cart, beside what everybody sees of a sale. Pure.
 * Guarantees: it comes after the rest, so that what is sold without a choice stays what it was.
 */

import type { SaleInfo } from "../../shared/sale/sales";
import type { UnlockedShape } from "../../shared/wire/contract";

export function withUnlocked(info: SaleInfo, unlocked: UnlockedShape | undefined): SaleInfo {
  if (!unlocked) return info;
  const prices = { ...info.prices };
  for (const [place, its] of Object.entries(unlocked.prices)) prices[place] = { ...prices[place], ...its };
  const there = new Set(info.pools.map(({ id }) => id));
  return {
    ...info,
    prices,
    types: { ...info.types, ...unlocked.types },
    type_limits: { ...info.type_limits, ...unlocked.type_limits },
    pools: [...info.pools, ...unlocked.pools.filter(({ id }) => !there.has(id))],
  };
}
