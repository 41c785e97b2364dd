/**
 * What is typed at checkout: kept here, sent when a field is left, checked before paying.
 * Owns: which problems are shown already. Card details stay in memory and go out with the purchase only.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { explainIssue } from "../../shared/app/refusals";
import { keepCookie, live } from "../../shared/app/services";
import { t, type Word } from "../../shared/i18n";
import { codeOf } from "../../shared/live/errors";
import type { SaleInfo } from "../../shared/sale/sales";
import type { Cart, Issue } from "../../shared/wire/messages";
import { type Contact, contactProblems, KEY_CHARS_MIN, keepContact, keptContact } from "../sale/contacts";
import { dueOf, refusedVoucher } from "../sale/credit";
import type { Purchase } from "../sale/purchase";
import type { CartChange, SaleSession } from "../sale/session";
import { type Answers, refusedAnswers, useAnswers } from "./answers";
import { digits, problemsOf, type TypedCard } from "./card";
import { NOBODY, refusedTaxFields, type TaxForm, useTaxForm } from "./tax-identity";
import { type Method, offers } from "./ways";

export interface Typed extends Contact {
  key: string;
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

/** `change` asks go out one after the other; the last one typed wins. Each answers how it failed; null when it did not. */
function useChanges(sale: SaleSession) {
  const last = useRef<Promise<unknown>>(Promise.resolve(null));
  const [failure, setFailure] = useState<unknown>(null);
  const change = (wanted: CartChange): Promise<unknown> => {
    last.current = last.current.then(() =>
      sale
        .change(wanted)
        .then(() => {
          setFailure(null);
          return null;
        })
        .catch((error: unknown) => {
          setFailure(error);
          return error;
        }),
    );
    return last.current;
  };
  return { change, failure };
}

export interface CheckoutForm {
  typed: Typed;
  card: TypedCard;
  /** by which it is paid when the form is sent */
  method: "card" | "transfer";
  /** version of the organizer's terms that was accepted */
  accepted: number | null;
  failure: unknown;
  set(name: keyof Typed): (value: string) => void;
  setCard(change: Partial<TypedCard>): void;
  setMethod(method: "card" | "transfer"): void;
  accept(version: number | null): void;
  /** A field was left: its problem may be shown from now on, and what it says is sent. */
  left(field: string): void;
  problem(field: string): string | null;
  cardProblem(name: keyof TypedCard): string | null;
  answers: Answers;
  /** whom the receipt is made out to */
  tax: TaxForm;
  change(wanted: CartChange): Promise<unknown>;
  /** Sends what is not sent yet; true when nothing stands between the cart and the purchase, paid in this way. */
  complete(method: Method): Promise<boolean>;
}

export function useCheckoutForm(sale: SaleSession, purchase: Purchase): CheckoutForm {
  const { change, failure } = useChanges(sale);
  const answers = useAnswers(sale, change);
  const tax = useTaxForm(
    sale.cart.value?.tax_identity ?? NOBODY,
    (tax_identity) => change({ tax_identity }),
    true,
  );
  const [typed, setTyped] = useState<Typed>({ name: "", email: "", phone: "", key: "" });
  const [card, setCard] = useState<TypedCard>({ number: "", expires: "", cvc: "" });
  const [chosen, setMethod] = useState<"card" | "transfer">("card");
  const info = sale.info.value;
  const method = info === null || offers(info, chosen) ? chosen : offers(info, "card") ? "card" : "transfer";
  const [accepted, accept] = useState<number | null>(null);
  const [tried, setTried] = useState(false);
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const cart = sale.cart.value;
  useFirstWords(cart, purchase, setTyped);

  const cardProblems = problemsOf(card, new Date(live.clock.now_ms()));
  const problems = problemsHere(typed, cart, sale.info.value, accepted);
  const sendContact = () => change({ contact: contactOf(typed) });
  const sendKey = async () => {
    if (typed.key.length >= KEY_CHARS_MIN) await change({ key: typed.key });
  };
  return {
    typed,
    card,
    method,
    setMethod,
    accepted,
    failure: toldElsewhere(failure) ? null : failure,
    answers,
    tax,
    change,
    accept,
    set: (name) => (value) => {
      setTyped((now) => ({ ...now, [name]: value }));
      if (name !== "key") keepContact({ ...contactOf(typed), [name]: value });
    },
    setCard: (wanted) => setCard((now) => ({ ...now, ...wanted })),
    left: (field) => {
      setSeen((now) => new Set([...now, field]));
      if (field.startsWith("contact.")) void sendContact();
      else if (field === "key") void sendKey();
      else if (field.startsWith("answers.")) void answers.send();
    },
    problem: (field) => {
      if (!tried && !seen.has(field)) return null;
      const here = problems[field];
      if (here) return t(here);
      const issue = cart?.issues.find((each) => each.field === field);
      return issue && isAboutNow(issue, typed, cart, answers.value) ? explainIssue(issue) : null;
    },
    cardProblem: (name) => {
      const found = cardProblems[name];
      return found && (tried || seen.has(`card.${name}`)) ? t(found) : null;
    },
    complete: async (by) => {
      setTried(true);
      // It is for the buyer to take it out, and to press again: nobody pays a full price they did not expect.
      if (cart?.issues.some((issue) => /^(coupon|voucher)_/.test(issue.code))) return false;
      const typesCard = by === "card" && cart != null && dueOf(cart) > 0;
      const lacking = Object.keys(problems).length > 0 || (typesCard && Object.keys(cardProblems).length > 0);
      if (lacking) return false;
      await sendContact();
      await sendKey();
      if (!(await answers.send())) return false;
      if (cart?.tax_identity !== undefined && cart.total > 0 && !(await tax.send())) return false;
      const issues = sale.cart.value?.issues ?? [];
      return issues.every((issue) => issue.code.startsWith("payment_"));
    },
  };
}

