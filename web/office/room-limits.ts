/** What may be written into the fields of the waiting room's limits. Pure; the bounds are the server's (`RoomInput`). */

export interface Bounds {
  min: number;
  max: number;
}

export const SHOPPERS: Bounds = { min: 1, max: 1_000_000 };
export const PER_SECOND: Bounds = { min: 1, max: 10_000 };

/** The whole number that was written, within its bounds; null when it is anything else. */
export function wholeNumber(written: string, { min, max }: Bounds): number | null {
  const text = written.trim();
  if (!/^\d{1,9}$/.test(text)) return null;
  const number = Number(text);
  return number >= min && number <= max ? number : null;
}
