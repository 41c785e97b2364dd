/**
 * The phases of a sale as they are edited, as they are sent, and as they are told. Pure.
 * Guarantees: what nobody touched is sent as it was read, to the millisecond; times are those of the event's clocks.
 */

import { typedMoment } from "../shared/format/time";
import type { SaleInfo } from "../shared/sale/sales";
import type { PhaseInput, PhaseShape } from "../shared/wire/contract";
import { besides, codesIn, type EntryRule, entryOf } from "./entries";
import { fieldsOf, keysOf as keys, nextRow, problemsOf as problems, type Row } from "./keyed";

export interface Draft extends Row {
  name: string;
  /** "2027-03-01T20:30"; "": when the sale opens, or the one before ends */
  from: string;
  /** "": when the next one begins, or the sale closes */
  until: string;
  /** "": as the sale says, of one that is new */
  entry: EntryRule | "";
  /** what the rule takes besides: codes, or the name of a segment */
  besides: string;
  person_max: string;
  types: readonly string[];
  places: readonly string[];
  /** as it is stored; null: not yet */
  was: PhaseShape | null;
}

const typed = (at_ms: number | null, zone: string) => (at_ms === null ? "" : typedMoment(at_ms, zone));

export const drafts = (phases: readonly PhaseShape[], zone: string): Draft[] =>
  phases.map((was, row) => ({
    row,
    id: was.id,
    name: was.name,
    from: typed(was.from_ms, zone),
    until: typed(was.until_ms, zone),
    entry: was.entry,
    besides: "",
    person_max: was.person_max === null ? "" : String(was.person_max),
    types: was.types,
    places: was.places,
    was,
  }));

export const fresh = (rows: readonly Draft[]): Draft => ({
  row: nextRow(rows),
  id: null,
  name: "",
  from: "",
  until: "",
  entry: "",
  besides: "",
  person_max: "",
  types: [],
  places: [],
  was: null,
});

/** The first begins when the sale opens, whenever that is. What has begun keeps its beginning and what it sells. */
export function hasBegun({ was }: Draft, opens_at: string, now_ms: number): boolean {
  return was !== null && (was.from_ms ?? Date.parse(opens_at)) <= now_ms;
}

const keysOf = (rows: readonly Draft[]) => keys(rows, ({ name }) => name, "phase");

function moment(text: string, was_ms: number | null | undefined, zone: string): string | null {
  if (text === "") return null;
  const stays = was_ms != null && typed(was_ms, zone) === text;
  return stays ? new Date(was_ms).toISOString() : text;
}

export function bodyOf(rows: readonly Draft[], zone: string): Record<string, PhaseInput> {
  const names = keysOf(rows);
  return Object.fromEntries(
    rows.map((each, at) => {
      const kept =
        each.entry === "" || (each.entry === each.was?.entry && codesIn(each.besides).length === 0);
      return [
        names[at],
        {
          name: each.name.trim(),
          from: at === 0 ? null : moment(each.from, each.was?.from_ms, zone),
          until: moment(each.until, each.was?.until_ms, zone),
          ...(kept ? {} : { entry: entryOf(each.entry as EntryRule, each.besides) }),
          types: [...each.types],
          places: [...each.places],
          person_max: each.person_max.trim() === "" ? null : Number(each.person_max),
        },
      ];
    }),
  );
}

/** What brings the phases back that were there before; null where codes would be missing that nobody can read. */
export function backTo(before: readonly PhaseShape[], rows: readonly Draft[], zone: string) {
  const lost = before.some(({ id, entry }) => {
    const now = rows.find((row) => row.id === id);
    return besides(entry) !== null && (now?.entry !== entry || codesIn(now.besides).length > 0);
  });
  if (lost) return null;
  const body = bodyOf(drafts(before, zone), zone);
  for (const { id, entry } of before) {
    const its = body[id];
    if (its && besides(entry) === null) its.entry = entryOf(entry, "");
  }
  return body;
}

export const problemsOf = (error: unknown, rows: readonly Draft[]) =>
  problems(fieldsOf(error), rows, keysOf(rows), "");

export type Mistake =
  | "name"
  | "too_late"
  | "backwards"
  | "overlaps"
  | "no_beginning"
  | "codes"
  | "segment"
  | "number";

/** What is wrong before anything is sent, by row and field. */
export function mistakesIn(rows: readonly Draft[], opens: string, closes: string): Map<string, Mistake> {
  const found = new Map<string, Mistake>();
  rows.forEach((each, at) => {
    const wrong = (field: keyof Draft, what: Mistake) => found.set(`${each.row}.${field}`, what);
    const before = rows[at - 1];
    const from = begins(rows, at, opens);
    if (each.name.trim() === "") wrong("name", "name");
    if (before) {
      const earliest = before.until || begins(rows, at - 1, opens);
      if (each.from === "" && before.until === "") wrong("from", "no_beginning");
      else if (each.from !== "" && each.from < earliest) wrong("from", "overlaps");
      else if (each.from > closes) wrong("from", "too_late");
    }
    if (each.until !== "" && each.until <= from) wrong("until", "backwards");
    else if (each.until > closes) wrong("until", "too_late");
    const has = besides(each.entry) === null || each.was?.entry === each.entry;
    if (!has && codesIn(each.besides).length === 0) wrong("besides", besides(each.entry) ?? "codes");
    if (!/^(|[1-9]\d{0,5})$/.test(each.person_max.trim())) wrong("person_max", "number");
  });
  return found;
}

/** "" where nobody has said yet. */
function begins(rows: readonly Draft[], at: number, opens: string): string {
  return at === 0 ? opens : rows[at]?.from || rows[at - 1]?.until || "";
}

export interface Stretch {
  /** null: nobody may enter */
  phase: Draft | null;
  from: string;
  /** null: until the sale closes */
  until: string | null;
}

/** The sale from its opening to its close, with the gaps. */
export function stretches(rows: readonly Draft[], opens: string): Stretch[] {
  return rows.flatMap((phase, at) => {
    const next = (rows[at + 1] && begins(rows, at + 1, opens)) || null;
    const until = phase.until || next;
    const own = { phase, from: begins(rows, at, opens), until };
    const gap = until !== null && until !== next && (next === null || next > until);
    return gap ? [own, { phase: null, from: until, until: next }] : [own];
  });
}

export const typedOpening = (info: SaleInfo) => typedMoment(info.opens_at, info.zone);
export const typedClosing = (info: SaleInfo) => typedMoment(info.closes_at, info.zone);
