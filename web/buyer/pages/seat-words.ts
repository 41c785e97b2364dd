/** What is said of a seat, wherever it is shown: where it is, what it is sold as, whether it is free. */

import { live } from "../../shared/app/services";
import { t } from "../../shared/i18n";
import type { Layout } from "../../shared/map/layout";
import { FREE, HELD, OFF, type SeatStates } from "../../shared/map/states";
import { offersOf, offerWords, placeOf, standardOf } from "../sale/offers";
import type { Picking } from "../sale/picking";

export function seatWords(layout: Layout, seat: number): string {
  const { section, row, label } = layout.nameOf(seat);
  return t("seat_name", { section: section.name, row: row.label, seat: label });
}

/** The type and price of the buyer's own seat, or those it would have. */
export function priceWords(picking: Picking, layout: Layout, seat: number): string {
  const info = picking.sale.info.value;
  if (!info) return "";
  const offers = offersOf(info, placeOf(info, layout.section(seat).id, seat));
  const item = picking.sale.held.value.find((each) => each.seat === seat);
  const offer =
    offers.find((each) => each.type === item?.type) ??
    standardOf(info, placeOf(info, layout.section(seat).id, seat)) ??
    offers[0];
  return offer ? offerWords(offer, info.currency) : "";
}

export function stateWords(picking: Picking, states: SeatStates, seat: number): string {
  if (picking.mine.value.has(seat)) return t("seat_mine");
  if (picking.asking.value.has(seat)) return t(live.keeping.value ? "waiting_for_network" : "seat_asking");
  switch (states.of(seat)) {
    case FREE:
      return t("seat_free");
    case HELD:
      return t("seat_held");
    case OFF:
      return t("seat_off");
    default:
      return t("seat_sold");
  }
}

/** What it is, and what it is sold as: "wheelchair space, General €45, free". */
export function detailWords(picking: Picking, layout: Layout, states: SeatStates, seat: number): string {
  return [
    layout.accessible.has(seat) ? t("accessible") : "",
    layout.companions.has(seat) ? t("companion_seat") : "",
    priceWords(picking, layout, seat),
    stateWords(picking, states, seat),
  ]
    .filter(Boolean)
    .join(", ");
}

export function describe(picking: Picking, layout: Layout, states: SeatStates, seat: number): string {
  return `${seatWords(layout, seat)}, ${detailWords(picking, layout, states, seat)}`;
}
