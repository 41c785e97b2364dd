/** The words of what is typed and agreed to for Stripe, loaded with the checkout. */

import { type MoreWords, say, type Values, type Word } from "../../../shared/i18n";
import type { CollectWords } from "./i18n/en";

export const COLLECT_WORDS: MoreWords = {
  en: () => import("./i18n/en"),
  es: () => import("./i18n/es"),
  pt: () => import("./i18n/pt"),
};

export function t(word: Word | keyof CollectWords, values: Values = {}): string {
  return say(word, values);
}
