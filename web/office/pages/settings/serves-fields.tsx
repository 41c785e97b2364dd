/** What an account is for: the fields that say it, for accounts of every kind. */

import type { ComponentProps } from "preact";
import { Field } from "../../../shared/ui/controls";
import { currencyOf, listed, type ServesTyped, sumOf } from "../../serves";
import { t } from "./words";

const each =
  (form: RegExp, wrong: "set_pay_currencies_wrong" | "set_pay_countries_wrong") => (text: string) =>
    listed(text).every((one) => form.test(one)) ? null : t(wrong);
const isSum = (text: string, typed: ServesTyped) =>
  sumOf(text, currencyOf(typed)) === undefined ? t("set_pay_sum_wrong") : null;

export const SERVES_RIGHT = {
  currencies: each(/^[A-Z]{3}$/, "set_pay_currencies_wrong"),
  countries: each(/^[A-Z]{2}$/, "set_pay_countries_wrong"),
  amount_from: isSum,
  amount_up_to: isSum,
};

type Of = (name: keyof typeof SERVES_RIGHT) => Omit<ComponentProps<typeof Field>, "label">;

export function ServesFields({ field }: { field: Of }) {
  return (
    <>
      <Field
        {...field("currencies")}
        label={t("set_pay_currencies")}
        hint={t("set_pay_currencies_hint")}
        optional
      />
      <Field
        {...field("countries")}
        label={t("set_pay_countries")}
        hint={t("set_pay_countries_hint")}
        optional
      />
      <Field
        {...field("amount_from")}
        label={t("set_pay_amount_from")}
        hint={t("set_pay_amount_hint")}
        inputMode="numeric"
        optional
      />
      <Field {...field("amount_up_to")} label={t("set_pay_amount_up_to")} inputMode="numeric" optional />
    </>
  );
}
