/** What is withheld of a sale, read anew as it changes. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { OFF, type SeatStates } from "../../../shared/map/states";
import type { FollowedSale } from "../../../shared/sale/followed";
import { Button } from "../../../shared/ui/controls";
import type { AllocationShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { about } from "../withholding";
import { t } from "./words";

const SETTLED_MS = 300;
/** as many as the map has, from the last of them */
const KEPT_COLOURS = 6;

export interface Kept {
  allocations: readonly AllocationShape[];
  /** the number of the allocation that has a seat */
  of: ReadonlyMap<number, number>;
  units: Readonly<Record<string, number>>;
  again(): void;
}

/** Seats that come off the map, or back to it, may be somebody else's doing: then what is withheld is read anew. */
export function useWithheld(sale: FollowedSale, states: SeatStates | null): Kept {
  const [found, setFound] = useState<readonly AllocationShape[]>([]);
  const [asked, setAsked] = useState(0);
  const again = () => setAsked((before) => before + 1);
  useEffect(() => {
    let left = false;
    const parts = { sale: sale.id };
    ask("GET /api/sales/{sale}/allocations", { parts }).then(
      ({ items }) => left || setFound(items.filter(({ released_at }) => released_at === null)),
      () => undefined, // what is known stays; the next change asks again
    );
    return () => {
      left = true;
    };
  }, [sale.id, asked]);
  const of = useMemo(
    () => new Map(found.flatMap(({ seats }, n) => seats.map((seat): [number, number] => [seat, n]))),
    [found],
  );
  useEffect(() => {
    let soon: ReturnType<typeof setTimeout> | undefined;
    const stop = states?.onChange((changed) => {
      const differs = (seat: number) => (states.of(seat) === OFF) !== of.has(seat);
      if (changed !== null && !changed.some(differs)) return;
      clearTimeout(soon);
      soon = setTimeout(again, SETTLED_MS);
    });
    return () => {
      clearTimeout(soon);
      stop?.();
    };
  }, [states, of]);
  const units: Record<string, number> = {};
  for (const each of found)
    for (const [pool, n] of Object.entries(each.units)) units[pool] = (units[pool] ?? 0) + n;
  return { allocations: found, of, units, again };
}

interface Listed {
  sale: FollowedSale;
  kept: Kept;
  onChoose(seats: ReadonlySet<number>): void;
  /** absent for whoever may only look */
  onRelease?(which: AllocationShape): void;
}

/** In the colours of the map. */
export function KeptList({ sale, kept, onChoose, onRelease }: Listed) {
  return (
    <ul class="items" data-testid="kept">
      {kept.allocations.map((each, n) => (
        <li key={each.id} class="spread">
          <span class="stack-tight">
            <span class="row">
              {each.seats.length > 0 && (
                <span
                  class="paint-swatch paint-kept"
                  aria-hidden="true"
                  style={{ background: `var(--tier-${KEPT_COLOURS - (n % KEPT_COLOURS)})` }}
                />
              )}
              <strong class="breaks">{each.name}</strong>
            </span>
            <span class="small soft">{about(sale, each)}</span>
          </span>
          <span class="row">
            {each.seats.length > 0 && (
              <Button kind="plain" onClick={() => onChoose(new Set(each.seats))}>
                {t("paint_choose_all")}
              </Button>
            )}
            {onRelease && (
              <Button kind="plain" onClick={() => onRelease(each)}>
                {t("off_withheld_release")}
              </Button>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
