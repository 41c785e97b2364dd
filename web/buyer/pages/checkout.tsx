/**
 * Checkout: what is bought, for whom, with what; every problem beside its field.
 * Back and forward do no harm: leaving and coming back shows the same cart, and a purchase has one id until it is known to have failed.
 */

import { useEffect, useMemo, useRef } from "preact/hooks";
import { go } from "../../shared/app/router";
import { t } from "../../shared/i18n";
import type { SaleInfo } from "../../shared/sale/sales";
import { buttonClass } from "../../shared/ui/controls";
import { page } from "../../shared/ui/loaded";
import { useTitle } from "../../shared/ui/title";
import type { Cart } from "../../shared/wire/messages";
import { forgetContact } from "../sale/contacts";
import { lastPlaced, rememberOrder } from "../sale/orders";
import { paidBy } from "../sale/paid-by";
import { Purchase } from "../sale/purchase";
import { type Means, type SaleSession, sessionOf } from "../sale/session";
import { CheckoutBar } from "./checkout-bar";
import { cardDetails, mayComeLater, useCartHere, useCheckoutForm } from "./checkout-form";
import { ContactPart, KeyPart, payWords, Summary } from "./checkout-parts";
import { BankAsks, useCollector, useOwnDocument } from "./checkout-stripe";
import { WalletsPart } from "./checkout-wallets";
import { heldWords } from "./items";
import { QuestionsPart } from "./questions";
import { TaxPart } from "./tax-fields";
import { isCollected, type Method, offers, Ways } from "./ways";
import "./checkout.css";
import { dueOf } from "../sale/credit";

function emptyWords(cart: Cart | null): string {
  if (cart?.state !== "ended") return t("cart_empty");
  switch (cart.end_reason) {
    case "bought":
      return t("cart_bought");
    case "reserved":
      return t("cart_reserved");
    case "expired":
      return t("cart_expired");
    default:
      return t("cart_over");
  }
}

function Empty({ sale }: { sale: SaleSession }) {
  const cart = sale.cart.value;
  const ended = cart?.state === "ended";
  const bought = ended && (cart.end_reason === "bought" || cart.end_reason === "reserved");
  useEffect(() => {
    if (!bought) return;
    void lastPlaced(sale.id)
      .then((order) => {
        if (!order) return;
        rememberOrder(order);
        go(`/o/${order.code}`, "replace");
      })
      .catch(() => undefined);
  }, [bought]);
  return (
    <div class="page page-narrow stack">
      <h1 class="title">{t("checkout")}</h1>
      <p class="lead">{emptyWords(cart)}</p>
      <span>
        <a class={buttonClass("main")} href={`/s/${sale.id}${ended ? "" : "/seats"}`}>
          {bought ? t("buy_more") : ended ? t("start_again") : t("choose_tickets")}
        </a>
      </span>
    </div>
  );
}

/** Follows a purchase to its end, however the news comes, and leads to the order. */
function useOutcome(sale: SaleSession, purchase: Purchase): void {
  const progress = purchase.progress.value;
  const order = sale.order.value;
  const cart = sale.cart.value;
  useEffect(() => {
    if (order && purchase.isUnderWay) purchase.settle(order);
  }, [order]);
  useEffect(() => {
    if (cart?.state === "open") purchase.reopened(sale.cartReason.value);
  }, [cart?.state, sale.cartReason.value]);
  useEffect(() => {
    if (progress.at !== "placed") return;
    forgetContact();
    rememberOrder(progress.order);
    go(`/o/${progress.order.code}`, "replace");
  }, [progress.at]);
}

