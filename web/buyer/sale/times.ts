/**
 * When a sale opens and closes, or did, whatever its plan was: it may be opened and closed by hand.
 * Pure. Says nothing rather than a plan that did not come about.
 */

import type { SaleShape } from "../../shared/wire/contract";
import type { SaleState } from "../../shared/wire/messages";

export type Plan = Pick<SaleShape, "lobby_at" | "opens_at" | "closes_at" | "opened_at" | "closed_at">;

export interface SaleTime {
  word: "room_opens" | "sale_opens" | "sale_opened" | "sale_closes" | "sale_closed";
  at: string;
}

/** `state` is what is so now; `plan` may have been read before it changed. */
export function saleTimes(plan: Plan, state: SaleState, now_ms: number): SaleTime[] {
  const come = (at: string | null): at is string => at !== null && Date.parse(at) <= now_ms;
  const found: SaleTime[] = [];
  const say = (word: SaleTime["word"], at: string | null) => {
    if (at !== null) found.push({ word, at });
  };
  const over = state === "closed" || state === "ended";
  if (state === "scheduled" && !come(plan.lobby_at)) say("room_opens", plan.lobby_at);
  const began = come(plan.opens_at) && !(plan.closed_at !== null && plan.closed_at < plan.opens_at);
  if (state === "scheduled" || state === "lobby")
    say("sale_opens", come(plan.opens_at) ? null : plan.opens_at);
  else say("sale_opened", plan.opened_at ?? (began ? plan.opens_at : null));
  if (over) say("sale_closed", plan.closed_at ?? (come(plan.closes_at) ? plan.closes_at : null));
  else say("sale_closes", plan.closes_at);
  return found;
}
