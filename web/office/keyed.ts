/** Rows of a form that the server has by a key: what each is called on the way, and what it says of which. Pure. */

import { Refusal } from "../shared/live/errors";
import type { WrongField } from "../shared/wire/contract";

const NAME_CHARS_MAX = 40;

export interface Row {
  /** of this form, so that rows keep their fields when others come and go */
  row: number;
  /** null: not saved yet */
  id: string | null;
}

export const nextRow = (rows: readonly Row[]): number => 1 + Math.max(-1, ...rows.map(({ row }) => row));

/** What each is called on the way: its id, or for a new one a name made from what it is called, none of them twice, nor one of `others`. */
export function keysOf<R extends Row>(
  rows: readonly R[],
  called: (row: R) => string,
  otherwise: string,
  others: readonly string[] = [],
): string[] {
  const taken = new Set([...others, ...rows.flatMap(({ id }) => (id === null ? [] : [id]))]);
  return rows.map((each) => {
    if (each.id !== null) return each.id;
    const words =
      called(each)
        .normalize("NFKD")
        .toLowerCase()
        .match(/[a-z0-9]+/g) ?? [];
    const name =
      words
        .join("-")
        .slice(0, NAME_CHARS_MAX - 4)
        .replace(/-$/, "") || otherwise;
    let key = name;
    for (let nth = 2; taken.has(key); nth++) key = `${name}-${nth}`;
    taken.add(key);
    return key;
  });
}

export const fieldsOf = (error: unknown): readonly WrongField[] =>
  error instanceof Refusal ? (error.detail.fields ?? []) : [];

/** What the server says of each row, by row and field, of a row as a whole at its `first`; what concerns none is under "". */
export function problemsOf(
  fields: readonly WrongField[],
  rows: readonly Row[],
  keys: readonly string[],
  first: string,
): Map<string, string> {
  const found = new Map<string, string>();
  for (const { path, message } of fields) {
    const [, key = "", field = first] = path.split(".");
    const row = rows[keys.indexOf(key)];
    found.set(row ? `${row.row}.${field}` : "", message);
  }
  return found;
}
