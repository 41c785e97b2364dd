/** Two versions of a thing that two people changed: what differs, in words. Pure. */

import { codeOf } from "../../shared/live/errors";

export interface Difference {
  name: string;
  mine: string;
  theirs: string;
}

/** What differs between two versions of a thing, by the names that people read. Pure. */
export function differences<T extends Record<string, unknown>>(
  mine: T,
  theirs: T,
  names: Partial<Record<keyof T, string>>,
  written: (value: unknown) => string = String,
): Difference[] {
  return (Object.keys(names) as (keyof T)[])
    .map((field) => ({
      name: names[field] ?? "",
      mine: written(mine[field]),
      theirs: written(theirs[field]),
    }))
    .filter((one) => one.mine !== one.theirs);
}

/** Refused because somebody else saved meanwhile. */
export const isConflict = (error: unknown) => codeOf(error) === "changed_meanwhile";
