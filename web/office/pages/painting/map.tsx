/**
 * The live map to choose seats on: by a press, by a line drawn around them, by the keyboard.
 * Knows nothing of what is done with them. Guarantees: other prices, or other seats chosen, leave what is shown where it is.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { language } from "../../../shared/i18n";
import { MapButtons } from "../../../shared/map/buttons";
import { SeatMap } from "../../../shared/map/controller";
import type { Point } from "../../../shared/map/gestures";
import { rectangle } from "../../../shared/map/inside";
import type { Layout } from "../../../shared/map/layout";
import type { SeatStates } from "../../../shared/map/states";
import type { Tiers } from "../../../shared/map/tiers";
import type { Wide } from "../../painting";
import { t } from "./words";
import "../../../shared/map/map.css";

export const TOOLS = ["box", "lasso", "move"] as const;
export type Tool = (typeof TOOLS)[number];

interface Props {
  layout: Layout;
  states: SeatStates;
  tiers: Tiers;
  /** seats that are withheld, by the number of their allocation */
  withheld: ReadonlyMap<number, number>;
  chosen: ReadonlySet<number>;
  /** seats that stood in the way of what was asked last */
  taken: readonly number[];
  wide: Wide;
  tool: Tool;
  says(seat: number): string;
  onSeat(seat: number): void;
  onTraced(seats: readonly number[]): void;
}

const NONE: ReadonlySet<number> = new Set();

export function PaintMap(props: Props) {
  const { layout, states, tiers, withheld, chosen, taken } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const line = useRef<SVGPolygonElement>(null);
  const map = useRef<SeatMap | null>(null);
  const tip = useRef<HTMLDivElement>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const pointed = hovered ?? focused;
  const now = useRef({ ...props, pointed });
  now.current = { ...props, pointed };

  /** What is said of a seat stays above it. */
  const follow = () => {
    const seat = now.current.pointed;
    const place = seat === null ? null : map.current?.whereIs(seat);
    if (!tip.current) return;
    tip.current.hidden = !place;
    if (!place) return;
    tip.current.style.setProperty("--x", `${place.x}px`);
    tip.current.style.setProperty("--y", `${place.y}px`);
    tip.current.style.setProperty("--away", `${place.seatPx / 2 + 8}px`);
    tip.current.toggleAttribute("data-below", place.y < tip.current.offsetHeight + place.seatPx);
  };
  const shaped = (drawn: readonly Point[]) =>
    now.current.tool === "box" ? rectangle(drawn[0] as Point, drawn.at(-1) as Point) : drawn;

  useEffect(() => {
    if (!canvas.current) return;
    const words = { stage: t("stage"), free: (n: number) => t("n_free", { n }) };
    const events = {
      seat: (seat: number) => now.current.onSeat(seat),
      focus: setFocused,
      hover: setHovered,
      moved: follow,
      wide: () => now.current.wide !== "seat",
      traces: () => now.current.tool !== "move",
      tracing: (drawn: readonly Point[] | null) =>
        line.current?.setAttribute("points", (drawn ? shaped(drawn) : []).join(" ")),
      traced: (drawn: readonly Point[]) => now.current.onTraced(made.within(shaped(drawn))),
    };
    const made = new SeatMap(canvas.current, layout, states, now.current.tiers, words, events, "paint");
    map.current = made;
    return () => made.destroy();
  }, [layout, states, language.value]);
  useEffect(() => map.current?.price(tiers), [tiers]);
  useEffect(
    () => map.current?.mark({ mine: chosen, asking: NONE, offered: new Set(taken), withheld }),
    [chosen, taken, withheld, layout, states, language.value],
  );
  useEffect(() => {
    if (taken.length > 0) map.current?.showSeats(taken);
  }, [taken]);
  useEffect(follow, [pointed]);

  return (
    <div class="map paint-map">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: the map takes keys of its own */}
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={t("paint_map")}
        aria-describedby="paint-help"
        data-testid="paint-map"
      />
      <p id="paint-help" class="visually-hidden">
        {t("paint_help")}
      </p>
      <p class="visually-hidden" role="status">
        {focused === null ? "" : props.says(focused)}
      </p>
      <svg class="paint-line" aria-hidden="true">
        <polygon ref={line} />
      </svg>
      <div ref={tip} class="map-tip" aria-hidden="true" hidden>
        {pointed !== null && props.says(pointed)}
      </div>
      <MapButtons map={map} />
    </div>
  );
}
