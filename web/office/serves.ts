/** What an account is for, as it is typed and as the wire takes it. Pure. */

import { minorDigits } from "../shared/format/money";
import { language } from "../shared/i18n";
import type { ServesShape } from "../shared/wire/contract";
import { amountOf, writtenAmount } from "./price-table";

export interface ServesTyped extends Record<string, string> {
  currencies: string;
  countries: string;
  amount_from: string;
  amount_up_to: string;
}

/** "eur, brl" → EUR and BRL */
export const listed = (text: string): string[] =>
  text
    .toUpperCase()
    .split(/[\s,;]+/)
    .filter(Boolean);

export const currencyOf = (serves: { currencies: string }): string => listed(serves.currencies)[0] ?? "EUR";

/** null: none; undefined: it is no sum. */
export function sumOf(text: string, currency: string): number | null | undefined {
  if (!text.trim()) return null;
  const digits = minorDigits(currency);
  const amount = amountOf(text, digits);
  return amount === null ? undefined : Math.round(Number(amount) * 10 ** digits);
}

export function servesTyped(serves: ServesShape | undefined): ServesTyped {
  const digits = minorDigits(serves?.currencies[0] ?? "EUR");
  const sum = (minor: number | null | undefined) =>
    minor == null ? "" : writtenAmount(minor, digits, language.value);
  return {
    currencies: serves?.currencies.join(", ") ?? "",
    countries: serves?.countries.join(", ") ?? "",
    amount_from: sum(serves?.amount_from),
    amount_up_to: sum(serves?.amount_up_to),
  };
}

export function servesSaid(typed: ServesTyped): ServesShape {
  const currency = currencyOf(typed);
  return {
    currencies: listed(typed.currencies),
    countries: listed(typed.countries),
    amount_from: sumOf(typed.amount_from, currency) ?? null,
    amount_up_to: sumOf(typed.amount_up_to, currency) ?? null,
  };
}
