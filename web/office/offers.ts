/**
 * Coupons as they are edited, as they are sent, and how they stand. Pure.
 * Guarantees: what nobody touched is sent as it was read, to the millisecond.
 */

import { typedMoment } from "../shared/format/time";
import type { SaleInfo } from "../shared/sale/sales";
import type { CouponShape } from "../shared/wire/contract";
import { codesIn } from "./entries";
import { amountOf, writtenAmount } from "./price-table";

/** In the words of the API; what is absent is as it would be without. */
export interface Rule {
  name?: string;
  percent?: string;
  cap?: string;
  fixed?: string;
  per?: "ticket" | "order";
  price?: string;
  free?: boolean;
  for?: string[];
  places?: string[];
  items?: number;
  alone?: boolean;
  from?: string;
  until?: string;
  minimum?: { sum?: string; tickets?: number };
  segment?: string;
  account?: boolean;
  orders?: number;
  uses?: number;
  per_person?: number;
  person?: Person;
  tickets?: number;
  money?: string;
  unlocks?: string[];
}

export type Person = "contact" | "account" | "buyer";
export type Effect = "percent" | "fixed" | "price" | "free" | "none";
export const EFFECTS: readonly Effect[] = ["percent", "fixed", "price", "free", "none"];
export const PERSONS: readonly Person[] = ["contact", "account", "buyer"];

export const ruleOf = (coupon: CouponShape): Rule => coupon.rule as Rule;

/** What a coupon is spoken of by: its sale's, or of all sales where nothing has a name. */
export interface Ground {
  sale: string | null;
  zone: string;
  currency: string;
  types: Readonly<Record<string, string>>;
  places: Readonly<Record<string, string>>;
}

const named = (all: readonly { id: string; name: string }[]) =>
  Object.fromEntries(all.map(({ id, name }) => [id, name]));

export const groundOf = (info: SaleInfo): Ground => ({
  sale: info.id,
  zone: info.zone,
  currency: info.currency,
  types: { ...info.types, ...named(info.products ?? []) },
  places: named([...info.sections, ...info.pools, ...(info.zones ?? [])]),
});

export const anywhere = (zone: string, currency = ""): Ground => ({
  sale: null,
  zone,
  currency,
  types: {},
  places: {},
});

// ── how one stands ──

export type Standing = "counts" | "later" | "over" | "used_up" | "ended";

export function standing(coupon: CouponShape, digits: number, now_ms: number): Standing {
  const { from, until, uses, tickets, money } = ruleOf(coupon);
  if (coupon.ended_at !== null) return "ended";
  if (until !== undefined && Date.parse(until) <= now_ms) return "over";
  const spent =
    (uses !== undefined && coupon.uses >= uses) ||
    (tickets !== undefined && coupon.tickets >= tickets) ||
    (money !== undefined && coupon.discount >= minorOf(money, digits));
  if (spent) return "used_up";
  return from !== undefined && Date.parse(from) > now_ms ? "later" : "counts";
}

/** "12.50" → 1250 */
export const minorOf = (amount: string, digits: number): number => Math.round(Number(amount) * 10 ** digits);

// ── as it is edited ──

export type Draft = {
  key: string;
  name: string;
  effect: string;
  percent: string;
  cap: string;
  fixed: string;
  per: string;
  price: string;
  /** names, a comma between them */
  for: string;
  places: string;
  items: string;
  /** "yes" or "", as of all that is ticked */
  alone: string;
  from: string;
  until: string;
  minimum: string;
  minimum_tickets: string;
  segment: string;
  account: string;
  orders: string;
  uses: string;
  per_person: string;
  person: string;
  tickets: string;
  money: string;
  unlocks: string;
  codes: string;
  automatic: string;
  currency: string;
  sales: string;
};

export const listed = (names: string): string[] => codesIn(names);
export const toggled = (names: string, name: string, on: boolean): string =>
  (on ? [...listed(names), name] : listed(names).filter((each) => each !== name)).join(", ");

const tick = (on: boolean | undefined) => (on ? "yes" : "");
const whole = (n: number | undefined) => (n === undefined ? "" : String(n));
const typed = (at: string | undefined, zone: string) => (at === undefined ? "" : typedMoment(at, zone));

export function effectOf(rule: Rule): Effect {
  return rule.free ? "free" : (EFFECTS.find((each) => each !== "free" && each in rule) ?? "none");
}

export function draftOf(coupon: CouponShape, zone: string, digits: number, language: string): Draft {
  const rule = ruleOf(coupon);
  const sum = (amount: string | undefined) =>
    amount === undefined ? "" : writtenAmount(minorOf(amount, digits), digits, language);
  return {
    ...fresh(),
    key: coupon.key,
    name: rule.name ?? "",
    effect: effectOf(rule),
    percent: rule.percent === undefined ? "" : percentTyped(rule.percent, language),
    cap: sum(rule.cap),
    fixed: sum(rule.fixed),
    per: rule.per ?? "order",
    price: sum(rule.price),
    for: (rule.for ?? []).join(", "),
    places: (rule.places ?? []).join(", "),
    items: whole(rule.items),
    alone: tick(rule.alone),
    from: typed(rule.from, zone),
    until: typed(rule.until, zone),
    minimum: sum(rule.minimum?.sum),
    minimum_tickets: whole(rule.minimum?.tickets),
    segment: rule.segment ?? "",
    account: tick(rule.account),
    orders: whole(rule.orders),
    uses: whole(rule.uses),
    per_person: whole(rule.per_person),
    person: rule.person ?? "contact",
    tickets: whole(rule.tickets),
    money: sum(rule.money),
    unlocks: (rule.unlocks ?? []).join(", "),
    currency: coupon.currency ?? "",
  };
}

