/** The questions of a sale as they are edited, and as they are sent. Pure. */

import type { QuestionInput, QuestionShape } from "../shared/wire/contract";
import { fieldsOf, keysOf as keys, nextRow, problemsOf as problems, type Row } from "./keyed";

export interface Draft extends Row {
  ask: string;
  kind: QuestionShape["kind"];
  /** one per line */
  options: string;
  per: QuestionShape["per"];
  required: boolean;
  for: readonly string[];
}

export const drafts = (questions: readonly QuestionShape[]): Draft[] =>
  questions.map(({ options, ...each }, row) => ({ ...each, row, options: options.join("\n") }));

export const fresh = (rows: readonly Draft[]): Draft => ({
  row: nextRow(rows),
  id: null,
  ask: "",
  kind: "text",
  options: "",
  per: "order",
  required: false,
  for: [],
});

export const keysOf = (rows: readonly Draft[]) => keys(rows, ({ ask }) => ask, "question");

export function bodyOf(rows: readonly Draft[]): Record<string, QuestionInput> {
  const keys = keysOf(rows);
  return Object.fromEntries(
    rows.map(({ ask, kind, options, per, required, for: types }, at) => [
      keys[at],
      {
        ask,
        kind,
        options:
          kind === "choice"
            ? options
                .split("\n")
                .map((option) => option.trim())
                .filter(Boolean)
            : [],
        per,
        required,
        for: [...types],
      },
    ]),
  );
}

/** What the server says of each row, by row and field; what concerns none of them is under no row. */
export const problemsOf = (error: unknown, rows: readonly Draft[]) =>
  problems(fieldsOf(error), rows, keysOf(rows), "ask");
