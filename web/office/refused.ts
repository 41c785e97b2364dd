/** What a refusal says, with what it says of single fields. Pure. */

import { explain } from "../shared/app/refusals";
import { Refusal } from "../shared/live/errors";
import type { WrongField } from "../shared/wire/contract";

/** For what stands in no form: its fields are named. */
export function inFull(failure: unknown): string {
  const told = failure instanceof Refusal ? ((failure.detail.fields ?? []) as WrongField[]) : [];
  return told.map(({ message }) => message).join("; ") || explain(failure);
}
