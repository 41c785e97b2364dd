/** A price zone for the chosen seats: a new one, one that is there, or none. Nothing is sent: it is a stroke that can be undone. */

import { useState } from "preact/hooks";
import { minorDigits } from "../../../shared/format/money";
import { locale } from "../../../shared/i18n";
import { Button, Field } from "../../../shared/ui/controls";
import { type Fields, type Rule, useForm } from "../../../shared/ui/form";
import { NEW, type Painted, type Stroke } from "../../painting";
import { amountOf, writtenAmount } from "../../price-table";
import { Choose } from "../../ui/choose";
import { t } from "./words";

const NAME_CHARS_MAX = 200;
const FRESH = "";
const PLAIN = "-";

interface Props {
  painted: Painted;
  currency: string;
  seats: readonly number[];
  onPaint(stroke: Stroke): void;
  onEnd(): void;
}

export function PriceZone(props: Props) {
  const { painted, seats, onPaint, onEnd } = props;
  const [which, setWhich] = useState(FRESH);
  const words = (id: string) => {
    if (id === FRESH) return t("paint_zone_new");
    if (id === PLAIN) return t("paint_section_price");
    return painted.zones.find((zone) => zone.id === id)?.name ?? id;
  };
  return (
    <div class="stack">
      <Choose
        label={t("paint_zone_which")}
        value={which}
        options={[FRESH, ...painted.zones.map(({ id }) => id), PLAIN]}
        words={words}
        onValue={setWhich}
      />
      {which === PLAIN ? (
        <span class="row">
          <Button kind="main" onClick={() => onPaint({ does: "plain", seats })}>
            {t("paint_zone_paint")}
          </Button>
          <Button onClick={onEnd}>{t("off_withheld_cancel")}</Button>
        </span>
      ) : (
        <Amounts key={which} {...props} zone={which} />
      )}
    </div>
  );
}

/** What a price field has to hold: nothing, or an amount of the currency. */
export function amountRule(digits: number): Rule<Fields> {
  return (written) =>
    written.trim() !== "" && amountOf(written, digits) === null ? t("dash_prices_amount") : null;
}

/** In minor units what was typed below each of these names. */
export function typedAmounts(
  values: Fields,
  names: readonly string[],
  digits: number,
): Record<string, number> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const amount = amountOf(values[`price ${name}`] ?? "", digits);
      return amount === null ? [] : [[name, Math.round(Number(amount) * 10 ** digits)]];
    }),
  );
}

function Amounts({ painted, currency, seats, zone, onPaint, onEnd }: Props & { zone: string }) {
  const digits = minorDigits(currency);
  const types = Object.keys(painted.types);
  const there = painted.zones.find(({ id }) => id === zone);
  const its = painted.prices[zone] ?? {};
  const first: Fields = { name: there?.name ?? "" };
  const rules: Record<string, Rule<Fields>> = {
    name: (name) => (name.trim() === "" ? t("paint_zone_missing") : null),
  };
  for (const [at, type] of types.entries()) {
    const amount = its[type];
    first[`price ${type}`] = amount === undefined ? "" : writtenAmount(amount, digits, locale.value);
    rules[`price ${type}`] = (written, all) => {
      const none = types.every((each) => (all[`price ${each}`] ?? "").trim() === "");
      return at === 0 && none ? t("paint_zone_price") : amountRule(digits)(written, all);
    };
  }
  const form = useForm(first, rules);
  const paint = form.submit(async (values) => {
    const name = (values.name ?? "").trim();
    const prices = typedAmounts(values, types, digits);
    onPaint({ does: "zone", id: there?.id ?? NEW + name, name, seats, prices });
  });
  return (
    <form class="stack" noValidate ref={form.element} onSubmit={(submit) => void paint(submit)}>
      {!there && (
        <Field
          {...form.field("name")}
          label={t("paint_zone_name")}
          maxLength={NAME_CHARS_MAX}
          spellcheck
          required
        />
      )}
      {types.map((type) => (
        <Field
          key={type}
          {...form.field(`price ${type}`)}
          label={`${painted.types[type]} (${currency})`}
          inputMode="numeric"
          maxLength={16}
        />
      ))}
      <span class="row">
        <Button kind="main" type="submit" busy={form.busy}>
          {t("paint_zone_paint")}
        </Button>
        <Button onClick={onEnd}>{t("off_withheld_cancel")}</Button>
      </span>
    </form>
  );
}
