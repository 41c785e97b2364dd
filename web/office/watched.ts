/**
 * Sales of a list as they stand right now: state and counters, for as many as are watched.
 * Owns: one signal per sale of the tab. Guarantees: a signal only holds what the server said; leaving the list ends the watches.
 */

import { type Signal, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { live } from "../shared/app/services";
import { changed } from "../shared/live/watch";
import type { SaleCard } from "../shared/sale/sales";
import type { Counters, Takings } from "../shared/wire/messages";

const WATCHED_MAX = 30;

export interface Told {
  counters: Counters | null;
  takings: Takings | null;
  state: SaleCard["state"];
}

const told = new Map<string, Signal<Told>>();

/** What is known of a sale at this moment; read in a component, it follows. */
export function now(sale: SaleCard): Told {
  let found = told.get(sale.id);
  if (!found) {
    found = signal<Told>({ counters: null, takings: null, state: sale.state });
    told.set(sale.id, found);
  }
  return found.value;
}

function watch(sale: SaleCard) {
  void now(sale);
  const kept = told.get(sale.id) as Signal<Told>;
  return live.watch(sale.id, ["counters", "takings"], {
    snapshot: (answer) => {
      const { counters = null, takings = null, state } = answer;
      kept.value = { counters, takings, state };
    },
    event: (event) => {
      const { counters, takings, state } = kept.peek();
      kept.value = {
        counters: event.on === "counters" && counters ? { ...counters, ...changed(event) } : counters,
        takings: event.on === "takings" ? { revenue: event.revenue } : takings,
        state: event.on === "state" ? event.state : state,
      };
    },
  });
}

/** Follows the first of these sales while the component is shown. */
export function useWatched(sales: readonly SaleCard[]): void {
  const followed = sales.slice(0, WATCHED_MAX);
  const ids = followed.map(({ id }) => id).join(" ");
  useEffect(() => {
    const watches = followed.map(watch);
    return () => {
      for (const one of watches) one.stop();
    };
  }, [ids]);
}
