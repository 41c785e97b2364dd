/** Who may enter a sale or a phase of it: every rule there is, and what is typed besides it. Pure. */

import type { PhaseInput, PhaseShape } from "../shared/wire/contract";

export type EntryRule = PhaseShape["entry"];

/** What a rule takes besides: nobody can read it back, so it stays as it is until it is typed anew. */
const BESIDES: Record<EntryRule, "codes" | "segment" | null> = {
  open: null,
  challenge: null,
  contact: null,
  account: null,
  code: "codes",
  segment: "segment",
};

export const ENTRY_RULES = Object.keys(BESIDES) as EntryRule[];
export const besides = (rule: EntryRule | "") => (rule === "" ? null : BESIDES[rule]);

/** "A, B" and a line each mean the same. */
export const codesIn = (written: string): string[] =>
  written
    .split(/[,\n]/)
    .map((code) => code.trim())
    .filter(Boolean);

/** As the server takes it. */
export function entryOf(rule: EntryRule, typed: string): Exclude<PhaseInput["entry"], null | undefined> {
  if (rule === "code") return { code: codesIn(typed) };
  return rule === "segment" ? { segment: typed.trim() } : rule;
}
