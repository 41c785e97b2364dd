/** A line is a row as people see it: its runs from end to end, with the aisles between them. Pure, made once per layout. */

import type { Layout, RowShape } from "./layout";

export interface Line {
  /** index of its section */
  section: number;
  label: string;
  /** in the order of their seats */
  runs: readonly RowShape[];
  seats: number;
}

/** Runs that follow one another in a section under one label are one line. */
export function linesOf(layout: Layout): Line[] {
  return layout.sections.flatMap((_, section) => linesIn(layout, section));
}

export function linesIn(layout: Layout, section: number): Line[] {
  const lines: (Line & { runs: RowShape[] })[] = [];
  for (const row of layout.sections[section]?.rows ?? []) {
    const last = lines[lines.length - 1];
    if (last && last.label === row.label) {
      last.runs.push(row);
      last.seats += row.seats;
    } else lines.push({ section, label: row.label, runs: [row], seats: row.seats });
  }
  return lines;
}
