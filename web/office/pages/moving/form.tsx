/**
 * The form that moves lines of an order: which, to which date, what instead; and what that comes to, before it is done.
 * Guarantees: what is confirmed costs what was shown, or nothing is moved; pressing twice moves once.
 */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { explain } from "../../../shared/app/refusals";
import { money } from "../../../shared/format/money";
import { moment } from "../../../shared/format/time";
import { locale } from "../../../shared/i18n";
import { FollowedSale } from "../../../shared/sale/followed";
import { Button, Check, Field, Switch } from "../../../shared/ui/controls";
import { reader } from "../../../shared/ui/moments";
import { Notice } from "../../../shared/ui/signs";
import type {
  MovePlanShape,
  MoveWantedBody,
  OrderRecordShape,
  SaleCardShape,
} from "../../../shared/wire/contract";
import { ask, askOwnSale, organizerSales } from "../../api";
import { Choose } from "../../ui/choose";
import { DryRun } from "../../ui/dry-run";
import { tell } from "../../ui/toasts";
import { unitsOf } from "../../withheld";
import { NamedSeats } from "../selling/seats";
import { useActing } from "../settings/acting";
import { t } from "./words";

const TENDERS = ["cash", "transfer", "invoice"] as const;
type Tender = (typeof TENDERS)[number];
type GiveAs = NonNullable<MoveWantedBody["give_as"]>;
const REASON_CHARS_MAX = 200;
const ANYWHERE = "";

export interface MovingProps {
  record: OrderRecordShape;
  /** what a line is called */
  lineName(line: number): string;
  onMoved(): void;
  onEnd(): void;
}

export function MoveForm({ record, lineName, onMoved, onEnd }: MovingProps) {
  const { order } = record;
  const live = order.lines.flatMap((line, at) => (line.live ? [at] : []));
  const [chosen, choose] = useState<readonly number[]>(live);
  const [fees, setFees] = useState(true);
  const [rest, setRest] = useState<GiveAs>("origin");
  const [reason, setReason] = useState("");
  const [sale, setSale] = useState(order.sale);
  const [instead, setInstead] = useState<Instead>(NOTHING);
  const [asked, setAsked] = useState<MoveWantedBody | null>(null);
  const to = toOf(sale, instead);
  const wanted: MoveWantedBody = { lines: [...chosen], fees, give_as: rest, to: to ?? { sale } };
  return (
    <form
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (to !== null && chosen.length > 0) setAsked(wanted);
      }}
    >
      <fieldset class="stack-tight">
        <legend>{t("move_lines")}</legend>
        {live.map((at) => (
          <Check
            key={at}
            label={lineName(at)}
            required={false}
            checked={chosen.includes(at)}
            onChange={(on) => choose(on ? [...chosen, at] : chosen.filter((each) => each !== at))}
          />
        ))}
        {order.fees.length > 0 && (
          <Check label={t("move_fees")} required={false} checked={fees} onChange={setFees} />
        )}
      </fieldset>
      <Dates
        record={record}
        sale={sale}
        onSale={(picked) => {
          setSale(picked);
          setInstead(NOTHING);
        }}
      />
      <What key={sale} sale={sale} instead={instead} onInstead={setInstead} />
      <div class="stack-tight">
        <span>{t("move_rest")}</span>
        <Switch<GiveAs>
          label={t("move_rest")}
          value={rest}
          choices={(["origin", "credit", "voucher"] as const).map((value) => ({
            value,
            label: t(`move_rest_${value}`),
          }))}
          onChange={setRest}
        />
      </div>
      <Field
        label={t("move_reason")}
        value={reason}
        maxLength={REASON_CHARS_MAX}
        optional
        hint={t("move_reason_hint")}
        onValue={setReason}
      />
      <span class="row">
        <Button kind="main" type="submit" busy={to === null || chosen.length === 0}>
          {t("move_see")}
        </Button>
        <Button onClick={onEnd}>{t("move_stop")}</Button>
      </span>
      <Confirm record={record} wanted={asked} reason={reason} onNo={() => setAsked(null)} onMoved={onMoved} />
    </form>
  );
}

