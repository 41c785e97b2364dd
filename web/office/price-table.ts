/** Amounts as people type them into the table of prices, and the body that it makes. Pure. */

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
