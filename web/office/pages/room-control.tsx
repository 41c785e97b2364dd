/** How many shop at once and how fast they are let in; the field that is wrong says so. */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { locale } from "../../shared/i18n";
import type { FollowedSale } from "../../shared/sale/followed";
import { Button, Field } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import { changeRoom } from "../api";
import { useFirstWrong } from "../first-wrong";
import { type Bounds, PER_SECOND, SHOPPERS, wholeNumber } from "../room-limits";
import { t } from "../words";

function problem(written: string, bounds: Bounds): string | null {
  if (wholeNumber(written, bounds) !== null) return null;
  const write = new Intl.NumberFormat(locale.value);
  return t("dash_whole_number", { min: write.format(bounds.min), max: write.format(bounds.max) });
}

export function RoomControl({ sale }: { sale: FollowedSale }) {
  const info = sale.info.value;
  const [shoppers, setShoppers] = useState<string | null>(null);
  const [rate, setRate] = useState<string | null>(null);
  const [tries, setTries] = useState(0); // with something wrong, since the last that was saved
  const [said, setSaid] = useState<"" | "saved" | "busy">("");
  const [failure, setFailure] = useState<unknown>(null);
  const form = useFirstWrong(tries);
  if (!info?.room) return null;
  const limit = shoppers ?? String(sale.room.value?.shoppers_max ?? info.shoppers_max);
  const inflow = rate ?? String(info.per_second_max);
  const write = (keep: (value: string) => void) => (value: string) => {
    setSaid("");
    keep(value);
  };
  const save = async (submit: Event) => {
    submit.preventDefault();
    const wanted = { shoppers: wholeNumber(limit, SHOPPERS), per_second: wholeNumber(inflow, PER_SECOND) };
    if (wanted.shoppers === null || wanted.per_second === null) {
      setTries(tries + 1);
      return;
    }
    setTries(0);
    setSaid("busy");
    try {
      const room = { shoppers: wanted.shoppers, per_second: wanted.per_second };
      await changeRoom(sale.id, { ...room, claim_seconds: info.claim_ms / 1000 });
      setFailure(null);
      setSaid("saved");
    } catch (error) {
      setFailure(error);
      setSaid("");
    }
  };
  return (
    <form class="room-control" noValidate ref={form} onSubmit={(submit) => void save(submit)}>
      <Field
        label={t("dash_shoppers_max")}
        inputMode="numeric"
        value={limit}
        onValue={write(setShoppers)}
        problem={tries > 0 ? problem(limit, SHOPPERS) : null}
        maxLength={7}
      />
      <Field
        label={t("dash_per_second")}
        inputMode="numeric"
        value={inflow}
        onValue={write(setRate)}
        problem={tries > 0 ? problem(inflow, PER_SECOND) : null}
        maxLength={5}
      />
      <span class="row">
        <Button type="submit" busy={said === "busy"}>
          {t("dash_save")}
        </Button>
        <span class="small soft" role="status">
          {said === "saved" ? t("dash_saved") : ""}
        </span>
      </span>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
    </form>
  );
}
