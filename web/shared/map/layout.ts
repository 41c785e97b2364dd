/**
 * Where every seat is and what it is called, recomputed from the compact rows of a layout.
 * Owns: the formula of docs/layouts.md. Guarantees: seat n is at (x[n], y[n]); pure, no browser.
 */

import type { LayoutShape, RowShape, SectionOnMap } from "../wire/contract";

export type SectionShape = SectionOnMap;
export type { LayoutShape, RowShape };

export interface SeatName {
  section: SectionShape;
  row: RowShape;
  label: string;
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const DEGREE = Math.PI / 180;

/** The seat at `position` of a run: on a line, or on an arc whose heading turns `curve` radians per unit. */
export function seatPoint(row: RowShape, position: number): [number, number] {
  const length = position * (row.pitch ?? 1);
  const start = (row.angle ?? 0) * DEGREE;
  const curve = row.curve ?? 0;
  if (curve === 0) return [row.x + length * Math.cos(start), row.y + length * Math.sin(start)];
  const end = start + curve * length;
  return [
    row.x + (Math.sin(end) - Math.sin(start)) / curve,
    row.y - (Math.cos(end) - Math.cos(start)) / curve,
  ];
}

/** Which way a row runs at this seat, in radians: 0 is right, a quarter turn is down. */
export function seatHeading(row: RowShape, position: number): number {
  return (row.angle ?? 0) * DEGREE + (row.curve ?? 0) * position * (row.pitch ?? 1);
}

export function seatLabel(row: RowShape, position: number): string {
  return row.labels?.[position] ?? String((row.number ?? 1) + position * (row.step ?? 1));
}

export class Layout {
  readonly seats: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** which way the row runs at each seat, in radians */
  readonly heading: Float32Array;
  /** index of the section of each seat */
  readonly sectionOf: Uint16Array;
  readonly accessible: ReadonlySet<number>;
  /** seats for whoever comes with somebody in the wheelchair space beside */
  readonly companions: ReadonlySet<number>;
  readonly sections: readonly SectionShape[];
  readonly box: Box;
  /** a seat is about this wide, in units of the layout */
  readonly pitch: number;
  private readonly sectionBoxes: ReadonlyMap<SectionShape, Box>;

  constructor(shape: LayoutShape) {
    this.sections = shape.sections;
    this.seats = shape.sections.reduce(
      (most, section) => Math.max(most, section.first_seat + section.seats),
      0,
    );
    this.x = new Float32Array(this.seats);
    this.y = new Float32Array(this.seats);
    this.heading = new Float32Array(this.seats);
    this.sectionOf = new Uint16Array(this.seats);
    const accessible = new Set<number>();
    const companions = new Set<number>();
    let pitch = Number.POSITIVE_INFINITY;
    shape.sections.forEach((section, index) => {
      for (const row of section.rows) {
        if (row.seats > 1) pitch = Math.min(pitch, row.pitch ?? 1);
        for (let position = 0; position < row.seats; position++) {
          const seat = row.first_seat + position;
          [this.x[seat], this.y[seat]] = seatPoint(row, position);
          this.heading[seat] = seatHeading(row, position);
          this.sectionOf[seat] = index;
        }
        for (const position of row.accessible ?? []) accessible.add(row.first_seat + position);
        for (const position of row.companions ?? []) companions.add(row.first_seat + position);
      }
    });
    this.accessible = accessible;
    this.companions = companions;
    this.pitch = Number.isFinite(pitch) ? pitch : 1;
    this.box = this.boxOf(0, this.seats);
    this.sectionBoxes = new Map(
      this.sections.map((section) => [
        section,
        this.boxOf(section.first_seat, section.first_seat + section.seats),
      ]),
    );
  }

  /** The smallest box around seats from … end-1, with a seat's width of margin. */
  boxOf(from: number, end: number): Box {
    const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (let seat = from; seat < end; seat++) {
      const x = this.x[seat] as number;
      const y = this.y[seat] as number;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y);
    }
    if (end <= from) return { left: 0, top: 0, right: 1, bottom: 1 };
    const margin = this.pitch;
    return {
      left: box.left - margin,
      top: box.top - margin,
      right: box.right + margin,
      bottom: box.bottom + margin,
    };
  }

  sectionBox(section: SectionShape): Box {
    return this.sectionBoxes.get(section) ?? this.box;
  }

  section(seat: number): SectionShape {
    return this.sections[this.sectionOf[seat] as number] as SectionShape;
  }

  nameOf(seat: number): SeatName {
    const section = this.section(seat);
    let low = 0;
    let high = section.rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((section.rows[middle] as RowShape).first_seat <= seat) low = middle;
      else high = middle - 1;
    }
    const row = section.rows[low] as RowShape;
    return { section, row, label: seatLabel(row, seat - row.first_seat) };
  }
}
