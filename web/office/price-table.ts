/** Amounts as people type them into the table of prices, and the body that it makes. Pure. */

import type { WrongField } from "../shared/wire/contract";

export type Prices = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The name of a field. Ids have no space in them. */
export function fieldOf(place: string, type: string): string {
  return `${place} ${type}`;
}

/** Minor units as people write them: "45", "45.50", "45,50". */
export function writtenAmount(minor: number, digits: number, language: string): string {
  const fraction = minor % 10 ** digits === 0 ? 0 : digits;
  return new Intl.NumberFormat(language, {
    useGrouping: false,
    minimumFractionDigits: fraction,
    maximumFractionDigits: fraction,
  }).format(minor / 10 ** digits);
}

/** What was typed as the wire takes it, exactly; null when it is no amount of a currency with so many decimals. */
export function amountOf(written: string, digits: number): string | null {
  const plain = written.trim().replace(",", ".");
  const form = digits === 0 ? /^\d{1,12}$/ : new RegExp(`^\\d{1,12}(\\.\\d{1,${digits}})?$`);
  return form.test(plain) ? plain : null;
}

/** All prices of the sale: of each place those types that have an amount. */
export function typedPrices(
  values: Readonly<Record<string, string>>,
  prices: Prices,
  types: readonly string[],
): Record<string, Record<string, string>> {
  return Object.fromEntries(
    Object.keys(prices).map((place) => [
      place,
      Object.fromEntries(
        types.flatMap((type) => {
          const amount = amountOf(values[fieldOf(place, type)] ?? "", 3);
          return amount === null ? [] : [[type, amount]];
        }),
      ),
    ]),
  );
}

/** What the server says of single prices, by field. "" has what concerns none of them, fees and taxes apart. */
export function problemsAt(
  fields: readonly WrongField[],
  values: Readonly<Record<string, string>>,
  prices: Prices,
): Map<string, string> {
  const found = new Map<string, string>();
  for (const { path, message } of fields) {
    const [group = "", place = "", type] = path.split(".");
    const ofDue = (group === "taxes" || group === "fees") && place !== "";
    if (ofDue) continue;
    const named = Object.keys(values).filter((name) => name.startsWith(`${place} `));
    // of a place that asks one price alone the type is not named
    const field =
      type === undefined ? named.find((name) => values[name]?.trim() !== "") : fieldOf(place, type);
    const known = group === "prices" && place in prices && field !== undefined && field in values;
    found.set(known ? field : "", known ? message : `${path} ${message}`);
  }
  return found;
}
