/** The price lists of a sale: those that were, and the next one, typed by section or pool and ticket type. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { explain } from "../../shared/app/refusals";
import { minorDigits } from "../../shared/format/money";
import { locale } from "../../shared/i18n";
import { codeOf } from "../../shared/live/errors";
import type { FollowedSale } from "../../shared/sale/followed";
import type { SaleInfo } from "../../shared/sale/sales";
import { Button, Field } from "../../shared/ui/controls";
import { type Fields, type Rule, useForm } from "../../shared/ui/form";
import { bothClocks } from "../../shared/ui/moments";
import { Notice } from "../../shared/ui/signs";
import type { PriceListShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { amountOf, fieldOf, typedPrices, writtenAmount } from "../price-table";
import { holdsAny } from "../shell/places";
import { useUnsaved } from "../ui/editing";
import { tell } from "../ui/toasts";
import { permissions } from "../who";
import { t } from "../words";

type Lists = Loading<PriceListShape[]>;

function begins(list: PriceListShape, zone: string): string {
  return list.from_ms === 0
    ? t("dash_prices_from_the_beginning")
    : t("dash_prices_from", { at: bothClocks(list.from_ms, zone) });
}

/** What stands in the fields before anybody types: an empty one is not sold. */
function firstValues(info: SaleInfo, newest: PriceListShape): Fields {
  const digits = minorDigits(info.currency);
  const places = Object.entries(newest.prices);
  return Object.fromEntries(
    places.flatMap(([place, its]) =>
      Object.keys(info.types).map((type) => {
        const amount = its[type];
        return [
          fieldOf(place, type),
          amount === undefined ? "" : writtenAmount(amount, digits, locale.value),
        ];
      }),
    ),
  );
}

function rulesOf(info: SaleInfo, newest: PriceListShape): Record<string, Rule<Fields>> {
  const digits = minorDigits(info.currency);
  const types = Object.keys(info.types);
  return Object.fromEntries(
    Object.keys(newest.prices).flatMap((place) =>
      types.map((type, at): [string, Rule<Fields>] => [
        fieldOf(place, type),
        (written, all) => {
          if (written.trim() !== "")
            return amountOf(written, digits) === null ? t("dash_prices_amount") : null;
          const none = types.every((each) => (all[fieldOf(place, each)] ?? "").trim() === "");
          return at === 0 && none ? t("dash_prices_one_needed") : null;
        },
      ]),
    ),
  );
}

function Table({ info, newest, lists }: { info: SaleInfo; newest: PriceListShape; lists: Lists }) {
  const form = useForm(firstValues(info, newest), rulesOf(info, newest));
  useUnsaved(form.dirty);
  const names = new Map([...info.sections, ...info.pools, ...newest.zones].map(({ id, name }) => [id, name]));
  const save = form.submit(async (values) => {
    const body = { prices: typedPrices(values, newest.prices, Object.keys(info.types)), list: newest.list };
    try {
      const made = await ask("PUT /api/sales/{sale}/prices", { parts: { sale: info.id }, body });
      form.restart();
      if (made.list === newest.list) return;
      tell(t("dash_prices_saved", { list: made.list, at: bothClocks(made.from_ms, info.zone) }));
      await lists.again();
    } catch (error) {
      if (codeOf(error) === "changed_meanwhile") await lists.again();
      throw error;
    }
  });
  return (
    <form class="stack" noValidate ref={form.element} onSubmit={(submit) => void save(submit)}>
      {Object.keys(newest.prices).map((place) => (
        <fieldset key={place}>
          <legend>{names.get(place) ?? place}</legend>
          <div class="room-control">
            {Object.entries(info.types).map(([type, name]) => (
              <Field
                key={type}
                {...form.field(fieldOf(place, type))}
                label={`${name} (${info.currency})`}
                inputMode="numeric"
                maxLength={16}
              />
            ))}
          </div>
        </fieldset>
      ))}
      <p class="soft">{t("dash_prices_who_pays")}</p>
      <span class="row">
        <Button type="submit" kind="main" busy={form.busy} disabled={!form.dirty}>
          {t("dash_prices_save")}
        </Button>
      </span>
      {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
    </form>
  );
}

export function Prices({ sale, info }: { sale: FollowedSale; info: SaleInfo }) {
  const lists: Lists = useMemo(
    () =>
      new Loading(
        async () => (await ask("GET /api/sales/{sale}/prices", { parts: { sale: sale.id } })).items,
      ),
    [sale],
  );
  const [open, setOpen] = useState(false);
  const told = sale.room.value?.list;
  useEffect(() => {
    if (open) void lists.again();
  }, [open, told]);
  const [newest] = lists.value.value ?? [];
  const may =
    holdsAny(permissions.value, ["event:edit"]) && !["closed", "ended"].includes(sale.state.value ?? "");
  return (
    <section class="panel stack" aria-label={t("dash_prices")}>
      <span class="spread">
        <h2 class="tag">{t("dash_prices")}</h2>
        <Button aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t("dash_prices_hide") : t("dash_prices_show")}
        </Button>
      </span>
      {open && lists.failure.value !== null && <Notice kind="bad">{explain(lists.failure.value)}</Notice>}
      {open && newest && (
        <>
          {may && <Table key={newest.list} info={info} newest={newest} lists={lists} />}
          <ul class="items">
            {(lists.value.value ?? []).map((list) => (
              <li key={list.list} class="spread">
                <span>{t("dash_prices_list", { list: list.list })}</span>
                <span class="small soft">
                  {begins(list, info.zone)}
                  {list.made_by && ` · ${list.made_by}`}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
