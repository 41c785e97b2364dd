/** Credit and vouchers as buyers read them. A server of the release before knows of none. */

import { t } from "../../shared/i18n";
import { Refusal } from "../../shared/live/errors";

/** What a voucher is called, by the end of its code, and credit of somebody. */
export const creditName = ({ kind, code_end }: { kind: "credit" | "voucher"; code_end: string }): string =>
  kind === "voucher" ? t("voucher_named", { end: code_end }) : t("credit_own");

/** What a cart or an order leaves to pay. */
export const dueOf = (owes: { total: number; due?: number }): number => owes.due ?? owes.total;

/** Why a voucher that was typed is refused; null of any other failure. */
export function refusedVoucher(failure: unknown): string | null {
  const fields = failure instanceof Refusal ? (failure.detail.fields ?? []) : [];
  return fields.find(({ path }) => path === "voucher")?.why ?? null;
}
