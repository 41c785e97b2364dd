/** The price lists of a sale: those that were, and the next one. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { explain } from "../../shared/app/refusals";
import type { FollowedSale } from "../../shared/sale/followed";
import type { SaleInfo } from "../../shared/sale/sales";
import { Button } from "../../shared/ui/controls";
import { bothClocks } from "../../shared/ui/moments";
import { Notice } from "../../shared/ui/signs";
import type { PriceListShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { holdsAny } from "../shell/places";
import { useLater } from "../ui/later";
import { permissions } from "../who";
import { t } from "../words";
import type { Lists, TableProps } from "./prices/table";
import { PRICE_WORDS } from "./prices/words";

const WORDS = [PRICE_WORDS];
const loadTable = () => import("./prices/table").then(({ Table }) => Table);

function begins(list: PriceListShape, zone: string): string {
  return list.from_ms === 0
    ? t("dash_prices_from_the_beginning")
    : t("dash_prices_from", { at: bothClocks(list.from_ms, zone) });
}

function Later(props: TableProps) {
  const Table = useLater(WORDS, loadTable);
  return Table === null ? <p aria-busy="true" /> : <Table {...props} />;
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
          {may && <Later key={newest.list} info={info} newest={newest} lists={lists} />}
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
