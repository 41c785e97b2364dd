/** Every refusal in the buyer's own language; the server's sentence where these pages know none. */

import { hasWord, t, type Values } from "../i18n";
import { codeOf, Refusal } from "../live/errors";

export function explain(error: unknown, values: Values = {}): string {
  const code = codeOf(error);
  const word = `refused_${code}`;
  if (hasWord(word)) return t(word, values);
  return error instanceof Refusal && error.message ? error.message : t("refused_internal");
}
