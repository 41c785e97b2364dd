/**
 * The next price list of a sale, typed by section or pool and ticket type, with its fees and taxes.
 * Guarantees: nothing is saved before what it changes was shown, as the server counts it; fees and taxes that nobody touched
 * are not sent, and stay.
 */

import { useMemo, useState } from "preact/hooks";
import type { Loading } from "../../../shared/app/loading";
import { explain } from "../../../shared/app/refusals";
import { minorDigits } from "../../../shared/format/money";
import { locale } from "../../../shared/i18n";
import { codeOf } from "../../../shared/live/errors";
import type { SaleInfo } from "../../../shared/sale/sales";
import { Button, Field } from "../../../shared/ui/controls";
import { afterPress, type Fields, type Rule, useForm } from "../../../shared/ui/form";
import { bothClocks } from "../../../shared/ui/moments";
import { Notice } from "../../../shared/ui/signs";
import type { PriceListShape, PricesInput, WrongField } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { bodyOf, type Drafts, drafts, mistakesIn, problemsIn, type Sold, staysAt } from "../../dues";
import { fieldsOf } from "../../keyed";
import { amountOf, fieldOf, problemsAt, typedPrices, writtenAmount } from "../../price-table";
import { useUnsaved } from "../../ui/editing";
import { tell } from "../../ui/toasts";
import { EditDues } from "./dues";
import { Planned } from "./planned";
import { t } from "./words";

export type Lists = Loading<PriceListShape[]>;

export interface TableProps {
  info: SaleInfo;
  newest: PriceListShape;
  lists: Lists;
}

/** What stands in the fields before anybody types: an empty one is not sold. */
function firstValues(info: SaleInfo, newest: PriceListShape): Fields {
  const digits = minorDigits(info.currency);
  const places = Object.entries(newest.prices);
  return Object.fromEntries(
    places.flatMap(([place, its]) =>
      Object.keys(info.types).map((type) => {
        const amount = its[type];
        return [
          fieldOf(place, type),
          amount === undefined ? "" : writtenAmount(amount, digits, locale.value),
        ];
      }),
    ),
  );
}

function rulesOf(info: SaleInfo, newest: PriceListShape): Record<string, Rule<Fields>> {
  const digits = minorDigits(info.currency);
  const types = Object.keys(info.types);
  return Object.fromEntries(
    Object.keys(newest.prices).flatMap((place) =>
      types.map((type, at): [string, Rule<Fields>] => [
        fieldOf(place, type),
        (written, all) => {
          if (written.trim() !== "")
            return amountOf(written, digits) === null ? t("dash_prices_amount") : null;
          const none = types.every((each) => (all[fieldOf(place, each)] ?? "").trim() === "");
          return at === 0 && none ? t("dash_prices_one_needed") : null;
        },
      ]),
    ),
  );
}

/** What the server said of single fields, and what stood in them then: it stands there until they change. */
interface Refused {
  fields: readonly WrongField[];
  values: Fields;
  drafts: Drafts;
}

/** The fees and taxes as they are typed, and what is wrong with them. */
function useDues(info: SaleInfo, newest: PriceListShape, refused: Refused | null, again: () => void) {
  const sold: Sold = {
    names: { ...info.types, ...Object.fromEntries((info.products ?? []).map(({ id, name }) => [id, name])) },
    digits: minorDigits(info.currency),
  };
  const first = useMemo(() => drafts(newest.dues, sold.digits, locale.value), [newest]);
  const [typed, setTyped] = useState<Drafts | null>(null);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [tried, setTried] = useState(false);
  const its = typed ?? first;
  const mistakes = mistakesIn(its, sold);
  const told = refused && problemsIn(refused.fields, refused.drafts, sold);
  const said = (field: string) =>
    refused && staysAt(field, its, refused.drafts) ? (told?.get(field) ?? null) : null;
  return {
    dirty: JSON.stringify(its) !== JSON.stringify(first),
    had: first.taxes.length + first.fees.length > 0,
    wrong: mistakes.size > 0,
    body: () => bodyOf(its, sold),
    said: told !== null && told.size > 0,
    rest: told?.get(""),
    tried: () => setTried(true),
    restart: () => {
      setTyped(null);
      setLeft(new Set());
      setTried(false);
    },
    typing: {
      drafts: its,
      sold,
      currency: info.currency,
      problem: (field: string) => {
        const own = tried || left.has(field) ? mistakes.get(field) : undefined;
        return own ? t(`due_wrong_${own}`, { currency: info.currency }) : said(field);
      },
      onLeave: (field: string) => afterPress(() => setLeft((before) => new Set([...before, field]))),
      write: (drafts: Drafts) => {
        setTyped(drafts);
        again();
      },
    },
  };
}

