/** How money is given back: to where it came from, as credit, or as a voucher; and then what is put on top of it, and until when it counts. */

import { Field, Switch } from "../../shared/ui/controls";
import { t } from "../words";

export type Way = "origin" | "credit" | "voucher";
export const WAYS: readonly Way[] = ["origin", "credit", "voucher"];

/** What is said of credit and vouchers, as fields have it. */
export interface Terms {
  bonus: string;
  /** the last day; "": it never ends */
  ends: string;
}

export const PLAIN_TERMS: Terms = { bonus: "", ends: "" };

/** The last moment of a day here; NaN where there is none. */
export const endOf = (day: string) => (day === "" ? Number.NaN : new Date(`${day}T23:59:59`).getTime());

function percentOf(typed: string): number | null {
  const percent = typed.trim() === "" ? 0 : Number(typed);
  return Number.isInteger(percent) && percent >= 0 && percent <= 100 ? percent : null;
}

const isOver = (ends: string, from: number) => ends !== "" && !(endOf(ends) > from);

/** As they are asked for; null: one of them can't be. `from`: until when nobody has it yet. */
export function termsOf(
  { bonus, ends }: Terms,
  from = Date.now(),
): { bonus_percent: number; expires_at_ms: number | null } | null {
  const bonus_percent = percentOf(bonus);
  if (bonus_percent === null || isOver(ends, from)) return null;
  return { bonus_percent, expires_at_ms: ends === "" ? null : endOf(ends) };
}

interface Props {
  value: Way;
  terms: Terms;
  onValue(value: Way): void;
  onTerms(terms: Terms): void;
}

export function GiveAs({ value, terms, onValue, onTerms }: Props) {
  return (
    <>
      <Switch<Way>
        label={t("off_give_as")}
        value={value}
        choices={WAYS.map((way) => ({ value: way, label: t(`off_give_${way}`) }))}
        onChange={onValue}
      />
      {value !== "origin" && <CreditTerms terms={terms} onTerms={onTerms} />}
    </>
  );
}

interface TermsProps extends Pick<Props, "terms" | "onTerms"> {
  from?: number;
}

export function CreditTerms({ terms, onTerms, from = Date.now() }: TermsProps) {
  const { bonus, ends } = terms;
  return (
    <>
      <Field
        label={t("off_give_bonus")}
        value={bonus}
        inputMode="numeric"
        maxLength={3}
        optional
        hint={t("off_give_bonus_hint")}
        problem={percentOf(bonus) === null ? t("off_give_bonus_wrong") : null}
        onValue={(typed) => onTerms({ ...terms, bonus: typed })}
      />
      <Field
        label={t("off_give_ends")}
        type="date"
        value={ends}
        optional
        hint={t("off_give_ends_hint")}
        problem={isOver(ends, from) ? t("off_give_ends_wrong") : null}
        onValue={(day) => onTerms({ ...terms, ends: day })}
      />
    </>
  );
}
