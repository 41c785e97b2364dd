/** Tickets sold to somebody who stands there, or telephoned: what was given away so far, and the form, loaded once it is needed. */

import { useState } from "preact/hooks";
import { money } from "../../shared/format/money";
import { locale } from "../../shared/i18n";
import type { FollowedSale } from "../../shared/sale/followed";
import type { SaleInfo } from "../../shared/sale/sales";
import { Button } from "../../shared/ui/controls";
import type { StaffOrderAnswer } from "../../shared/wire/contract";
import { useLater } from "../ui/later";
import { t } from "../words";
import { GivenAway, useGivenAway } from "./given-away";
import { PAINT_WORDS } from "./painting/words";
import type { SellingProps } from "./selling/form";
import { SELL_WORDS } from "./selling/words";

const WORDS = [PAINT_WORDS, SELL_WORDS];
const loadForm = () => import("./selling/form").then(({ Selling }) => Selling);

export function Sell({ sale, info }: { sale: FollowedSale; info: SaleInfo }) {
  const [selling, setSelling] = useState(false);
  const [sold, setSold] = useState<StaffOrderAnswer["order"] | null>(null);
  const given = useGivenAway(sale.id, sold);
  return (
    <section class="panel stack" aria-labelledby="sell-title">
      <h2 class="tag" id="sell-title">
        {t("off_sell")}
      </h2>
      <p class="soft">{t("off_sell_explained")}</p>
      <GivenAway found={given} currency={info.currency} />
      <p role="status">
        {sold &&
          t("off_sell_done", {
            code: sold.code,
            n: sold.lines.length,
            total: money(sold.total, sold.currency, locale.value),
          })}
      </p>
      {!selling && (
        <span class="row">
          <Button onClick={() => setSelling(true)}>{t("off_sell_begin")}</Button>
        </span>
      )}
      {selling && (
        <Form
          sale={sale}
          info={info}
          given={given}
          onSold={(order) => {
            setSold(order);
            setSelling(false);
          }}
          onEnd={() => setSelling(false)}
        />
      )}
    </section>
  );
}

function Form(props: SellingProps) {
  const Selling = useLater(WORDS, loadForm);
  return Selling === null ? <p aria-busy="true" /> : <Selling {...props} />;
}
