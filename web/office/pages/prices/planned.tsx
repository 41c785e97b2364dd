/** Asks before a new price list is made: what changes, from when, and what one of each comes to, as the server counts. */

import { money, rate } from "../../../shared/format/money";
import { locale } from "../../../shared/i18n";
import type { SaleInfo } from "../../../shared/sale/sales";
import { bothClocks } from "../../../shared/ui/moments";
import type { DuesShape, FeeShape, OneShape, PriceListShape } from "../../../shared/wire/contract";
import { type Change, changesOf, type TaxSaid } from "../../planned";
import { DryRun } from "../../ui/dry-run";
import { t } from "./words";

type Names = ReadonlyMap<string, string>;

/** What sections, pools, zones, ticket types and products are called. */
function namesOf(info: SaleInfo, { zones, dues }: PriceListShape, newest: PriceListShape): Names {
  const places = [...info.sections, ...info.pools, ...newest.zones, ...zones, ...(info.products ?? [])];
  return new Map([
    ...feeNames(newest.dues),
    ...feeNames(dues),
    ...places.map(({ id, name }): [string, string] => [id, name]),
    ...Object.entries(info.types),
  ]);
}

const feeNames = ({ fees }: DuesShape) => fees.map(({ id, name }): [string, string] => [id, name]);
const listed = (ids: readonly string[], names: Names) => ids.map((id) => names.get(id) ?? id).join(", ");

function feeSaid(fee: FeeShape, names: Names, currency: string): string {
  const parts = [
    fee.amount > 0 && money(fee.amount, currency, locale.value),
    fee.percent && rate(fee.percent, locale.value),
  ];
  const said = t(fee.per === "order" ? "due_fee_order" : "due_fee_ticket", {
    amount: parts.filter(Boolean).join(" + "),
  });
  const more = [said, listed(fee.types, names), fee.free_too && t("due_free_said")];
  return more.filter(Boolean).join(", ");
}

function taxSaid({ tax, all, of }: TaxSaid, names: Names): string {
  const said = t(tax.included ? "due_tax_included" : "due_tax_added", { rate: rate(tax.rate, locale.value) });
  return [said, all ? t("due_rest_said") : listed(of, names)].filter(Boolean).join(", ");
}

function changeSaid(change: Change, names: Names, currency: string): string {
  const said = <T,>(side: T | null, words: (side: T) => string, none: string) =>
    side === null ? none : words(side);
  const line = (of: string, from: string, to: string) => `${of}: ${from} → ${to}`;
  if (change.what === "price") {
    const cost = (minor: number) => money(minor, currency, locale.value);
    const of = listed([change.place, change.type], names);
    const none = t("due_not_sold");
    return line(of, said(change.from, cost, none), said(change.to, cost, none));
  }
  const none = t("due_absent");
  if (change.what === "fee") {
    const words = (fee: FeeShape) => feeSaid(fee, names, currency);
    return line(called(change), said(change.from, words, none), said(change.to, words, none));
  }
  const words = (tax: TaxSaid) => taxSaid(tax, names);
  const of = { from: change.from?.tax ?? null, to: change.to?.tax ?? null };
  return line(called(of), said(change.from, words, none), said(change.to, words, none));
}

/** Under both names, where it is called otherwise now. */
function called({ from, to }: { from: { name: string } | null; to: { name: string } | null }): string {
  return [...new Set([from?.name, to?.name].filter(Boolean))].join(" → ");
}

function oneSaid(one: OneShape, names: Names, currency: string): string {
  const amount = (minor: number) => money(minor, currency, locale.value);
  const words = {
    type: listed([one.type], names),
    place: listed([one.place], names),
    total: amount(one.total),
  };
  const whole = one.place === one.type ? t("due_one_product", words) : t("due_one", words);
  const plus = one.fees.map((fee) => t("due_one_plus", { amount: amount(fee.price), name: fee.name }));
  const taxes = one.taxes
    .filter((tax) => tax.amount > 0)
    .map((tax) => {
      const its = { amount: amount(tax.amount), name: tax.name, rate: rate(tax.rate, locale.value) };
      return tax.included
        ? t("due_one_within", its)
        : t("due_one_plus", { ...its, name: `${tax.name} (${its.rate})` });
    });
  const added = one.total > one.price ? [t("due_price", { amount: amount(one.price) })] : [];
  return [whole, ...added, ...plus, ...taxes].join(", ");
}

interface Asked {
  info: SaleInfo;
  newest: PriceListShape;
  planned: PriceListShape | null;
  busy: boolean;
  onYes(): void;
  onNo(): void;
}

export function Planned({ info, newest, planned, busy, onYes, onNo }: Asked) {
  const names = planned === null ? new Map<string, string>() : namesOf(info, planned, newest);
  const changes = planned === null ? [] : changesOf(newest, planned);
  return (
    <DryRun
      title={t("due_planned_title")}
      open={planned !== null}
      meets={changes.map((change) => changeSaid(change, names, info.currency))}
      does={t("dash_prices_save")}
      keeps={t("due_keep")}
      kind="main"
      busy={busy}
      onYes={onYes}
      onNo={onNo}
    >
      {planned && (
        <>
          <p>{t("due_planned_from", { at: bothClocks(planned.from_ms, info.zone) })}</p>
          <h3 class="tag">{t("due_one_title")}</h3>
          <ul class="stack-tight small" data-testid="ones">
            {(planned.one_of_each ?? []).map((one) => (
              <li key={`${one.place} ${one.type}`}>{oneSaid(one, names, info.currency)}</li>
            ))}
          </ul>
        </>
      )}
    </DryRun>
  );
}
