/** What a credit is called, how it stands, and what its amounts come to. */

import { minorDigits } from "../../../shared/format/money";
import type { CreditShape } from "../../../shared/wire/contract";
import { amountOf } from "../../price-table";
import { t } from "./words";

export const kindTold = ({ kind, code_end }: CreditShape): string =>
  kind === "credit" ? t("crd_kind_credit") : t("crd_kind_voucher", { end: code_end });

type Standing = "counts" | "revoked" | "expired" | "used";

export function standing(credit: CreditShape, now_ms: number): Standing {
  if (credit.revoked) return "revoked";
  if (credit.expires_at !== null && Date.parse(credit.expires_at) <= now_ms) return "expired";
  return credit.balance === 0 ? "used" : "counts";
}

/** The amount in minor units; null when it is none. */
export function minorOf(written: string, currency: string): number | null {
  const digits = minorDigits(currency);
  const plain = amountOf(written, digits);
  if (plain === null) return null;
  const [whole = "0", rest = ""] = plain.split(".");
  return Number(whole + rest.padEnd(digits, "0"));
}
