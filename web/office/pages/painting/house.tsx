/**
 * The house to paint on, and what can be done with the seats that were chosen. Guarantees: they stay chosen when something is
 * refused, and the seats in the way are shown.
 */

import { useMemo, useState } from "preact/hooks";
import { price } from "../../../shared/format/price";
import type { Layout } from "../../../shared/map/layout";
import { HELD, OFF, type SeatStates, SOLD } from "../../../shared/map/states";
import type { Tiers } from "../../../shared/map/tiers";
import type { FollowedSale } from "../../../shared/sale/followed";
import type { SaleInfo } from "../../../shared/sale/sales";
import { Button } from "../../../shared/ui/controls";
import { called, meant, type Painted, type Stroke, toggled, type Wide } from "../../painting";
import { Choose } from "../../ui/choose";
import { tell } from "../../ui/toasts";
import type { Let } from "../releasing";
import { Withholding } from "../withholding";
import type { Kept } from "./kept";
import { PaintMap, TOOLS, type Tool } from "./map";
import { t } from "./words";
import { PriceZone } from "./zone";

const MEANT = ["seat", "row", "section"] as const;
export const NOBODY: ReadonlySet<number> = new Set();

interface OnMap {
  info: SaleInfo;
  layout: Layout;
  states: SeatStates;
  painted: Painted;
  withheld: Kept;
}

/** "Stalls, row A, seat 7, Golden €90, free". */
function saysOf({ info, layout, states, painted, withheld }: OnMap) {
  const words = new Map([
    [HELD, t("seat_held")],
    [SOLD, t("seat_sold")],
  ]);
  return (seat: number) => {
    const { section, row, label } = layout.nameOf(seat);
    const zone = painted.zones.find(({ seats }) => seats.has(seat));
    const most = Math.max(...Object.values(painted.prices[zone?.id ?? section.id] ?? {}));
    const kept = withheld.allocations[withheld.of.get(seat) ?? -1]?.name;
    const state = states.of(seat);
    return [
      t("seat_name", { section: section.name, row: row.label, seat: label }),
      [zone?.name, Number.isFinite(most) ? price(most, info.currency) : ""].filter(Boolean).join(" "),
      state === OFF ? (kept ?? t("seat_off")) : (words.get(state) ?? t("seat_free")),
    ]
      .filter(Boolean)
      .join(", ");
  };
}

interface Props extends OnMap {
  sale: FollowedSale;
  tiers: Tiers;
  chosen: ReadonlySet<number>;
  may: boolean;
  onChosen(seats: ReadonlySet<number>): void;
  onPaint(stroke: Stroke): void;
  onRelease(these: readonly Let[]): void;
}

export function PaintHouse(props: Props) {
  const { sale, info, layout, states, painted, tiers, withheld, chosen, may } = props;
  const { onChosen, onPaint, onRelease } = props;
  const [taken, setTaken] = useState<readonly number[]>([]);
  const [doing, setDoing] = useState<"zone" | "withhold" | null>(null);
  const [wide, setWide] = useState<Wide>("seat");
  const [tool, setTool] = useState<Tool>("box");
  const seats = useMemo(() => [...chosen], [chosen]);
  const ofChosen = withheld.allocations.flatMap((allocation): Let[] => {
    const own = allocation.seats.filter((seat) => chosen.has(seat));
    const all = own.length === allocation.seats.length && Object.keys(allocation.units).length === 0;
    return own.length === 0 ? [] : [{ allocation, seats: all ? null : own }];
  });
  const choose = (which: readonly number[]) => {
    // what was never for sale has no price, and nothing to be withheld
    const there = which.filter((seat) => states.of(seat) !== OFF || withheld.of.has(seat));
    if (there.length > 0) onChosen(toggled(chosen, there));
    setTaken([]);
  };
  const paint = (stroke: Stroke) => {
    setDoing(null);
    onChosen(NOBODY);
    onPaint(stroke);
  };
  const withheldThem = (made: boolean) => {
    setDoing(null);
    setTaken([]);
    if (!made) return;
    onChosen(NOBODY);
    tell(t("off_withheld_made"));
    withheld.again();
  };
  return (
    <section class="panel stack paint-house" aria-label={t("paint_map")}>
      <div class="paint-tools">
        <Choose<Wide>
          label={t("paint_meant")}
          value={wide}
          options={MEANT}
          words={(each) => t(`paint_meant_${each}`)}
          onValue={(each) => setWide(each)}
        />
        <Choose<Tool>
          label={t("paint_tool")}
          value={tool}
          options={TOOLS}
          words={(each) => t(`paint_tool_${each}`)}
          onValue={(each) => setTool(each)}
        />
      </div>
      <PaintMap
        layout={layout}
        states={states}
        tiers={tiers}
        withheld={withheld.of}
        chosen={chosen}
        taken={taken}
        wide={wide}
        tool={tool}
        says={saysOf(props)}
        onSeat={(seat) => choose(meant(layout, seat, wide))}
        onTraced={choose}
      />
      <p role="status">{t("paint_chosen", { n: chosen.size })}</p>
      {may && chosen.size > 0 && doing === null && (
        <span class="row">
          <Button kind="main" onClick={() => setDoing("zone")}>
            {t("paint_zone")}
          </Button>
          <Button onClick={() => setDoing("withhold")}>{t("paint_withhold")}</Button>
          {ofChosen.length > 0 && <Button onClick={() => onRelease(ofChosen)}>{t("paint_release")}</Button>}
          <Button kind="plain" onClick={() => choose(seats)}>
            {t("paint_clear")}
          </Button>
        </span>
      )}
      {doing === "zone" && (
        <PriceZone
          painted={painted}
          currency={info.currency}
          seats={seats}
          onPaint={paint}
          onEnd={() => setDoing(null)}
        />
      )}
      {doing === "withhold" && (
        <>
          <Withholding
            sale={sale}
            others={withheld.allocations}
            chosen={called(layout, seats)}
            onTaken={setTaken}
            onEnd={withheldThem}
          />
          {taken.length > 0 && <p class="soft">{t("paint_taken")}</p>}
        </>
      )}
    </section>
  );
}
