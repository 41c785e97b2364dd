/** The same seats as a list: sections, rows, buttons. Equal to the map for keyboards and screen readers. */

import { useState } from "preact/hooks";
import { price } from "../../shared/format/price";
import { t } from "../../shared/i18n";
import { type Layout, type RowShape, type SectionShape, seatLabel } from "../../shared/map/layout";
import { type Line, linesIn } from "../../shared/map/lines";
import { FREE, OFF, type SeatStates } from "../../shared/map/states";
import type { SaleInfo } from "../../shared/sale/sales";
import { type Offer, offersOf, offerWords, placeOf } from "../sale/offers";
import type { Picking } from "../sale/picking";
import { describe } from "./seat-words";
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

function Seat({ seat, label, layout, states, picking, onSeat }: Part & { seat: number; label: string }) {
  const mine = picking.mine.value.has(seat);
  const asking = picking.asking.value.has(seat);
  const state = states.of(seat);
  // What is not for sale is a gap: its neighbours are not side by side.
  if (state === OFF && !mine) return <span class="list-gap" aria-hidden="true" />;
  return (
    <button
      type="button"
      class="list-seat"
      data-seat={seat}
      data-state={mine ? "mine" : asking ? "asking" : state === FREE ? "free" : "gone"}
      aria-pressed={mine}
      aria-disabled={!mine && state !== FREE ? "true" : undefined}
      aria-label={describe(picking, layout, states, seat)}
      onClick={() => onSeat(seat)}
    >
      {label}
      {layout.accessible.has(seat) && <span aria-hidden="true">♿︎</span>}
      {layout.companions.has(seat) && <span aria-hidden="true">+1</span>}
    </button>
  );
}

function Run({ row, ...part }: Part & { row: RowShape }) {
  return (
    <span class="list-run">
      {Array.from({ length: row.seats }, (_, position) => (
        <Seat key={position} {...part} seat={row.first_seat + position} label={seatLabel(row, position)} />
      ))}
    </span>
  );
}

function LineRow({ line, price, ...part }: Part & { line: Line; price: string }) {
  return (
    <li class="list-row">
      <span class="list-row-name">
        <strong>{t("row_name", { row: line.label })}</strong>
        <span>{price}</span>
      </span>
      <span class="list-line">
        {line.runs.map((row) => (
          <Run key={row.first_seat} {...part} row={row} />
        ))}
      </span>
    </li>
  );
}

function has(line: Line, isWanted: (seat: number) => boolean): boolean {
  return line.runs.some((row) => {
    for (let seat = row.first_seat; seat < row.first_seat + row.seats; seat++)
      if (isWanted(seat)) return true;
    return false;
  });
}

/** What is asked along a row, the price of its section first where seats of it have that. */
function pricesIn(line: Line, info: SaleInfo, section: string): string {
  const places = new Set<string>();
  has(line, (seat) => {
    places.add(placeOf(info, section, seat));
    return false;
  });
  const inOrder = [...places].sort((a, b) => Number(b === section) - Number(a === section));
  return inOrder
    .flatMap((place) => offersOf(info, place).slice(0, 1))
    .map((offer) => offerWords(offer, info.currency))
    .join(" · ");
}

/** Where rows are longer than the screen is wide, their middle is seen first: there the best seats are. */
function toMiddle(rows: HTMLElement | null): void {
  if (rows && !rows.dataset.shown) rows.scrollLeft = (rows.scrollWidth - rows.clientWidth) / 2;
  if (rows) rows.dataset.shown = "yes";
}

/** Arrow keys walk from seat to seat: along the row, and to the nearest in the next one. */
function walk(key: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const seat = (key.target as HTMLElement).closest<HTMLElement>(".list-seat");
  const along = key.key === "ArrowRight" ? 1 : key.key === "ArrowLeft" ? -1 : 0;
  const down = key.key === "ArrowDown" ? 1 : key.key === "ArrowUp" ? -1 : 0;
  if (!seat || (along === 0 && down === 0)) return;
  const rows = [...key.currentTarget.querySelectorAll(".list-row")];
  const at = rows.indexOf(seat.closest(".list-row") as Element);
  const seats = [...(rows[at + down]?.querySelectorAll<HTMLElement>(".list-seat") ?? [])];
  const middle = (each: HTMLElement) => {
    const { left, right } = each.getBoundingClientRect();
    return (left + right) / 2;
  };
  const next = along
    ? seats[seats.indexOf(seat) + along]
    : seats.reduce<HTMLElement | undefined>((best, each) => {
        const far = Math.abs(middle(each) - middle(seat));
        return best && Math.abs(middle(best) - middle(seat)) <= far ? best : each;
      }, undefined);
  next?.focus();
  key.preventDefault();
}

function SectionPart(props: Part & { section: SectionShape; index: number }) {
  const { section, index, layout, states, picking } = props;
  const [open, setOpen] = useState(false);
  const info = picking.sale.info.value;
  const offers = info ? offersOf(info, section.id) : [];
  const [first] = offers;
  if (!info || !first) return null;
  const inside = (info.zones ?? []).filter((zone) =>
    zone.runs.some(([seat]) => seat >= section.first_seat && seat < section.first_seat + section.seats),
  );
  const words = (offer: Offer) => offerWords(offer, info.currency);
  const lines = linesIn(layout, index);
  const shown = lines.filter((line) =>
    has(line, (seat) => states.of(seat) === FREE || picking.mine.value.has(seat)),
  );
  return (
    <details class="list-section" onToggle={(toggle) => setOpen(toggle.currentTarget.open)}>
      <summary>
        <span class="list-section-name">{section.name}</span>
        <span class="soft">{t("n_free", { n: states.freeIn[index] ?? 0 })}</span>
        <span class="list-section-price figure">
          {offers.map((offer, n) => (
            <span key={offer.type}>
              {n > 0 && " · "}
              <span class="list-offer">{words(offer)}</span>
            </span>
          ))}
          {inside.map((zone) => (
            <span key={zone.id}>
              {offersOf(info, zone.id)
                .slice(0, 1)
                .map((offer) => ` · ${zone.name} ${price(offer.price, info.currency)}`)}
            </span>
          ))}
        </span>
      </summary>
      {open && (
        <ul class="list-rows" ref={toMiddle} onKeyDown={walk}>
          {(shown.length > 0 ? shown : lines).map((line) => (
            <LineRow
              key={line.runs[0]?.first_seat}
              {...props}
              line={line}
              price={pricesIn(line, info, section.id)}
            />
          ))}
        </ul>
      )}
    </details>
  );
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
