/** The parts of checkout: who, with which key, with which card, and what it comes to. */

import { explain, explainIssue } from "../../shared/app/refusals";
import { live } from "../../shared/app/services";
import { money } from "../../shared/format/money";
import { hasWord, locale, t } from "../../shared/i18n";
import { codeOf, Refusal } from "../../shared/live/errors";
import { dateWords } from "../../shared/sale/changed";
import type { SaleInfo } from "../../shared/sale/sales";
import { Button, buttonClass, Field } from "../../shared/ui/controls";
import { bothClocks } from "../../shared/ui/moments";
import { Notice, Ring } from "../../shared/ui/signs";
import type { Cart } from "../../shared/wire/messages";
import { KEY_CHARS_MAX } from "../sale/contacts";
import { dueOf } from "../sale/credit";
import type { Progress } from "../sale/purchase";
import type { SaleSession } from "../sale/session";
import { digits, groupExpires, groupNumber } from "./card";
import type { CheckoutForm } from "./checkout-form";
import { Coupons } from "./coupons";
import { Credits } from "./credits";
import { OwedLines, TaxesWithin } from "./dues";
import { Items } from "./items";
import { NoFees, Seller, Terms } from "./terms";

export function ContactPart({ form }: { form: CheckoutForm }) {
  const part = (name: "name" | "email" | "phone") => ({
    label: t(name),
    value: form.typed[name],
    onValue: form.set(name),
    onLeave: () => form.left(`contact.${name}`),
    problem: form.problem(`contact.${name}`),
    required: name !== "phone",
  });
  return (
    <section class="stack">
      <h2 class="step">{t("contact_title")}</h2>
      <Field {...part("name")} name="name" autocomplete="name" autocapitalize="words" maxLength={200} />
      <Field
        {...part("email")}
        name="email"
        type="email"
        inputMode="email"
        autocomplete="email"
        autocapitalize="none"
        maxLength={254}
        hint={t("email_hint")}
      />
      <Field
        {...part("phone")}
        name="tel"
        type="tel"
        inputMode="tel"
        autocomplete="tel"
        maxLength={40}
        optional
      />
    </section>
  );
}

export function KeyPart({ form, kept, later }: { form: CheckoutForm; kept: boolean; later: boolean }) {
  const hint = later ? t("key_later_hint") : t("key_hint");
  return (
    <section class="stack">
      <h2 class="step">{t("key_title")}</h2>
      <Field
        label={t("key_label")}
        name="ticket-key"
        value={form.typed.key}
        autocomplete="new-password"
        autocapitalize="none"
        maxLength={KEY_CHARS_MAX}
        required={!kept && !later}
        optional={later}
        hint={kept && !form.typed.key ? t("key_kept") : hint}
        onValue={form.set("key")}
        onLeave={() => form.left("key")}
        problem={form.problem("key")}
      />
    </section>
  );
}

export function CardPart({ form }: { form: CheckoutForm }) {
  const part = (name: "number" | "expires" | "cvc") => ({
    label: t(`card_${name}_label`),
    value: form.card[name],
    inputMode: "numeric" as const,
    onLeave: () => form.left(`card.${name}`),
    problem: form.cardProblem(name),
    required: true,
  });
  return (
    <section class="stack" aria-labelledby="card-title">
      <h2 class="step" id="card-title">
        {t("card_title")}
      </h2>
      <p class="small soft">{t("sandbox_hint")}</p>
      <Field
        {...part("number")}
        name="cardnumber"
        autocomplete="cc-number"
        onValue={(value) => form.setCard({ number: groupNumber(value) })}
      />
      <div class="card-halves">
        <Field
          {...part("expires")}
          name="cc-exp"
          autocomplete="cc-exp"
          placeholder={t("card_expires_form")}
          onValue={(value) => form.setCard({ expires: groupExpires(value, form.card.expires) })}
        />
        <Field
          {...part("cvc")}
          name="cvc"
          autocomplete="cc-csc"
          maxLength={4}
          onValue={(value) => form.setCard({ cvc: digits(value) })}
        />
      </div>
    </section>
  );
}

