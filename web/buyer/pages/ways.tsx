/** Ways to pay: with one press, with a card typed here, or later by a transfer. What a sale offers, its server says. */

import { t } from "../../shared/i18n";
import type { SaleInfo } from "../../shared/sale/sales";
import { Button, Switch } from "../../shared/ui/controls";
import type { CheckoutForm } from "./checkout-form";
import { CardPart } from "./checkout-parts";

export type Method = "card" | "transfer" | "wallet";

/** A server of the release before says none, and takes cards. */
export const offers = (info: SaleInfo, method: Method): boolean => {
  const methods = info.payment_methods ?? [];
  return methods.length > 0 ? methods.includes(method) : method === "card";
};

/** Above the card, so that nobody types one in vain. */
function ExpressWays({ pays }: { pays(method: Method): void }) {
  return (
    <section class="stack" aria-labelledby="express-title">
      <h2 class="step" id="express-title">
        {t("express_title")}
      </h2>
      <span>
        <Button size="large" onClick={() => pays("wallet")}>
          {t("pay_wallet")}
        </Button>
      </span>
    </section>
  );
}

function TransferPart() {
  return (
    <section class="stack" aria-labelledby="transfer-title">
      <h2 class="step" id="transfer-title">
        {t("transfer_title")}
      </h2>
      <p>{t("transfer_explained")}</p>
    </section>
  );
}

interface Props {
  info: SaleInfo;
  form: CheckoutForm;
  pays(method: Method): void;
}

export function Ways({ info, form, pays }: Props) {
  return (
    <>
      {offers(info, "wallet") && <ExpressWays pays={pays} />}
      {offers(info, "card") && offers(info, "transfer") && (
        <span>
          <Switch
            label={t("pay_how")}
            value={form.method}
            choices={[
              { value: "card", label: t("pay_card") },
              { value: "transfer", label: t("pay_transfer") },
            ]}
            onChange={form.setMethod}
          />
        </span>
      )}
      {form.method === "card" ? <CardPart form={form} /> : <TransferPart />}
    </>
  );
}
