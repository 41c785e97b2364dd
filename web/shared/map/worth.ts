/**
 * How good each seat is, from 0 to 1: what colours the best seats of a map.
 * Owns: the measure of docs/layouts.md, "The best seats", the one that "best available" goes by. Pure, no browser.
 */

import type { LayoutShape, SectionOnMap } from "../wire/contract";
import { seatPoint } from "./layout";

/** A step to the side, or behind the stage, counts as so many steps back. */
const SIDEWAYS = 2;
/** Remoteness is counted in tenths of a unit. */
const PER_UNIT = 10;
const STAGE = [0, 0] as const;

/** For each seat the share of the others that are more remote: 1 is the best seat of the house, 0 the last. */
export function worth(layout: LayoutShape): Float32Array {
  const remote = new Float64Array(layout.seats);
  for (const section of layout.sections) remote.set(remoteness(section), section.first_seat);
  const ordered = remote.slice().sort();
  const better = new Map<number, number>();
  ordered.forEach((value, index) => {
    better.set(value, layout.seats - 1 - index);
  });
  const others = Math.max(1, layout.seats - 1);
  return Float32Array.from(remote, (value) => (better.get(value) as number) / others);
}

/** How remote each seat of a section is from its focal point, in the order of seat numbers. */
export function remoteness(section: SectionOnMap): number[] {
  const [acrossX, acrossY] = across(section);
  const [focusX, focusY] = section.focus ?? STAGE;
  const behind = looksAtStage(section) ? SIDEWAYS : 1;
  const found: number[] = [];
  for (const row of section.rows) {
    for (let position = 0; position < row.seats; position++) {
      const [seatX, seatY] = seatPoint(row, position);
      const x = seatX - focusX;
      const y = seatY - focusY;
      const side = SIDEWAYS * (x * acrossX + y * acrossY);
      let back = y * acrossX - x * acrossY;
      if (back < 0) back *= behind;
      found.push(Math.floor(PER_UNIT * Math.sqrt(side * side + back * back) + 0.5));
    }
  }
  return found;
}

function looksAtStage({ focus }: SectionOnMap): boolean {
  return focus === undefined || (focus[0] === STAGE[0] && focus[1] === STAGE[1]);
}

/**
 * Which way is sideways. The stage has a front, so it is along the stage; a point has none, so it is along the section:
 * from the first seat of its first row to the last one, aisles and all.
 */
function across(section: SectionOnMap): readonly [number, number] {
  const first = section.rows[0];
  if (first === undefined || looksAtStage(section)) return [1, 0];
  let last = first;
  for (const row of section.rows) {
    if (row.label !== first.label) break;
    last = row;
  }
  const [fromX, fromY] = seatPoint(first, 0);
  const [toX, toY] = seatPoint(last, last.seats - 1);
  const x = toX - fromX;
  const y = toY - fromY;
  const length = Math.sqrt(x * x + y * y);
  if (length === 0) {
    const heading = ((first.angle ?? 0) * Math.PI) / 180;
    return [Math.cos(heading), Math.sin(heading)];
  }
  return [x / length, y / length];
}
