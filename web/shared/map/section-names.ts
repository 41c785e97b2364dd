/**
 * Where the name of each section in sight goes: in front of its first row, behind its last or on it, pinned to the edge of
 * the sight when that is out of it. Blocks of a ring are written alike: all by their whole names, or by their numbers
 * with what they have in common written once.
 * Guarantees: no two names meet; a name hides seats only where no place is free that hides none, and never another section's.
 */

import type { SeatGrid } from "./grid";
import type { Layout, SectionShape } from "./layout";
import { linesIn } from "./lines";
import { Plates } from "./plates";
import { type Size, toCanvas, toLayout, type View } from "./view";

export const NAME_PX = 12;
const LINE_PX = 14;
const EDGE_PX = 5;
const GAP_PX = 3;
const STEM_TRIES = 8;

/** What is seen, and what is written there. */
export interface Sight {
  view: View;
  size: Size;
  plates: Plates;
}

export interface Name {
  lines: readonly string[];
  x: number;
  y: number;
  halfWidth: number;
  halfHeight: number;
  /** it lies on seats */
  covers: boolean;
}

/** What a name says before its number: "Block" of "Block 12". */
export function stemOf(name: string): string {
  return name.replace(/\s*\S*\d\S*$/, "");
}

export function numberOf(name: string): string {
  return /(\S*\d\S*)$/.exec(name)?.[1] ?? "";
}

/** In two lines of about the same length. */
export function halved(name: string): string[] {
  const spaces = [...name].flatMap((letter, at) => (letter === " " ? [at] : []));
  if (spaces.length === 0) return [name];
  const cut = spaces.reduce((best, at) =>
    Math.abs(at - name.length / 2) < Math.abs(best - name.length / 2) ? at : best,
  );
  return [name.slice(0, cut), name.slice(cut + 1)];
}

/** The middles of a section's first and last row and of the section, and which way is back. */
interface Shape {
  first: [number, number];
  last: [number, number];
  middle: [number, number];
  back: [number, number];
}

/** Sections that are told apart by a number alone. */
interface Group {
  stem: string;
  sections: number[];
}

export class SectionNames {
  readonly names: Name[] = [];
  private readonly shapes: Shape[];
  private readonly groups: Group[] = [];
  private readonly singles: number[] = [];
  private sight: Sight = {
    view: { scale: 1, x: 0, y: 0 },
    size: { width: 1, height: 1 },
    plates: new Plates(),
  };

  constructor(
    private readonly layout: Layout,
    private readonly grid: SeatGrid,
    private readonly widthOf: (text: string) => number,
  ) {
    this.shapes = layout.sections.map((section, index) => shapeOf(layout, section, index));
    const byStem = new Map<string, number[]>();
    layout.sections.forEach(({ name }, index) => {
      const stem = numberOf(name) ? stemOf(name) : "";
      if (stem) byStem.set(stem, [...(byStem.get(stem) ?? []), index]);
      else this.singles.push(index);
    });
    for (const [stem, sections] of byStem) {
      if (sections.length > 1) this.groups.push({ stem, sections });
      else this.singles.push(...sections);
    }
  }

  /** With seats shown. */
  place(sight: Sight): void {
    this.begin(sight);
    for (const index of this.singles) this.placeSingle(index);
    for (const group of this.groups) {
      const seen = group.sections.filter((index) => this.inSight(index));
      const [taken, placed] = [sight.plates.count, this.names.length];
      const name = (index: number) => [this.sectionAt(index).name];
      if (seen.every((index) => this.put(name(index), index))) continue;
      sight.plates.count = taken;
      this.names.length = placed;
      for (const index of seen) this.put([numberOf(this.sectionAt(index).name)], index, { onIt: true });
      this.placeStem(group.stem, seen);
    }
  }

