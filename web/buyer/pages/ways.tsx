/** Ways to pay: with one press, with a card, or later by a transfer. What a sale offers, its server says. */

import type { ComponentChildren } from "preact";
import { t, type Word } from "../../shared/i18n";
import type { SaleInfo } from "../../shared/sale/sales";
import { Button, Switch } from "../../shared/ui/controls";
import { BoletoPart } from "./checkout-boleto";
import { DebitPart } from "./checkout-debit";
import type { CheckoutForm } from "./checkout-form";
import { CardPart } from "./checkout-parts";
import { type Collector, StripePart } from "./checkout-stripe";

/** `card`: typed here, for the sandbox; `stripe`: a card in Stripe's own field. */
export type Method = "card" | "stripe" | "pix" | "boleto" | "sepa_debit" | "transfer" | "invoice" | "wallet";
/** Those that are chosen first, and paid with the form. */
export type Chosen = Exclude<Method, "wallet">;

const CHOICES: Record<Chosen, Word> = {
  card: "pay_card",
  stripe: "pay_card",
  pix: "pay_pix",
  boleto: "pay_boleto",
  sepa_debit: "pay_sepa_debit",
  transfer: "pay_transfer",
  invoice: "pay_invoice",
};
/** It is ordered now, and paid afterwards. */
export const isLater = (method: Chosen): method is Exclude<Chosen, "card" | "stripe"> =>
  method !== "card" && method !== "stripe";
/** What is typed for it goes to Stripe alone, which gives a token. */
export const isCollected = (method: Method): method is "stripe" | "boleto" | "sepa_debit" =>
  method === "stripe" || method === "boleto" || method === "sepa_debit";

const isChoice = (method: string): method is Chosen => method in CHOICES;

/** A server of the release before says none, and takes cards. */
export const offers = (info: SaleInfo, method: Method): boolean => {
  const methods = info.payment_methods ?? [];
  return methods.length > 0 ? methods.includes(method) : method === "card";
};

/** In the order in which they should be shown. */
export const choicesOf = (info: SaleInfo): Chosen[] => {
  const methods = info.payment_methods ?? [];
  return methods.length > 0 ? methods.filter(isChoice) : ["card"];
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

function LaterPart({ title, explained }: { title: Word; explained: Word }) {
  return (
    <section class="stack" aria-labelledby="later-title">
      <h2 class="step" id="later-title">
        {t(title)}
      </h2>
      <p>{t(explained)}</p>
    </section>
  );
}

interface Props {
  info: SaleInfo;
  form: CheckoutForm;
  collector: Collector;
  pays(method: Method): void;
  /** buttons of the buyer's own wallets, which come first */
  wallets: ComponentChildren;
}

export function Ways({ info, form, collector, pays, wallets }: Props) {
  const choices = choicesOf(info);
  return (
    <>
      {wallets}
      {offers(info, "wallet") && <ExpressWays pays={pays} />}
      {choices.length > 1 && (
        <span>
          <Switch
            label={t("pay_how")}
            value={form.method}
            choices={choices.map((value) => ({ value, label: t(CHOICES[value]) }))}
            onChange={form.setMethod}
          />
        </span>
      )}
      {form.method === "card" && <CardPart form={form} />}
      {form.method === "stripe" && <StripePart collector={collector} />}
      {form.method === "boleto" && <BoletoPart boleto={collector.boleto} problem={collector.problem} />}
      {form.method === "sepa_debit" && <DebitPart info={info} collector={collector} />}
      {form.method === "pix" && <LaterPart title="pay_pix" explained="pix_explained" />}
      {form.method === "transfer" && <LaterPart title="transfer_title" explained="transfer_explained" />}
      {form.method === "invoice" && <LaterPart title="pay_invoice" explained="invoice_explained" />}
    </>
  );
}
