/**
 * Draws the map on a canvas.
 * Owns: what is dirty. Guarantees: at most one drawing per frame; a change of some seats draws those seats only.
 * While the view moves and a whole drawing is dear, the last one is moved instead, and drawn sharp when the move rests.
 */

import { Brush } from "./brush";
import { SeatColours } from "./colours";
import type { SeatGrid } from "./grid";
import { LabelPainter } from "./label-painter";
import type { Layout } from "./layout";
import type { Palette } from "./palette";
import { type Marks, SeatPainter } from "./seat-painter";
import { type Look, SectionPainter, type Words } from "./section-painter";
import type { SeatStates } from "./states";
import type { Tiers } from "./tiers";
import { type Size, toCanvas, type View, visible } from "./view";

/** Below this many pixels a seat cannot be told from its neighbour: sections are drawn instead. */
export const SEAT_PX_MIN = 3.2;
const DIRTY_MAX = 4_000;
/** a whole drawing slower than this is not repeated for every step of a move */
const DEAR_MS = 8;
const REST_MS = 120;

interface Shot {
  picture: HTMLCanvasElement;
  view: View;
}

export class MapPainter {
  private readonly brush: Brush;
  private readonly colours: SeatColours;
  private readonly seats: SeatPainter;
  private readonly sections: SectionPainter;
  private readonly labels: LabelPainter;
  private ratio = 1;
  private whole = true;
  private dirty: number[] = [];
  private frame = 0;
  private cost_ms = 0;
  private movedAt_ms = 0;
  private shot: Shot | null = null;
  private rest = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly layout: Layout,
    private readonly grid: SeatGrid,
    states: SeatStates,
    tiers: Tiers,
    palette: Palette,
    words: Words,
    private readonly look: Look = "buyer",
  ) {
    const pen = canvas.getContext("2d", { alpha: false });
    if (!pen) throw new Error("this browser draws no canvas");
    this.brush = new Brush(pen, layout, palette);
    this.colours = new SeatColours(layout, tiers);
    this.seats = new SeatPainter(this.brush, states, this.colours, look);
    this.sections = new SectionPainter(this.brush, states, this.colours, words, look);
    this.labels = new LabelPainter(this.brush, grid, states, { signs: look !== "house" });
  }

  get seatPx(): number {
    return this.brush.seatPx;
  }

  get showsSeats(): boolean {
    return this.look === "paint" || this.seatPx >= SEAT_PX_MIN;
  }

  resize(size: Size, ratio: number): void {
    this.brush.size = size;
    this.ratio = ratio;
    this.canvas.width = Math.round(size.width * ratio);
    this.canvas.height = Math.round(size.height * ratio);
    this.redraw();
  }

  recolour(palette: Palette): void {
    this.brush.palette = palette;
    this.labels.forget();
    this.redraw();
  }

  colourBy(worth: Float32Array | null): void {
    this.colours.by(worth);
    this.redraw();
  }

  /** Other prices: the same seats, in the colours of these. */
  price(tiers: Tiers): void {
    this.colours.tiers = tiers;
    this.redraw();
  }

  /** The typeface has come: what was measured in another one is measured again. */
  retype(): void {
    this.labels.forget();
    this.redraw();
  }

  show(view: View): void {
    const dear = this.cost_ms > DEAR_MS && this.showsSeats;
    if (dear && !this.shot) this.shot = { picture: this.copy(), view: this.brush.view };
    this.brush.view = view;
    this.movedAt_ms = performance.now();
    this.redraw();
  }

  mark(marks: Marks): void {
    const before = this.seats.marks;
    this.seats.marks = marks;
    if (before.focus !== marks.focus) {
      this.redraw();
      return;
    }
    if (before.withheld !== marks.withheld) {
      this.redraw();
      return;
    }
    const { mine, asking, offered } = before;
    this.touch([...mine, ...marks.mine, ...asking, ...marks.asking, ...offered, ...marks.offered]);
  }

  /** These seats changed; null: all may have. */
  touch(seats: readonly number[] | null): void {
    if (seats === null || !this.showsSeats || this.dirty.length + seats.length > DIRTY_MAX) this.redraw();
    else {
      for (const seat of seats) this.dirty.push(seat);
      this.soon();
    }
  }

  redraw(): void {
    this.whole = true;
    this.dirty = [];
    this.soon();
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
  }

  private soon(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private draw(): void {
    this.brush.pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    if (this.shot && performance.now() - this.movedAt_ms < REST_MS) {
      this.drawShot(this.shot);
      return;
    }
    this.shot = null;
    if (this.whole) {
      const start_ms = performance.now();
      this.drawAll();
      this.cost_ms = performance.now() - start_ms;
    } else {
      for (const seat of this.dirty) this.seats.drawAgain(seat);
      for (const seat of this.dirty) this.labels.drawOver(seat);
    }
    this.whole = false;
    this.dirty = [];
  }

  private drawAll(): void {
    const { pen, palette, size, view } = this.brush;
    pen.fillStyle = palette.paper;
    pen.fillRect(0, 0, size.width, size.height);
    const stage = this.sections.drawStage();
    if (!this.showsSeats) {
      this.sections.drawAll();
      this.labels.draw(stage, this.sections);
      return;
    }
    this.sections.drawGround();
    this.grid.within(visible(view, size, this.layout.pitch), (seat) => this.seats.draw(seat));
    this.labels.draw(stage, null);
    this.seats.drawFocus();
  }

  // ── moving the last drawing ──

  private copy(): HTMLCanvasElement {
    const picture = document.createElement("canvas");
    picture.width = this.canvas.width;
    picture.height = this.canvas.height;
    picture.getContext("2d", { alpha: false })?.drawImage(this.canvas, 0, 0);
    return picture;
  }

  private drawShot({ picture, view }: Shot): void {
    const { pen, palette, size } = this.brush;
    const factor = this.brush.view.scale / view.scale;
    const [x, y] = toCanvas(this.brush.view, size, view.x, view.y);
    pen.fillStyle = palette.paper;
    pen.fillRect(0, 0, size.width, size.height);
    const width = size.width * factor;
    const height = size.height * factor;
    pen.drawImage(picture, x - width / 2, y - height / 2, width, height);
    clearTimeout(this.rest);
    this.rest = window.setTimeout(() => this.redraw(), REST_MS);
  }
}
