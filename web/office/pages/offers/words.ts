/** The words of the coupons, loaded with them. */

import { type MoreWords, say, type Values, type Word } from "../../../shared/i18n";
import type { OfficeWords } from "../../i18n/en";
import type { OffersWords } from "./i18n/en";

export const OFFERS_WORDS: MoreWords = {
  en: () => import("./i18n/en"),
  es: () => import("./i18n/es"),
  pt: () => import("./i18n/pt"),
};

export function t(word: Word | keyof OfficeWords | keyof OffersWords, values: Values = {}): string {
  return say(word, values);
}