function Checkout({ of: sale, data }: { of: SaleSession; data: SaleInfo }) {
  const info = paidBy(data, sale.cart.value ? dueOf(sale.cart.value) : 0);
  const purchase = useMemo(() => new Purchase(sale), [sale]);
  const read = useCartHere(sale);
  const form = useCheckoutForm(sale, purchase);
  const collector = useCollector(info);
  const shown = useOwnDocument(info);
  const element = useRef<HTMLFormElement>(null);
  const pressed = useRef(false);
  useOutcome(sale, purchase);
  const cart = sale.cart.value;
  const progress = purchase.progress.value;
  useTitle(`${t("checkout")} · ${info.name}`);
  useEffect(() => {
    // Loaded anew while it was paid: the bank may have asked something.
    if (cart?.state === "locked" && info.payment_script) void purchase.look();
  }, [cart?.state]);
  if (!shown || (!read && !cart)) return <div class="page" aria-busy="true" />;
  if (!cart || cart.state === "ended" || (cart.items.length === 0 && cart.state === "open")) {
    return <Empty sale={sale} />;
  }

  const locked = purchase.isUnderWay || (cart.state === "locked" && progress.at === "idle");
  const payable = !cart.issues.some((issue) => issue.code === "payment_not_set_up");
  const pays = async (method: Method) => {
    if (locked || pressed.current) return;
    pressed.current = true;
    const means = (await form.complete(method)) ? await meansOf(method) : "lacking";
    if (means !== "lacking") await purchase.pay(means, form.accepted);
    else toProblem();
    pressed.current = false;
  };
  const toProblem = () =>
    requestAnimationFrame(() => element.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  const completeFor = async (method: Method): Promise<boolean> => {
    const fine = await form.complete(method);
    if (!fine) toProblem();
    return fine;
  };
  const paysWithWallet = async (token: string): Promise<boolean> => {
    await purchase.pay({ payment: { method: "stripe", token } }, form.accepted);
    return purchase.progress.value.at !== "refused";
  };
  const meansOf = async (method: Method): Promise<Means | null | "lacking"> => {
    if (dueOf(cart) === 0) return null;
    if (method === "card") return { card: cardDetails(form.card) };
    if (method !== "stripe" && !(isCollected(method) && info.payment_script)) return { payment: { method } };
    const token = await collector.collect(method, form.typed);
    return token === null ? "lacking" : { payment: { method, token } };
  };
  return (
    <div class="page stack-wide checkout">
      <CheckoutBar
        cart={cart}
        held={heldWords(sale)}
        whole_ms={info.cart_ms}
        busy={locked ? payWords(progress, cart) : null}
      />
      <h1 class="title">{t("checkout")}</h1>
      <form
        class="columns"
        noValidate
        ref={element}
        onSubmit={(event) => {
          event.preventDefault();
          void pays(form.method);
        }}
      >
        <fieldset class="stack-wide" disabled={locked}>
          <legend class="visually-hidden">{t("checkout")}</legend>
          <ContactPart form={form} />
          <QuestionsPart sale={sale} cart={cart} form={form} />
          {cart.tax_identity !== undefined && cart.total > 0 && <TaxPart form={form.tax} />}
          <KeyPart form={form} kept={cart.has_key} later={mayComeLater(info)} />
          {dueOf(cart) > 0 && payable && (
            <Ways
              info={info}
              form={form}
              collector={collector}
              pays={(method) => void pays(method)}
              wallets={
                offers(info, "stripe") && (
                  <WalletsPart
                    page={collector.page}
                    cart={cart}
                    locked={locked}
                    complete={() => completeFor("stripe")}
                    pays={paysWithWallet}
                  />
                )
              }
            />
          )}
          {!payable && <p role="alert">{t("issue_payment_not_set_up")}</p>}
        </fieldset>
        <Summary
          sale={sale}
          info={info}
          cart={cart}
          form={form}
          progress={progress}
          locked={locked}
          asks={
            progress.at === "asked" && (
              <BankAsks collector={collector} purchase={purchase} progress={progress} zone={info.zone} />
            )
          }
        />
      </form>
    </div>
  );
}

export default page({
  of: sessionOf,
  loads: (sale) => sale.read,
  begins: (sale) => {
    sale.follow(["counters", "pools"]);
    return () => sale.unfollow();
  },
  shows: Checkout,
});