/** The sales that it can be moved to: those that are called like this one, or like what was typed. */
function Dates({
  record,
  sale,
  onSale,
}: {
  record: OrderRecordShape;
  sale: string;
  onSale(id: string): void;
}) {
  const [words, setWords] = useState(record.sale_name);
  const [found, setFound] = useState<readonly SaleCardShape[]>([]);
  useEffect(() => {
    let current = true;
    organizerSales(words.trim(), null).then(
      ({ items }) => current && setFound(items.filter((each) => fits(each, record.order.currency))),
      () => undefined, // what is chosen already can be moved to
    );
    return () => {
      current = false;
    };
  }, [words]);
  const names = new Map(found.map((each) => [each.id, nameOf(each)]));
  if (!names.has(sale)) names.set(sale, sale === record.order.sale ? record.sale_name || sale : sale);
  return (
    <>
      <Field
        label={t("move_find")}
        hint={t("move_find_hint")}
        value={words}
        problem={found.length === 0 ? t("move_none_found", { currency: record.order.currency }) : null}
        onValue={setWords}
      />
      <Choose
        label={t("move_date")}
        value={sale}
        options={[...names.keys()]}
        words={(each) => names.get(each) ?? each}
        onValue={onSale}
      />
    </>
  );
}

const fits = ({ currency, state }: SaleCardShape, wanted: string) => currency === wanted && state === "open";

const nameOf = ({ name, starts_at, zone }: SaleCardShape) =>
  `${name} · ${moment(starts_at, zone, reader.value)}`;

interface Instead {
  seats: readonly number[];
  together: string;
  section: string;
  units: Readonly<Record<string, string>>;
  type: string;
}

const NOTHING: Instead = { seats: [], together: "", section: ANYWHERE, units: {}, type: "" };

/** What is asked for; null while that is nothing, or can't be read. */
function toOf(sale: string, { seats, together, section, units, type }: Instead): MoveWantedBody["to"] | null {
  const counted = unitsOf({ together, ...units });
  if (counted === null) return null;
  const { together: best = 0, ...taken } = counted;
  if (seats.length + best + Object.values(taken).reduce((all, n) => all + n, 0) === 0) return null;
  return {
    sale,
    ...(seats.length > 0 ? { seats: [...seats] } : {}),
    ...(best > 0 ? { best: { seats: best, ...(section ? { section } : {}) } } : {}),
    ...(Object.keys(taken).length > 0 ? { units: taken } : {}),
    ...(type ? { type } : {}),
  };
}

interface WhatProps {
  sale: string;
  instead: Instead;
  onInstead(instead: Instead): void;
}

function What({ sale, instead, onInstead }: WhatProps) {
  const followed = useMemo(() => new FollowedSale(sale, askOwnSale), [sale]);
  useEffect(() => {
    void followed.read.load();
    followed.follow(["seats"]);
    return () => followed.unfollow();
  }, [followed]);
  const info = followed.info.value;
  const layout = followed.layout.value;
  const states = followed.seats.value;
  if (info === null) return <p aria-busy="true" />;
  const types = Object.keys(info.types);
  const sections = layout?.sections ?? [];
  const names = new Map(sections.map(({ id, name }) => [id, name]));
  const change = (some: Partial<Instead>) => onInstead({ ...instead, ...some });
  return (
    <fieldset class="stack">
      <legend>{t("move_what")}</legend>
      {info.seats > 0 && (
        <>
          <Choose
            label={t("off_sell_section")}
            value={instead.section}
            options={[ANYWHERE, ...names.keys()]}
            words={(each) => (each === ANYWHERE ? t("off_sell_anywhere") : (names.get(each) ?? each))}
            onValue={(section) => change({ section })}
          />
          <Field
            label={t("off_sell_seats")}
            value={instead.together}
            inputMode="numeric"
            optional
            onValue={(together) => change({ together })}
          />
        </>
      )}
      {layout && states && (
        <NamedSeats
          sale={followed}
          info={info}
          layout={layout}
          states={states}
          allocation={undefined}
          chosen={instead.seats}
          taken={[]}
          problem={null}
          onChosen={(seats) => change({ seats })}
        />
      )}
      {[...info.pools, ...(info.products ?? [])].map(({ id, name }) => (
        <Field
          key={id}
          label={name}
          value={instead.units[id] ?? ""}
          inputMode="numeric"
          optional
          onValue={(count) => change({ units: { ...instead.units, [id]: count } })}
        />
      ))}
      {types.length > 1 && (
        <Choose
          label={t("off_sell_type")}
          value={instead.type || (types[0] ?? "")}
          options={types}
          words={(each) => info.types[each] ?? each}
          onValue={(type) => change({ type })}
        />
      )}
    </fieldset>
  );
}

