/** The organizer's asks over HTTP, with the API key of this tab. */

import { signal } from "@preact/signals";
import { addressOf, send } from "../shared/app/http";
import { newId, session } from "../shared/app/storage";
import { codeOf } from "../shared/live/errors";
import type {
  ListedOrderShape,
  OrderPage,
  OwnPromoShape,
  RoomInput,
  Routes,
  SalePageShape,
  SaleShape,
  StateShape,
  SwitchesShape,
} from "../shared/wire/contract";
import { parseMetrics, type Sample } from "./metrics";

export const key = signal<string | null>(session.read("organizer_key"));

function forgetKey(): void {
  key.value = null;
  session.write("organizer_key", null);
}

/** The page starts anew, so that neither its socket nor what it read outlives the key. */
export function logOut(): void {
  forgetKey();
  location.assign("/dashboard");
}

function bearer(): Record<string, string> {
  return { Authorization: `Bearer ${key.value ?? ""}` };
}

async function ask<R extends keyof Routes>(
  route: R,
  asked: Parameters<typeof send<R>>[1] = {},
): Promise<Routes[R]["answer"]> {
  const own = route.startsWith("POST ") ? { "Idempotency-Key": newId() } : {};
  try {
    return await send(route, { ...asked, headers: { ...bearer(), ...own } });
  } catch (error) {
    if (codeOf(error) === "unauthorized") forgetKey();
    throw error;
  }
}

/** True when the key is good; it is kept for this tab then. */
export async function logIn(tried: string): Promise<void> {
  await send("GET /api/organizer/sales", {
    query: { limit: "1" },
    headers: { Authorization: `Bearer ${tried}` },
  });
  session.write("organizer_key", tried);
  key.value = tried;
}

export function organizerSales(words: string, after: string | null): Promise<SalePageShape> {
  const query = { ...(words ? { q: words } : {}), ...(after ? { after } : {}) };
  return ask("GET /api/organizer/sales", { query });
}

export type Steering = "open" | "pause" | "resume" | "close";

export function steer(sale: string, how: Steering): Promise<SwitchesShape> {
  return ask(`POST /api/sales/{sale}/${how}`, { parts: { sale } });
}

export function changeRoom(sale: string, room: RoomInput): Promise<SaleShape> {
  return ask("PATCH /api/sales/{sale}", { parts: { sale }, body: { room } });
}

export type PromoReport = OwnPromoShape;
export type PromoSteering = "schedule" | "pause" | "resume" | "end";

export async function promoReports(): Promise<PromoReport[]> {
  return (await ask("GET /api/organizer/promos")).items;
}

export function steerPromo(promo: string, how: PromoSteering): Promise<StateShape> {
  return ask(`POST /api/organizer/promos/{promo}/${how}`, { parts: { promo } });
}

/** Figures of the machine, and what the last check of this sale found. */
export async function readMetrics(sale: string): Promise<Sample[]> {
  const headers = { ...bearer(), Accept: "text/plain" };
  const answer = await fetch(addressOf("GET /api/sales/{sale}/metrics", { sale }), { headers });
  return answer.ok ? parseMetrics(await answer.text()) : [];
}

const HISTORY_PAGES_MAX = 25;

/** Paid orders so far, for the charts' past; bounded, so that a large sale costs a glance only. */
export async function pastOrders(sale: string): Promise<ListedOrderShape[]> {
  const found: ListedOrderShape[] = [];
  let after: string | null = null;
  for (let page = 0; page < HISTORY_PAGES_MAX; page++) {
    const query: Record<string, string> = { limit: "200", ...(after ? { after } : {}) };
    const answer: OrderPage = await ask("GET /api/sales/{sale}/orders", { parts: { sale }, query });
    found.push(...answer.items.filter((order) => order.state === "paid"));
    after = answer.next;
    if (!after) break;
  }
  return found;
}
