/** Flash promos as the server lists them for a position. */

import { live } from "../../shared/app/services";
import type { Position } from "./profile";

export interface Promo {
  id: string;
  sale: string;
  pool: string;
  product: string;
  description: string;
  store: string;
  price: number;
  regular_price: number;
  currency: string;
  left: number;
  ends_at_ms: number;
  distance_m: number | null;
}

type Loose = Record<string, unknown>;
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" ? value : 0);
const named = (value: unknown): string =>
  typeof value === "string" ? value : text((value as Loose | null)?.name);

export function promo(from: Loose): Promo {
  return {
    id: text(from.id),
    sale: text(from.sale),
    pool: text(from.pool) || "stock",
    product: named(from.product) || text(from.name),
    description: text(from.description),
    store: named(from.store),
    price: number(from.price),
    regular_price: number(from.regular_price ?? from.regular),
    currency: text(from.currency),
    left: number(from.left),
    ends_at_ms: number(from.ends_at_ms),
    distance_m: typeof from.distance_m === "number" ? from.distance_m : null,
  };
}

export async function nearbyPromos(position: Position): Promise<Promo[]> {
  const { promos } = await live.ask<{ promos: Loose[] }>("promos", { ...position });
  return promos.map(promo);
}
