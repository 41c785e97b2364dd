/**
 * The open carts of this browser, as the server tells them to this tab.
 * Owns: asking about carts that other tabs, or earlier visits, have opened; whoever asks is told what becomes of them.
 * Guarantees: a cart is shown only once the server has said in this tab that it is open, and no longer than it is.
 */

import { computed, effect, untracked } from "@preact/signals";
import { live, now_ms } from "../../shared/app/services";
import type { Cart } from "../../shared/wire/messages";
import { salesWithCarts } from "./kept-carts";
import { type SaleSession, saleSession } from "./session";

export interface OpenCart {
  sale: SaleSession;
  cart: Cart;
}

const sessions = computed(() => salesWithCarts.value.map(saleSession));

/** The one whose time ends first comes first. */
export const openCarts = computed<readonly OpenCart[]>(() =>
  sessions.value
    .flatMap((sale) => {
      const cart = sale.cart.value;
      return cart && isOpen(cart, now_ms.value) ? [{ sale, cart }] : [];
    })
    .sort((a, b) => a.cart.deadline_at_ms - b.cart.deadline_at_ms),
);

function isOpen(cart: Cart, now: number): boolean {
  if (cart.items.length === 0) return false;
  return cart.state === "locked" || (cart.state === "open" && cart.deadline_at_ms > now);
}

export function ticketsIn(cart: Cart): number {
  return cart.items.reduce((sum, item) => sum + (item.units ?? 1), 0);
}

effect(() => {
  if (live.status.value !== "live") return;
  const asked = sessions.value;
  untracked(() => {
    for (const sale of asked) sale.hearOfCart();
  });
});
