/**
 * Tickets sold to somebody who stands there, or telephoned. Guarantees: pressing twice, or again after an answer was lost, sells
 * once; what is refused says why, and what was typed stays.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { money } from "../../shared/format/money";
import { locale } from "../../shared/i18n";
import { Refusal } from "../../shared/live/errors";
import type { FollowedSale } from "../../shared/sale/followed";
import type { SaleInfo } from "../../shared/sale/sales";
import { Button, Check, Field } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import type { AllocationShape, StaffOrderAnswer } from "../../shared/wire/contract";
import { ask } from "../api";
import { Choose } from "../ui/choose";
import { unitsOf } from "../withheld";
import { t } from "../words";
import { GivenAway, mayGiveAway, useGivenAway } from "./given-away";
import { useActing } from "./settings/acting";

const TENDERS = ["cash", "transfer", "invoice"] as const;
const AWAY = "complimentary";
type Paid = (typeof TENDERS)[number] | typeof AWAY;
const REASON_CHARS_MAX = 200;
const ANYWHERE = "";
const FOR_SALE = "";

export function Sell({ sale, info }: { sale: FollowedSale; info: SaleInfo }) {
  const [selling, setSelling] = useState(false);
  const [sold, setSold] = useState<StaffOrderAnswer["order"] | null>(null);
  const given = useGivenAway(sale.id, sold);
  return (
    <section class="panel stack" aria-labelledby="sell-title">
      <h2 class="tag" id="sell-title">
        {t("off_sell")}
      </h2>
      <p class="soft">{t("off_sell_explained")}</p>
      <GivenAway found={given} currency={info.currency} />
      <p role="status">
        {sold &&
          t("off_sell_done", {
            code: sold.code,
            n: sold.lines.length,
            total: money(sold.total, sold.currency, locale.value),
          })}
      </p>
      {!selling && (
        <span class="row">
          <Button onClick={() => setSelling(true)}>{t("off_sell_begin")}</Button>
        </span>
      )}
      {selling && (
        <Selling
          sale={sale}
          info={info}
          mayGive={mayGiveAway(given)}
          onSold={(order) => {
            setSold(order);
            setSelling(false);
          }}
          onEnd={() => setSelling(false)}
        />
      )}
    </section>
  );
}

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

interface SellingProps {
  sale: FollowedSale;
  info: SaleInfo;
  mayGive: boolean;
  onSold(order: StaffOrderAnswer["order"]): void;
  onEnd(): void;
}

function Selling({ sale, info, mayGive, onSold, onEnd }: SellingProps) {
  const types = Object.keys(info.types);
  const sections = sale.layout.value?.sections ?? [];
  const names = new Map(sections.map(({ id, name }) => [id, name]));
  const drawable = useDrawable(sale.id);
  const [allocation, setAllocation] = useState(FOR_SALE);
  const [whole, setWhole] = useState(false);
  const [section, setSection] = useState(ANYWHERE);
  const [seats, setSeats] = useState("");
  const [units, setUnits] = useState<Record<string, string>>({});
  const [type, setType] = useState(types[0] ?? "");
  const [tender, setTender] = useState<Paid>("cash");
  const [reason, setReason] = useState("");
  const [reference, setReference] = useState("");
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [wrong, setWrong] = useState(false);
  const { busy, act, refused } = useActing();
  // The same until an answer came: nobody knows what became of one that was lost.
  const order = useRef<string>(crypto.randomUUID());
  const sell = async (event: Event) => {
    event.preventDefault();
    const all = whole && allocation !== FOR_SALE;
    const counted = all ? {} : unitsOf({ seats, ...units });
    const nothing = counted === null || (!all && Object.keys(counted).length === 0);
    setWrong(nothing);
    if (nothing) return;
    const { seats: together = 0, ...taken } = counted;
    const body = {
      order: order.current,
      ...(together > 0 ? { best: { seats: together, ...(section ? { section } : {}) } } : {}),
      units: taken,
      ...(allocation ? { allocation, whole: all } : {}),
      type,
      ...(tender === AWAY ? { reason } : { tender }),
      ...(tender === "transfer" || tender === "invoice" ? { reference } : {}),
      ...(name || email ? { contact: { name, email } } : {}),
      locale: locale.value,
    };
    await act(async () => {
      try {
        const { order: made } = await ask("POST /api/sales/{sale}/orders", {
          parts: { sale: sale.id },
          body,
        });
        onSold(made);
      } catch (failure) {
        if (failure instanceof Refusal && !failure.retryable) order.current = crypto.randomUUID();
        throw failure;
      }
    });
  };
  const counting = !whole || allocation === FOR_SALE;
  return (
    <form class="stack" noValidate onSubmit={(event) => void sell(event)}>
      {drawable.length > 0 && (
        <Choose
          label={t("off_sell_allocation")}
          value={allocation}
          options={[FOR_SALE, ...drawable.map(({ id }) => id)]}
          words={(each) => drawable.find(({ id }) => id === each)?.name ?? t("off_sell_for_sale")}
          onValue={setAllocation}
        />
      )}
      {allocation !== FOR_SALE && (
        <Check label={t("off_sell_whole")} checked={whole} required={false} onChange={setWhole} />
      )}
      {counting && info.seats > 0 && (
        <>
          <Choose
            label={t("off_sell_section")}
            value={section}
            options={[ANYWHERE, ...names.keys()]}
            words={(each) => (each === ANYWHERE ? t("off_sell_anywhere") : (names.get(each) ?? each))}
            onValue={setSection}
          />
          <Field label={t("off_sell_seats")} value={seats} inputMode="numeric" optional onValue={setSeats} />
        </>
      )}
      {(counting ? [...info.pools, ...(info.products ?? [])] : []).map((pool) => (
        <Field
          key={pool.id}
          label={pool.name}
          value={units[pool.id] ?? ""}
          inputMode="numeric"
          optional
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
      <Choose<Paid>
        label={t("off_tender")}
        value={tender}
        options={mayGive ? [...TENDERS, AWAY] : TENDERS}
        words={(each) => (each === AWAY ? t("off_sell_away") : t(`off_tender_${each}`))}
        onValue={(each) => setTender(each)}
      />
      {tender === AWAY && (
        <Field
          label={t("off_sell_reason")}
          hint={t("off_sell_reason_hint")}
          value={reason}
          maxLength={REASON_CHARS_MAX}
          required
          onValue={setReason}
        />
      )}
      {(tender === "transfer" || tender === "invoice") && (
        <Field label={t("off_sell_reference")} value={reference} optional onValue={setReference} />
      )}
      <Field label={t("off_sell_name")} value={name} optional onValue={setName} />
      <Field
        label={t("off_sell_email")}
        hint={t("off_sell_email_hint")}
        value={email}
        type="email"
        optional
        onValue={setEmail}
      />
      {wrong && (
        <Notice kind="bad" urgent>
          {t("off_sell_how_many")}
        </Notice>
      )}
      {refused}
      <span class="row">
        <Button kind="main" type="submit" busy={busy}>
          {t(tender === AWAY ? "off_sell_give" : "off_sell_do")}
        </Button>
        <Button onClick={onEnd}>{t("off_sell_cancel")}</Button>
      </span>
    </form>
  );
}
