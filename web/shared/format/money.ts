/** Money is integer minor units on the wire; Intl knows how many of them make a unit. */

export function minorDigits(currency: string): number {
  return (
    new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2
  );
}

/** "€45", "€45.50", "¥4,500": whole amounts without empty decimals. */
export function money(minor: number, currency: string, language: string): string {
  const digits = minorDigits(currency);
  const amount = minor / 10 ** digits;
  const fraction = minor % 10 ** digits === 0 ? 0 : digits;
  return new Intl.NumberFormat(language, {
    style: "currency",
    currency,
    minimumFractionDigits: fraction,
    maximumFractionDigits: fraction,
  }).format(amount);
}
