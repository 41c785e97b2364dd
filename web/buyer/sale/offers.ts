/** What a section or pool is sold as. Pure. */

import type { SaleInfo } from "../../shared/sale/sales";

export interface Offer {
  type: string;
  name: string;
  price: number;
}

/** Which prices a seat has: those of its zone, or its section's. */
export function placeOf(info: Pick<SaleInfo, "zones">, section: string, seat: number | undefined): string {
  if (seat === undefined) return section;
  // A server of the release before knows no zones.
  const has = ([first, seats]: readonly number[]) =>
    seat >= (first ?? 0) && seat < (first ?? 0) + (seats ?? 0);
  return info.zones?.find((zone) => zone.runs.some(has))?.id ?? section;
}

/** In the order of the sale's ticket types: the first is what one gets until one chooses. */
export function offersOf(info: Pick<SaleInfo, "types" | "prices">, place: string): Offer[] {
  const prices = info.prices[place] ?? {};
  const inOrder = [...new Set([...Object.keys(info.types), ...Object.keys(prices)])];
  return inOrder.flatMap((type) => {
    const price = prices[type];
    return price === undefined ? [] : [{ type, name: info.types[type] ?? type, price }];
  });
}
