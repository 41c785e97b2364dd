/**
 * The program that Stripe has for pages which collect cards.
 * Owns: the script element, of which there is one at most. Guarantees: what could not be loaded may be asked for again.
 */

const SCRIPT_MS_MAX = 20_000;

export interface Failed {
  message?: string;
}

/** What is typed into a field of Stripe's: a card, or the number of a bank account. */
export type TypedInto = "card" | "iban";

/** Stripe's own fields on this page: what is typed there, only Stripe reads. */
export interface CardField {
  mount(place: HTMLElement): void;
  destroy(): void;
  on(event: "change", heard: (change?: { error?: Failed }) => void): void;
}

/** Somebody pressed the button of a wallet: it opens or not, and waits no more than a second to be told. */
export interface WalletPressed {
  resolve(): void;
  reject(): void;
}

/** The buyer has agreed in the wallet's sheet, which stays open until it is known whether that failed. */
export interface WalletAgreed {
  paymentFailed(why?: { reason: "fail" }): void;
}

/** Buttons of the wallets that this browser has. */
export interface WalletButtons {
  mount(place: HTMLElement): void;
  destroy(): void;
  on(
    event: "ready",
    heard: (has: { availablePaymentMethods?: Record<string, boolean> | undefined }) => void,
  ): void;
  on(event: "click", heard: (pressed: WalletPressed) => void): void;
  on(event: "confirm", heard: (agreed: WalletAgreed) => void): void;
}

/** What stands on one page for one sum, in Stripe's units. */
export interface Wallets {
  create(kind: "expressCheckout", options: object): WalletButtons;
  update(options: { amount: number }): void;
  submit(): Promise<{ error?: Failed }>;
}

export interface ForSum {
  mode: "payment";
  amount: number;
  currency: string;
  allowedPaymentMethodTypes: string[];
}

/** As much of Stripe.js as is used here. */
export interface StripePage {
  elements(): { create(kind: TypedInto, options: object): CardField };
  elements(options: ForSum): Wallets;
  createConfirmationToken(of: {
    elements: Wallets;
  }): Promise<{ confirmationToken?: { id: string }; error?: Failed }>;
  createPaymentMethod(what: object): Promise<{ paymentMethod?: { id: string }; error?: Failed }>;
  handleNextAction(what: { clientSecret: string }): Promise<{ error?: Failed }>;
}

type Begin = (key: string, options: { locale: string }) => StripePage;

const loading = new Map<string, Promise<Begin>>();

function fetched(script: string): Promise<Begin> {
  return new Promise((done, fail) => {
    const element = document.createElement("script");
    const lost = () => {
      clearTimeout(timer);
      element.remove();
      fail(new Error("Stripe's program did not come"));
    };
    const timer = setTimeout(lost, SCRIPT_MS_MAX);
    element.onerror = lost;
    element.onload = () => {
      const begin = (window as { Stripe?: Begin }).Stripe;
      if (!begin) return lost();
      clearTimeout(timer);
      done(begin);
    };
    element.src = script;
    document.head.append(element);
  });
}

/** Stripe for the page of whoever has this publishable key. */
export async function stripePage(script: string, key: string, locale: string): Promise<StripePage> {
  const begun = loading.get(script) ?? fetched(script);
  loading.set(script, begun);
  begun.catch(() => loading.delete(script));
  return (await begun)(key, { locale });
}