function declineWords(error: unknown): string {
  if (codeOf(error) !== "payment_declined" || !(error instanceof Refusal)) return explain(error);
  const word = `decline_${error.detail.reason}`;
  return `${hasWord(word) ? t(word) : t("refused_payment_declined")} ${t("nothing_charged")}`;
}

function Total({ cart }: { cart: Cart }) {
  const due = dueOf(cart);
  const sum = (name: string, amount: number, kind = "") => (
    <p class={`spread ${kind}`}>
      <span>{name}</span>
      <strong class="figure">{money(amount, cart.currency, locale.value)}</strong>
    </p>
  );
  if (due === cart.total) return sum(t("total"), cart.total, "checkout-total");
  return (
    <>
      {sum(t("total"), cart.total)}
      {sum(t("credit_pays"), due - cart.total)}
      {sum(t("due"), due, "checkout-total")}
    </>
  );
}

export function payWords(progress: Progress, cart: Cart, form?: CheckoutForm): string {
  if (progress.at === "paying") return live.keeping.value ? t("waiting_for_network") : t("paying");
  if (progress.at === "confirming") return t("confirming");
  const due = dueOf(cart);
  if (due > 0 && form?.method === "transfer") return t("order_to_transfer");
  if (due > 0) return t("pay", { amount: money(due, cart.currency, locale.value) });
  return t(cart.total === 0 ? "get_free" : "pay_with_credit");
}

interface SummaryProps {
  sale: SaleSession;
  info: SaleInfo;
  cart: Cart;
  form: CheckoutForm;
  progress: Progress;
  locked: boolean;
}

export function Summary({ sale, info, cart, form, progress, locked }: SummaryProps) {
  const payIssue = cart.issues.find((issue) => issue.code.startsWith("payment_"));
  return (
    <aside class="ticket checkout-summary">
      <div class="ticket-body stack">
        <div class="checkout-head">
          <div>
            <p class="checkout-what">{info.name}</p>
            {!info.promo && (
              <p class="small soft">
                {[dateWords(bothClocks(info.starts_at, info.zone), info), info.venue]
                  .filter(Boolean)
                  .join(" · ")}
              </p>
            )}
          </div>
          <span class="checkout-time row">
            <span class="soft small">{locked ? t("time_stands") : t("held_for_you")}</span>
            {!locked && <Ring until_ms={cart.deadline_at_ms} whole_ms={info.cart_ms} />}
          </span>
        </div>
        <Items
          sale={sale}
          locked={locked}
          change={(wanted) => void form.change(wanted)}
          problem={form.problem("items") ?? form.problem("types")}
        />
        <Coupons sale={sale} info={info} cart={cart} form={form} locked={locked} />
        <Credits sale={sale} cart={cart} form={form} locked={locked} />
      </div>
      <div class="ticket-stub stack">
        <OwedLines owes={{ ...cart, prices: cart.items.reduce((sum, item) => sum + item.price, 0) }} />
        <Total cart={cart} />
        <TaxesWithin owes={cart} />
        <NoFees cart={cart} />
        <Seller info={info} />
        <Terms info={info} form={form} locked={locked} />
        {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
        {progress.at === "refused" && (
          <Notice kind="bad" urgent>
            {declineWords(progress.error)}
          </Notice>
        )}
        {progress.at === "idle" && payIssue && <Notice kind="bad">{explainIssue(payIssue)}</Notice>}
        {progress.at === "confirming" && <Notice>{t("refused_payment_pending")}</Notice>}
        <Button kind="main" size="large" wide type="submit" busy={locked}>
          {payWords(progress, cart, form)}
        </Button>
        {!locked && (
          <a class={buttonClass("plain")} href={info.promo ? "/promos" : `/s/${info.id}/seats`}>
            {t("change_tickets")}
          </a>
        )}
      </div>
    </aside>
  );
}
