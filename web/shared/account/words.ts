/** The words of accounts: loaded with the pages that need them. */

import { type MoreWords, say, type Values, type Word } from "../i18n";
import type { AccountWords } from "./i18n/en";

export const ACCOUNT_WORDS: MoreWords = {
  en: () => import("./i18n/en"),
  es: () => import("./i18n/es"),
  pt: () => import("./i18n/pt"),
};

export function t(word: Word | keyof AccountWords, values: Values = {}): string {
  return say(word, values);
}
