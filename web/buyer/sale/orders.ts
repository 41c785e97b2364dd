/**
 * Orders this tab has seen: just bought, or opened with code and key.
 * Guarantees: a reload in the same tab shows them again; the key is never stored.
 */

import { send } from "../../shared/app/http";
import { local, session } from "../../shared/app/storage";
import type { Order } from "../../shared/wire/messages";
import { bearer } from "./profile";

export function rememberOrder(order: Order, key = ""): void {
  session.write(`opened.${order.code}`, JSON.stringify(order));
  // The pass for the files of the order (QR codes, PDF), for browsers that refuse the buyer's cookie.
  if (key) void openOrder(order.code, key).catch(() => undefined);
}

export function rememberedOrder(code: string): Order | null {
  const kept = session.read(`opened.${code}`);
  return kept ? (JSON.parse(kept) as Order) : null;
}

/** The last paid order of this buyer in a sale: for who reloaded while paying, and never heard how it ended. */
export async function lastPaid(sale: string): Promise<Order | null> {
  if (!local.read("buyer")) return null;
  const { items } = await send("GET /api/sales/{sale}/orders/mine", { parts: { sale }, headers: bearer() });
  const paid = items
    .filter((order) => order.state === "paid")
    .sort((a, b) => b.placed_at_ms - a.placed_at_ms);
  return paid[0] ?? null;
}

export async function openOrder(code: string, key: string): Promise<Order> {
  const { order } = await send("POST /api/orders/open", { body: { code, key } });
  session.write(`opened.${order.code}`, JSON.stringify(order));
  return order;
}
