/**
 * What is written on the map: names of sections, labels of rows, signs of wheelchair spaces.
 * Guarantees: none of them meet. What lies on seats has a plate of its own, and is written again after a seat below it changed.
 */

import { type AccessibleSign, accessibleSigns } from "./accessible";
import type { Brush } from "./brush";
import type { SeatGrid } from "./grid";
import { Plates } from "./plates";
import { RowLabels } from "./row-labels";
import { NAME_PX, SectionNames } from "./section-names";
import type { SectionPainter } from "./section-painter";
import { FREE, type SeatStates } from "./states";

const ROW_LABEL_PX_MIN = 11;
/** nearer than this, every wheelchair space shows its own sign */
export const GLYPH_PX_MIN = 9;
const SIGN_PX = 8;
const EDGE_PX = 13;
const WEIGHT = 650;

interface Half {
  halfWidth: number;
  halfHeight: number;
}

interface Plate {
  x: number;
  y: number;
  halfWidth: number;
  halfHeight: number;
  draw(): void;
}

export class LabelPainter {
  private readonly plates = new Plates();
  private readonly names: SectionNames;
  private readonly rows: RowLabels;
  private readonly signs: readonly AccessibleSign[];
  private readonly widths = new Map<string, number>();
  /** those that lie on seats */
  private onSeats: Plate[] = [];
  /** what the names were placed for: the same again need not be computed again */
  private placedFor = "";
  private taken = 0;

  constructor(
    private readonly brush: Brush,
    grid: SeatGrid,
    private readonly states: SeatStates,
    private readonly shown: { signs: boolean },
  ) {
    this.names = new SectionNames(brush.layout, grid, (text) => this.widthOf(text, NAME_PX));
    this.rows = new RowLabels(brush.layout);
    this.signs = accessibleSigns(brush.layout);
  }

  /** The typeface came, or changed. */
  forget(): void {
    this.widths.clear();
    this.placedFor = "";
  }

  /** Over seats, or over whole sections of which some say their own names. */
  draw(stage: Half, sections: SectionPainter | null): void {
    const { brush } = this;
    this.onSeats = [];
    const signs = brush.seatPx < GLYPH_PX_MIN && this.shown.signs ? this.signs.filter(this.hasFree) : [];
    this.placeNames(stage, sections, signs);
    for (const sign of signs) this.drawSign(sign, sections === null);
    for (const name of this.names.names) {
      const draw = () =>
        this.drawName(name.lines, name.x, name.y, name.covers ? name.halfWidth : 0, name.halfHeight);
      draw();
      if (name.covers) this.onSeats.push({ ...name, draw });
    }
    if (!sections && brush.seatPx >= ROW_LABEL_PX_MIN) this.drawRows();
  }

  /** A seat was drawn again: so is what lies on it. */
  drawOver(seat: number): void {
    if (this.onSeats.length === 0) return;
    const [x, y] = this.brush.at(seat);
    const reach = 0.6 * this.brush.seatPx;
    for (const plate of this.onSeats) {
      const near =
        Math.abs(plate.x - x) < plate.halfWidth + reach && Math.abs(plate.y - y) < plate.halfHeight + reach;
      if (near) plate.draw();
    }
  }

  private widthOf(text: string, px: number): number {
    const key = `${px} ${text}`;
    let width = this.widths.get(key);
    if (width === undefined) {
      this.brush.pen.font = `${WEIGHT} ${px}px ${this.brush.palette.face}`;
      width = this.brush.pen.measureText(text).width;
      this.widths.set(key, width);
    }
    return width;
  }

  private drawName(lines: readonly string[], x: number, y: number, plate: number, halfHeight: number): void {
    const { brush } = this;
    if (plate > 0) brush.plate(x, y, plate, halfHeight, brush.palette.card, brush.palette.line);
    lines.forEach((line, n) => {
      const lower = (n - (lines.length - 1) / 2) * (NAME_PX + 2);
      brush.text(line, x, y + lower, NAME_PX, brush.palette.ink, undefined, WEIGHT);
    });
  }

  private drawRows(): void {
    const { brush } = this;
    const px = Math.round(Math.min(13, Math.max(10, brush.seatPx * 0.42)));
    const halfHeight = px / 2 + 1;
    this.rows.place(brush.view, brush.size, EDGE_PX, ({ label, x, y, pinned }) => {
      const halfWidth = this.widthOf(label, px) / 2 + 3;
      if (!this.plates.take(x, y, halfWidth, halfHeight)) return;
      const draw = () => {
        if (pinned) brush.plate(x, y, halfWidth + 1, halfHeight + 1, brush.palette.card, brush.palette.line);
        brush.text(label, x, y, px, brush.palette.soft, undefined, WEIGHT);
      };
      draw();
      if (pinned) this.onSeats.push({ x, y, halfWidth: halfWidth + 1, halfHeight: halfHeight + 1, draw });
    });
  }

  /** Places depend on the view and on which signs are shown, not on every seat that changes. */
  private placeNames(stage: Half, sections: SectionPainter | null, signs: readonly AccessibleSign[]): void {
    const { brush, plates } = this;
    const { view, size } = brush;
    const wanted = [view.scale, view.x, view.y, size.width, size.height, signs.map(({ x }) => x)].join();
    if (this.placedFor === wanted) {
      plates.count = this.taken;
      return;
    }
    plates.count = 0;
    plates.put(...brush.point(0, 0), stage.halfWidth, stage.halfHeight);
    for (const sign of signs) plates.take(...brush.point(sign.x, sign.y), SIGN_PX, SIGN_PX);
    sections?.eachLabel((...label) => plates.put(...label));
    if (sections) this.names.placeMissing((index) => sections.isNamed(index), { view, size, plates });
    else this.names.place({ view, size, plates });
    this.placedFor = wanted;
    this.taken = plates.count;
  }

  private readonly hasFree = (sign: AccessibleSign): boolean =>
    sign.seats.some((seat) => this.states.of(seat) === FREE);

  /** Where a wheelchair fits and one is free. */
  private drawSign(sign: AccessibleSign, onSeats: boolean): void {
    const { brush } = this;
    const [x, y] = brush.point(sign.x, sign.y);
    if (x < -SIGN_PX || y < -SIGN_PX || x > brush.size.width + SIGN_PX || y > brush.size.height + SIGN_PX)
      return;
    const draw = () => {
      brush.rounded(x, y, SIGN_PX, 4, brush.palette.ink);
      brush.wheelchair(x, y, SIGN_PX * 1.7, brush.palette.card);
    };
    draw();
    if (onSeats) this.onSeats.push({ x, y, halfWidth: SIGN_PX, halfHeight: SIGN_PX, draw });
  }
}
