/** What the buyers of a sale are asked: written, ordered and saved as a whole, also while the sale runs. */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import type { FollowedSale } from "../../shared/sale/followed";
import { saleInfo } from "../../shared/sale/sales";
import { Button, Check, Field, Paragraph } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import { changeQuestions } from "../api";
import { bodyOf, type Draft, drafts, fresh, problemsOf } from "../questions";
import { Choose } from "../ui/choose";
import { useUnsaved } from "../ui/editing";
import { t } from "../words";

const QUESTIONS_MAX = 20;
const QUESTION_CHARS_MAX = 1000;
const KINDS = ["text", "choice", "consent"] as const;
const PER = ["order", "ticket"] as const;

interface RowProps {
  draft: Draft;
  nth: number;
  types: Record<string, string>;
  problem(field: string): string | null;
  change(changed: Partial<Draft>): void;
  /** null: it is the first already */
  up: (() => void) | null;
  remove(): void;
}

function Row({ draft, nth, types, problem, change, up, remove }: RowProps) {
  const kinds = Object.entries(types);
  return (
    <fieldset class="stack-tight panel">
      <legend class="tag">{t("off_question_nth", { n: nth })}</legend>
      <Field
        label={t("off_question_ask")}
        value={draft.ask}
        maxLength={QUESTION_CHARS_MAX}
        spellcheck
        required
        problem={problem("ask")}
        onValue={(ask) => change({ ask })}
      />
      <Choose
        label={t("off_question_kind")}
        value={draft.kind}
        options={KINDS}
        words={(kind) => t(`off_question_${kind}`)}
        onValue={(kind) => change({ kind })}
      />
      {draft.kind === "choice" && (
        <Paragraph
          label={t("off_question_options")}
          rows={4}
          spellcheck
          value={draft.options}
          problem={problem("options")}
          onValue={(options) => change({ options })}
        />
      )}
      <Choose
        label={t("off_question_per")}
        value={draft.per}
        options={PER}
        words={(per) => t(`off_question_per_${per}`)}
        onValue={(per) => change({ per })}
      />
      <Check
        label={t("off_question_required")}
        checked={draft.required}
        required={false}
        onChange={(required) => change({ required })}
      />
      {kinds.length > 1 && (
        <fieldset class="stack-tight">
          <legend>{t("off_question_for")}</legend>
          {kinds.map(([type, name]) => (
            <Check
              key={type}
              label={name}
              checked={draft.for.includes(type)}
              required={false}
              onChange={(on) =>
                change({ for: on ? [...draft.for, type] : draft.for.filter((one) => one !== type) })
              }
            />
          ))}
        </fieldset>
      )}
      {problem("for") && <span class="problem">{problem("for")}</span>}
      <span class="row">
        {up && <Button onClick={up}>{t("off_question_up")}</Button>}
        <Button kind="bad" onClick={remove}>
          {t("off_question_remove")}
        </Button>
      </span>
    </fieldset>
  );
}

export function Questions({ sale }: { sale: FollowedSale }) {
  const info = sale.info.value;
  const stored = drafts(info?.questions ?? []);
  const [written, write] = useState<Draft[] | null>(null);
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const rows = written ?? stored;
  useUnsaved(written !== null);
  if (!info) return null;
  const edit = (changed: Draft[]) => {
    setSaved(false);
    write(changed);
  };
  const problems = problemsOf(failure, rows);
  const save = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      sale.info.value = saleInfo(await changeQuestions(sale.id, bodyOf(rows)));
      write(null);
      setFailure(null);
      setSaved(true);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const swapped = (at: number) => {
    const next = [...rows];
    next.splice(at - 1, 0, ...next.splice(at, 1));
    return next;
  };
  return (
    <section class="panel stack" aria-labelledby="questions-title">
      <h2 class="tag" id="questions-title">
        {t("off_questions")}
      </h2>
      <p class="soft">{t("off_questions_explained")}</p>
      <form class="stack" noValidate onSubmit={(event) => void save(event)}>
        {rows.map((draft, at) => (
          <Row
            key={draft.row}
            draft={draft}
            nth={at + 1}
            types={info.types}
            problem={(field) => problems.get(`${draft.row}.${field}`) ?? null}
            change={(changed) => edit(rows.map((each) => (each === draft ? { ...each, ...changed } : each)))}
            up={at === 0 ? null : () => edit(swapped(at))}
            remove={() => edit(rows.filter((each) => each !== draft))}
          />
        ))}
        <span class="row">
          {rows.length < QUESTIONS_MAX && (
            <Button onClick={() => edit([...rows, fresh(rows)])}>{t("off_question_add")}</Button>
          )}
          {written !== null && (
            <Button kind="main" type="submit" busy={busy}>
              {t("dash_save")}
            </Button>
          )}
          <span class="small soft" role="status">
            {saved ? t("dash_saved") : ""}
          </span>
        </span>
        {problems.has("") && <Notice kind="bad">{problems.get("")}</Notice>}
        {failure !== null && problems.size === 0 && <Notice kind="bad">{explain(failure)}</Notice>}
      </form>
    </section>
  );
}
