/**
 * The phases of a sale as one buyer meets them. Pure.
 * Guarantees: whoever has a cart sees the phase it was opened in, however long that is over.
 */

import type { SaleInfo } from "../../shared/sale/sales";
import type { PhaseShape } from "../../shared/wire/contract";

export interface Met {
  /** the phase that is entered: the one that counts, or the next; null without phases, and after the last */
  phase: PhaseShape | null;
  /** whether nobody may begin a cart now */
  between: boolean;
  /** when another one is met; null when none will be */
  turns_at_ms: number | null;
}

/** `own` is the phase of one's own cart. A server of the release before knows no phases. */
export function met(phases: readonly PhaseShape[] | undefined, own: string | null, now_ms: number): Met {
  const all = phases ?? [];
  const begun = all.filter((phase) => (phase.from_ms ?? 0) <= now_ms).at(-1) ?? null;
  const next = all.find((phase) => (phase.from_ms ?? 0) > now_ms) ?? null;
  const over = begun?.until_ms != null && begun.until_ms <= now_ms;
  const turns_at_ms = (over ? null : begun?.until_ms) ?? next?.from_ms ?? null;
  const mine = own === null ? undefined : all.find((phase) => phase.id === own);
  if (mine) return { phase: mine, between: false, turns_at_ms };
  return { phase: over ? next : begun, between: over, turns_at_ms };
}

/** The phase that comes after the one that is entered; null when it is the last. */
export function nextAfter(
  phases: readonly PhaseShape[] | undefined,
  phase: PhaseShape | null,
): PhaseShape | null {
  const at = phases?.findIndex((each) => each.id === phase?.id) ?? -1;
  return at < 0 ? null : (phases?.[at + 1] ?? null);
}

/** What of a sale is sold in a phase, to whom, and how much; what is hidden, only where the phase names it. */
export function inPhase(info: SaleInfo, phase: PhaseShape | null): SaleInfo {
  if (!phase && !Object.values(info.type_limits ?? {}).some((limits) => limits.hidden)) return info;
  const named = phase?.types ?? [];
  const places = phase?.places ?? [];
  const zones = info.zones?.map((zone) => zone.id) ?? [];
  const sold = (place: string) => places.length === 0 || places.includes(place) || zones.includes(place);
  const types = (prices: Record<string, number>) =>
    Object.fromEntries(
      Object.entries(prices).filter(([type]) =>
        named.length === 0 ? !info.type_limits?.[type]?.hidden : named.includes(type),
      ),
    );
  const prices = Object.entries(info.prices)
    .filter(([place]) => sold(place))
    .map(([place, its]) => [place, types(its)] as const);
  return {
    ...info,
    entry: phase?.entry ?? info.entry,
    person_max: phase?.person_max ?? info.person_max,
    prices: Object.fromEntries(prices.filter(([, its]) => Object.keys(its).length > 0)),
  };
}
