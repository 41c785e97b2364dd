/** Money is integer minor units on the wire; how many of them make a unit is what the server says too. */

/** Currencies without two decimals. Browsers know others: what is customary in shops, where the wire follows ISO 4217. */
const NO_DECIMALS = new Set("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(" "));
const THREE_DECIMALS = new Set("BHD IQD JOD KWD LYD OMR TND".split(" "));

export function minorDigits(currency: string): number {
  if (NO_DECIMALS.has(currency)) return 0;
  return THREE_DECIMALS.has(currency) ? 3 : 2;
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

/** "8.875" percent as people write it: "8.875%", "8,875 %". */
export function rate(percent: string, language: string): string {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 4 }).format(
    Number(percent) / 100,
  );
}