export const fresh = (): Draft => ({
  ...{ key: "", name: "", effect: "percent", percent: "", cap: "", fixed: "", per: "order", price: "" },
  ...{ for: "", places: "", items: "", alone: "", from: "", until: "", minimum: "", minimum_tickets: "" },
  ...{ segment: "", account: "", orders: "", uses: "", per_person: "", person: "contact", tickets: "" },
  ...{ money: "", unlocks: "", codes: "", automatic: "", currency: "", sales: "" },
});

const percentTyped = (percent: string, language: string) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 4 }).format(Number(percent));

/** "12,5" → "12.5"; null where it is none above 0 and up to 100. */
export function percentOf(written: string): string | null {
  const plain = written.replace("%", "").trim().replace(",", ".");
  return /^\d{1,3}(\.\d{1,4})?$/.test(plain) && Number(plain) > 0 && Number(plain) <= 100 ? plain : null;
}

const WHOLE = /^[1-9]\d{0,6}$/;
const wholeOf = (written: string) => (WHOLE.test(written.trim()) ? Number(written) : undefined);

/**
 * A moment as it is sent: what nobody touched as it was; what is typed by the clocks of the sale, which the server knows;
 * of a coupon of no sale by those of this device.
 */
function moment(text: string, was: string | undefined, ground: Ground): string | undefined {
  if (text === "") return undefined;
  if (was !== undefined && typedMoment(was, ground.zone) === text) return was;
  if (ground.sale !== null) return text;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** The rule that is typed, as far as it can be understood. `was`: the one that it changes. */
export function ruleTyped(draft: Draft, ground: Ground, digits: number, was: Rule = {}): Rule {
  const sum = (written: string) => amountOf(written, digits) ?? undefined;
  const is = (effect: Effect) => draft.effect === effect;
  const minimum = { sum: sum(draft.minimum), tickets: wholeOf(draft.minimum_tickets) };
  const per_person = wholeOf(draft.per_person);
  const rule = {
    name: draft.name.trim() || undefined,
    percent: is("percent") ? (percentOf(draft.percent) ?? undefined) : undefined,
    cap: is("percent") ? sum(draft.cap) : undefined,
    fixed: is("fixed") ? sum(draft.fixed) : undefined,
    per: is("fixed") && draft.per === "ticket" ? "ticket" : undefined,
    price: is("price") ? sum(draft.price) : undefined,
    free: is("free") || undefined,
    for: listed(draft.for),
    places: listed(draft.places),
    items: wholeOf(draft.items),
    alone: draft.alone !== "" || undefined,
    from: moment(draft.from, was.from, ground),
    until: moment(draft.until, was.until, ground),
    minimum: present(minimum),
    segment: draft.segment.trim() || undefined,
    account: draft.account !== "" || undefined,
    orders: wholeOf(draft.orders),
    uses: wholeOf(draft.uses),
    per_person,
    person: per_person !== undefined && draft.person !== "contact" ? draft.person : undefined,
    tickets: wholeOf(draft.tickets),
    money: sum(draft.money),
    unlocks: listed(draft.unlocks),
  };
  return present(rule) as Rule;
}

const isThere = (value: unknown) =>
  value !== undefined &&
  !(Array.isArray(value) && value.length === 0) &&
  !(typeof value === "object" && value !== null && Object.keys(value).length === 0);

const present = <T extends object>(all: T) =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => isThere(value)));

// ── what is wrong with it, before anything is sent ──

export type Mistake = "missing" | "percent" | "sum" | "whole" | "backwards" | "used" | "currency";
const WHOLES = ["items", "minimum_tickets", "orders", "uses", "per_person", "tickets"] as const;
const SUMS = ["minimum", "money"] as const;

export function mistakesIn(draft: Draft, ground: Ground, digits: number, coupon: CouponShape | null) {
  const found = new Map<keyof Draft, Mistake>();
  const effect = draft.effect as Effect;
  const sums: (keyof Draft)[] = [...SUMS, ...(effect === "percent" ? (["cap"] as const) : [])];
  if (coupon === null && draft.key.trim() === "") found.set("key", "missing");
  if (effect === "percent" && percentOf(draft.percent) === null) {
    found.set("percent", draft.percent.trim() ? "percent" : "missing");
  }
  if (effect === "fixed" || effect === "price") {
    if (draft[effect].trim() === "") found.set(effect, "missing");
    sums.push(effect);
  }
  if (effect === "none" && listed(draft.unlocks).length === 0) found.set("unlocks", "missing");
  const written = sums.filter((each) => draft[each].trim() !== "");
  for (const each of written) if (amountOf(draft[each], digits) === null) found.set(each, "sum");
  for (const each of WHOLES) {
    if (draft[each].trim() !== "" && wholeOf(draft[each]) === undefined) found.set(each, "whole");
  }
  if (draft.from && draft.until && draft.until <= draft.from) found.set("until", "backwards");
  if (
    coupon === null &&
    ground.sale === null &&
    written.length > 0 &&
    !/^[A-Za-z]{3}$/.test(draft.currency)
  ) {
    found.set("currency", "currency");
  }
  if (coupon !== null) {
    if ((wholeOf(draft.uses) ?? coupon.uses) < coupon.uses) found.set("uses", "used");
    if ((wholeOf(draft.tickets) ?? coupon.tickets) < coupon.tickets) found.set("tickets", "used");
    const money = amountOf(draft.money, digits);
    if (money !== null && minorOf(money, digits) < coupon.discount) found.set("money", "used");
  }
  return found;
}
