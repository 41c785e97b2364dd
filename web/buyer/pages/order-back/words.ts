/** The words of what goes back of an order, loaded with its page. */

import { type MoreWords, say, type Values, type Word } from "../../../shared/i18n";
import type { BackWords } from "./i18n/en";

export const BACK_WORDS: MoreWords = {
  en: () => import("./i18n/en"),
  es: () => import("./i18n/es"),
  pt: () => import("./i18n/pt"),
};

export function t(word: Word | keyof BackWords, values: Values = {}): string {
  return say(word, values);
}
