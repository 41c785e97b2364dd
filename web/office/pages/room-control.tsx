/** How many shop at once and how fast they are let in; the field that is wrong says so. */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { locale } from "../../shared/i18n";
import type { FollowedSale } from "../../shared/sale/followed";
import { saleInfo } from "../../shared/sale/sales";
import { Button, Field } from "../../shared/ui/controls";
import { type Rule, useForm } from "../../shared/ui/form";
import { Notice } from "../../shared/ui/signs";
import { changeRoom } from "../api";
import { type Bounds, PER_SECOND, SHOPPERS, wholeNumber } from "../room-limits";
import { useUnsaved } from "../ui/editing";
import { t } from "../words";

const within =
  (bounds: Bounds): Rule<{ shoppers: string; rate: string }> =>
  (written) => {
    if (wholeNumber(written, bounds) !== null) return null;
    const write = new Intl.NumberFormat(locale.value);
    return t("dash_whole_number", { min: write.format(bounds.min), max: write.format(bounds.max) });
  };

export function RoomControl({ sale }: { sale: FollowedSale }) {
  const info = sale.info.value;
  const [saved, setSaved] = useState(false);
  const form = useForm(
    {
      shoppers: String(sale.room.value?.shoppers_max ?? info?.shoppers_max ?? ""),
      rate: String(info?.per_second_max ?? ""),
    },
    { shoppers: within(SHOPPERS), rate: within(PER_SECOND) },
  );
  useUnsaved(form.dirty);
  if (!info?.room) return null;
  const save = form.submit(async ({ shoppers, rate }) => {
    const room = { shoppers: Number(shoppers), per_second: Number(rate) };
    sale.info.value = saleInfo(await changeRoom(sale.id, { ...room, claim_seconds: info.claim_ms / 1000 }));
    if (sale.room.value) sale.room.value = { ...sale.room.value, shoppers_max: room.shoppers };
    form.restart();
    setSaved(true);
  });
  const field = (name: "shoppers" | "rate") => {
    const bound = form.field(name);
    return {
      ...bound,
      onValue: (value: string) => {
        setSaved(false);
        bound.onValue(value);
      },
    };
  };
  return (
    <form class="room-control" noValidate ref={form.element} onSubmit={(submit) => void save(submit)}>
      <Field
        {...field("shoppers")}
        label={t("dash_shoppers_max")}
        inputMode="numeric"
        autocomplete="off"
        maxLength={7}
      />
      <Field
        {...field("rate")}
        label={t("dash_per_second")}
        inputMode="numeric"
        autocomplete="off"
        maxLength={5}
      />
      <span class="row">
        <Button type="submit" busy={form.busy}>
          {t("dash_save")}
        </Button>
        <span class="small soft" role="status">
          {saved ? t("dash_saved") : ""}
        </span>
      </span>
      {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
    </form>
  );
}
