/** What the office asks over HTTP: with the session's cookie for the chosen organizer, or with an API key. */

import { askWho } from "../shared/account/me";
import { stepped } from "../shared/account/step-up";
import { type Answered, type AnyAsked, type Asked, addressOf, call, send } from "../shared/app/http";
import { newId } from "../shared/app/storage";
import { codeOf } from "../shared/live/errors";
import type {
  ListedOrderShape,
  OrderPage,
  OwnPromoShape,
  QuestionInput,
  RoomInput,
  Routes,
  SalePageShape,
  SaleShape,
  StateShape,
  SwitchesShape,
} from "../shared/wire/contract";
import { parseMetrics, type Sample } from "./metrics";
import { forgetKey, identity, keepKey, key } from "./who";

/**
 * One ask for the chosen organizer. Asks for a fresh second factor where the server wants one; who is no longer known is led
 * to sign in. With `version`, the server refuses when somebody else changed the thing meanwhile.
 */
export async function asking(
  route: string,
  asked: AnyAsked & { version?: string | null } = {},
): Promise<Answered> {
  const { version, ...rest } = asked;
  const own: Record<string, string> = route.startsWith("POST ") ? { "Idempotency-Key": newId() } : {};
  if (version) own["If-Match"] = version;
  try {
    return await stepped(() => call(route, { ...rest, headers: { ...identity(), ...own, ...rest.headers } }));
  } catch (error) {
    if (codeOf(error) === "unauthorized") {
      if (key.peek() !== null) forgetKey();
      else void askWho();
    }
    throw error;
  }
}

/** The same, typed by the contract. */
export async function ask<R extends keyof Routes>(
  route: R,
  asked: Asked<R> = {},
): Promise<Routes[R]["answer"]> {
  return (await asking(route, asked)).body as Routes[R]["answer"];
}

/** A sale as its organizer sees it: with what is hidden from others. */
export async function askOwnSale(sale: string, _anew: boolean, list: number | null): Promise<SaleShape> {
  const asked = { parts: { sale }, ...(list === null ? {} : { query: { list: String(list) } }) };
  try {
    return await ask("GET /api/organizer/sales/{sale}", asked);
  } catch (error) {
    // A server of the release before knows no such address, and hides nothing.
    if (codeOf(error) === "not_found") return await ask("GET /api/sales/{sale}", asked);
    throw error;
  }
}

/** True when the key is good; it is kept for this tab then. */
export async function logIn(tried: string): Promise<void> {
  await send("GET /api/organizer/sales", {
    query: { limit: "1" },
    headers: { Authorization: `Bearer ${tried}` },
  });
  keepKey(tried, null);
}

/** The same with a guest link's token, which opens one thing of one event; the address of the page for it. */
export async function lookAsGuest(tried: string, opens: string, sale: string): Promise<string> {
  const headers = { Authorization: `Bearer ${tried}` };
  if (opens === "order:read") {
    await send("GET /api/sales/{sale}/orders", { parts: { sale }, query: { limit: "1" }, headers });
  } else {
    await send("GET /api/organizer/sales", { query: { limit: "1" }, headers });
  }
  keepKey(tried, opens === "order:read" ? opens : "sale:read");
  return opens === "order:read" ? `/office/orders?${new URLSearchParams({ sale })}` : "/office/events";
}

export function organizerSales(words: string, after: string | null): Promise<SalePageShape> {
  const query = { ...(words ? { q: words } : {}), ...(after ? { after } : {}) };
  return ask("GET /api/organizer/sales", { query });
}

export type Steering = "open" | "pause" | "resume" | "close" | "reopen";

export function steer(sale: string, how: Steering): Promise<SwitchesShape> {
  if (how === "reopen") return ask("POST /api/sales/{sale}/reopen", { parts: { sale }, body: {} });
  return ask(`POST /api/sales/{sale}/${how}`, { parts: { sale } });
}

export function changeRoom(sale: string, room: RoomInput): Promise<SaleShape> {
  return ask("PATCH /api/sales/{sale}", { parts: { sale }, body: { room } });
}

export function changeQuestions(sale: string, questions: Record<string, QuestionInput>): Promise<SaleShape> {
  return ask("PATCH /api/sales/{sale}", { parts: { sale }, body: { questions } });
}

export function changeTaxIdentity(sale: string, tax_identity: boolean): Promise<SaleShape> {
  return ask("PATCH /api/sales/{sale}", { parts: { sale }, body: { tax_identity } });
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
  const headers = { ...identity(), Accept: "text/plain" };
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
