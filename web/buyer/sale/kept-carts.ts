/**
 * In which sales this browser has a cart that holds something, and the last one that was lost.
 * Owns: the ids of those sales, kept for all tabs. They are hints where to ask: what a cart holds, and until when, only
 * the server says.
 */

import { signal } from "@preact/signals";
import { local } from "../../shared/app/storage";
import type { Cart } from "../../shared/wire/messages";

const KEY = "carts";
const SALES_MAX = 20;
const LOST = new Set(["expired", "gone", "closed", "lost"]);

function read(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(local.read(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
  } catch {
    return []; // not written by us
  }
}

export const salesWithCarts = signal(read());
/** A cart that ended before it was bought, to be told wherever its buyer is. */
export const lostCart = signal<{ sale: string; ranOut: boolean } | null>(null);

const holds = (cart: Cart): boolean => cart.state !== "ended" && cart.items.length > 0;

function keep(sale: string, wanted: boolean): void {
  const known = salesWithCarts.peek();
  if (known.includes(sale) === wanted) return;
  const others = known.filter((each) => each !== sale);
  const now = wanted ? [...others, sale].slice(-SALES_MAX) : others;
  local.write(KEY, now.length > 0 ? JSON.stringify(now) : null);
  salesWithCarts.value = now;
}

/** How a cart stands now, and how this tab knew it before, if it did. */
export function noteCart(sale: string, cart: Cart, before: Cart | null): void {
  const held = before ? holds(before) : salesWithCarts.peek().includes(sale);
  const reason = cart.end_reason ?? "";
  if (held && LOST.has(reason)) lostCart.value = { sale, ranOut: reason === "expired" };
  keep(sale, holds(cart));
}

export function noteNoCart(sale: string): void {
  keep(sale, false);
}

// Another tab opened a cart, or saw the end of one.
addEventListener("storage", ({ key }) => {
  if (key === `aforo.${KEY}`) salesWithCarts.value = read();
});
