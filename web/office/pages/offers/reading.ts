/** What pages of coupons read beside the coupons: what their sales sell, the sales, the segments. And reading again and again. */

import { useEffect } from "preact/hooks";
import type { Loading } from "../../../shared/app/loading";
import { ownZone } from "../../../shared/format/time";
import { type SaleCard, type SaleInfo, saleInfo } from "../../../shared/sale/sales";
import type { CouponShape } from "../../../shared/wire/contract";
import { ask, askOwnSale, organizerSales } from "../../api";
import { anywhere, type Ground, groundOf } from "../../offers";
import { holdsAny } from "../../shell/places";
import { permissions } from "../../who";

const LOOK_MS = 5_000;

export interface Around {
  /** the sale that is looked at, or that the coupon belongs to */
  info: SaleInfo | null;
  sales: readonly SaleCard[];
  /** names; null where one may not see them */
  segments: readonly string[] | null;
}

export async function around(sale: string | null): Promise<Around> {
  const may = (permission: string) => holdsAny(permissions.peek(), [permission]);
  const [info, sales, segments] = await Promise.all([
    sale === null ? null : askOwnSale(sale, false, null).then(saleInfo),
    sale === null && may("sale:read") ? organizerSales("", null) : null,
    // an API key may lack what a member has: then they are typed
    may("promo:read") ? ask("GET /api/segments").catch(() => null) : null,
  ]);
  return {
    info,
    sales: sales?.items ?? [],
    segments: segments?.items.map(({ name }) => name) ?? null,
  };
}

/** The same answer each time; a reading that failed is tried again. */
export function once<T>(read: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | null = null;
  return () => {
    kept ??= read().catch((error: unknown) => {
      kept = null;
      throw error;
    });
    return kept;
  };
}

/** "" where there are several, or none. */
export function onlyCurrency(sales: readonly SaleCard[]): string {
  const all = new Set(sales.map(({ currency }) => currency));
  return all.size === 1 ? ([...all][0] ?? "") : "";
}

/** By what a coupon is told: the names of the sale that is looked at, the clocks of the one that it belongs to. */
export function groundFor(coupon: CouponShape, { info, sales }: Around): Ground {
  if (info !== null) {
    const ground = groundOf(info);
    return { ...ground, currency: coupon.currency ?? ground.currency };
  }
  const card = sales.find(({ id }) => id === coupon.sale);
  const currency = coupon.currency ?? card?.currency ?? onlyCurrency(sales);
  return { ...anywhere(card?.zone ?? ownZone(), currency), sale: coupon.sale };
}

/** Read now, and every few seconds while the page is seen. */
export function useLive(read: Loading<unknown>): void {
  useEffect(() => {
    void read.again();
    const timer = setInterval(() => document.visibilityState === "visible" && void read.again(), LOOK_MS);
    return () => clearInterval(timer);
  }, [read]);
}
