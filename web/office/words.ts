/** The words of the office's pages, beside those that every program has. */

import { type MoreWords, say, type Values, type Word } from "../shared/i18n";
import type { OfficeWords } from "./i18n/en";

export const WORDS: MoreWords = {
  en: () => import("./i18n/en"),
  es: () => import("./i18n/es"),
  pt: () => import("./i18n/pt"),
};

export function t(word: Word | keyof OfficeWords, values: Values = {}): string {
  return say(word, values);
}
