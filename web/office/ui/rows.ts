/**
 * Rows of a table: filtered, sorted, and written as CSV as they are seen.
 * Pure. Guarantees: equal rows keep their order; what is empty comes last either way; no cell of a file is a formula
 * to the program that opens it.
 */

export type Cell = string | number | null;

export interface Column<R> {
  id: string;
  name: string;
  /** what it is sorted and filtered by, and what a file says */
  value(row: R): Cell;
}

export interface Order {
  by: string;
  down: boolean;
}

/** "-sold" is downwards; null when it names none of the columns. */
export function readOrder(text: string | null, ids: readonly string[]): Order | null {
  const down = text?.startsWith("-") ?? false;
  const by = (text ?? "").slice(down ? 1 : 0);
  return ids.includes(by) ? { by, down } : null;
}

export function writeOrder({ by, down }: Order): string {
  return down ? `-${by}` : by;
}

/** Pressed once: upwards; again: downwards; a third time: as it came. */
export function nextOrder(now: Order | null, by: string): Order | null {
  if (now?.by !== by) return { by, down: false };
  return now.down ? null : { by, down: true };
}

const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export function filtered<R>(rows: readonly R[], columns: readonly Column<R>[], words: string): R[] {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [...rows];
  return rows.filter((row) => {
    const text = plain(columns.map((column) => column.value(row) ?? "").join(" "));
    return wanted.every((word) => text.includes(word));
  });
}

export function sorted<R>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  order: Order | null,
  tag: string,
): R[] {
  const column = columns.find(({ id }) => id === order?.by);
  if (!column || !order) return [...rows];
  const collator = new Intl.Collator(tag, { numeric: true });
  const compare = (a: Cell, b: Cell): number => {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    const way = order.down ? -1 : 1;
    if (typeof a === "number" && typeof b === "number") return way * (a - b);
    return way * collator.compare(String(a), String(b));
  };
  return [...rows].sort((a, b) => compare(column.value(a), column.value(b)));
}

const FORMULA = /^[=+\-@\t\r]/;

function csvCell(value: Cell): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180, with the mark by which spreadsheets know UTF-8. */
export function csv<R>(rows: readonly R[], columns: readonly Column<R>[]): string {
  const lines = [
    columns.map(({ name }) => csvCell(name)),
    ...rows.map((row) => columns.map(({ value }) => csvCell(value(row)))),
  ];
  return `\uFEFF${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
}
