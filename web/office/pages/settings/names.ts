/** What the settings' pages name: events, and instants as the reader's clock shows them. */

import { signal } from "@preact/signals";
import { moment, ownZone } from "../../../shared/format/time";
import { reader } from "../../../shared/ui/moments";
import { organizerSales } from "../../api";

export interface Named {
  id: string;
  name: string;
}

const EVENT_PAGES_MAX = 5; // of a hundred or so; whoever has more finds the rest by their ids

export const events = signal<readonly Named[]>([]);

/** Who may not read sales sees ids in place of names. */
export async function readEvents(): Promise<void> {
  const found = new Map<string, string>();
  let after: string | null = null;
  try {
    for (let page = 0; page < EVENT_PAGES_MAX; page++) {
      const answer = await organizerSales("", after);
      for (const { event_id, name } of answer.items) found.set(event_id, name);
      after = answer.next;
      if (after === null) break;
    }
  } catch {
    // what was found so far has names
  }
  events.value = [...found].map(([id, name]) => ({ id, name: name || id }));
}

export const named = (id: string) => events.value.find((event) => event.id === id)?.name ?? id;
export const when = (at_ms: number) => moment(at_ms, ownZone(), reader.value);
