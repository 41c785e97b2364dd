/** What a member asks for at the box office, and which field a refusal of it is about. Pure. */

import { explain, explainIssue } from "../shared/app/refusals";
import { Refusal } from "../shared/live/errors";
import type { Layout } from "../shared/map/layout";
import { FREE, type SeatStates } from "../shared/map/states";
import type { AllocationShape } from "../shared/wire/contract";

/** The seats that may be asked for: those of an allocation, or what is free. */
export function mayBeAsked(
  states: SeatStates,
  allocation: AllocationShape | undefined,
): (seat: number) => boolean {
  if (!allocation) return (seat) => states.of(seat) === FREE;
  const its = new Set(allocation.seats);
  return (seat) => its.has(seat);
}

export interface RowOfSeats {
  label: string;
  seats: readonly number[];
}

/** The rows of a section by their labels: one may be in several parts. */
export function rowsOf(layout: Layout, section: string): RowOfSeats[] {
  const rows = new Map<string, number[]>();
  for (const { label, first_seat, seats } of layout.sections.find(({ id }) => id === section)?.rows ?? []) {
    const its = Array.from({ length: seats }, (_, n) => first_seat + n);
    rows.set(label, [...(rows.get(label) ?? []), ...its]);
  }
  return [...rows].map(([label, seats]) => ({ label, seats }));
}

export interface Refused {
  /** by field; what is about none of them is under "" */
  problems: ReadonlyMap<string, string>;
  /** seats that stood in the way */
  seats: readonly number[];
}

export const NOT_REFUSED: Refused = { problems: new Map(), seats: [] };

const FIELD_OF: Readonly<Record<string, string>> = {
  none_together: "together",
  unknown_section: "together",
  over_quota: "reason",
  type_short: "type",
  type_maximum: "type",
};

/** "contact.email" is about the field "email". */
const fieldOf = (path: string) => path.split(".").at(-1) ?? path;

/** `left` says how many of a pool are left. */
export function refusedAt(failure: unknown, left: (pool: string, n: number) => string): Refused {
  const problems = new Map<string, string>();
  const detail: Partial<Refusal["detail"]> = failure instanceof Refusal ? failure.detail : {};
  for (const { path, message } of detail.fields ?? []) problems.set(fieldOf(path), message);
  for (const issue of detail.issues ?? []) {
    const { code, field } = issue;
    const of = code.startsWith("type_") ? "type" : field.startsWith("items.") ? "seats" : fieldOf(field);
    problems.set(of, explainIssue(issue));
  }
  for (const [pool, n] of Object.entries(detail.short ?? {})) problems.set(`pool:${pool}`, left(pool, n));
  const seats = detail.seats ?? [];
  if (seats.length > 0) problems.set("seats", explain(failure));
  if (problems.size === 0) {
    problems.set(failure instanceof Refusal ? (FIELD_OF[failure.code] ?? "") : "", explain(failure));
  }
  return { problems, seats };
}