  /** With whole sections shown: `isNamed` are those whose whole name stands on them. No seat is seen, so none is hidden. */
  placeMissing(isNamed: (index: number) => boolean, sight: Sight): void {
    this.begin(sight);
    for (const index of this.singles) if (!isNamed(index)) this.placeSingle(index, true);
    for (const { stem, sections } of this.groups) {
      const seen = sections.filter((index) => this.inSight(index));
      if (seen.some((index) => !isNamed(index))) this.placeStem(stem, seen);
    }
  }

  private begin(sight: Sight): void {
    this.sight = sight;
    this.names.length = 0;
  }

  private sectionAt(index: number): SectionShape {
    return this.layout.sections[index] as SectionShape;
  }

  private placeSingle(index: number, anywhere = false): void {
    if (!this.inSight(index)) return;
    const { name } = this.sectionAt(index);
    const number = numberOf(name);
    void (
      this.put([name], index) ||
      this.put(halved(name), index) ||
      (number && this.put([number], index)) ||
      (anywhere && (this.put([name], index, { anywhere }) || this.put(halved(name), index, { anywhere })))
    );
  }

  /** Once, at the block that is lowest on the screen: there a ring runs level. */
  private placeStem(stem: string, seen: number[]): void {
    const lowestFirst = [...seen].sort((a, b) => this.shapeAt(b).middle[1] - this.shapeAt(a).middle[1]);
    for (const index of lowestFirst.slice(0, STEM_TRIES))
      if (this.put([stem], index, { alike: seen })) return;
  }

  private shapeAt(index: number): Shape {
    return this.shapes[index] as Shape;
  }

  /** More of it than a corner. */
  private inSight(index: number): boolean {
    const { view, size } = this.sight;
    const box = this.layout.sectionBox(this.sectionAt(index));
    const [left, top] = toCanvas(view, size, box.left, box.top);
    const [right, bottom] = toCanvas(view, size, box.right, box.bottom);
    const least = 2 * this.layout.pitch * view.scale;
    return (
      Math.min(right, size.width) - Math.max(left, 0) >= Math.min(least, right - left) &&
      Math.min(bottom, size.height) - Math.max(top, 0) >= Math.min(least, bottom - top)
    );
  }

  /** At the best place that is free; false when none is. */
  private put(
    lines: readonly string[],
    index: number,
    { onIt = false, anywhere = false, alike = [index] }: Freedom = {},
  ): boolean {
    const { plates } = this.sight;
    const halfWidth = Math.max(...lines.map(this.widthOf)) / 2 + 5;
    const halfHeight = (lines.length * LINE_PX) / 2 + 2;
    let found: Name | null = null;
    for (const place of onIt ? ON_IT : AROUND) {
      const [x, y] = this.spot(place, index, halfWidth, halfHeight);
      if (!plates.isFree(x, y, halfWidth, halfHeight)) continue;
      const below = this.below(x, y, halfWidth, halfHeight, alike);
      if ((below === "others" && !anywhere) || (found && below !== "none")) continue;
      found = { lines, x, y, halfWidth, halfHeight, covers: below !== "none" };
      if (below === "none") break;
    }
    if (!found) return false;
    plates.put(found.x, found.y, halfWidth, halfHeight);
    this.names.push(found);
    return true;
  }

  private spot(place: Place, index: number, halfWidth: number, halfHeight: number): [number, number] {
    const { view, size } = this.sight;
    const { first, last, middle, back } = this.shapeAt(index);
    const seatPx = this.layout.pitch * view.scale;
    const half = Math.abs(back[0]) * halfWidth + Math.abs(back[1]) * halfHeight;
    const away = place.side * (half + seatPx / 2 + GAP_PX + place.further_px);
    const along = place.along * 2 * (Math.abs(back[1]) * halfWidth + Math.abs(back[0]) * halfHeight);
    let [x, y] = toCanvas(view, size, ...(place.side < 0 ? first : place.side > 0 ? last : middle));
    x += away * back[0] - along * back[1];
    y += away * back[1] + along * back[0];
    // On what is seen of its section, give or take its own size, and wholly in sight.
    const box = this.layout.sectionBox(this.sectionAt(index));
    const [left, top] = toCanvas(view, size, box.left, box.top);
    const [right, bottom] = toCanvas(view, size, box.right, box.bottom);
    x = within(x, left - 2 * halfWidth, right + 2 * halfWidth);
    y = within(y, top - 2 * halfHeight, bottom + 2 * halfHeight);
    return [
      within(x, halfWidth + EDGE_PX, size.width - halfWidth - EDGE_PX),
      within(y, halfHeight + EDGE_PX, size.height - halfHeight - EDGE_PX),
    ];
  }

