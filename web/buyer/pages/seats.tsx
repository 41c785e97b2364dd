/**
 * Choosing: seats on the map or in the list, units of pools, "best available"; what one holds is always in sight.
 * Enters by itself; who has no turn is led to the waiting room.
 */

import { useEffect, useMemo, useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { go } from "../../shared/app/router";
import { live } from "../../shared/app/services";
import { local } from "../../shared/app/storage";
import { money } from "../../shared/format/money";
import { locale, t } from "../../shared/i18n";
import { codeOf } from "../../shared/live/errors";
import { tiersOf } from "../../shared/map/tiers";
import type { SaleInfo } from "../../shared/sale/sales";
import { Button, buttonClass, Stepper, Switch } from "../../shared/ui/controls";
import { page } from "../../shared/ui/loaded";
import { Badge, Notice, Ring } from "../../shared/ui/signs";
import { useTitle } from "../../shared/ui/title";
import { Picking } from "../sale/picking";
import { type SaleSession, sessionOf } from "../sale/session";
import { EntryAsked, isAsked } from "./entry-asked";
import { Pools } from "./pools";
import { SeatList } from "./seat-list";
import { SeatMapView, seatWords } from "./seat-map";
import "./seats.css";

const TO_ROOM = new Set([
  "no_place",
  "not_your_turn",
  "turn_missed",
  "sale_not_open",
  "cart_ended",
  "bad_place",
]);

function toRoom(sale: SaleSession): void {
  go(`/s/${sale.id}/room`, "replace");
}

function useCart(sale: SaleSession, ready: boolean, room: boolean): [unknown, () => void] {
  const [failure, setFailure] = useState<unknown>(null);
  const read = () => {
    if (!ready) return;
    const refused = (error: unknown) => {
      const code = codeOf(error);
      if (code === "cart_ended")
        sale.readCart().catch(() => toRoom(sale)); // it says how it ended
      else if (room && TO_ROOM.has(code)) toRoom(sale);
      else if (code !== "no_cart") setFailure(error);
    };
    const asked = room || sale.info.value?.entry !== "open";
    (asked ? sale.enter() : sale.readCart()).then(() => setFailure(null), refused);
  };
  useEffect(read, [ready, room]);
  return [failure, read];
}

function Trouble({ picking, onShow }: { picking: Picking; onShow(seats: readonly number[]): void }) {
  const trouble = picking.trouble.value;
  const layout = picking.sale.layout.value;
  if (!trouble) return null;
  const { offer, lost } = trouble;
  const close = () => {
    picking.trouble.value = null;
  };
  if (lost.length > 0 && layout) {
    const what = lost.map((seat) => seatWords(layout, seat)).join("; ");
    return (
      <Notice
        kind="bad"
        urgent
        onClose={close}
        action={
          offer
            ? {
                label: t("take_instead", { n: offer.length, seat: seatWords(layout, offer[0] as number) }),
                run: () => {
                  onShow(offer);
                  void picking.take(offer);
                },
                busy: picking.busy.value,
              }
            : undefined
        }
      >
        {t("lost_race", { what })} {offer ? "" : t("nothing_near")}
      </Notice>
    );
  }
  return (
    <Notice kind="bad" urgent onClose={close}>
      {explain(trouble.error, { n: picking.personMax })}
    </Notice>
  );
}

function Best({ picking, onShow }: { picking: Picking; onShow(seats: readonly number[]): void }) {
  const [count, setCount] = useState(2);
  const [section, setSection] = useState("");
  const layout = picking.sale.layout.value;
  void picking.sale.seatsChanged.value;
  const states = picking.sale.seats.value;
  if (!layout || !states) return null;
  const info = picking.sale.info.value;
  const max = Math.max(1, picking.room);
  const wanted = Math.min(count, max);
  const take = async () => onShow(await picking.best(wanted, section || undefined));
  return (
    <form
      class="best"
      onSubmit={(submit) => {
        submit.preventDefault();
        void take();
      }}
    >
      <Stepper label={t("how_many")} value={wanted} min={1} max={max} onChange={setCount} />
      <select
        class="input best-section"
        aria-label={t("section")}
        value={section}
        onChange={(change) => setSection(change.currentTarget.value)}
      >
        <option value="">{t("anywhere")}</option>
        {layout.sections.map((each, index) =>
          info?.prices[each.id] ? (
            <option key={each.id} value={each.id} disabled={(states.freeIn[index] ?? 0) < wanted}>
              {each.name} ({states.freeIn[index]})
            </option>
          ) : null,
        )}
      </select>
      <Button kind="main" type="submit" busy={picking.busy.value} disabled={picking.room === 0}>
        {t("best_available")}
      </Button>
    </form>
  );
}

function FreeBadge({ sale }: { sale: SaleSession }) {
  void sale.seatsChanged.value; // drawn again as seats come and go
  return sale.seats.value ? <Badge>{t("n_free", { n: sale.seats.value.free })}</Badge> : null;
}

function CartBar({ sale, picking }: { sale: SaleSession; picking: Picking }) {
  const cart = sale.cart.value;
  const info = sale.info.value;
  if (!info) return null;
  const live = cart && cart.state !== "ended" ? cart : null;
  const count = sale.heldCount.value;
  return (
    <section class="cart-bar" aria-label={t("your_tickets")}>
      <div class="cart-bar-inner">
        {live && <Ring until_ms={live.deadline_at_ms} whole_ms={info.cart_ms} />}
        <div class="cart-bar-what" role="status">
          <strong>{count > 0 ? t("n_tickets", { n: count }) : t("nothing_chosen")}</strong>
          <span class="figure">
            {count > 0 && live
              ? money(live.total, live.currency, locale.value)
              : t("up_to", { n: picking.personMax })}
          </span>
        </div>
        {count > 0 && (
          <>
            <button
              type="button"
              class="link"
              onClick={() => {
                void sale.release({}).catch(() => undefined);
              }}
            >
              {t("give_back")}
            </button>
            <a class={buttonClass("main")} href={`/s/${sale.id}/checkout`}>
              {t("checkout")}
            </a>
          </>
        )}
      </div>
    </section>
  );
}

function Legend({ picking }: { picking: Picking }) {
  const sale = picking.sale;
  const info = sale.info.value;
  const layout = sale.layout.value;
  if (!info || !layout) return null;
  const { tiers } = tiersOf(layout.sections, info.prices);
  const tag = locale.value;
  return (
    <ul class="legend">
      {tiers.map((tier) => (
        <li key={tier.index}>
          <span class={`swatch swatch-${tier.index + 1}`} aria-hidden="true" />
          <span class="figure">
            {tier.low === tier.high
              ? money(tier.low, info.currency, tag)
              : `${money(tier.low, info.currency, tag)} – ${money(tier.high, info.currency, tag)}`}
          </span>
        </li>
      ))}
      {layout.accessible.size > 0 && (
        <li>
          <span class="swatch swatch-accessible" aria-hidden="true" />
          {t("accessible")}
        </li>
      )}
      <li>
        <span class="swatch swatch-mine" aria-hidden="true" />
        {t("seat_mine")}
      </li>
      <li>
        <span class="swatch swatch-held" aria-hidden="true" />
        {t("seat_held")}
      </li>
      <li>
        <span class="swatch swatch-sold" aria-hidden="true" />
        {t("seat_sold")}
      </li>
    </ul>
  );
}

function Ended({ sale }: { sale: SaleSession }) {
  const cart = sale.cart.value;
  if (cart?.state !== "ended") return null;
  const again = () => {
    sale.cart.value = null;
    if (sale.info.value?.room) {
      sale.forgetPlace();
      go(`/s/${sale.id}/room`);
    }
  };
  if (cart.end_reason === "bought") {
    return (
      <Notice action={{ label: t("buy_more"), run: again }}>
        {t("cart_bought")} <a href={`/s/${sale.id}/checkout`}>{t("see_tickets")}</a>
      </Notice>
    );
  }
  const words = cart.end_reason === "expired" ? t("cart_expired") : t("cart_over");
  return (
    <Notice kind="bad" urgent action={{ label: t("start_again"), run: again }}>
      {words}
    </Notice>
  );
}

function Seats({ of: sale, data: info }: { of: SaleSession; data: SaleInfo }) {
  const picking = useMemo(() => new Picking(sale), [sale]);
  const [way, setWay] = useState<"map" | "list">(local.read("seats_by") === "list" ? "list" : "map");
  const [show, setShow] = useState<readonly number[] | null>(null);
  useEffect(() => {
    if (info.seats > 0) sale.follow(["seats"]);
  }, [info]);
  const [failure, enter] = useCart(sale, live.status.value === "live", info.room);
  useTitle(`${t("choose_seats")} · ${info.name}`);
  const layout = sale.layout.value;
  const states = sale.seats.value;
  const tiers = useMemo(() => (layout ? tiersOf(layout.sections, info.prices) : null), [layout, info]);

  const onSeat = (seat: number) => void picking.toggle(seat);
  const choose = (chosen: "map" | "list") => {
    local.write("seats_by", chosen);
    setWay(chosen);
  };
  const state = sale.state.value;
  return (
    <div class={info.seats > 0 ? "picker" : "page page-narrow stack-wide"}>
      <header class="picker-head">
        <h1 class="picker-title">
          <a href={`/s/${sale.id}`}>{info.name}</a>
        </h1>
        <span class="row">
          <FreeBadge sale={sale} />
          {info.seats > 0 && (
            <Switch
              label={t("show_as")}
              value={way}
              choices={[
                { value: "map", label: t("as_map") },
                { value: "list", label: t("as_list") },
              ]}
              onChange={choose}
            />
          )}
        </span>
      </header>
      <div class="picker-notices">
        <Ended sale={sale} />
        {sale.entry.checking.value && <Notice>{t("checking_person")}</Notice>}
        {isAsked(failure) && <EntryAsked sale={sale} failure={failure} enter={enter} />}
        {failure !== null && !isAsked(failure) && <Notice kind="bad">{explain(failure)}</Notice>}
        {state === "paused" && <Notice>{t("refused_sale_paused")}</Notice>}
        {(state === "closed" || state === "ended") && <Notice kind="bad">{t("sale_over")}</Notice>}
        <Trouble picking={picking} onShow={setShow} />
      </div>
      {info.seats > 0 && (
        <div class="picker-tools">
          <Best picking={picking} onShow={(seats) => setShow([...seats])} />
          <Legend picking={picking} />
        </div>
      )}
      {info.seats > 0 && layout && states && tiers && (
        <div class="picker-body">
          {way === "map" ? (
            <SeatMapView
              layout={layout}
              states={states}
              tiers={tiers}
              picking={picking}
              show={show}
              onSeat={onSeat}
            />
          ) : (
            <SeatList layout={layout} states={states} picking={picking} onSeat={onSeat} />
          )}
        </div>
      )}
      <Pools picking={picking} />
      <CartBar sale={sale} picking={picking} />
    </div>
  );
}

export default page({
  of: sessionOf,
  loads: (sale) => sale.read,
  begins: (sale) => {
    sale.follow(["pools", "counters"]);
    return () => sale.unfollow();
  },
  shows: Seats,
});
