/** How an ask can fail: refused by the server (a value with a code), or without an answer in time (outcome unknown). */

import type { WireError } from "../wire/messages";

export class Refusal extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(readonly detail: WireError) {
    super(detail.message);
    this.name = "Refusal";
    this.code = detail.code;
    this.retryable = detail.retryable;
  }
}

/** No answer came in time: it may have happened or not; asking again with the same id tells. */
export class Unanswered extends Error {
  readonly code = "unanswered";

  constructor() {
    super("No answer in time");
    this.name = "Unanswered";
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Refusal || error instanceof Unanswered ? error.code : "internal";
}