  /** Whose seats a name there would hide. */
  private below(
    x: number,
    y: number,
    halfWidth: number,
    halfHeight: number,
    alike: readonly number[],
  ): Below {
    const { view, size } = this.sight;
    const { layout } = this;
    const room = 0.4 * layout.pitch;
    const [middleX, middleY] = toLayout(view, size, x, y);
    const wide = halfWidth / view.scale + room;
    const high = halfHeight / view.scale + room;
    const box = { left: middleX - wide, right: middleX + wide, top: middleY - high, bottom: middleY + high };
    let own = false;
    let others = false;
    this.grid.within(box, (seat) => {
      if (Math.abs((layout.x[seat] as number) - middleX) >= wide) return;
      if (Math.abs((layout.y[seat] as number) - middleY) >= high) return;
      if (alike.includes(layout.sectionOf[seat] as number)) own = true;
      else others = true;
    });
    return others ? "others" : own ? "own" : "none";
  }
}

/** Where else a name may go than round its section. */
interface Freedom {
  onIt?: boolean;
  /** on whatever is there */
  anywhere?: boolean;
  /** on these sections */
  alike?: readonly number[];
}

type Below = "none" | "own" | "others";

/** A place to try: at which side, how many pixels further away, how far along the row in widths of the name. */
interface Place {
  side: -1 | 0 | 1;
  further_px: number;
  along: number;
}

const FRONT = -1;
const BACK = 1;
const MIDDLE: Place = { side: 0, further_px: 0, along: 0 };
const AROUND: readonly Place[] = [
  { side: FRONT, further_px: 0, along: 0 },
  { side: FRONT, further_px: 5, along: 0 },
  { side: FRONT, further_px: 10, along: 0 },
  { side: FRONT, further_px: 0, along: -0.7 },
  { side: FRONT, further_px: 0, along: 0.7 },
  { side: BACK, further_px: 0, along: 0 },
  { side: BACK, further_px: 5, along: 0 },
  { side: FRONT, further_px: 20, along: 0 },
  { side: BACK, further_px: 10, along: 0 },
  { side: BACK, further_px: 0, along: -0.7 },
  { side: BACK, further_px: 0, along: 0.7 },
  MIDDLE,
];
const ON_IT: readonly Place[] = [MIDDLE, ...AROUND];

function within(value: number, least: number, most: number): number {
  return least > most ? (least + most) / 2 : Math.min(most, Math.max(least, value));
}

function shapeOf(layout: Layout, section: SectionShape, index: number): Shape {
  const lines = linesIn(layout, index);
  const middleOf = (line: (typeof lines)[number] | undefined): [number, number] => {
    let left = Math.floor((line?.seats ?? 1) / 2);
    for (const run of line?.runs ?? []) {
      if (left < run.seats) {
        const seat = run.first_seat + left;
        return [layout.x[seat] as number, layout.y[seat] as number];
      }
      left -= run.seats;
    }
    return [layout.x[section.first_seat] as number, layout.y[section.first_seat] as number];
  };
  const first = middleOf(lines[0]);
  const last = middleOf(lines[lines.length - 1]);
  const box = layout.sectionBox(section);
  const middle = section.label_at ?? [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  // A single row has its back where the stage is not.
  const [dx, dy] = lines.length > 1 ? [last[0] - first[0], last[1] - first[1]] : first;
  const length = Math.hypot(dx, dy);
  return { first, last, middle, back: length > 0 ? [dx / length, dy / length] : [0, 1] };
}
