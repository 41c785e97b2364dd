/**
 * The form of the box office. Guarantees: pressing twice, or again after an answer was lost, sells once; what is refused says why,
 * beside what it is about, and what was typed stays.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { locale } from "../../../shared/i18n";
import { Refusal } from "../../../shared/live/errors";
import type { FollowedSale } from "../../../shared/sale/followed";
import type { SaleInfo } from "../../../shared/sale/sales";
import { Button, Check, Field } from "../../../shared/ui/controls";
import { Notice } from "../../../shared/ui/signs";
import type { AllocationShape, GivenAwayShape, StaffOrderAnswer } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { NOT_REFUSED, refusedAt } from "../../selling";
import { Choose } from "../../ui/choose";
import { unitsOf } from "../../withheld";
import { mayGiveAway } from "../given-away";
import { NamedSeats } from "./seats";
import { t } from "./words";

const TENDERS = ["cash", "transfer", "invoice"] as const;
const AWAY = "complimentary";
type Paid = (typeof TENDERS)[number] | typeof AWAY;
const REASON_CHARS_MAX = 200;
const ANYWHERE = "";
const FOR_SALE = "";

/** What members may draw on; none while nobody has answered. */
function useDrawable(sale: string): readonly AllocationShape[] {
  const [found, setFound] = useState<readonly AllocationShape[]>([]);
  useEffect(() => {
    let left = false;
    ask("GET /api/sales/{sale}/allocations", { parts: { sale } }).then(
      ({ items }) =>
        left || setFound(items.filter(({ staff, released_at }) => staff && released_at === null)),
      () => undefined, // then what is for sale can be sold
    );
    return () => {
      left = true;
    };
  }, [sale]);
  return found;
}

export interface SellingProps {
  sale: FollowedSale;
  info: SaleInfo;
  given: GivenAwayShape | null;
  onSold(order: StaffOrderAnswer["order"]): void;
  onEnd(): void;
}

