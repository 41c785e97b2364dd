/**
 * Apple Pay and Google Pay on a checkout that is paid at Stripe: buttons that Stripe draws where the browser has a wallet.
 * Guarantees: the sheet opens once all else on the page is in order; nothing but the sum that it showed is paid by it.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Cart } from "../../shared/wire/messages";
import { dueOf } from "../sale/credit";
import type { StripePage, WalletAgreed, WalletPressed, Wallets } from "../sale/stripe";
import { t } from "./collecting/words";

/** Stripe wants to be told within a second. */
const IN_ORDER_MS_MAX = 800;
/** Stripe counts these in other units than we do: their sums are for the server to say. */
const OTHER_UNITS = new Set(["MGA", "ISK", "UGX"]);
/** Others that Stripe could draw are no cards to it, or ask for a login of theirs. */
const SHOWN = {
  applePay: "auto",
  googlePay: "auto",
  link: "never",
  paypal: "never",
  amazonPay: "never",
  klarna: "never",
};

type Problem = "wallet_again" | "wallet_failed" | "wallet_other_sum";

export interface WalletsProps {
  page: StripePage | null;
  cart: Cart;
  locked: boolean;
  /** whether all else is in order; what is missing is shown */
  complete(): Promise<boolean>;
  /** pays with what the wallet gave; whether that may have gone through */
  pays(token: string): Promise<boolean>;
}

function within<T>(asked: Promise<T>, most_ms: number): Promise<T | "late"> {
  return Promise.race([asked, new Promise<"late">((done) => setTimeout(() => done("late"), most_ms))]);
}

/** The token of what was agreed to in the sheet; null when there is none. */
async function tokenOf(page: StripePage, wallets: Wallets): Promise<string | null> {
  const { error } = await wallets.submit();
  if (error) return null;
  const made = await page.createConfirmationToken({ elements: wallets });
  return made.confirmationToken?.id ?? null;
}

export function WalletsPart(props: WalletsProps) {
  const { page, cart } = props;
  const place = useRef<HTMLDivElement>(null);
  const wallets = useRef<Wallets | null>(null);
  const shown = useRef(0);
  const now = useRef(props);
  now.current = props;
  const [has, setHas] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const due = dueOf(cart);

  const pressed = async ({ resolve, reject }: WalletPressed) => {
    setProblem(null);
    if (now.current.locked) return reject();
    const fine = await within(now.current.complete(), IN_ORDER_MS_MAX);
    if (fine !== true) {
      if (fine === "late") setProblem("wallet_again");
      return reject();
    }
    shown.current = dueOf(now.current.cart);
    wallets.current?.update({ amount: shown.current });
    resolve();
  };
  const agreed = async (there: StripePage, { paymentFailed }: WalletAgreed) => {
    const fails = (why: Problem | null) => {
      setProblem(why);
      paymentFailed({ reason: "fail" });
    };
    if (!wallets.current || now.current.locked) return fails(null);
    const token = await tokenOf(there, wallets.current).catch(() => null);
    if (token === null) return fails("wallet_failed");
    if (dueOf(now.current.cart) !== shown.current) return fails("wallet_other_sum");
    if (!(await now.current.pays(token))) fails(null);
  };
  useEffect(() => {
    const there = place.current;
    setHas(false);
    if (!page || !there || OTHER_UNITS.has(cart.currency)) return;
    const made = page.elements({
      mode: "payment",
      amount: due,
      currency: cart.currency.toLowerCase(),
      allowedPaymentMethodTypes: ["card"],
    });
    const buttons = made.create("expressCheckout", { paymentMethods: SHOWN });
    buttons.on("ready", ({ availablePaymentMethods: some }) =>
      setHas(Object.values(some ?? {}).includes(true)),
    );
    buttons.on("click", (event) => void pressed(event));
    buttons.on("confirm", (event) => void agreed(page, event));
    buttons.mount(there);
    wallets.current = made;
    return () => {
      wallets.current = null;
      buttons.destroy();
    };
  }, [page, cart.currency]);
  useEffect(() => wallets.current?.update({ amount: due }), [due]);
  return (
    // Where there is no wallet it takes no room: Stripe has to draw first to know.
    <section class={has ? "stack" : "visually-hidden"} aria-labelledby="wallets-title" inert={!has}>
      <h2 class="step" id="wallets-title">
        {t("express_title")}
      </h2>
      <div ref={place} />
      {problem && (
        <p class="problem" role="alert">
          {t(problem)}
        </p>
      )}
    </section>
  );
}
