/** Who sells, on what terms, and what is added to the price: what a buyer reads before paying. */

import { t } from "../../shared/i18n";
import type { SaleInfo } from "../../shared/sale/sales";
import { Check } from "../../shared/ui/controls";
import type { Cart } from "../../shared/wire/messages";
import type { CheckoutForm } from "./checkout-form";

/** Said only where it is so: the total is the sum of the prices. */
export function NoFees({ cart }: { cart: Cart }) {
  const prices = cart.items.reduce((sum, item) => sum + item.price, 0);
  if (cart.total === 0 || cart.total !== prices) return null;
  return <p class="small soft">{t("no_fees")}</p>;
}

export function Seller({ info }: { info: SaleInfo }) {
  if (!info.organizer) return null;
  const { name, refund_rule } = info.organizer;
  return (
    <dl class="seller small">
      <div>
        <dt>{t("sold_by")}</dt>
        <dd>{name}</dd>
      </div>
      {refund_rule && (
        <div>
          <dt>{t("refunds")}</dt>
          <dd>{refund_rule}</dd>
        </div>
      )}
    </dl>
  );
}

/** What the buyer accepts, where there is anything: the organizer's words as plain text, or where they stand. */
export function Terms({ info, form, locked }: { info: SaleInfo; form: CheckoutForm; locked: boolean }) {
  const { organizer } = info;
  const terms = organizer?.terms;
  if (!organizer || !terms) return null;
  return (
    <section class="stack-tight" aria-label={t("terms_title")}>
      {terms.text && (
        <details class="terms">
          <summary>{t("terms_read", { organizer: organizer.name })}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who scrolls by keyboard has to get into it */}
          <p class="terms-text small" tabIndex={0}>
            {terms.text}
          </p>
        </details>
      )}
      {terms.url && (
        <a class="small" href={terms.url} target="_blank" rel="noopener noreferrer external">
          {terms.text ? t("terms_more") : t("terms_read", { organizer: organizer.name })}
        </a>
      )}
      <Check
        label={t("terms_accept", { organizer: organizer.name })}
        checked={form.accepted === terms.version}
        disabled={locked}
        problem={form.problem("terms")}
        onChange={(yes) => form.accept(yes ? terms.version : null)}
      />
    </section>
  );
}
