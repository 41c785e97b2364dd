/** What a coupon does, as a sentence in the reader's language: of one that is stored, and of one that is being typed. */

import { minorDigits, money } from "../../../shared/format/money";
import { locale } from "../../../shared/i18n";
import { effectOf, type Ground, minorOf, type Rule } from "../../offers";
import { t } from "./words";

/** "Fri 27 Nov 2026, 10:00", by the clocks of the zone; what is typed stands there as it is typed. */
export function momentTold(at: string, zone: string): string {
  const instant = /(Z|[+-]\d\d:\d\d)$/.test(at);
  const date = new Date(instant ? at : `${at}Z`);
  if (Number.isNaN(date.getTime())) return at;
  return new Intl.DateTimeFormat(locale.value, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: instant ? zone : "UTC",
  }).format(date);
}

const listTold = (ids: readonly string[], names: Readonly<Record<string, string>>) =>
  new Intl.ListFormat(locale.value).format(ids.map((id) => names[id] ?? id));

export function sumTold(amount: string, currency: string): string {
  if (!currency) return amount;
  return money(minorOf(amount, minorDigits(currency)), currency, locale.value);
}

/** The first part: what it takes off, and of what. */
function effectTold(rule: Rule, ground: Ground): string {
  const sum = (amount: string | undefined) => (amount === undefined ? "…" : sumTold(amount, ground.currency));
  const percent =
    rule.percent === undefined
      ? "…"
      : new Intl.NumberFormat(locale.value, { style: "percent", maximumFractionDigits: 4 }).format(
          Number(rule.percent) / 100,
        );
  const what = {
    percent: () => t("ofr_say_percent", { percent }),
    fixed: () =>
      t(rule.per === "ticket" ? "ofr_say_off_ticket" : "ofr_say_off_order", { sum: sum(rule.fixed) }),
    price: () => t("ofr_say_price", { sum: sum(rule.price) }),
    free: () => t("ofr_say_free"),
    none: () => t("ofr_say_none"),
  }[effectOf(rule)]();
  const of = rule.for?.length ? ` ${t("ofr_say_for", { what: listTold(rule.for, ground.types) })}` : "";
  const within = rule.places?.length
    ? ` ${t("ofr_say_in", { what: listTold(rule.places, ground.places) })}`
    : "";
  return what + of + within;
}

function timesTold({ from, until }: Rule, zone: string): string[] {
  if (from && until)
    return [t("ofr_say_between", { from: momentTold(from, zone), until: momentTold(until, zone) })];
  if (from) return [t("ofr_say_from", { from: momentTold(from, zone) })];
  return until ? [t("ofr_say_until", { until: momentTold(until, zone) })] : [];
}

export function told(rule: Rule, ground: Ground): string {
  const sum = (amount: string) => sumTold(amount, ground.currency);
  const { items, cap, minimum, segment, orders, per_person, uses, tickets } = rule;
  const parts = [
    effectTold(rule, ground),
    ...(items ? [t("ofr_say_items", { n: items })] : []),
    ...(cap ? [t("ofr_say_cap", { sum: sum(cap) })] : []),
    ...(minimum?.sum ? [t("ofr_say_minimum", { sum: sum(minimum.sum) })] : []),
    ...(minimum?.tickets ? [t("ofr_say_minimum_tickets", { n: minimum.tickets })] : []),
    ...timesTold(rule, ground.zone),
    ...(segment ? [t("ofr_say_segment", { name: segment })] : []),
    ...(orders ? [t("ofr_say_orders", { n: orders })] : rule.account ? [t("ofr_say_account")] : []),
    ...(per_person ? [t(`ofr_say_per_${rule.person ?? "contact"}`, { n: per_person })] : []),
    ...(uses ? [t("ofr_say_uses", { n: uses })] : []),
    ...(tickets ? [t("ofr_say_tickets", { n: tickets })] : []),
    ...(rule.money ? [t("ofr_say_money", { sum: sum(rule.money) })] : []),
    ...(rule.alone ? [t("ofr_say_alone")] : []),
    ...(rule.unlocks?.length ? [t("ofr_say_unlocks", { what: listTold(rule.unlocks, {}) })] : []),
  ];
  return `${parts.join(", ")}.`;
}
