/** One phase of a sale in the form. What may not change any more is said, and stands there as it is. */

import type { SaleInfo } from "../../../shared/sale/sales";
import { Button, Check, Field } from "../../../shared/ui/controls";
import { Notice } from "../../../shared/ui/signs";
import { besides, ENTRY_RULES, type EntryRule } from "../../entries";
import type { Draft } from "../../phases";
import { Choose } from "../../ui/choose";
import { t } from "./words";

const NAME_CHARS_MAX = 200;
const BESIDES_CHARS_MAX = 4000;

interface Props {
  draft: Draft;
  nth: number;
  info: SaleInfo;
  begun: boolean;
  /** nothing of what it sells can change: tickets were sold in it, or may have been */
  fixed: boolean;
  problem(field: string): string | null;
  change(changed: Partial<Draft>): void;
  /** null: nothing before it may come after it */
  up: (() => void) | null;
  remove(): void;
}

export function PhaseRow({ draft, nth, info, begun, fixed, problem, change, up, remove }: Props) {
  const whole = problem("");
  return (
    <fieldset class="stack panel">
      <legend class="tag">{t("phs_nth", { n: nth })}</legend>
      {begun && <p class="soft">{t("phs_begun")}</p>}
      {fixed && !begun && <p class="soft">{t("phs_first_of_an_open_sale")}</p>}
      <div class="room-control">
        <Field
          label={t("phs_name")}
          value={draft.name}
          maxLength={NAME_CHARS_MAX}
          required
          problem={problem("name")}
          onValue={(name) => change({ name })}
        />
        <Field
          label={t("phs_max")}
          hint={t("phs_max_hint", { n: info.person_max })}
          value={draft.person_max}
          inputMode="numeric"
          maxLength={6}
          problem={problem("person_max")}
          onValue={(person_max) => change({ person_max })}
        />
        {nth === 1 ? (
          <p class="soft">{t("phs_from_opening")}</p>
        ) : (
          <Field
            label={t("phs_from")}
            hint={t("phs_from_hint", { zone: info.zone })}
            type="datetime-local"
            value={draft.from}
            disabled={begun}
            problem={problem("from")}
            onValue={(from) => change({ from })}
          />
        )}
        <Field
          label={t("phs_until")}
          hint={t("phs_until_hint")}
          type="datetime-local"
          value={draft.until}
          problem={problem("until")}
          onValue={(until) => change({ until })}
        />
        <Entering draft={draft} problem={problem} change={change} />
      </div>
      <Sold
        legend={t("phs_all_types")}
        names={Object.entries(info.types)}
        chosen={draft.types}
        fixed={fixed}
        problem={problem("types")}
        onChosen={(types) => change({ types })}
      />
      <Sold
        legend={t("phs_all_places")}
        names={[...info.sections, ...info.pools].map(({ id, name }) => [id, name])}
        chosen={draft.places}
        fixed={fixed}
        problem={problem("places")}
        onChosen={(places) => change({ places })}
      />
      {whole && (
        <Notice kind="bad" urgent>
          {whole}
        </Notice>
      )}
      {!begun && (
        <span class="row">
          {up && <Button onClick={up}>{t("phs_up")}</Button>}
          <Button kind="bad" onClick={remove}>
            {t("phs_remove")}
          </Button>
        </span>
      )}
    </fieldset>
  );
}

function Entering({ draft, problem, change }: Pick<Props, "draft" | "problem" | "change">) {
  const kept = draft.was?.entry === draft.entry;
  const more = besides(draft.entry);
  const wrong = problem("entry");
  return (
    <div class="stack-tight">
      <Choose<EntryRule | "">
        label={t("phs_enters")}
        value={draft.entry}
        options={draft.was === null ? ["", ...ENTRY_RULES] : ENTRY_RULES}
        words={(rule) => (rule === "" ? t("phs_as_the_sale") : t(`entry_rule_${rule}`))}
        onValue={(entry) => change({ entry, besides: "" })}
      />
      {more && (
        <Field
          label={t(`phs_${more}`)}
          hint={t(`phs_${more}_${kept ? "kept" : "new"}`)}
          value={draft.besides}
          maxLength={BESIDES_CHARS_MAX}
          optional={kept}
          problem={problem("besides")}
          onValue={(typed) => change({ besides: typed })}
        />
      )}
      {wrong && <span class="problem">{wrong}</span>}
    </div>
  );
}

interface SoldProps {
  legend: string;
  names: readonly (readonly [string, string])[];
  chosen: readonly string[];
  fixed: boolean;
  problem: string | null;
  onChosen(ids: readonly string[]): void;
}

function Sold({ legend, names, chosen, fixed, problem, onChosen }: SoldProps) {
  if (names.length < 2 && chosen.length === 0) return null;
  return (
    <fieldset class="stack-tight">
      <legend>{legend}</legend>
      <div class="room-control">
        {names.map(([id, name]) => (
          <Check
            key={id}
            label={name}
            checked={chosen.includes(id)}
            required={false}
            disabled={fixed}
            onChange={(on) => onChosen(on ? [...chosen, id] : chosen.filter((each) => each !== id))}
          />
        ))}
      </div>
      {problem && <span class="problem">{problem}</span>}
    </fieldset>
  );
}
