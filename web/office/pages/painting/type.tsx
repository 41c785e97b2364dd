/** A ticket type that the sale is to have as well, with what it costs where it is sold. Nothing is sent: it can be undone. */

import { minorDigits } from "../../../shared/format/money";
import { Button, Field } from "../../../shared/ui/controls";
import { type Fields, type Rule, useForm } from "../../../shared/ui/form";
import { NEW, type Painted, type Stroke } from "../../painting";
import { t } from "./words";
import { amountRule, typedAmounts } from "./zone";

const NAME_CHARS_MAX = 64;

interface Props {
  painted: Painted;
  currency: string;
  /** what sections, pools and zones are called */
  names: ReadonlyMap<string, string>;
  onAdd(stroke: Stroke): void;
  onEnd(): void;
}

export function NewType({ painted, currency, names, onAdd, onEnd }: Props) {
  const digits = minorDigits(currency);
  const places = Object.keys(painted.prices);
  const known = new Set(Object.values(painted.types).map((name) => name.toLowerCase()));
  const rules: Record<string, Rule<Fields>> = {
    name: (name) => {
      if (name.trim() === "") return t("paint_zone_missing");
      return known.has(name.trim().toLowerCase()) ? t("paint_type_there") : null;
    },
  };
  for (const [at, place] of places.entries())
    rules[`price ${place}`] = (written, all) => {
      const none = places.every((each) => (all[`price ${each}`] ?? "").trim() === "");
      return at === 0 && none ? t("paint_zone_price") : amountRule(digits)(written, all);
    };
  const first = Object.fromEntries(Object.keys(rules).map((name) => [name, ""]));
  const form = useForm(first, rules);
  const add = form.submit(async (values) => {
    const name = (values.name ?? "").trim();
    onAdd({ does: "type", id: NEW + name, name, prices: typedAmounts(values, places, digits) });
  });
  return (
    <form class="stack" noValidate ref={form.element} onSubmit={(submit) => void add(submit)}>
      <Field
        {...form.field("name")}
        label={t("paint_type_name")}
        maxLength={NAME_CHARS_MAX}
        spellcheck
        required
      />
      <p class="soft">{t("paint_type_where")}</p>
      {places.map((place) => (
        <Field
          key={place}
          {...form.field(`price ${place}`)}
          label={`${names.get(place) ?? place} (${currency})`}
          inputMode="numeric"
          maxLength={16}
        />
      ))}
      <span class="row">
        <Button kind="main" type="submit" busy={form.busy}>
          {t("paint_type_add")}
        </Button>
        <Button onClick={onEnd}>{t("off_withheld_cancel")}</Button>
      </span>
    </form>
  );
}
