/**
 * One seat, turned as its row is, so that seats of a curved row never overlap. Shapes differ, not only colours: free is filled, held by others hollow, sold a small dot,
 * one's own the largest, with a mark.
 */

import type { Brush } from "./brush";
import type { SeatColours } from "./colours";
import { GLYPH_PX_MIN } from "./label-painter";
import type { Look } from "./section-painter";
import { FREE, HELD, OFF, type SeatStates, SOLD } from "./states";

const LABEL_PX_MIN = 20;

export interface Marks {
  mine: ReadonlySet<number>;
  asking: ReadonlySet<number>;
  offered: ReadonlySet<number>;
  focus: number | null;
  /** seats that nobody may buy for now, by the number of what they are kept for */
  withheld?: ReadonlyMap<number, number>;
}

/** how far a seat reaches from its middle, in seats */
export const REACH = 0.39;
export const OWN_REACH = 0.45;
const LEVEL = 0.02;
/** smaller than this, nobody sees that a square stands on its corner */
const SLANT_PX_MIN = 6;

/** How a square seat is turned, less than an eighth of a turn: a quarter turn looks like none. */
export function slantOf(heading: number): number {
  const quarter = Math.PI / 2;
  const slant = heading - quarter * Math.round(heading / quarter);
  return Math.abs(slant) < LEVEL ? 0 : slant;
}

/** How far a seat reaches that is too small to be turned: neighbours on a slant are nearer in both directions. */
export function uprightReach(slant: number): number {
  return Math.min(REACH, 0.47 * Math.cos(slant));
}

export class SeatPainter {
  private readonly slants: Float32Array;
  marks: Marks = { mine: new Set(), asking: new Set(), offered: new Set(), focus: null };

  constructor(
    private readonly brush: Brush,
    private readonly states: SeatStates,
    private readonly colours: SeatColours,
    private readonly look: Look,
  ) {
    this.slants = brush.layout.heading.map(slantOf);
  }

  draw(seat: number): void {
    const { brush, marks } = this;
    const state = this.states.of(seat);
    const own = marks.mine.has(seat) || marks.asking.has(seat);
    const kept = state === OFF ? marks.withheld?.get(seat) : undefined;
    if (state === OFF && kept === undefined && !own) return;
    const [x, y] = brush.at(seat);
    const px = brush.seatPx;
    if (this.look === "house") this.drawInHouse(state, x, y, px);
    else if (own && (this.look === "buyer" || px >= GLYPH_PX_MIN)) this.drawOwn(seat, x, y, px);
    else if (own) brush.square(x, y, px * OWN_REACH, brush.palette.stock);
    else if (kept !== undefined) this.drawKept(kept, x, y, px);
    else if (state === FREE) this.drawFree(seat, x, y, px);
    else if (state === HELD) this.drawHeld(x, y, px, brush.palette.held);
    else brush.square(x, y, px * 0.14, brush.palette.gone);
  }

  /** The same place, cleared first. */
  drawAgain(seat: number): void {
    const [x, y] = this.brush.at(seat);
    this.brush.square(x, y, this.brush.seatPx * 0.5, this.brush.palette.card, this.slants[seat]);
    this.draw(seat);
    if (this.marks.focus === seat) this.drawFocus();
  }

  drawFocus(): void {
    const { focus } = this.marks;
    if (focus === null) return;
    const [x, y] = this.brush.at(focus);
    const half = Math.max(7, this.brush.seatPx * 0.66);
    this.brush.pen.strokeStyle = this.brush.palette.ink;
    this.brush.pen.lineWidth = 3;
    this.brush.pen.strokeRect(x - half, y - half, 2 * half, 2 * half);
  }

  private drawFree(seat: number, x: number, y: number, px: number): void {
    const { brush } = this;
    const slant = this.slants[seat] as number;
    const colour = this.colours.ofSeat(seat, brush.palette);
    if (px < GLYPH_PX_MIN) brush.square(x, y, px * uprightReach(slant), colour);
    else {
      brush.rounded(x, y, px * REACH, px * 0.18, colour, slant);
      this.drawGlyph(seat, x, y, px);
    }
    if (this.marks.offered.has(seat))
      brush.ring(x, y, px * 0.42, brush.palette.stock, Math.max(2, px * 0.12));
  }

  /** Hollow; arcs are dear, and below a few pixels nobody sees that this one has corners. */
  private drawHeld(x: number, y: number, px: number, colour: string): void {
    if (px >= GLYPH_PX_MIN) this.brush.ring(x, y, px * 0.26, colour, Math.max(1, px * 0.1));
    else {
      this.brush.square(x, y, px * 0.3, colour);
      this.brush.square(x, y, px * 0.16, this.brush.palette.card);
    }
  }

  /** On its corner, in the colour of what it is kept for. */
  private drawKept(kept: number, x: number, y: number, px: number): void {
    const { palette } = this.brush;
    const colour = palette.kept[kept % palette.kept.length] ?? palette.ink;
    this.brush.square(x, y, px * 0.3, colour, px >= SLANT_PX_MIN ? Math.PI / 4 : 0);
    if (px >= GLYPH_PX_MIN) this.brush.square(x, y, px * 0.12, palette.card, Math.PI / 4);
  }

  private drawInHouse(state: number, x: number, y: number, px: number): void {
    const { palette } = this.brush;
    if (state === SOLD) this.brush.square(x, y, px * 0.44, palette.stock);
    else if (state === HELD) this.drawHeld(x, y, px, palette.tiers[0] ?? palette.ink);
    else this.brush.square(x, y, px * 0.13, palette.held);
  }

  private drawOwn(seat: number, x: number, y: number, px: number): void {
    const { pen, palette } = this.brush;
    const asking = this.marks.asking.has(seat);
    const half = px * OWN_REACH;
    pen.globalAlpha = asking ? 0.55 : 1;
    this.brush.rounded(x, y, half, half * 0.4, palette.stock, this.slants[seat]);
    pen.globalAlpha = 1;
    pen.strokeStyle = palette.ink;
    pen.lineWidth = Math.max(1, px * 0.08);
    pen.stroke();
    if (px < GLYPH_PX_MIN || asking) return;
    pen.strokeStyle = palette.onStock;
    pen.lineWidth = Math.max(1.5, px * 0.12);
    pen.beginPath();
    pen.moveTo(x - px * 0.2, y + px * 0.01);
    pen.lineTo(x - px * 0.05, y + px * 0.17);
    pen.lineTo(x + px * 0.22, y - px * 0.16);
    pen.stroke();
  }

  /** The seat's label where it fits; the sign where a wheelchair fits. */
  private drawGlyph(seat: number, x: number, y: number, px: number): void {
    const { brush } = this;
    const colour = this.colours.onSeat(seat, brush.palette);
    if (brush.layout.accessible.has(seat)) brush.wheelchair(x, y, px * 0.62, colour);
    else if (px >= LABEL_PX_MIN)
      brush.text(brush.layout.nameOf(seat).label, x, y, px * 0.38, colour, px * 0.7, 650);
  }
}
