/** What is to be done for an order whose money is awaited, and by when: in the buyer's zone and in that of the event. */

import { price } from "../../shared/format/price";
import { ownZone } from "../../shared/format/time";
import { t } from "../../shared/i18n";
import { bothClocks } from "../../shared/ui/moments";
import type { Order } from "../../shared/wire/messages";
import { dueOf } from "../sale/credit";

/** "Thu 18 July, 18:00"; where the buyer's clock shows another time than the event's, both. */
export const payByWords = (pay_by_ms: number, zone: string | undefined): string =>
  bothClocks(pay_by_ms, zone ?? ownZone());

export function PayWith({ order, zone }: { order: Order; zone: string | undefined }) {
  const { pay_by_ms, pay_with } = order;
  if (order.state !== "awaiting" || pay_by_ms == null || pay_with == null) return null;
  const said: [string, string][] = [
    [t("transfer_amount"), price(dueOf(order), order.currency)],
    [t("transfer_account"), pay_with.account],
    [t("transfer_reference"), pay_with.reference],
  ];
  return (
    <section class="stack" aria-labelledby="pay-with">
      <h2 class="title" id="pay-with">
        {t("pay_by", { time: payByWords(pay_by_ms, zone) })}
      </h2>
      <dl class="stack-tight">
        {said.map(([name, value]) => (
          <div key={name} class="spread">
            <dt class="soft">{name}</dt>
            <dd class="figure">{value}</dd>
          </div>
        ))}
      </dl>
      <p class="small soft">{t("pay_by_explained")}</p>
    </section>
  );
}
