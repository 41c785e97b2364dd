/**
 * Seats chosen by name: on the map or in a list of rows, which are two views of one choice.
 * Guarantees: only what may be asked for can be chosen; what somebody else takes meanwhile stays chosen, and is named.
 */

import { useMemo, useState } from "preact/hooks";
import type { Layout } from "../../../shared/map/layout";
import type { SeatStates } from "../../../shared/map/states";
import { tiersOf } from "../../../shared/map/tiers";
import type { FollowedSale } from "../../../shared/sale/followed";
import type { SaleInfo } from "../../../shared/sale/sales";
import { Button, buttonClass } from "../../../shared/ui/controls";
import type { AllocationShape } from "../../../shared/wire/contract";
import { mayBeAsked, rowsOf } from "../../selling";
import { Choose } from "../../ui/choose";
import { namesOf } from "../../withheld";
import { PaintMap } from "../painting/map";
import { t } from "./words";
import "../painting/painting.css";

interface Props {
  sale: FollowedSale;
  info: SaleInfo;
  layout: Layout;
  states: SeatStates;
  /** out of which they come; undefined: out of what is free */
  allocation: AllocationShape | undefined;
  chosen: readonly number[];
  /** that stood in the way of what was asked last */
  taken: readonly number[];
  problem: string | null;
  onChosen(seats: readonly number[]): void;
}

export function NamedSeats(props: Props) {
  const { sale, layout, states, allocation, chosen, problem, onChosen } = props;
  const [choosing, setChoosing] = useState(false);
  void sale.seatsChanged.value; // what is free may be another
  const may = mayBeAsked(states, allocation);
  const gone = states.known ? chosen.filter((seat) => !may(seat)) : [];
  const toggle = (seat: number) => {
    if (chosen.includes(seat)) onChosen(chosen.filter((each) => each !== seat));
    else if (may(seat)) onChosen([...chosen, seat]);
  };
  return (
    <fieldset class="stack-tight">
      <legend>{t("sell_named")}</legend>
      <p class="small soft" role="status">
        {chosen.length === 0 ? t("sell_named_none") : t("sell_named_chosen", { n: chosen.length })}
      </p>
      {chosen.length > 0 && (
        <ul class="row" data-testid="named-seats">
          {chosen.map((seat) => (
            <li key={seat}>
              <Button
                aria-label={t("sell_named_out", { seat: namesOf(layout, [seat]) })}
                onClick={() => toggle(seat)}
              >
                {namesOf(layout, [seat])} ×
              </Button>
            </li>
          ))}
        </ul>
      )}
      {gone.length > 0 && (
        <span class="problem" role="alert">
          {t("sell_named_gone", { seats: namesOf(layout, gone) })}
        </span>
      )}
      {problem && gone.length === 0 && (
        <span class="problem" role="alert">
          {problem}
        </span>
      )}
      <span class="row">
        <Button aria-expanded={choosing} onClick={() => setChoosing(!choosing)}>
          {choosing ? t("sell_named_end") : t("sell_named_begin")}
        </Button>
      </span>
      {choosing && (
        <>
          <OnMap {...props} may={may} toggle={toggle} />
          <InRows {...props} may={may} toggle={toggle} />
        </>
      )}
    </fieldset>
  );
}

interface View extends Props {
  may(seat: number): boolean;
  toggle(seat: number): void;
}

function OnMap({ info, layout, states, allocation, chosen, taken, may, toggle }: View) {
  const tiers = useMemo(
    () => tiersOf(layout.sections, info.prices, info.zones),
    [layout, info.prices, info.zones],
  );
  const withheld = useMemo(
    () => new Map((allocation?.seats ?? []).map((seat): [number, number] => [seat, 0])),
    [allocation],
  );
  const marked = useMemo(() => new Set(chosen), [chosen]);
  const says = (seat: number) => {
    const { section, row, label } = layout.nameOf(seat);
    const name = t("seat_name", { section: section.name, row: row.label, seat: label });
    return `${name}, ${may(seat) ? t("seat_free") : t("seat_off")}`;
  };
  return (
    <div class="sell-map">
      <PaintMap
        layout={layout}
        states={states}
        tiers={tiers}
        withheld={withheld}
        chosen={marked}
        taken={taken}
        wide="seat"
        tool="move"
        says={says}
        onSeat={toggle}
        onTraced={() => undefined}
      />
    </div>
  );
}

function InRows({ layout, chosen, may, toggle }: View) {
  const sections = layout.sections.map(({ id }) => id);
  const [section, setSection] = useState(sections[0] ?? "");
  const rows = useMemo(() => rowsOf(layout, section), [layout, section]);
  const [wanted, setRow] = useState("");
  const row = rows.find(({ label }) => label === wanted) ?? rows[0];
  return (
    <div class="stack-tight">
      <div class="room-control">
        <Choose
          label={t("off_sell_section")}
          value={section}
          options={sections}
          words={(each) => layout.sections.find(({ id }) => id === each)?.name ?? each}
          onValue={setSection}
        />
        <Choose
          label={t("sell_row")}
          value={row?.label ?? ""}
          options={rows.map(({ label }) => label)}
          words={(each) => each}
          onValue={setRow}
        />
      </div>
      <ul class="row" data-testid="row-of-seats">
        {(row?.seats ?? []).map((seat) => {
          const at = layout.nameOf(seat);
          return (
            <li key={seat}>
              <button
                type="button"
                class={buttonClass(chosen.includes(seat) ? "main" : undefined)}
                aria-pressed={chosen.includes(seat)}
                aria-label={t("seat_name", {
                  section: at.section.name,
                  row: at.row.label,
                  seat: at.label,
                })}
                disabled={!may(seat) && !chosen.includes(seat)}
                onClick={() => toggle(seat)}
              >
                {at.label}
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
