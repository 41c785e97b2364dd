/**
 * The days of a sale, and what admits to them, as they are edited and as they are sent. Pure.
 * Guarantees: what nobody touched is sent as it was read, to the millisecond; times are those of the event's clocks.
 */

import { typedMoment } from "../shared/format/time";
import type { DayInput, DayShape } from "../shared/wire/contract";
import { fieldsOf, keysOf as keys, nextRow, problemsOf as problems, type Row } from "./keyed";

export interface Draft extends Row {
  name: string;
  /** "2027-03-01T20:30" */
  starts: string;
  was: DayShape | null;
}

/** Rows of days, by section or pool: what is not named admits to the event. */
export type Admits = Readonly<Record<string, readonly number[]>>;

export const drafts = (days: readonly DayShape[], zone: string): Draft[] =>
  days.map((was, row) => ({
    row,
    id: was.id,
    name: was.name,
    starts: typedMoment(was.starts_at, zone),
    was,
  }));

export const fresh = (rows: readonly Draft[]): Draft => ({
  row: nextRow(rows),
  id: null,
  name: "",
  starts: "",
  was: null,
});

export function admitsOf(
  admits: Readonly<Record<string, readonly string[]>>,
  rows: readonly Draft[],
): Admits {
  const found = new Map(rows.map(({ id, row }) => [id, row]));
  return Object.fromEntries(
    Object.entries(admits).map(([place, days]) => [place, days.flatMap((day) => found.get(day) ?? [])]),
  );
}

const keysOf = (rows: readonly Draft[]) => keys(rows, ({ name }) => name, "day");

export function bodyOf(rows: readonly Draft[], zone: string): Record<string, DayInput> {
  const names = keysOf(rows);
  return Object.fromEntries(
    rows.map(({ name, starts, was }, at) => {
      const stays = was !== null && typedMoment(was.starts_at, zone) === starts;
      return [names[at], { name: name.trim(), starts: stays ? was.starts_at : starts }];
    }),
  );
}

export function admitsBody(admits: Admits, rows: readonly Draft[]): Record<string, string[]> {
  const names = keysOf(rows);
  const keyed = new Map(rows.map(({ row }, at) => [row, names[at] as string]));
  return Object.fromEntries(
    Object.entries(admits).flatMap(([place, its]) => {
      const days = its.flatMap((row) => keyed.get(row) ?? []);
      return days.length === 0 ? [] : [[place, days]];
    }),
  );
}

export type Mistake = "name" | "starts";

/** What is missing, by row and field. */
export function mistakesIn(rows: readonly Draft[]): Map<string, Mistake> {
  const found = new Map<string, Mistake>();
  for (const { row, name, starts } of rows) {
    if (name.trim() === "") found.set(`${row}.name`, "name");
    if (starts === "") found.set(`${row}.starts`, "starts");
  }
  return found;
}

/** By row and field; of what admits, by "admits." and the section or pool. */
export function problemsOf(error: unknown, rows: readonly Draft[]): Map<string, string> {
  const of = (admits: boolean) => fieldsOf(error).filter(({ path }) => path.startsWith("admits") === admits);
  const found = problems(of(false), rows, keysOf(rows), "");
  for (const { path, message } of of(true)) found.set(path === "admits" ? "" : path, message);
  return found;
}
