/** The words of moving an order, loaded with its form. */

import { type MoreWords, say, type Values, type Word } from "../../../shared/i18n";
import type { OfficeWords } from "../../i18n/en";
import type { MoveWords } from "./i18n/en";

export const MOVE_WORDS: MoreWords = {
  en: () => import("./i18n/en"),
  es: () => import("./i18n/es"),
  pt: () => import("./i18n/pt"),
};

export function t(word: Word | keyof OfficeWords | keyof MoveWords, values: Values = {}): string {
  return say(word, values);
}
