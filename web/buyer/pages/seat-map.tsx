/** The map in its place: canvas, buttons to move it, what the mouse or the keyboard points at. */

import { useEffect, useRef, useState } from "preact/hooks";
import { money } from "../../shared/format/money";
import { language, locale, t } from "../../shared/i18n";
import { MapButtons } from "../../shared/map/buttons";
import { SeatMap } from "../../shared/map/controller";
import type { Layout } from "../../shared/map/layout";
import { FREE, HELD, OFF, type SeatStates } from "../../shared/map/states";
import type { Tiers } from "../../shared/map/tiers";
import type { Picking } from "../sale/picking";
import "../../shared/map/map.css";

interface Props {
  layout: Layout;
  states: SeatStates;
  tiers: Tiers;
  picking: Picking;
  /** seats to bring into sight; a new array each time */
  show: readonly number[] | null;
  onSeat(seat: number): void;
}

export function seatWords(layout: Layout, seat: number): string {
  const { section, row, label } = layout.nameOf(seat);
  return t("seat_name", { section: section.name, row: row.label, seat: label });
}

export function priceWords(picking: Picking, layout: Layout, seat: number): string {
  const info = picking.sale.info.value;
  const prices = Object.values(info?.prices[layout.section(seat).id] ?? {});
  if (!info || prices.length === 0) return "";
  const low = money(Math.min(...prices), info.currency, locale.value);
  return prices.length > 1 && Math.min(...prices) < Math.max(...prices)
    ? `${low} – ${money(Math.max(...prices), info.currency, locale.value)}`
    : low;
}

export function stateWords(picking: Picking, states: SeatStates, seat: number): string {
  if (picking.mine.value.has(seat)) return t("seat_mine");
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

export function SeatMapView({ layout, states, tiers, picking, show, onSeat }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const map = useRef<SeatMap | null>(null);
  const [pointed, setPointed] = useState<{ seat: number; x: number; y: number } | null>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const chosen = useRef(onSeat);
  chosen.current = onSeat;

  useEffect(() => {
    if (!canvas.current) return;
    const words = { stage: t("stage"), free: (n: number) => t("n_free", { n }) };
    const made = new SeatMap(canvas.current, layout, states, tiers, words, {
      seat: (seat) => chosen.current(seat),
      focus: setFocused,
      hover: (seat, x, y) => setPointed(seat === null ? null : { seat, x, y }),
    });
    map.current = made;
    return () => made.destroy();
  }, [layout, states, tiers, language.value]);

  const mine = picking.mine.value;
  const asking = picking.asking.value;
  const offered = picking.offered.value;
  useEffect(
    () => map.current?.mark({ mine, asking, offered }),
    [mine, asking, offered, layout, language.value],
  );
  useEffect(() => {
    if (show) map.current?.showSeats(show);
  }, [show]);

  const describe = (seat: number) =>
    [
      seatWords(layout, seat),
      layout.accessible.has(seat) ? t("accessible") : "",
      priceWords(picking, layout, seat),
      stateWords(picking, states, seat),
    ]
      .filter(Boolean)
      .join(", ");

  return (
    <div class="map">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: the map takes keys of its own; the list is the plain equal */}
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={t("map_label")}
        aria-describedby="map-help"
        data-testid="seat-map"
      />
      <p id="map-help" class="visually-hidden">
        {t("map_help")}
      </p>
      <p class="visually-hidden" role="status">
        {focused === null ? "" : describe(focused)}
      </p>
      {pointed && (
        <div class="map-tip" style={{ transform: `translate(${pointed.x}px, ${pointed.y}px)` }}>
          <span>{describe(pointed.seat)}</span>
        </div>
      )}
      <MapButtons map={map} />
    </div>
  );
}
