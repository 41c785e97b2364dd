/**
 * What is typed at checkout: kept here, sent when a field is left, checked before paying.
 * Owns: which problems are shown already. Card details stay in memory and go out with the purchase only.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { keepCookie, live } from "../../shared/app/services";
import { hasWord, t } from "../../shared/i18n";
import { codeOf } from "../../shared/live/errors";
import type { Cart, Issue } from "../../shared/wire/messages";
import type { Purchase } from "../sale/purchase";
import type { CartChange, SaleSession } from "../sale/session";
import { digits, problemsOf, type TypedCard } from "./card";

const KEY_CHARS_MIN = 8;

export interface Typed {
  name: string;
  email: string;
  phone: string;
  key: string;
}

export function issueWords(issue: Issue): string {
  const word = `issue_${issue.code}_${issue.field.replace(".", "_")}`;
  if (hasWord(word)) return t(word);
  const short = `issue_${issue.code}`;
  return hasWord(short) ? t(short) : issue.message;
}

export function useCartHere(sale: SaleSession): boolean {
  const [read, setRead] = useState(false);
  const ready = live.status.value === "live";
  useEffect(() => {
    if (!ready) return;
    void keepCookie();
    sale
      .readCart()
      .catch((error: unknown) => {
        if (codeOf(error) === "no_cart") sale.cart.value = null;
      })
      .finally(() => setRead(true));
  }, [ready]);
  return read;
}

/** `change` asks go out one after the other; the last one typed wins. */
function useChanges(sale: SaleSession) {
  const last = useRef<Promise<unknown>>(Promise.resolve());
  const [failure, setFailure] = useState<unknown>(null);
  const change = (wanted: CartChange): Promise<unknown> => {
    last.current = last.current.then(() =>
      sale
        .change(wanted)
        .then(() => setFailure(null))
        .catch((error: unknown) => setFailure(error)),
    );
    return last.current;
  };
  return { change, failure };
}

export interface CheckoutForm {
  typed: Typed;
  card: TypedCard;
  failure: unknown;
  set(name: keyof Typed): (value: string) => void;
  setCard(change: Partial<TypedCard>): void;
  /** A field was left: its problem may be shown from now on, and what it says is sent. */
  left(field: string): void;
  problem(field: string): string | null;
  cardProblem(name: keyof TypedCard): string | null;
  change(wanted: CartChange): Promise<unknown>;
  /** Sends what is not sent yet; true when nothing stands between the cart and the purchase. */
  complete(): Promise<boolean>;
}

export function useCheckoutForm(sale: SaleSession, purchase: Purchase): CheckoutForm {
  const { change, failure } = useChanges(sale);
  const [typed, setTyped] = useState<Typed>({ name: "", email: "", phone: "", key: "" });
  const [card, setCard] = useState<TypedCard>({ number: "", expires: "", cvc: "" });
  const [tried, setTried] = useState(false);
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const cart = sale.cart.value;
  useFirstWords(cart, purchase, setTyped);

  const cardProblems = problemsOf(card, new Date(live.clock.now_ms()));
  const sendContact = () => change({ contact: { name: typed.name, email: typed.email, phone: typed.phone } });
  const sendKey = async () => {
    if (typed.key.length >= KEY_CHARS_MIN) await change({ key: typed.key });
  };
  return {
    typed,
    card,
    failure,
    change,
    set: (name) => (value) => setTyped((now) => ({ ...now, [name]: value })),
    setCard: (wanted) => setCard((now) => ({ ...now, ...wanted })),
    left: (field) => {
      setSeen((now) => new Set([...now, field]));
      if (field.startsWith("contact.")) void sendContact();
      else if (field === "key") void sendKey();
    },
    problem: (field) => {
      const issue = cart?.issues.find((each) => each.field === field);
      return issue && (tried || seen.has(field)) ? issueWords(issue) : null;
    },
    cardProblem: (name) => {
      const found = cardProblems[name];
      return found && (tried || seen.has(`card.${name}`)) ? t(found) : null;
    },
    complete: async () => {
      setTried(true);
      await sendContact();
      await sendKey();
      const issues = sale.cart.value?.issues ?? [];
      const free = sale.cart.value?.total === 0;
      return (
        issues.every((issue) => issue.code.startsWith("payment_")) &&
        (free || Object.keys(cardProblems).length === 0)
      );
    },
  };
}

export function cardDetails(card: TypedCard): TypedCard {
  return { number: digits(card.number), expires: card.expires, cvc: card.cvc };
}

/** What the server already knows fills the form once; typing is never overwritten. */
function useFirstWords(
  cart: Cart | null,
  purchase: Purchase,
  setTyped: (change: (now: Typed) => Typed) => void,
): void {
  useEffect(() => {
    if (!cart) return;
    setTyped((now) => ({
      ...now,
      name: now.name || cart.contact.name || "",
      email: now.email || cart.contact.email || "",
      phone: now.phone || cart.contact.phone || "",
    }));
    if (cart.state === "locked" && purchase.phase.value.at === "idle") {
      purchase.phase.value = { at: "confirming" };
    }
  }, [cart?.id, cart?.state]);
}
