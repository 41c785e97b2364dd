/**
 * Orders this tab has seen: just bought, or opened with code and key.
 * Guarantees: a reload in the same tab shows them again; the key is never stored.
 */

import { send } from "../api/http";
import { session } from "../app/storage";
import type { Order } from "../wire/messages";

export function rememberOrder(order: Order, key = ""): void {
  session.write(`opened.${order.code}`, JSON.stringify(order));
  // The pass for the files of the order (QR codes, PDF), for browsers that refuse the buyer's cookie.
  if (key) void openOrder(order.code, key).catch(() => undefined);
}

export function rememberedOrder(code: string): Order | null {
  const kept = session.read(`opened.${code}`);
  return kept ? (JSON.parse(kept) as Order) : null;
}

export async function openOrder(code: string, key: string): Promise<Order> {
  const opened = await send<{ order?: Order } & Partial<Order>>("POST", "/api/orders/open", { code, key });
  const order = opened.order ?? (opened as Order);
  session.write(`opened.${order.code}`, JSON.stringify(order));
  return order;
}