/** A refusal that names answers, a code or whom the receipt is made out to is told beside them. */
const toldElsewhere = (failure: unknown): boolean =>
  refusedAnswers(failure).length > 0 ||
  refusedTaxFields(failure).length > 0 ||
  refusedVoucher(failure) !== null ||
  codeOf(failure) === "code_unknown";

/** Whether the key may be chosen after buying, before the first download. */
export const mayComeLater = (info: SaleInfo | null): boolean =>
  info?.organizer?.order_key === "before_download";

const contactOf = ({ name, email, phone }: Contact): Contact => ({ name, email, phone });

/** What is missing or wrong in what is typed, by field: known here at once, also without a network. */
function problemsHere(
  typed: Typed,
  cart: Cart | null,
  info: SaleInfo | null,
  accepted: number | null,
): Record<string, Word> {
  const found: Record<string, Word> = {};
  for (const [name, word] of Object.entries(contactProblems(typed))) found[`contact.${name}`] = word;
  const short = typed.key.length < KEY_CHARS_MIN;
  if (typed.key ? short : !cart?.has_key && !mayComeLater(info)) found.key = "issue_key_missing";
  const terms = info?.organizer?.terms;
  if (terms && accepted !== terms.version) found.terms = "terms_missing";
  return found;
}

/** The server judged what is in the field now, and not what was there before. A key that is long enough is on its way. */
function isAboutNow(issue: Issue, typed: Typed, cart: Cart | null, answer: (key: string) => string): boolean {
  if (issue.field === "key") return false;
  if (issue.code === "answer_missing") return answer(issue.field.replace(/^answers\./, "")).trim() === "";
  const name = /^contact\.(name|email|phone)$/.exec(issue.field)?.[1] as keyof Contact | undefined;
  return !name || cart?.contact[name] === typed[name].trim();
}

export function cardDetails(card: TypedCard): TypedCard {
  return { number: digits(card.number), expires: card.expires, cvc: card.cvc };
}

/** What the server knows, or was typed in this tab for a cart that ended, fills the form once; typing is never overwritten. */
function useFirstWords(
  cart: Cart | null,
  purchase: Purchase,
  setTyped: (change: (now: Typed) => Typed) => void,
): void {
  useEffect(() => {
    if (!cart) return;
    const before = keptContact();
    setTyped((now) => ({
      ...now,
      name: now.name || cart.contact.name || before.name,
      email: now.email || cart.contact.email || before.email,
      phone: now.phone || cart.contact.phone || before.phone,
    }));
    if (cart.state === "locked" && purchase.progress.value.at === "idle") {
      purchase.progress.value = { at: "confirming" };
    }
  }, [cart?.id, cart?.state]);
}
