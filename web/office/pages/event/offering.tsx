/** What buyers of a cancelled or changed event are given: the same for all, or what each of them chooses until a day. */

import { Check, Field, Switch } from "../../../shared/ui/controls";
import type { CancellationWanted } from "../../../shared/wire/contract";
import { Bonus, GiveAs, percentOf, type Way } from "../../ui/give-as";
import { t as say } from "../../words";
import { t } from "./words";

type Choice = Way | "keep";
const CHOICES: readonly Choice[] = ["keep", "origin", "credit", "voucher"];

export interface Offer {
  who: "all" | "each";
  /** for all, or for whoever does not choose */
  otherwise: Choice;
  choices: readonly Choice[];
  /** a day, as a field has it */
  until: string;
  bonus: string;
}

export const PLAIN: Offer = {
  who: "all",
  otherwise: "origin",
  choices: ["origin", "voucher"],
  until: "",
  bonus: "",
};

const endOf = (day: string) => (day === "" ? Number.NaN : new Date(`${day}T23:59:59`).getTime());

/** As it is asked for; null: something is missing. */
export function wireOf({ who, otherwise, choices, until, bonus }: Offer): CancellationWanted | null {
  const bonus_percent = percentOf(bonus);
  if (bonus_percent === null) return null;
  if (who === "all") return otherwise === "keep" ? null : { otherwise, bonus_percent };
  const choose_until_ms = endOf(until);
  if (!(choose_until_ms > Date.now()) || choices.length < 2 || !choices.includes(otherwise)) return null;
  return { otherwise, choices: [...choices], choose_until_ms, bonus_percent };
}

export function Offering({ offer, onOffer }: { offer: Offer; onOffer(offer: Offer): void }) {
  const { who, otherwise, choices, until, bonus } = offer;
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
          bonus={bonus}
          onValue={(way) => set({ otherwise: way })}
          onBonus={(typed) => set({ bonus: typed })}
        />
      ) : (
        <>
          <p class="small soft">{t("evt_back_choices")}</p>
          {CHOICES.map((choice) => (
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
          {choices.some((choice) => choice === "credit" || choice === "voucher") && (
            <Bonus bonus={bonus} onBonus={(typed) => set({ bonus: typed })} />
          )}
        </>
      )}
    </div>
  );
}
