/** The questions of a sale as they are edited, and as they are sent. Pure. */

import { Refusal } from "../shared/live/errors";
import type { QuestionInput, QuestionShape } from "../shared/wire/contract";

const NAME_CHARS_MAX = 40;

export interface Draft {
  /** of this form, so that rows keep their fields when others come and go */
  row: number;
  /** null: not saved yet */
  id: string | null;
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
  row: 1 + Math.max(-1, ...rows.map(({ row }) => row)),
  id: null,
  ask: "",
  kind: "text",
  options: "",
  per: "order",
  required: false,
  for: [],
});

/** What each is called on the way: its id, or for a new one a name made from what it asks, none of them twice. */
export function keysOf(rows: readonly Draft[]): string[] {
  const taken = new Set(rows.flatMap(({ id }) => (id === null ? [] : [id])));
  return rows.map(({ id, ask }) => {
    if (id !== null) return id;
    const words =
      ask
        .normalize("NFKD")
        .toLowerCase()
        .match(/[a-z0-9]+/g) ?? [];
    const name =
      words
        .join("-")
        .slice(0, NAME_CHARS_MAX - 4)
        .replace(/-$/, "") || "question";
    let key = name;
    for (let nth = 2; taken.has(key); nth++) key = `${name}-${nth}`;
    taken.add(key);
    return key;
  });
}

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
export function problemsOf(error: unknown, rows: readonly Draft[]): Map<string, string> {
  const keys = keysOf(rows);
  const found = new Map<string, string>();
  for (const { path, message } of error instanceof Refusal ? (error.detail.fields ?? []) : []) {
    const [, key = "", field = "ask"] = path.split(".");
    const row = rows[keys.indexOf(key)];
    found.set(row ? `${row.row}.${field}` : "", message);
  }
  return found;
}
