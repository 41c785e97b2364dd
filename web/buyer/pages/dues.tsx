/** Fees and taxes: what is asked besides the prices, said below them from the first one on; and what a cart or order owes. */

import { money, rate } from "../../shared/format/money";
import { locale, t } from "../../shared/i18n";
import type { SaleInfo } from "../../shared/sale/sales";
import "./dues.css";
import type { FeeShape, OwedFeeShape, OwedTaxShape, TaxShape } from "../../shared/wire/contract";

function feeWords(fee: FeeShape, info: SaleInfo): string {
  const parts = [
    fee.amount > 0 && money(fee.amount, info.currency, locale.value),
    fee.percent && rate(fee.percent, locale.value),
  ];
  const names = { amount: parts.filter(Boolean).join(" + "), name: fee.name };
  if (fee.types.length > 0) {
    const called = (id: string) =>
      info.types[id] ?? info.products?.find((each) => each.id === id)?.name ?? id;
    return t(fee.per === "order" ? "dues_fee_order_of" : "dues_fee_ticket_of", {
      ...names,
      what: fee.types.map(called).join(", "),
    });
  }
  return t(fee.per === "order" ? "dues_fee_order" : "dues_fee_ticket", names);
}

const taxWords = (tax: TaxShape): string =>
  t(tax.included ? "dues_tax_included" : "dues_tax_added", {
    name: tax.name,
    rate: rate(tax.rate, locale.value),
  });

/** What is asked besides the prices of a sale, in words. A server of the release before knows of none. */
export function duesWords(info: SaleInfo): string[] {
  const { fees = [], taxes = [] } = info.dues ?? {};
  return [...fees.map((fee) => feeWords(fee, info)), ...taxes.map(taxWords)];
}

export function DuesNote({ info }: { info: SaleInfo }) {
  const words = duesWords(info);
  return words.length === 0 ? null : <p class="small soft">{words.join(" · ")}</p>;
}

interface Owes {
  currency: string;
  /** of the items, before anything is taken off or added */
  prices: number;
  /** a server of the release before says none of these */
  discount?: number;
  fees?: readonly OwedFeeShape[];
  taxes?: readonly OwedTaxShape[];
}

function Row({ name, amount }: { name: string; amount: string }) {
  return (
    <div class="spread">
      <dt>{name}</dt>
      <dd class="figure">{amount}</dd>
    </div>
  );
}

/** What stands between the prices and the total, line by line; nothing where nothing does. */
export function OwedLines({
  owes: { currency, prices, discount = 0, fees = [], taxes = [] },
}: {
  owes: Owes;
}) {
  const added = taxes.filter(({ included, amount }) => !included && amount > 0);
  if (discount === 0 && fees.length === 0 && added.length === 0) return null;
  const amount = (minor: number) => money(minor, currency, locale.value);
  return (
    <dl class="owed">
      <Row name={t("owed_prices")} amount={amount(prices)} />
      {discount > 0 && <Row name={t("owed_discount")} amount={amount(-discount)} />}
      {fees.map((fee) => (
        <Row key={fee.fee} name={fee.name} amount={amount(fee.price)} />
      ))}
      {added.map((tax) => (
        <Row key={tax.tax} name={`${tax.name} ${rate(tax.rate, locale.value)}`} amount={amount(tax.amount)} />
      ))}
    </dl>
  );
}

/** The taxes that are in a total already. */
export function TaxesWithin({ owes: { currency, taxes = [] } }: { owes: Omit<Owes, "prices"> }) {
  const within = taxes.filter(({ included, amount }) => included && amount > 0);
  if (within.length === 0) return null;
  const words = within.map(({ name, rate: percent, amount }) =>
    t("owed_tax_within", {
      name,
      rate: rate(percent, locale.value),
      amount: money(amount, currency, locale.value),
    }),
  );
  return <p class="small soft">{words.join(" · ")}</p>;
}