function usePlanning({ info, newest, lists }: TableProps) {
  const form = useForm(firstValues(info, newest), rulesOf(info, newest));
  const [refused, setRefused] = useState<Refused | null>(null);
  const dues = useDues(info, newest, refused, () => form.setFailure(null));
  const [planned, setPlanned] = useState<PriceListShape | null>(null);
  const [saving, setSaving] = useState(false);
  const put = (values: Fields, preview: boolean) => {
    const prices = typedPrices(values, newest.prices, Object.keys(info.types));
    const body: PricesInput = { prices, list: newest.list, ...(dues.dirty ? dues.body() : {}) };
    // a server of the release before, which knows no preview, refuses it
    if (preview) body.preview = true;
    return ask("PUT /api/sales/{sale}/prices", { parts: { sale: info.id }, body });
  };
  const take = async (error: unknown) => {
    setRefused({ fields: fieldsOf(error), values: form.values, drafts: dues.typing.drafts });
    if (codeOf(error) !== "changed_meanwhile") return;
    // the newest list is another, and the table begins anew
    tell(explain(error));
    await lists.again();
  };
  const review = form.submit(async (values) => {
    if (dues.wrong) return;
    setRefused(null);
    try {
      const plan = await put(values, true);
      if (plan.list === newest.list) tell(t("due_same"));
      else setPlanned(plan);
    } catch (error) {
      await take(error);
      throw error;
    }
  });
  const save = async () => {
    setSaving(true);
    try {
      const made = await put(form.values, false);
      form.restart();
      dues.restart();
      tell(t("dash_prices_saved", { list: made.list, at: bothClocks(made.from_ms, info.zone) }));
      await lists.again();
    } catch (error) {
      form.setFailure(error);
      await take(error);
    } finally {
      setPlanned(null);
      setSaving(false);
    }
  };
  return { form, dues, refused, planned, setPlanned, saving, review, save };
}

/** To the first field that is wrong, also where it is folded away. */
function lead(form: HTMLFormElement | null): void {
  const first = form?.querySelector<HTMLElement>('[aria-invalid="true"]');
  const fold = first?.closest("details");
  if (fold) fold.open = true;
  first?.focus();
}

export function Table({ info, newest, lists }: TableProps) {
  const { form, dues, refused, planned, setPlanned, saving, review, save } = usePlanning({
    info,
    newest,
    lists,
  });
  const dirty = form.dirty || dues.dirty;
  useUnsaved(dirty);
  const names = new Map([...info.sections, ...info.pools, ...newest.zones].map(({ id, name }) => [id, name]));
  const at = problemsAt(refused?.fields ?? [], refused?.values ?? {}, newest.prices);
  const said = (field: string) =>
    form.values[field] === refused?.values[field] ? (at.get(field) ?? null) : null;
  const rest = [at.get(""), dues.rest].filter(Boolean).join("; ");
  const unsaid = form.failure !== null && (rest !== "" || (at.size === 0 && !dues.said));
  const send = async (event: Event) => {
    dues.tried();
    await review(event);
    if (dues.wrong) setTimeout(() => lead(form.element.current));
  };
  return (
    <form class="stack" noValidate ref={form.element} onSubmit={(submit) => void send(submit)}>
      {Object.keys(newest.prices).map((place) => (
        <fieldset key={place}>
          <legend>{names.get(place) ?? place}</legend>
          <div class="room-control">
            {Object.entries(info.types).map(([type, name]) => {
              const field = form.field(fieldOf(place, type));
              return (
                <Field
                  key={type}
                  {...field}
                  problem={field.problem ?? said(fieldOf(place, type))}
                  label={`${name} (${info.currency})`}
                  inputMode="numeric"
                  maxLength={16}
                />
              );
            })}
          </div>
        </fieldset>
      ))}
      <EditDues {...dues.typing} had={dues.had} />
      <p class="soft">{t("dash_prices_who_pays")}</p>
      <span class="row">
        <Button type="submit" kind="main" busy={form.busy} disabled={!dirty}>
          {t("due_review")}
        </Button>
        {dirty && (
          <Button
            kind="plain"
            onClick={() => {
              form.restart();
              dues.restart();
            }}
          >
            {t("due_discard")}
          </Button>
        )}
      </span>
      {unsaid && (
        <Notice kind="bad" urgent>
          {rest || explain(form.failure)}
        </Notice>
      )}
      <Planned
        info={info}
        newest={newest}
        planned={planned}
        busy={saving}
        onYes={() => void save()}
        onNo={() => setPlanned(null)}
      />
    </form>
  );
}