interface Confirmed {
  record: OrderRecordShape;
  /** null: nothing is asked */
  wanted: MoveWantedBody | null;
  reason: string;
  onNo(): void;
  onMoved(): void;
}

function Confirm({ record, wanted, reason, onNo, onMoved }: Confirmed) {
  const parts = { sale: record.order.sale, order: record.order.id };
  const [plan, setPlan] = useState<MovePlanShape | null>(null);
  const [wrong, setWrong] = useState<unknown>(null);
  const [tender, setTender] = useState<Tender>("cash");
  const { busy, act, refused } = useActing();
  const move = useRef("");
  useEffect(() => {
    setPlan(null);
    setWrong(null);
    if (wanted === null) return;
    move.current = crypto.randomUUID();
    let current = true;
    ask("POST /api/organizer/sales/{sale}/orders/{order}/moves/preview", { parts, body: wanted }).then(
      (found) => current && setPlan(found),
      (error) => current && setWrong(error),
    );
    return () => {
      current = false;
    };
  }, [wanted]);
  const go = () =>
    act(async () => {
      if (wanted === null || plan === null) return;
      const paid = plan.due > 0 ? { tender } : {};
      const body = { ...wanted, move: move.current, due: plan.due, reason, ...paid };
      const made = await ask("POST /api/organizer/sales/{sale}/orders/{order}/moves", { parts, body });
      tell(t("move_done", { code: made.order.code }));
      onMoved();
    });
  return (
    <DryRun
      title={t("move_asked")}
      open={wanted !== null}
      meets={plan === null && wrong === null ? null : plan === null ? [] : effects(plan)}
      does={t("move_yes")}
      keeps={t("move_no")}
      busy={busy || wrong !== null}
      onYes={() => void go()}
      onNo={onNo}
    >
      {plan !== null && plan.due > 0 && (
        <Choose<Tender>
          label={t("move_pays_in")}
          value={tender}
          options={TENDERS}
          words={(each) => t(`off_tender_${each}`)}
          onValue={setTender}
        />
      )}
      {wrong !== null && (
        <Notice kind="bad" urgent>
          {explain(wrong)}
        </Notice>
      )}
      {refused}
    </DryRun>
  );
}

/** What it comes to, a line for each thing. */
function effects(plan: MovePlanShape): string[] {
  const sum = (amount: number) => money(amount, plan.currency, locale.value);
  const back = plan.rest - plan.returned;
  const goes = { by_hand: "move_hand", credit: "move_credit", voucher: "move_voucher" } as const;
  const way = plan.way === "provider" || plan.way === "move" ? "move_source" : goes[plan.way];
  return [
    t("move_counts", { n: plan.lines.length, sum: sum(plan.amount) }),
    t("move_total", { sum: sum(plan.total) }),
    ...(plan.due > 0 ? [t("move_charged", { sum: sum(plan.due) })] : []),
    ...(back > 0 ? [t(way, { sum: sum(back) })] : []),
    ...(plan.returned > 0 ? [t("move_returned", { sum: sum(plan.returned) })] : []),
    ...(plan.due === 0 && plan.rest === 0 ? [t("move_even")] : []),
  ];
}
