/** The fees and taxes of a sale as they are typed: added, edited and removed beside its prices. */

import type { ComponentChildren } from "preact";
import { Button, Check, Field } from "../../../shared/ui/controls";
import {
  type Drafts,
  type FeeDraft,
  feeOf,
  freshFee,
  freshTax,
  type Sold,
  type TaxDraft,
  withoutFee,
} from "../../dues";
import { Choose } from "../../ui/choose";
import { t } from "./words";

const DUES_MAX = 10; // of each
const NAME_CHARS_MAX = 200;
const NUMBER_CHARS_MAX = 16;

export interface Typing {
  drafts: Drafts;
  sold: Sold;
  currency: string;
  /** by "tax.0.rate" */
  problem(field: string): string | null;
  onLeave(field: string): void;
  write(drafts: Drafts): void;
}

export function EditDues({ had, ...typing }: Typing & { had: boolean }) {
  const { drafts, write } = typing;
  const { taxes, fees } = drafts;
  return (
    <details class="panel" open={had}>
      <summary>{t("due_title")}</summary>
      <div class="stack">
        <p class="small soft">{t("due_explained")}</p>
        {taxes.length + fees.length === 0 && <p>{t("due_none")}</p>}
        {fees.map((fee, at) => (
          <FeeRow key={`fee ${fee.row}`} {...typing} fee={fee} nth={at + 1} />
        ))}
        {taxes.map((tax, at) => (
          <TaxRow key={`tax ${tax.row}`} {...typing} tax={tax} nth={at + 1} />
        ))}
        <span class="row">
          {fees.length < DUES_MAX && (
            <Button onClick={() => write({ taxes, fees: [...fees, freshFee(fees)] })}>
              {t("due_add_fee")}
            </Button>
          )}
          {taxes.length < DUES_MAX && (
            <Button onClick={() => write({ fees, taxes: [...taxes, freshTax(taxes)] })}>
              {t("due_add_tax")}
            </Button>
          )}
        </span>
      </div>
    </details>
  );
}

/** What stands in the fields of a row: its value, what is wrong with it, and what typing does. */
function fieldsOf<D extends FeeDraft | TaxDraft>(
  kind: "fee" | "tax",
  draft: D,
  { problem, onLeave }: Typing,
  change: (changed: Partial<D>) => void,
) {
  return (field: keyof D & string) => ({
    value: draft[field] as string,
    problem: problem(`${kind}.${draft.row}.${field}`),
    onLeave: () => onLeave(`${kind}.${draft.row}.${field}`),
    onValue: (typed: string) => change({ [field]: typed } as Partial<D>),
  });
}

function FeeRow({ fee, nth, ...typing }: Typing & { fee: FeeDraft; nth: number }) {
  const { drafts, sold, currency, problem, write } = typing;
  const change = (changed: Partial<FeeDraft>) =>
    write({ ...drafts, fees: drafts.fees.map((each) => (each === fee ? { ...each, ...changed } : each)) });
  const field = fieldsOf("fee", fee, typing, change);
  return (
    <Row legend={t("due_fee_nth", { n: nth })} name={fee.name} remove={() => write(withoutFee(drafts, fee))}>
      <Field label={t("due_name")} {...field("name")} maxLength={NAME_CHARS_MAX} required />
      <Field
        label={t("due_amount", { currency })}
        {...field("amount")}
        maxLength={NUMBER_CHARS_MAX}
        optional
      />
      <Field label={t("due_percent")} {...field("percent")} maxLength={NUMBER_CHARS_MAX} optional />
      <Choose
        label={t("due_per")}
        value={fee.per}
        options={["ticket", "order"] as const}
        words={(per) => t(`due_per_${per}`)}
        onValue={(per) => change({ per })}
      />
      <For
        due={fee}
        rest={t("due_for_all")}
        names={Object.entries(sold.names)}
        problem={problem(`fee.${fee.row}.for`)}
        change={change}
      />
      <Check
        label={t("due_free_too")}
        checked={fee.free_too}
        required={false}
        onChange={(free_too) => change({ free_too })}
      />
    </Row>
  );
}

function TaxRow({ tax, nth, ...typing }: Typing & { tax: TaxDraft; nth: number }) {
  const { drafts, sold, problem, write } = typing;
  const change = (changed: Partial<TaxDraft>) =>
    write({ ...drafts, taxes: drafts.taxes.map((each) => (each === tax ? { ...each, ...changed } : each)) });
  const field = fieldsOf("tax", tax, typing, change);
  const fees = drafts.fees.map((fee) => [feeOf(fee), t("due_fee_of", { name: fee.name })] as const);
  return (
    <Row
      legend={t("due_tax_nth", { n: nth })}
      name={tax.name}
      remove={() => write({ ...drafts, taxes: drafts.taxes.filter((each) => each !== tax) })}
    >
      <Field label={t("due_name")} {...field("name")} maxLength={NAME_CHARS_MAX} required />
      <Field label={t("due_rate")} {...field("rate")} maxLength={NUMBER_CHARS_MAX} required />
      <For
        due={tax}
        rest={t("due_for_rest")}
        names={[...Object.entries(sold.names), ...fees]}
        problem={problem(`tax.${tax.row}.for`)}
        change={change}
      />
      <Check
        label={t("due_included")}
        checked={tax.included}
        required={false}
        onChange={(included) => change({ included })}
      />
    </Row>
  );
}

interface RowProps {
  legend: string;
  name: string;
  remove(): void;
  children: ComponentChildren;
}

function Row({ legend, name, remove, children }: RowProps) {
  return (
    <fieldset class="stack panel">
      <legend class="tag">{legend}</legend>
      <div class="room-control">{children}</div>
      <span class="row">
        <Button kind="bad" onClick={remove}>
          {t("due_remove", { name: name.trim() || legend })}
        </Button>
      </span>
    </fieldset>
  );
}

interface ForProps {
  due: FeeDraft | TaxDraft;
  /** what it is for where nothing is ticked */
  rest: string;
  names: readonly (readonly [string, string])[];
  problem: string | null;
  change(changed: { all?: boolean; of?: readonly string[] }): void;
}

function For({ due: { all, of }, rest, names, problem, change }: ForProps) {
  return (
    <div class="stack-tight">
      <Choose
        label={t("due_for")}
        value={all ? "all" : "some"}
        options={["all", "some"] as const}
        words={(which) => (which === "all" ? rest : t("due_for_some"))}
        problem={problem}
        onValue={(which) => change({ all: which === "all", of: [] })}
      />
      {!all && (
        <fieldset class="stack-tight">
          <legend>{t("due_which")}</legend>
          {names.map(([id, name]) => (
            <Check
              key={id}
              label={name}
              checked={of.includes(id)}
              required={false}
              onChange={(on) => change({ of: on ? [...of, id] : of.filter((each) => each !== id) })}
            />
          ))}
        </fieldset>
      )}
    </div>
  );
}
