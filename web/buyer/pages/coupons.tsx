/**
 * Codes of coupons at checkout: typed one after the other, each with what it takes off or why nothing, and taken out again.
 * An address that a code asks for is shown to be the buyer's here.
 */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { money } from "../../shared/format/money";
import { language, locale, t } from "../../shared/i18n";
import { codeOf } from "../../shared/live/errors";
import { whyWords } from "../../shared/sale/coupons";
import type { SaleInfo } from "../../shared/sale/sales";
import { Button, Field } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import type { CartCouponShape } from "../../shared/wire/contract";
import type { Cart } from "../../shared/wire/messages";
import { confirmCode, sendCode } from "../sale/contacts";
import type { SaleSession } from "../sale/session";
import type { CheckoutForm } from "./checkout-form";
import { CodeField, onEnter } from "./code-field";
import "./coupons.css";

interface CouponsProps {
  sale: SaleSession;
  info: SaleInfo;
  cart: Cart;
  form: CheckoutForm;
  locked: boolean;
}

export function Coupons({ sale, info, cart, form, locked }: CouponsProps) {
  // a server of the release before says nothing of them
  const { coupons = [], has_codes = false } = cart;
  if (coupons.length === 0 && !has_codes) return null;
  const typed = coupons.flatMap(({ code }) => (code === null ? [] : [code]));
  const takeOut = (code: string) => {
    sale.codes.delete(code);
    return form.change({ coupon: typed.filter((each) => each !== code).join(" ") });
  };
  return (
    <section class="coupons stack" aria-label={t("coupon_codes")}>
      {coupons.length > 0 && (
        <div role="status">
          <ul class="plain stack">
            {coupons.map((each) => (
              <Coupon
                key={each.code ?? each.name}
                coupon={each}
                info={info}
                cart={cart}
                takeOut={each.code === null || locked ? null : () => void takeOut(each.code ?? "")}
              />
            ))}
          </ul>
        </div>
      )}
      {coupons.some(({ why }) => why === "needs_proof") && <Proof sale={sale} address={cart.contact.email} />}
      {has_codes && !locked && (
        <CodeField
          label={t("coupon_code")}
          send={(code) => form.change({ code })}
          explained={couponProblem}
        />
      )}
    </section>
  );
}

interface CouponProps {
  coupon: CartCouponShape;
  info: SaleInfo;
  cart: Cart;
  takeOut: (() => void) | null;
}

function Coupon({ coupon, info, cart, takeOut }: CouponProps) {
  const name = coupon.name || coupon.code || "";
  const code = coupon.code && coupon.code !== name ? ` (${coupon.code})` : "";
  const off = money(-coupon.off, cart.currency, locale.value);
  if (coupon.why === null) {
    return (
      <li class="spread">
        <span>
          {name}
          {code}
        </span>
        <span class="row">
          {coupon.off > 0 && <span class="figure">{off}</span>}
          {takeOut && (
            <Button
              kind="plain"
              onClick={takeOut}
              aria-label={t("coupon_remove_which", { code: coupon.code ?? "" })}
            >
              {t("coupon_remove")}
            </Button>
          )}
        </span>
      </li>
    );
  }
  return (
    <li>
      <Notice kind="bad" {...(takeOut ? { action: { label: t("coupon_take_out"), run: takeOut } } : {})}>
        {whyWords(coupon, info, cart.currency)}
      </Notice>
    </li>
  );
}

const couponProblem = (failure: unknown, code: string): string =>
  codeOf(failure) === "code_unknown" ? t("issue_coupon_unknown", { code }) : explain(failure);

/** A code counts once per person, and a person is an address that is shown to be theirs. */
function Proof({ sale, address }: { sale: SaleSession; address: string }) {
  const [sent, setSent] = useState("");
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const run = async (step: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(null);
    try {
      await step();
    } catch (error) {
      setProblem(explain(error));
    }
    setBusy(false);
  };
  if (sent !== address) {
    return (
      <div class="stack">
        <span>
          <Button
            kind="plain"
            busy={busy}
            onClick={() =>
              void run(async () => {
                await sendCode(address, language.value);
                setSent(address);
              })
            }
          >
            {t("coupon_proof_send", { address })}
          </Button>
        </span>
        {problem && <p class="small bad">{problem}</p>}
      </div>
    );
  }
  const confirm = () =>
    run(async () => {
      if (code.trim()) await confirmCode(address, code.trim());
      await sale.readCart(); // without a code: the link of the letter was followed
    });
  return (
    <fieldset class="code-field" onKeyDown={onEnter(confirm)}>
      <Field
        label={t("entry_code")}
        hint={t("coupon_proof_sent", { address })}
        value={code}
        onValue={setCode}
        problem={problem}
        inputMode="numeric"
        autocomplete="one-time-code"
        maxLength={6}
      />
      <Button kind="plain" busy={busy} onClick={() => void confirm()}>
        {t("coupon_proof_confirm")}
      </Button>
    </fieldset>
  );
}
