/** What a section or pool is sold as. Pure. */

import { price } from "../../shared/format/price";
import { t } from "../../shared/i18n";
import type { SaleInfo } from "../../shared/sale/sales";

const FEW = 20;

export interface Offer {
  type: string;
  name: string;
  price: number;
  /** how many there are still, of a type that has a number */
  left?: number;
  /** nobody may choose it now: there are none left, or it is sold at another time */
  closed?: boolean;
  /** what its holder has to show */
  proof?: string;
  /** the price is the least, and the buyer may pay more */
  may_pay_more?: boolean;
}

/** Which prices a seat has: those of its zone, or its section's. */
export function placeOf(info: Pick<SaleInfo, "zones">, section: string, seat: number | undefined): string {
  if (seat === undefined) return section;
  // A server of the release before knows no zones.
  const has = ([first, seats]: readonly number[]) =>
    seat >= (first ?? 0) && seat < (first ?? 0) + (seats ?? 0);
  return info.zones?.find((zone) => zone.runs.some(has))?.id ?? section;
}

/** In the order of the sale's ticket types. `pools` says what is left of those that have a number. */
export function offersOf(
  info: Pick<SaleInfo, "types" | "prices"> & { type_limits?: SaleInfo["type_limits"] },
  place: string,
  pools: Readonly<Record<string, number>> = {},
  now_ms: number = Date.now(),
): Offer[] {
  const prices = info.prices[place] ?? {};
  const inOrder = [...new Set([...Object.keys(info.types), ...Object.keys(prices)])];
  return inOrder.flatMap((type) => {
    const price = prices[type];
    if (price === undefined) return [];
    const limits = info.type_limits?.[type];
    const offer: Offer = { type, name: info.types[type] ?? type, price };
    if (!limits) return [offer];
    const left = limits.number === undefined ? undefined : pools[`type:${type}`];
    if (left !== undefined) offer.left = left;
    const over = limits.until_ms !== undefined && limits.until_ms <= now_ms;
    if (left === 0 || over || (limits.from_ms ?? 0) > now_ms) offer.closed = true;
    if (limits.proof) offer.proof = limits.proof;
    if (limits.may_pay_more) offer.may_pay_more = true;
    return [offer];
  });
}

/** What one gets until one chooses: the first type that has no number; null where each has one. */
export function standardOf(
  info: Pick<SaleInfo, "types" | "prices"> & { type_limits?: SaleInfo["type_limits"] },
  place: string,
): Offer | null {
  const offers = offersOf(info, place);
  return offers.find((offer) => info.type_limits?.[offer.type]?.number === undefined) ?? null;
}

/** "General €45", with what is left once it is little. */
export function offerWords(offer: Offer, currency: string): string {
  const amount = price(offer.price, currency);
  const words = `${offer.name} ${offer.may_pay_more ? t("from_price", { price: amount }) : amount}`;
  if (offer.left === undefined || offer.left > FEW) return words;
  return `${words} · ${offer.left === 0 ? t("all_taken") : t("n_left", { n: offer.left })}`;
}
