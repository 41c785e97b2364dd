/** What something costs, as people say it: an amount, or "Free". */

import { locale, t } from "../i18n";
import { money } from "./money";

export function price(minor: number, currency: string): string {
  return minor === 0 ? t("free_of_charge") : money(minor, currency, locale.value);
}
