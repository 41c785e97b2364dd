/**
 * When to connect again: pure policy over close codes.
 * Owns: the table of docs/protocol.md. Randomness comes in as an argument, so that a crowd spreads out and a test does not.
 */

export type Again = "at_once" | "later" | "never";

const AT_ONCE = new Set([1001, 4001, 4002]);
const NEVER = new Set([1009, 4003, 4007, 4008]);

export const JITTER_MS_MAX = 2_000;
export const FIRST_DELAY_MS = 800;
export const DELAY_MS_MAX = 20_000;

export function afterClose(code: number): Again {
  if (NEVER.has(code)) return "never";
  return AT_ONCE.has(code) ? "at_once" : "later";
}

/**
 * Milliseconds until the next try. `failures` counts tries in a row that never got as far as a hello;
 * "at once" is only at once the first time, so that a server that keeps closing is not hammered.
 */
export function delayMs(again: Again, failures: number, random: number): number {
  if (again === "at_once" && failures === 0) return random * JITTER_MS_MAX;
  const ceiling = Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** Math.min(failures, 10));
  return ceiling / 2 + (random * ceiling) / 2;
}
