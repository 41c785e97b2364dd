/** The map in its place: canvas, buttons to move it, its legend, and what is said of the seat one points at or tapped. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { language, t } from "../../shared/i18n";
import { MapButtons } from "../../shared/map/buttons";
import { SeatMap } from "../../shared/map/controller";
import type { Layout } from "../../shared/map/layout";
import type { SeatStates } from "../../shared/map/states";
import type { Tiers } from "../../shared/map/tiers";
import type { Picking } from "../sale/picking";
import { describe, detailWords, seatWords } from "./seat-words";
import "../../shared/map/map.css";

/** So long a tapped seat is described; its chip goes on saying it. */
const SAID_MS = 6_000;

interface Props {
  layout: Layout;
  states: SeatStates;
  tiers: Tiers;
  /** how good each seat is, to colour them by it; null: by their price */
  worth: Float32Array | null;
  picking: Picking;
  /** seats to bring into sight; a new array each time */
  show: readonly number[] | null;
  onSeat(seat: number): void;
  /** the legend where there is no room for it beside the map */
  children: ComponentChildren;
}

export function SeatMapView(props: Props) {
  const { layout, states, tiers, worth, picking, show, onSeat } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const map = useRef<SeatMap | null>(null);
  const said = useRef<HTMLDivElement>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const [tapped, setTapped] = useState<number | null>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const pointed = hovered ?? focused ?? tapped;
  const now = useRef({ onSeat, pointed });
  now.current = { onSeat, pointed };

  /** Where the seat is now: the words follow it without being drawn again. */
  const follow = () => {
    const { pointed } = now.current;
    const element = said.current;
    const place = pointed === null ? null : map.current?.whereIs(pointed);
    if (!element) return;
    element.hidden = !place;
    if (!place) return;
    element.style.setProperty("--x", `${place.x}px`);
    element.style.setProperty("--y", `${place.y}px`);
    element.toggleAttribute("data-below", place.y < element.offsetHeight + place.seatPx);
    element.style.setProperty("--away", `${place.seatPx / 2 + 8}px`);
  };

  useEffect(() => {
    if (!canvas.current) return;
    const words = { stage: t("stage"), free: (n: number) => t("n_free", { n }) };
    const made = new SeatMap(canvas.current, layout, states, tiers, words, {
      seat: (seat) => {
        setTapped(seat);
        now.current.onSeat(seat);
      },
      focus: setFocused,
      hover: setHovered,
      moved: follow,
    });
    map.current = made;
    return () => made.destroy();
  }, [layout, states, tiers, language.value]);

  const mine = picking.mine.value;
  const asking = picking.asking.value;
  const offered = picking.offered.value;
  useEffect(
    () => map.current?.mark({ mine, asking, offered }),
    [mine, asking, offered, layout, tiers, language.value],
  );
  useEffect(() => map.current?.colourBy(worth), [worth, layout, tiers, language.value]);
  useEffect(() => {
    if (!show) return;
    setTapped(null);
    map.current?.showSeats(show);
  }, [show]);
  useEffect(follow, [pointed, mine, asking]);
  const waits = tapped !== null && asking.has(tapped);
  useEffect(() => {
    if (tapped === null || waits) return;
    const said = setTimeout(() => setTapped(null), SAID_MS);
    return () => clearTimeout(said);
  }, [tapped, waits]);
  void picking.sale.seatsChanged.value; // what is said of a seat may no longer be true

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
        {focused === null ? "" : describe(picking, layout, states, focused)}
      </p>
      <div ref={said} class="map-tip" aria-hidden="true" hidden>
        {pointed !== null && (
          <>
            <strong>{seatWords(layout, pointed)}</strong>
            <span>{detailWords(picking, layout, states, pointed)}</span>
          </>
        )}
      </div>
      <div class="map-corner">{props.children}</div>
      <MapButtons map={map} />
    </div>
  );
}