export function Selling({ sale, info, given, onSold, onEnd }: SellingProps) {
  const types = Object.keys(info.types);
  const sections = sale.layout.value?.sections ?? [];
  const names = new Map(sections.map(({ id, name }) => [id, name]));
  const drawable = useDrawable(sale.id);
  const [allocation, setAllocation] = useState(FOR_SALE);
  const [whole, setWhole] = useState(false);
  const [named, setNamed] = useState<readonly number[]>([]);
  const [section, setSection] = useState(ANYWHERE);
  const [together, setTogether] = useState("");
  const [units, setUnits] = useState<Record<string, string>>({});
  const [type, setType] = useState(types[0] ?? "");
  const [tender, setTender] = useState<Paid>("cash");
  const [reason, setReason] = useState("");
  const [reference, setReference] = useState("");
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [refused, setRefused] = useState(NOT_REFUSED);
  const [busy, setBusy] = useState(false);
  // The same until an answer came: nobody knows what became of one that was lost.
  const order = useRef<string>(crypto.randomUUID());
  const counted = [...info.pools, ...(info.products ?? [])];
  const out = drawable.find(({ id }) => id === allocation);
  const all = whole && out !== undefined;
  const asked = all ? {} : unitsOf({ together, ...units });
  const size = out && all ? sizeOf(out) : named.length + sum(asked ?? {});
  const left = given === null || given.quota === null ? null : Math.max(0, given.quota - given.issued);
  const problem = (field: string) => refused.problems.get(field) ?? null;
  const refuse = (field: string, words: string) =>
    setRefused({ problems: new Map([[field, words]]), seats: [] });

  const send = async ({ together: best = 0, ...taken }: Record<string, number>) => {
    const body = {
      order: order.current,
      ...(named.length > 0 && !all ? { seats: [...named] } : {}),
      ...(best > 0 ? { best: { seats: best, ...(section ? { section } : {}) } } : {}),
      units: taken,
      ...(allocation ? { allocation, whole: all } : {}),
      type,
      ...(tender === AWAY ? { reason } : { tender }),
      ...(tender === "transfer" || tender === "invoice" ? { reference } : {}),
      ...(name || email ? { contact: { name, email } } : {}),
      locale: locale.value,
    };
    return (await ask("POST /api/sales/{sale}/orders", { parts: { sale: sale.id }, body })).order;
  };
  const sell = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setRefused(NOT_REFUSED);
    if (asked === null || size === 0) return refuse("", t("off_sell_how_many"));
    if (tender === AWAY && left !== null && size > left) {
      return refuse("reason", t("sell_quota", { n: left, asked: size }));
    }
    setBusy(true);
    try {
      onSold(await send(asked));
    } catch (failure) {
      if (failure instanceof Refusal && !failure.retryable) order.current = crypto.randomUUID();
      const pools = new Map(counted.map((pool) => [pool.id, pool.name]));
      setRefused(
        refusedAt(failure, (pool, n) => t("off_withheld_left", { pool: pools.get(pool) ?? pool, n })),
      );
      setBusy(false);
    }
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => void sell(event)}>
      {drawable.length > 0 && (
        <Choose
          label={t("off_sell_allocation")}
          value={allocation}
          options={[FOR_SALE, ...drawable.map(({ id }) => id)]}
          words={(each) => drawable.find(({ id }) => id === each)?.name ?? t("off_sell_for_sale")}
          onValue={(each) => {
            setAllocation(each);
            setNamed([]); // what is free is not what somebody else has withheld
          }}
        />
      )}
      <Wrong says={problem("allocation")} />
      {out && <Check label={t("off_sell_whole")} checked={whole} required={false} onChange={setWhole} />}
      {!all && info.seats > 0 && (
        <>
          <Choose
            label={t("off_sell_section")}
            value={section}
            options={[ANYWHERE, ...names.keys()]}
            words={(each) => (each === ANYWHERE ? t("off_sell_anywhere") : (names.get(each) ?? each))}
            onValue={setSection}
          />
          <Field
            label={t("off_sell_seats")}
            value={together}
            inputMode="numeric"
            optional
            problem={problem("together")}
            onValue={setTogether}
          />
        </>
      )}
      {!all && sale.layout.value && sale.seats.value && (
        <NamedSeats
          sale={sale}
          info={info}
          layout={sale.layout.value}
          states={sale.seats.value}
          allocation={out}
          chosen={named}
          taken={refused.seats}
          problem={problem("seats")}
          onChosen={(seats) => {
            setNamed(seats);
            setRefused(NOT_REFUSED);
          }}
        />
      )}
      {(all ? [] : counted).map((pool) => (
        <Field
          key={pool.id}
          label={pool.name}
          value={units[pool.id] ?? ""}
          inputMode="numeric"
          optional
          problem={problem(`pool:${pool.id}`)}
          onValue={(count) => setUnits({ ...units, [pool.id]: count })}
        />
      ))}
      {types.length > 1 && (
        <Choose
          label={t("off_sell_type")}
          value={type}
          options={types}
          words={(each) => info.types[each] ?? each}
          onValue={setType}
        />
      )}
      <Wrong says={problem("type")} />
      <Choose<Paid>
        label={t("off_tender")}
        value={tender}
        options={mayGiveAway(given) ? [...TENDERS, AWAY] : TENDERS}
        words={(each) => (each === AWAY ? t("off_sell_away") : t(`off_tender_${each}`))}
        onValue={(each) => setTender(each)}
      />
      {tender === AWAY && (
        <>
          {left !== null && <p class="small soft">{t("sell_quota", { n: left, asked: size })}</p>}
          <Field
            label={t("off_sell_reason")}
            hint={t("off_sell_reason_hint")}
            value={reason}
            maxLength={REASON_CHARS_MAX}
            required
            problem={problem("reason")}
            onValue={setReason}
          />
        </>
      )}
      {(tender === "transfer" || tender === "invoice") && (
        <Field
          label={t("off_sell_reference")}
          value={reference}
          optional
          problem={problem("reference")}
          onValue={setReference}
        />
      )}
      <Field label={t("off_sell_name")} value={name} optional problem={problem("name")} onValue={setName} />
      <Field
        label={t("off_sell_email")}
        hint={t("off_sell_email_hint")}
        value={email}
        type="email"
        optional
        problem={problem("email")}
        onValue={setEmail}
      />
      <Others problems={refused.problems} shown={[...SHOWN, ...counted.map(({ id }) => `pool:${id}`)]} />
      <span class="row">
        <Button kind="main" type="submit" busy={busy}>
          {t(tender === AWAY ? "off_sell_give" : "off_sell_do")}
        </Button>
        <Button onClick={onEnd}>{t("off_sell_cancel")}</Button>
      </span>
    </form>
  );
}

/** Fields that say themselves what is wrong with them. */
const SHOWN = ["allocation", "together", "seats", "type", "reason", "reference", "name", "email"];

/** What is wrong with nothing of the form that is shown. */
function Others({ problems, shown }: { problems: ReadonlyMap<string, string>; shown: readonly string[] }) {
  const said = [...problems].filter(([field]) => !shown.includes(field)).map(([, words]) => words);
  if (said.length === 0) return null;
  return (
    <Notice kind="bad" urgent>
      {said.join(" ")}
    </Notice>
  );
}

function Wrong({ says }: { says: string | null }) {
  return says === null ? null : (
    <span class="problem" role="alert">
      {says}
    </span>
  );
}

const sum = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((all, n) => all + n, 0);
const sizeOf = ({ seats, units }: AllocationShape) => seats.length + sum(units);
