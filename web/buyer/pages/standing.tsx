/** Where a sale stands, in a few words: shared by home, event page and room. */

import { t } from "../../shared/i18n";
import type { Times } from "../../shared/sale/sales";
import { Badge, Until } from "../../shared/ui/signs";
import type { SaleState } from "../../shared/wire/messages";
import { markOf, type Stock } from "../sale/stock";

export interface StandingProps {
  state: SaleState;
  stock: Stock;
  /** to count down to the opening; absent where something else on the page does */
  times?: Times;
}

function Open({ stock }: { stock: Stock }) {
  const mark = markOf(stock);
  switch (mark.is) {
    case "sold_out":
      return <Badge kind="gone">{t("sold_out")}</Badge>;
    case "all_taken":
      return <Badge kind="gone">{t("all_taken")}</Badge>;
    case "few":
      return <Badge kind="few">{t("few_left", { n: mark.n })}</Badge>;
    case "plenty":
      return <Badge kind="open">{t("state_open")}</Badge>;
  }
}

export function Standing({ state, times, stock }: StandingProps) {
  const opening = times && <Until at_ms={Date.parse(times.opens_at)} />;
  switch (state) {
    case "scheduled":
      return opening ? (
        <Badge>
          {t("opens_in")} {opening}
        </Badge>
      ) : (
        <Badge>{t("state_scheduled")}</Badge>
      );
    case "lobby":
      return (
        <Badge kind="few">
          {t("room_open")}
          {opening && <> · {opening}</>}
        </Badge>
      );
    case "paused":
      return <Badge>{t("state_paused")}</Badge>;
    case "closed":
    case "ended":
      return <Badge kind="gone">{t("state_ended")}</Badge>;
    case "open":
      return <Open stock={stock} />;
  }
}
