/**
 * One seat. Shapes differ, not only colours: free is filled, held by others hollow, sold a small dot,
 * one's own the largest, with a mark.
 */

import type { Brush } from "./brush";
import type { Look } from "./section-painter";
import { FREE, HELD, OFF, type SeatStates, SOLD } from "./states";
import type { Tiers } from "./tiers";

const GLYPH_PX_MIN = 9;
const LABEL_PX_MIN = 20;

export interface Marks {
  mine: ReadonlySet<number>;
  asking: ReadonlySet<number>;
  offered: ReadonlySet<number>;
  focus: number | null;
}

export class SeatPainter {
  marks: Marks = { mine: new Set(), asking: new Set(), offered: new Set(), focus: null };

  constructor(
    private readonly brush: Brush,
    private readonly states: SeatStates,
    private readonly tiers: Tiers,
    private readonly look: Look,
  ) {}

  draw(seat: number): void {
    const { brush, marks } = this;
    const state = this.states.of(seat);
    const own = marks.mine.has(seat) || marks.asking.has(seat);
    if (state === OFF && !own) return;
    const [x, y] = brush.at(seat);
    const px = brush.seatPx;
    if (this.look === "house") this.drawInHouse(state, x, y, px);
    else if (own) this.drawOwn(seat, x, y, px);
    else if (state === FREE) this.drawFree(seat, x, y, px);
    else if (state === HELD) this.drawHeld(x, y, px, brush.palette.held);
    else brush.square(x, y, px * 0.14, brush.palette.gone);
  }

  /** The same place, cleared first. */
  drawAgain(seat: number): void {
    const [x, y] = this.brush.at(seat);
    this.brush.square(x, y, this.brush.seatPx * 0.56, this.brush.palette.card);
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
    const half = px * 0.39;
    const tier = this.tiers.of[brush.layout.sectionOf[seat] as number] ?? 0;
    const colour = brush.palette.tiers[tier] ?? brush.palette.ink;
    if (px < GLYPH_PX_MIN) brush.square(x, y, half, colour);
    else {
      brush.rounded(x, y, half, half * 0.45, colour);
      this.drawGlyph(seat, x, y, px);
    }
    if (this.marks.offered.has(seat)) brush.ring(x, y, px * 0.5, brush.palette.stock, Math.max(2, px * 0.14));
  }

  /** Hollow; arcs are dear, and below a few pixels nobody sees that this one has corners. */
  private drawHeld(x: number, y: number, px: number, colour: string): void {
    if (px >= GLYPH_PX_MIN) this.brush.ring(x, y, px * 0.26, colour, Math.max(1, px * 0.1));
    else {
      this.brush.square(x, y, px * 0.3, colour);
      this.brush.square(x, y, px * 0.16, this.brush.palette.card);
    }
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
    const half = px * 0.45;
    pen.globalAlpha = asking ? 0.55 : 1;
    this.brush.rounded(x, y, half, half * 0.4, palette.stock);
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

  /** The seat's label where it fits; a ring with a dot where a wheelchair fits. */
  private drawGlyph(seat: number, x: number, y: number, px: number): void {
    const { brush } = this;
    if (brush.layout.accessible.has(seat)) {
      brush.ring(x, y + px * 0.06, px * 0.16, brush.palette.card, Math.max(1.2, px * 0.07));
      brush.pen.fillStyle = brush.palette.card;
      brush.pen.beginPath();
      brush.pen.arc(x, y - px * 0.22, Math.max(1, px * 0.07), 0, 2 * Math.PI);
      brush.pen.fill();
    } else if (px >= LABEL_PX_MIN) {
      brush.text(brush.layout.nameOf(seat).label, x, y, px * 0.38, brush.palette.card, px * 0.7, 650);
    }
  }
}
