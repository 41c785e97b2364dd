/** How money is given back: to where it came from, as credit, or as a voucher; and what is put on top of it then. */

import { Field, Switch } from "../../shared/ui/controls";
import { t } from "../words";

export type Way = "origin" | "credit" | "voucher";
export const WAYS: readonly Way[] = ["origin", "credit", "voucher"];

/** A percentage as it is typed; null: it can't be one. */
export function percentOf(typed: string): number | null {
  const percent = typed.trim() === "" ? 0 : Number(typed);
  return Number.isInteger(percent) && percent >= 0 && percent <= 100 ? percent : null;
}

interface Props {
  value: Way;
  bonus: string;
  onValue(value: Way): void;
  onBonus(bonus: string): void;
}

export function GiveAs({ value, bonus, onValue, onBonus }: Props) {
  return (
    <>
      <Switch<Way>
        label={t("off_give_as")}
        value={value}
        choices={WAYS.map((way) => ({ value: way, label: t(`off_give_${way}`) }))}
        onChange={onValue}
      />
      {value !== "origin" && <Bonus bonus={bonus} onBonus={onBonus} />}
    </>
  );
}

export function Bonus({ bonus, onBonus }: Pick<Props, "bonus" | "onBonus">) {
  return (
    <Field
      label={t("off_give_bonus")}
      value={bonus}
      inputMode="numeric"
      maxLength={3}
      optional
      hint={t("off_give_bonus_hint")}
      problem={percentOf(bonus) === null ? t("off_give_bonus_wrong") : null}
      onValue={onBonus}
    />
  );
}
