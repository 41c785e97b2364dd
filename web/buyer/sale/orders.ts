/**
 * Orders of this browser: those of its buyer, and those opened here with code and key.
 * Guarantees: a reload in the same tab shows an order again, without a network too; the key is never stored.
 */

import { call, cameWithPage, read, send } from "../../shared/app/http";
import { local, session } from "../../shared/app/storage";
import { codeOf } from "../../shared/live/errors";
import type {
  AboutShape,
  ChoiceBody,
  CreditNoteShape,
  LetterAgain,
  OrderAnswer,
  OrderChoiceShape,
  OwnOrdersPage,
  OwnRefundShape,
  ReceiptShape,
  RefundPlanShape,
  TaxIdentityShape,
} from "../../shared/wire/contract";
import type { Order } from "../../shared/wire/messages";
import { bearer } from "./profile";

export type When = "upcoming" | "past";

/** An order, and what it is for once that is known. */
export interface KeptOrder {
  order: Order;
  about: AboutShape | null;
  /** null while it has no number; unknown where only the order is remembered */
  receipt?: ReceiptShape | null;
  credit_notes?: readonly CreditNoteShape[];
  choice?: OrderChoiceShape | null;
  own_refund?: OwnRefundShape | null;
  tax_identity?: TaxIdentityShape | null;
  names_receipt?: boolean;
}

const OPENED_MAX = 50;

export function rememberOrder(order: Order, about: AboutShape | null = null): void {
  session.write(`opened.${order.code}`, JSON.stringify({ order, about }));
}

export function rememberedOrder(code: string): KeptOrder | null {
  const kept = JSON.parse(session.read(`opened.${code}`) ?? "null") as Partial<KeptOrder> | null;
  return kept?.order ? { order: kept.order, about: kept.about ?? null } : null;
}

/** An order that the server knows to be this browser's, or opened here within the hour. */
/** Keys that were typed since the page was loaded, by code: kept nowhere else. */
const typed = new Map<string, string>();

/** One's own order; or one that was opened here with its key, which is used again to look what became of it. */
export async function readOrder(code: string): Promise<OrderAnswer> {
  try {
    const answer = await read("GET /api/orders/{code}", { parts: { code }, headers: bearer() });
    rememberOrder(answer.order, answer.about);
    return answer;
  } catch (error) {
    const key = typed.get(code);
    if (key === undefined || codeOf(error) !== "bad_order_key") throw error;
    return await openOrder(code, key);
  }
}

/** A page of this buyer's orders; null for who is no buyer, as far as this browser knows. */
export async function readOwn(when: When, after: string | null = null): Promise<OwnOrdersPage | null> {
  const asked = { query: after === null ? { when } : { when, after }, headers: bearer() };
  if (!local.read("buyer") && !cameWithPage("GET /api/orders", asked)) return null;
  return await read("GET /api/orders", asked);
}

/** The last order of this buyer in a sale that has its seats: for who reloaded while paying, and never heard how it ended. */
export async function lastPlaced(sale: string): Promise<Order | null> {
  if (!local.read("buyer")) return null;
  const { items } = await send("GET /api/sales/{sale}/orders/mine", { parts: { sale }, headers: bearer() });
  const placed = items
    .filter((order) => order.state === "paid" || order.state === "awaiting")
    .sort((a, b) => b.placed_at_ms - a.placed_at_ms);
  return placed[0] ?? null;
}

export async function openOrder(code: string, key: string): Promise<OrderAnswer> {
  const answer = await send("POST /api/orders/open", { body: { code, key } });
  typed.set(answer.order.code, key);
  rememberOrder(answer.order, answer.about);
  const others = codesOpened().filter((each) => each !== answer.order.code);
  local.write("opened", JSON.stringify([...others, answer.order.code].slice(-OPENED_MAX)));
  return answer;
}

/** A server of the release before doesn't say: there every order has one. */
export const hasKey = (order: Order): boolean => order.has_key !== false;

/** The key of an order that this buyer bought without one. */
export async function chooseKey(code: string, key: string): Promise<OrderAnswer> {
  const asked = { parts: { code }, body: { key }, headers: bearer() };
  const answer = await send("PUT /api/orders/{code}/key", asked);
  rememberOrder(answer.order, answer.about);
  return answer;
}

/** Whom its receipt is made out to, until that has its number. */
export async function choose(code: string, choice: ChoiceBody["choice"]): Promise<OrderAnswer> {
  const answer = await send("PUT /api/orders/{code}/choice", {
    parts: { code },
    headers: bearer(),
    body: { choice },
  });
  rememberOrder(answer.order, answer.about);
  return answer;
}

/** What giving these lines back would bring. */
export async function planBack(code: string, lines: readonly number[]): Promise<RefundPlanShape> {
  return await send("POST /api/orders/{code}/refunds/preview", {
    parts: { code },
    headers: bearer(),
    body: { lines: [...lines] },
  });
}

export async function giveBack(code: string, lines: readonly number[], refund: string): Promise<OrderAnswer> {
  const answer = await send("POST /api/orders/{code}/refunds", {
    parts: { code },
    headers: bearer(),
    body: { lines: [...lines], refund },
  });
  rememberOrder(answer.order, answer.about);
  return answer;
}

export async function nameReceipt(code: string, tax_identity: TaxIdentityShape): Promise<OrderAnswer> {
  return await send("PUT /api/orders/{code}/tax-identity", {
    parts: { code },
    body: { tax_identity },
    headers: bearer(),
  });
}

/** The order's own address gets a link to choose another key; the answer doesn't say whether there is such an order. */
export async function forgetKey(code: string): Promise<void> {
  await send("POST /api/orders/forgotten-key", { body: { code } });
}

/** Choose another key by the link of the letter, and open the order with it. */
export async function changeKey(code: string, token: string, key: string): Promise<OrderAnswer> {
  await send("PUT /api/orders/forgotten-key", { body: { code, token, key } });
  return await openOrder(code, key);
}

/** The letter with the tickets once more; answers as much of the address as may be shown. */
export async function sendAgain(code: string): Promise<string> {
  const { body } = await call("POST /o/{code}/letter", { parts: { code } });
  return (body as LetterAgain).to;
}

/** Orders that were opened with their keys: for an hour this browser needs none of them again, unless it forgets. */
export function codesOpened(): string[] {
  return JSON.parse(local.read("opened") ?? "[]") as string[];
}
