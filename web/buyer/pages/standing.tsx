/** Where a sale stands, in a few words: shared by home, event page and room. */

import { t } from "../../shared/i18n";
import type { Times } from "../../shared/sale/sales";
import { Badge, Until } from "../../shared/ui/signs";
import type { Counters, SaleState } from "../../shared/wire/messages";

/** "Few left" from here on. */
const FEW_PART = 0.08;

export function leftOf(stock: number, counters: Counters | null, told: number | null): number | null {
  return counters ? Math.max(0, stock - counters.sold - counters.held) : told;
}

export interface StandingProps {
  state: SaleState;
  times: Times;
  stock: number;
  /** null: not known yet */
  left: number | null;
}

export function Standing({ state, times, stock, left }: StandingProps) {
  switch (state) {
    case "scheduled":
      return (
        <Badge>
          {t("opens_in")} <Until at_ms={Date.parse(times.opens_at)} />
        </Badge>
      );
    case "lobby":
      return (
        <Badge kind="few">
          {t("room_open")} · <Until at_ms={Date.parse(times.opens_at)} />
        </Badge>
      );
    case "paused":
      return <Badge>{t("state_paused")}</Badge>;
    case "closed":
    case "ended":
      return <Badge kind="gone">{t("state_ended")}</Badge>;
    case "open":
      if (left === 0) return <Badge kind="gone">{t("all_taken")}</Badge>;
      if (left !== null && left <= Math.max(10, stock * FEW_PART)) {
        return <Badge kind="few">{t("few_left", { n: left })}</Badge>;
      }
      return <Badge kind="open">{t("state_open")}</Badge>;
  }
}
