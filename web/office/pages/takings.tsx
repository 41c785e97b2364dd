/** What a sale has taken in, and what of it is what: by the ledger, read as somebody asks for it. */

import { useMemo, useState } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { money } from "../../shared/format/money";
import { locale } from "../../shared/i18n";
import type { FollowedSale } from "../../shared/sale/followed";
import type { SaleInfo } from "../../shared/sale/sales";
import { Button } from "../../shared/ui/controls";
import { Loaded } from "../../shared/ui/loaded";
import { ask } from "../api";
import { t } from "../words";

async function partsOf(sale: string) {
  return (
    (await ask("GET /api/sales/{sale}/takings", { parts: { sale }, query: { parts: "true" } })).parts ?? null
  );
}

function nameOf(type: string, info: SaleInfo): string {
  return info.types[type] ?? info.products?.find(({ id }) => id === type)?.name ?? type;
}

export function Takings({ sale, info }: { sale: FollowedSale; info: SaleInfo }) {
  const read = useMemo(() => new Loading(() => partsOf(sale.id)), [sale]);
  const [shown, show] = useState(false);
  const amount = (minor: number) => money(minor, info.currency, locale.value);
  const open = () => {
    show(true);
    void read.again();
  };
  return (
    <section class="panel stack" aria-label={t("dash_takings")}>
      <h2 class="tag">{t("dash_takings")}</h2>
      {shown && (
        <Loaded of={read} part>
          {(parts) =>
            parts && (
              <dl class="facts" data-testid="takings">
                {Object.entries(parts.by_type).map(([type, prices]) => (
                  <Part key={type} name={nameOf(type, info)} sum={amount(prices)} />
                ))}
                {parts.discount > 0 && (
                  <Part name={t("dash_takings_discount")} sum={amount(-parts.discount)} />
                )}
                <Part name={t("dash_takings_fees")} sum={amount(parts.fees)} />
                <Part name={t("dash_takings_taxes")} sum={amount(parts.taxes)} />
                <Part name={t("dash_revenue")} sum={amount(parts.captured)} />
              </dl>
            )
          }
        </Loaded>
      )}
      <p class="small soft">{t("dash_takings_note")}</p>
      <div>
        <Button onClick={open}>{t(shown ? "dash_takings_again" : "dash_takings_show")}</Button>
      </div>
    </section>
  );
}

function Part({ name, sum }: { name: string; sum: string }) {
  return (
    <div>
      <dt class="tag breaks">{name}</dt>
      <dd class="figure">{sum}</dd>
    </div>
  );
}
