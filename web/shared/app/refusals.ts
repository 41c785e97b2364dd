/** Every refusal in the buyer's own language; the server's sentence where these pages know none. */

import { hasWord, t, type Values } from "../i18n";
import { codeOf, Refusal } from "../live/errors";
import type { IssueShape } from "../wire/contract";

export function explain(error: unknown, values: Values = {}): string {
  const code = codeOf(error);
  const word = `refused_${code}`;
  if (hasWord(word)) return t(word, values);
  return error instanceof Refusal && error.message ? error.message : t("refused_internal");
}

/** What a cart lacks, in the same way. */
export function explainIssue(issue: IssueShape): string {
  const word = `issue_${issue.code}_${issue.field.replace(".", "_")}`;
  if (hasWord(word)) return t(word);
  const short = `issue_${issue.code}`;
  return hasWord(short) ? t(short) : issue.message;
}
