/** The organizer's asks over HTTP, with the API key of this tab. */

import { signal } from "@preact/signals";
import { send } from "../shared/app/http";
import { newId, session } from "../shared/app/storage";
import { codeOf } from "../shared/live/errors";
import { type SaleCard, saleCard } from "../shared/sale/sales";
import type { Order } from "../shared/wire/messages";
import { parseMetrics, type Sample } from "./metrics";

export const key = signal<string | null>(session.read("organizer_key"));

export function forgetKey(): void {
  key.value = null;
  session.write("organizer_key", null);
}

function bearer(): Record<string, string> {
  return { Authorization: `Bearer ${key.value ?? ""}` };
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  try {
    return await send<T>(
      method,
      path,
      body,
      method === "POST" ? { ...bearer(), "Idempotency-Key": newId() } : bearer(),
    );
  } catch (error) {
    if (codeOf(error) === "unauthorized") forgetKey();
    throw error;
  }
}

/** True when the key is good; it is kept for this tab then. */
export async function logIn(tried: string): Promise<void> {
  await send("GET", "/api/organizer/sales?limit=1", undefined, { Authorization: `Bearer ${tried}` });
  session.write("organizer_key", tried);
  key.value = tried;
}

export async function organizerSales(
  after: string | null,
): Promise<{ items: SaleCard[]; next: string | null }> {
  const page = await ask<{ items: Record<string, unknown>[]; next: string | null }>(
    "GET",
    `/api/organizer/sales${after ? `?after=${encodeURIComponent(after)}` : ""}`,
  );
  return { items: page.items.map(saleCard), next: page.next };
}

export type Steering = "open" | "pause" | "resume" | "close";

export function steer(sale: string, how: Steering): Promise<unknown> {
  return ask("POST", `/api/sales/${encodeURIComponent(sale)}/${how}`, {});
}

export function changeRoom(sale: string, room: { shoppers: number; per_second: number }): Promise<unknown> {
  return ask("PATCH", `/api/sales/${encodeURIComponent(sale)}`, { room });
}

export type PromoState = "draft" | "scheduled" | "active" | "paused" | "ended" | "sold_out";
export type PromoSteering = "schedule" | "pause" | "resume" | "end";

export interface PromoReport {
  id: string;
  name: string;
  store: string;
  product: string;
  price: number;
  currency: string;
  stock: number;
  state: PromoState;
  windows: { number: number; sale: string; state: string; counts: Record<string, number> }[];
}

export async function promoReports(): Promise<PromoReport[]> {
  return (await ask<{ items: PromoReport[] }>("GET", "/api/organizer/promos")).items;
}

export function steerPromo(promo: string, how: PromoSteering): Promise<unknown> {
  return ask("POST", `/api/organizer/promos/${encodeURIComponent(promo)}/${how}`, {});
}

/** Figures of the machine, and what the last check of this sale found. */
export async function readMetrics(sale: string): Promise<Sample[]> {
  const headers = { ...bearer(), Accept: "text/plain" };
  const answer = await fetch(`/api/sales/${encodeURIComponent(sale)}/metrics`, { headers });
  return answer.ok ? parseMetrics(await answer.text()) : [];
}

const HISTORY_PAGES_MAX = 25;

/** Paid orders so far, for the charts' past; bounded, so that a large sale costs a glance only. */
export async function pastOrders(sale: string): Promise<Order[]> {
  const found: Order[] = [];
  let after: string | null = null;
  for (let page = 0; page < HISTORY_PAGES_MAX; page++) {
    const query: string = `?limit=200${after ? `&after=${encodeURIComponent(after)}` : ""}`;
    const answer: { items: Order[]; next: string | null } = await ask(
      "GET",
      `/api/sales/${encodeURIComponent(sale)}/orders${query}`,
    );
    found.push(...answer.items.filter((order) => order.state === "paid"));
    after = answer.next;
    if (!after) break;
  }
  return found;
}
