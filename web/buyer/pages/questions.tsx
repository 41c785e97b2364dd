/** What the sale asks its buyers: of the order first, then of each ticket by its name. */

import { useId } from "preact/hooks";
import { t } from "../../shared/i18n";
import { Check, Field } from "../../shared/ui/controls";
import type { CartQuestionShape } from "../../shared/wire/contract";
import type { Cart } from "../../shared/wire/messages";
import type { SaleSession } from "../sale/session";
import { answerKey, answerProblem } from "./answers";
import type { CheckoutForm } from "./checkout-form";
import { itemWords } from "./items";

const ANSWER_CHARS_MAX = 1000;

interface ChooseProps {
  label: string;
  options: readonly string[];
  value: string;
  required: boolean;
  problem: string | null;
  onChange(value: string): void;
}

function Choose({ label, options, value, required, problem, onChange }: ChooseProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>
        {label}
        {!required && <span class="faint small"> · {t("optional")}</span>}
      </label>
      <select
        id={id}
        class="input"
        value={value}
        aria-required={required ? "true" : undefined}
        aria-invalid={problem ? "true" : undefined}
        aria-describedby={problem ? `${id}-problem` : undefined}
        onChange={(change) => onChange(change.currentTarget.value)}
      >
        <option value="" selected={value === ""}>
          {t("answer_choose")}
        </option>
        {options.map((option) => (
          <option key={option} value={option} selected={option === value}>
            {option}
          </option>
        ))}
      </select>
      {problem && (
        <span class="problem" id={`${id}-problem`}>
          {problem}
        </span>
      )}
    </div>
  );
}

interface OneProps {
  question: CartQuestionShape;
  ticket: string | null;
  form: CheckoutForm;
}

function One({ question, ticket, form }: OneProps) {
  const key = answerKey(question, ticket);
  const { answers } = form;
  const { ask, required } = question;
  const value = answers.value(key);
  const problem = answerProblem(question, form.problem(`answers.${key}`), answers.refused.has(key));
  if (question.kind === "consent") {
    const label = (
      <>
        {ask}
        {!required && <span class="faint small"> · {t("optional")}</span>}
      </>
    );
    const agree = (yes: boolean) => answers.choose(key)(yes ? ask : "");
    return (
      <Check label={label} checked={value === ask} required={required} problem={problem} onChange={agree} />
    );
  }
  if (question.kind === "choice") {
    return (
      <Choose
        label={ask}
        options={question.options}
        value={value}
        required={required}
        problem={problem}
        onChange={answers.choose(key)}
      />
    );
  }
  return (
    <Field
      label={ask}
      value={value}
      maxLength={ANSWER_CHARS_MAX}
      required={required}
      optional={!required}
      spellcheck
      problem={problem}
      onValue={answers.set(key)}
      onLeave={() => form.left(`answers.${key}`)}
    />
  );
}

/** `seat:12` by its place; `pool:floor:1` is the second of its pool. */
export function ticketWords(sale: SaleSession, cart: Cart, ticket: string): string {
  const seat = cart.items.find(({ item }) => item === ticket);
  if (seat) return itemWords(sale, seat);
  const [, pool = "", nth = "0"] = ticket.split(":");
  const item = cart.items.find((each) => each.pool === pool);
  const name = itemWords(sale, item ?? { pool });
  return (item?.units ?? 1) > 1 ? `${name} ${Number(nth) + 1}` : name;
}

/** The tickets that are asked anything, in the order they are in the cart. Pure. */
export function ticketsAsked(cart: Cart): string[] {
  const found = new Set<string>();
  for (const { asked } of cart.questions ?? [])
    for (const { ticket } of asked) if (ticket !== null) found.add(ticket);
  const places = new Map(cart.items.map(({ item }, at) => [item, at]));
  const placeOf = (ticket: string) =>
    places.get(ticket) ?? places.get(ticket.split(":").slice(0, 2).join(":")) ?? 0;
  return [...found].sort((one, other) => placeOf(one) - placeOf(other));
}

export function QuestionsPart({ sale, cart, form }: { sale: SaleSession; cart: Cart; form: CheckoutForm }) {
  const questions = cart.questions ?? [];
  if (questions.length === 0) return null;
  const askedOf = (ticket: string | null) =>
    questions.filter(({ asked }) => asked.some((each) => each.ticket === ticket));
  const fields = (ticket: string | null) =>
    askedOf(ticket).map((question) => (
      <One key={question.id} question={question} ticket={ticket} form={form} />
    ));
  return (
    <section class="stack" aria-labelledby="questions-title">
      <h2 class="step" id="questions-title">
        {t("questions_title")}
      </h2>
      {fields(null)}
      {ticketsAsked(cart).map((ticket) => (
        <fieldset key={ticket} class="stack questions-ticket">
          <legend>{ticketWords(sale, cart, ticket)}</legend>
          {fields(ticket)}
        </fieldset>
      ))}
    </section>
  );
}
