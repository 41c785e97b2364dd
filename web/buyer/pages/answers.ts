/**
 * What the buyer answers: kept here while it is typed, sent when a field is left, and the server's word on it.
 * Guarantees: what is typed is never overwritten by what comes, but what the server would not take goes, since it asks otherwise now.
 */

import { useState } from "preact/hooks";
import { t, type Word } from "../../shared/i18n";
import { Refusal } from "../../shared/live/errors";
import type { CartQuestionShape } from "../../shared/wire/contract";
import type { Cart } from "../../shared/wire/messages";
import type { SaleSession } from "../sale/session";
import type { CheckoutForm } from "./checkout-form";

/** By question, or by question and ticket, as the wire names an answer. */
export const answerKey = (question: CartQuestionShape, ticket: string | null): string =>
  ticket === null ? question.id : `${question.id}.${ticket}`;

/** What the server has, by key. A server of the release before asks nothing. */
export function answersOf(cart: Cart | null): Record<string, string> {
  const said: Record<string, string> = {};
  for (const question of cart?.questions ?? []) {
    for (const { ticket, answer } of question.asked) said[answerKey(question, ticket)] = answer;
  }
  return said;
}

/** Of what was typed, what is asked for and not what the server has. */
export function unsent(typed: Record<string, string>, cart: Cart | null): Record<string, string> {
  const said = answersOf(cart);
  return Object.fromEntries(
    Object.entries(typed).filter(([key, text]) => key in said && text.trim() !== said[key]),
  );
}

const kindOf = (cart: Cart | null, key: string) =>
  cart?.questions?.find(({ id }) => id === key.split(".")[0])?.kind;

/** The answers that a refusal names, by key. */
export function refusedAnswers(error: unknown): string[] {
  const fields = error instanceof Refusal ? (error.detail.fields ?? []) : [];
  return fields
    .map(({ path }) => path)
    .flatMap((path) => (path.startsWith("answers.") ? [path.slice(8)] : []));
}

export interface Answers {
  /** what the server would not take, until something else is sent */
  refused: ReadonlySet<string>;
  value(key: string): string;
  set(key: string): (text: string) => void;
  /** At once, for what is chosen rather than typed. */
  choose(key: string): (text: string) => void;
  /** Sends what is not sent yet; whether all of it is there now. */
  send(): Promise<boolean>;
}

export function useAnswers(sale: SaleSession, change: CheckoutForm["change"]): Answers {
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [refused, setRefused] = useState<ReadonlySet<string>>(new Set());
  const said = answersOf(sale.cart.value);
  const sendThese = async (wanted: Record<string, string>) => {
    const answers = unsent(wanted, sale.cart.value);
    if (Object.keys(answers).length === 0) return true;
    const failure = await change({ answers });
    const wrong = refusedAnswers(failure);
    setRefused((now) => new Set([...[...now].filter((key) => !(key in answers)), ...wrong]));
    if (wrong.length === 0) return failure === null;
    // What was chosen is asked otherwise by now: what is shown, and answered, is what is asked now. What was typed stays.
    const chosen = wrong.filter((key) => kindOf(sale.cart.value, key) !== "text");
    setTyped((now) => Object.fromEntries(Object.entries(now).filter(([key]) => !chosen.includes(key))));
    await sale.readCart().catch(() => undefined);
    return false;
  };
  return {
    refused,
    value: (key) => typed[key] ?? said[key] ?? "",
    set: (key) => (text) => setTyped((now) => ({ ...now, [key]: text })),
    choose: (key) => (text) => {
      setTyped((now) => ({ ...now, [key]: text }));
      void sendThese({ [key]: text });
    },
    send: () => sendThese(typed),
  };
}

/** What the server would not take: the same words as where it finds what it took to be out of date. */
const REFUSED_WORDS: Record<CartQuestionShape["kind"], Word> = {
  text: "answer_unusable",
  choice: "issue_answer_invalid",
  consent: "answer_refused",
};

/** Why an answer will not do, in words. */
export function answerProblem(
  question: CartQuestionShape,
  words: string | null,
  refused: boolean,
): string | null {
  if (refused) return t(REFUSED_WORDS[question.kind]);
  return words !== null && question.kind === "consent" ? t("answer_agree") : words;
}
