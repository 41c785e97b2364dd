/** What a cart is paid with besides money: vouchers whose codes are typed, each with what it pays, and its buyer's own credit. */

import { useEffect, useState } from "preact/hooks";
import { read } from "../../shared/app/http";
import { explain } from "../../shared/app/refusals";
import { money } from "../../shared/format/money";
import { day, ownZone } from "../../shared/format/time";
import { hasWord, language, locale, t } from "../../shared/i18n";
import { Button } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import type { CartCreditShape } from "../../shared/wire/contract";
import type { Cart } from "../../shared/wire/messages";
import { creditName, refusedVoucher } from "../sale/credit";
import { bearer } from "../sale/profile";
import type { SaleSession } from "../sale/session";
import type { CheckoutForm } from "./checkout-form";
import { CodeField } from "./code-field";

interface CreditsProps {
  sale: SaleSession;
  cart: Cart;
  form: CheckoutForm;
  locked: boolean;
}

export function Credits({ sale, cart, form, locked }: CreditsProps) {
  const { credits = [], has_vouchers = false } = cart;
  const own = useOwnCredit(sale, cart);
  const uses = credits.some(({ kind }) => kind === "credit");
  const vouchers = credits.some(({ kind }) => kind === "voucher");
  if (credits.length === 0 && !has_vouchers && own === 0) return null;
  return (
    <section class="credits stack" aria-label={t("vouchers")}>
      {credits.length > 0 && (
        <div role="status">
          <ul class="plain stack">
            {credits.map((each) => (
              <Paying key={each.id} credit={each} currency={cart.currency} />
            ))}
          </ul>
        </div>
      )}
      {!locked && vouchers && (
        <span>
          <Button kind="plain" onClick={() => void form.change({ voucher: "" })}>
            {t("vouchers_take_out")}
          </Button>
        </span>
      )}
      {!locked && (own > 0 || uses) && (
        <span>
          <Button kind="plain" onClick={() => void form.change({ own_credit: !uses })}>
            {uses ? t("credit_keep") : t("credit_use", { amount: money(own, cart.currency, locale.value) })}
          </Button>
        </span>
      )}
      {(has_vouchers || vouchers) && !locked && cart.total > 0 && (
        <CodeField
          label={t("voucher_code")}
          send={(voucher) => form.change({ voucher })}
          explained={voucherProblem}
        />
      )}
    </section>
  );
}

function Paying({ credit, currency }: { credit: CartCreditShape; currency: string }) {
  const name = creditName(credit);
  if (credit.why !== null && credit.kind === "voucher") {
    return (
      <li>
        <Notice kind="bad">{t(`issue_voucher_${credit.why}`, { name })}</Notice>
      </li>
    );
  }
  const until = credit.expires_at_ms;
  return (
    <li class="spread">
      <span>
        {name}
        {until !== null && (
          <span class="soft small">
            {" "}
            {t("credit_until", { when: day(until, ownZone(), language.value) })}
          </span>
        )}
      </span>
      <span class="figure">{money(-credit.used, currency, locale.value)}</span>
    </li>
  );
}

/** What the buyer could pay with of their own: asked once an address stands, since it may be shown to be theirs. */
function useOwnCredit(sale: SaleSession, cart: Cart): number {
  const [own, setOwn] = useState(0);
  const { email } = cart.contact;
  useEffect(() => {
    let here = true;
    if (email && cart.credits !== undefined) {
      read("GET /api/sales/{sale}/carts/mine/credit", { parts: { sale: sale.id }, headers: bearer() })
        .then(({ items }) => here && setOwn(items.reduce((sum, each) => sum + each.balance, 0)))
        .catch(() => here && setOwn(0)); // it is an offer: without it everything goes on
    }
    return () => {
      here = false;
    };
  }, [email, sale.id]);
  return own;
}

function voucherProblem(failure: unknown): string {
  const word = `issue_voucher_${refusedVoucher(failure)}`;
  return hasWord(word) ? t(word, { name: t("voucher_this") }) : explain(failure);
}
