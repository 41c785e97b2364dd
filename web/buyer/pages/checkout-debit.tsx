/** A debit of a bank account in Europe: its number is typed into Stripe's field, and its holder agrees to be debited. */

import type { SaleInfo } from "../../shared/sale/sales";
import { type Collector, StripeField } from "./checkout-stripe";
import { t } from "./collecting/words";

export function DebitPart({ info, collector }: { info: SaleInfo; collector: Collector }) {
  return (
    <section class="stack" aria-labelledby="debit-title">
      <h2 class="step" id="debit-title">
        {t("pay_sepa_debit")}
      </h2>
      <p>{t("debit_explained")}</p>
      <StripeField kind="iban" label={t("debit_iban")} collector={collector} />
      <p class="small soft">{t("debit_mandate", { seller: info.organizer?.name ?? info.name })}</p>
    </section>
  );
}
