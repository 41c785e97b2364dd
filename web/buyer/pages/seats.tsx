/**
 * Choosing: seats on the map or in the list, units of pools, "best available"; what one holds is always in sight.
 * Enters by itself; who has no turn is led to the waiting room.
 */

import { useEffect, useMemo, useState } from "preact/hooks";
import { go } from "../../shared/app/router";
import { live } from "../../shared/app/services";
import { local } from "../../shared/app/storage";
import { t } from "../../shared/i18n";
import { codeOf } from "../../shared/live/errors";
import { tiersOf } from "../../shared/map/tiers";
import { worth } from "../../shared/map/worth";
import type { SaleInfo } from "../../shared/sale/sales";
import { Switch } from "../../shared/ui/controls";
import { page } from "../../shared/ui/loaded";
import { Badge } from "../../shared/ui/signs";
import { useTitle } from "../../shared/ui/title";
import { Picking } from "../sale/picking";
import { type SaleSession, sessionOf } from "../sale/session";
import { Best } from "./best";
import { CartBar } from "./cart-bar";
import { DuesNote } from "./dues";
import { type ColouredBy, FoldedLegend, Legend } from "./legend";
import { PhaseLine } from "./phases";
import { Counts } from "./pools";
import { SeatList } from "./seat-list";
import { SeatMapView } from "./seat-map";
import { SeatNotices } from "./seat-notices";
import { UnlockCode } from "./unlock";
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
      else setFailure(code === "no_cart" ? null : error);
    };
    const asked = room || sale.info.value?.entry !== "open";
    (asked ? sale.enter() : sale.readCart()).then(() => setFailure(null), refused);
  };
  useEffect(read, [ready, room, sale.asks]);
  return [failure, read];
}

function FreeBadge({ sale }: { sale: SaleSession }) {
  void sale.seatsChanged.value; // drawn again as seats come and go
  return sale.seats.value ? <Badge>{t("n_free", { n: sale.seats.value.free })}</Badge> : null;
}

function Seats({ of: sale, data: info }: { of: SaleSession; data: SaleInfo }) {
  const picking = useMemo(() => new Picking(sale), [sale]);
  const [way, setWay] = useState<"map" | "list">(local.read("seats_by") === "list" ? "list" : "map");
  const [show, setShow] = useState<readonly number[] | null>(null);
  useEffect(() => {
    if (info.seats > 0) sale.follow(["seats"]);
  }, [info]);
  const [by, setBy] = useState<ColouredBy>("price");
  const [failure, enter] = useCart(sale, live.status.value === "live", info.room);
  useTitle(`${t("choose_seats")} · ${info.name}`);
  const layout = sale.layout.value;
  const states = sale.seats.value;
  const tiers = useMemo(
    () => (layout ? tiersOf(layout.sections, info.prices, info.zones) : null),
    [layout, info],
  );

  const onSeat = (seat: number) => void picking.toggle(seat);
  const choose = (chosen: "map" | "list") => {
    local.write("seats_by", chosen);
    setWay(chosen);
  };
  const coloured = useMemo(
    () => (by === "worth" && layout ? worth({ seats: layout.seats, sections: [...layout.sections] }) : null),
    [by, layout],
  );
  const legend = layout && tiers && (
    <Legend tiers={tiers.tiers} currency={info.currency} layout={layout} by={by} onBy={setBy} />
  );
  const folded = layout && tiers && (
    <FoldedLegend tiers={tiers.tiers} currency={info.currency} layout={layout} by={by} onBy={setBy} />
  );
  const onShow = (seats: readonly number[]) => setShow(seats);
  return (
    <div class={info.seats > 0 ? "picker" : "page page-narrow stack-wide"} data-way={way}>
      <header class="picker-head">
        <div>
          <h1 class="picker-title">
            <a href={`/s/${sale.id}`}>{info.name}</a>
          </h1>
          <PhaseLine sale={sale} info={info} />
        </div>
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
      {info.seats === 0 && <DuesNote info={info} />}
      {info.seats > 0 && (
        <div class="picker-tools">
          <Best picking={picking} onShow={onShow} />
          <UnlockCode sale={sale} />
          {way === "map" && legend}
          <DuesNote info={info} />
        </div>
      )}
      {info.seats > 0 && (
        <div class="picker-body">
          {layout && states && tiers && way === "map" && (
            <SeatMapView
              layout={layout}
              states={states}
              tiers={tiers}
              worth={coloured}
              picking={picking}
              show={show}
              onSeat={onSeat}
            >
              {folded}
            </SeatMapView>
          )}
          {layout && states && way === "list" && (
            <SeatList layout={layout} states={states} picking={picking} onSeat={onSeat} />
          )}
        </div>
      )}
      {info.seats === 0 && <UnlockCode sale={sale} />}
      {(info.pools.length > 0 || (info.products?.length ?? 0) > 0) && <Counts picking={picking} />}
      <CartBar picking={picking}>
        <SeatNotices sale={sale} picking={picking} failure={failure} enter={enter} onShow={onShow} />
      </CartBar>
    </div>
  );
}

export default page({
  of: sessionOf,
  loads: (sale) => sale.read,
  begins: (sale) => {
    sale.follow(["pools", "counters", "room"]);
    return () => sale.unfollow();
  },
  shows: Seats,
});
