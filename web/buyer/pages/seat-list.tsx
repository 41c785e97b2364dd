/** The same seats as a list: sections, rows, buttons. Equal to the map for keyboards and screen readers. */

import { useState } from "preact/hooks";
import { money } from "../../shared/format/money";
import { locale, t } from "../../shared/i18n";
import { type Layout, type RowShape, type SectionShape, seatLabel } from "../../shared/map/layout";
import { FREE, OFF, type SeatStates } from "../../shared/map/states";
import type { Picking } from "../sale/picking";
import { seatWords, stateWords } from "./seat-map";
import "./seat-list.css";

interface Props {
  layout: Layout;
  states: SeatStates;
  picking: Picking;
  onSeat(seat: number): void;
}

/** A part is drawn again only when what it is given differs, or a signal it read; seats are neither, so this counts their changes. */
interface Part extends Props {
  changed: number;
}

function Row({ row, layout, states, picking, onSeat }: Part & { row: RowShape }) {
  const seats = Array.from({ length: row.seats }, (_, position) => row.first_seat + position);
  return (
    <li class="list-row">
      <span class="list-row-name">{t("row_name", { row: row.label })}</span>
      <span class="list-seats">
        {seats.map((seat, position) => {
          const mine = picking.mine.value.has(seat);
          const state = states.of(seat);
          if (state === OFF && !mine) return null;
          return (
            <button
              key={seat}
              type="button"
              class="list-seat"
              data-seat={seat}
              data-state={mine ? "mine" : state === FREE ? "free" : "gone"}
              aria-pressed={mine}
              aria-disabled={!mine && state !== FREE ? "true" : undefined}
              aria-label={[
                seatWords(layout, seat),
                layout.accessible.has(seat) ? t("accessible") : "",
                stateWords(picking, states, seat),
              ]
                .filter(Boolean)
                .join(", ")}
              onClick={() => onSeat(seat)}
            >
              {seatLabel(row, position)}
              {layout.accessible.has(seat) && <span aria-hidden="true">♿︎</span>}
            </button>
          );
        })}
      </span>
    </li>
  );
}

function freeIn(states: SeatStates, row: RowShape): number {
  let free = 0;
  for (let seat = row.first_seat; seat < row.first_seat + row.seats; seat++)
    if (states.of(seat) === FREE) free++;
  return free;
}

function SectionPart(props: Part & { section: SectionShape; index: number }) {
  const { section, index, states, picking } = props;
  const [open, setOpen] = useState(false);
  const info = picking.sale.info.value;
  const prices = Object.values(info?.prices[section.id] ?? {});
  if (prices.length === 0) return null;
  const [onlyFree, all] = [
    section.rows.filter((row) => freeIn(states, row) > 0 || holds(picking, row)),
    section.rows,
  ];
  return (
    <details class="list-section" onToggle={(toggle) => setOpen(toggle.currentTarget.open)}>
      <summary>
        <span class="list-section-name">{section.name}</span>
        <span class="soft">{t("n_free", { n: states.freeIn[index] ?? 0 })}</span>
        <span class="figure">
          {prices.length > 1 && <span class="small soft">{t("from")} </span>}
          {info && money(Math.min(...prices), info.currency, locale.value)}
        </span>
      </summary>
      {open && (
        <ul class="list-rows">
          {(onlyFree.length > 0 ? onlyFree : all).map((row) => (
            <Row key={row.first_seat} {...props} row={row} />
          ))}
        </ul>
      )}
    </details>
  );
}

function holds(picking: Picking, row: RowShape): boolean {
  for (const seat of picking.mine.value) {
    if (seat >= row.first_seat && seat < row.first_seat + row.seats) return true;
  }
  return false;
}

export function SeatList(props: Props) {
  const changed = props.picking.sale.seatsChanged.value;
  return (
    <div class="list" data-testid="seat-list">
      {props.layout.sections.map((section, index) => (
        <SectionPart key={section.id} {...props} section={section} index={index} changed={changed} />
      ))}
    </div>
  );
}
