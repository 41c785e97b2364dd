/** The words of the prices of a sale, loaded with them. */

import { type MoreWords, say, type Values, type Word } from "../../../shared/i18n";
import type { OfficeWords } from "../../i18n/en";
import type { PriceWords } from "./i18n/en";

export const PRICE_WORDS: MoreWords = {
  en: () => import("./i18n/en"),
  es: () => import("./i18n/es"),
  pt: () => import("./i18n/pt"),
};

export function t(word: Word | keyof OfficeWords | keyof PriceWords, values: Values = {}): string {
  return say(word, values);
}
