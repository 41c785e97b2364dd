/**
 * The program that Stripe has for pages which collect cards.
 * Owns: the script element, of which there is one at most. Guarantees: what could not be loaded may be asked for again.
 */

const SCRIPT_MS_MAX = 20_000;

export interface Failed {
  message?: string;
}

/** Stripe's own fields on this page: what is typed there, only Stripe reads. */
export interface CardField {
  mount(place: HTMLElement): void;
  destroy(): void;
  on(event: "change", heard: (change?: { error?: Failed }) => void): void;
}

/** As much of Stripe.js as is used here. */
export interface StripePage {
  elements(): { create(kind: "card", options: object): CardField };
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
