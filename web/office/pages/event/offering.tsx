/** What buyers of a cancelled or changed event are given: the same for all, or what each of them chooses until a day. */

import { Check, Field, Switch } from "../../../shared/ui/controls";
import type { CancellationWanted } from "../../../shared/wire/contract";
import { CreditTerms, endOf, GiveAs, PLAIN_TERMS, type Terms, termsOf, type Way } from "../../ui/give-as";
import { t as say } from "../../words";
import { t } from "./words";

type Choice = Way | "keep";
const CHOICES: readonly Choice[] = ["keep", "origin", "credit", "voucher"];

const isCredit = (choice: Choice) => choice === "credit" || choice === "voucher";

export interface Offer {
  who: "all" | "each";
  /** for all, or for whoever does not choose */
  otherwise: Choice;
  choices: readonly Choice[];
  /** a day, as a field has it */
  until: string;
  terms: Terms;
}

export const PLAIN: Offer = {
  who: "all",
  otherwise: "origin",
  choices: ["origin", "voucher"],
  until: "",
  terms: PLAIN_TERMS,
};

/** As it is asked for; null: something is missing. */
export function wireOf({ who, otherwise, choices, until, terms }: Offer): CancellationWanted | null {
  const choose_until_ms = who === "all" ? null : endOf(until);
  const picked = who === "all" ? [otherwise] : choices;
  const as = picked.some(isCredit) ? termsOf(terms, choose_until_ms ?? Date.now()) : termsOf(PLAIN_TERMS);
  if (as === null) return null;
  const said = { otherwise, bonus_percent: as.bonus_percent, credit_expires_at_ms: as.expires_at_ms };
  if (choose_until_ms === null) return otherwise === "keep" ? null : said;
  if (!(choose_until_ms > Date.now()) || choices.length < 2 || !choices.includes(otherwise)) return null;
  return { ...said, choices: [...choices], choose_until_ms };
}

interface Props {
  offer: Offer;
  /** there is nothing to keep then */
  isCancelled: boolean;
  onOffer(offer: Offer): void;
}

export function Offering({ offer, isCancelled, onOffer }: Props) {
  const { who, otherwise, choices, until, terms } = offer;
  const set = (part: Partial<Offer>) => onOffer({ ...offer, ...part });
  const pick = (choice: Choice, on: boolean) => {
    const picked = CHOICES.filter((each) => (each === choice ? on : choices.includes(each)));
    set({ choices: picked, otherwise: picked.includes(otherwise) ? otherwise : (picked[0] ?? "origin") });
  };
  return (
    <div class="stack-tight">
      <Switch<Offer["who"]>
        label={t("evt_back_who")}
        value={who}
        choices={[
          { value: "all", label: t("evt_back_everybody") },
          { value: "each", label: t("evt_back_ask") },
        ]}
        onChange={(picked) => set({ who: picked, otherwise: picked === "all" ? "origin" : otherwise })}
      />
      {who === "all" ? (
        <GiveAs
          value={otherwise === "keep" ? "origin" : otherwise}
          terms={terms}
          onValue={(way) => set({ otherwise: way })}
          onTerms={(typed) => set({ terms: typed })}
        />
      ) : (
        <>
          <p class="small soft">{t("evt_back_choices")}</p>
          {CHOICES.filter((choice) => choice !== "keep" || !isCancelled).map((choice) => (
            <Check
              key={choice}
              label={say(`off_give_${choice}`)}
              required={false}
              checked={choices.includes(choice)}
              onChange={(on) => pick(choice, on)}
            />
          ))}
          {choices.length < 2 && <p role="alert">{t("evt_back_choices_few")}</p>}
          <Field
            label={t("evt_back_until")}
            type="date"
            value={until}
            problem={until !== "" && !(endOf(until) > Date.now()) ? t("evt_back_until_wrong") : null}
            onValue={(day) => set({ until: day })}
          />
          <Switch<Choice>
            label={t("evt_back_otherwise")}
            value={otherwise}
            choices={choices.map((value) => ({ value, label: say(`off_give_${value}`) }))}
            onChange={(value) => set({ otherwise: value })}
          />
          {choices.some(isCredit) && (
            <CreditTerms
              terms={terms}
              from={endOf(until) || Date.now()}
              onTerms={(typed) => set({ terms: typed })}
            />
          )}
        </>
      )}
    </div>
  );
}
