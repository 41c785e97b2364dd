/**
 * Draws the map on a canvas.
 * Owns: what is dirty. Guarantees: at most one drawing per frame; a change of some seats draws those seats only.
 * Far away it draws sections with how much of them is free; near, every seat. Shapes differ, not only colours:
 * free is filled, held by others hollow, sold a small dot, one's own the largest with a mark.
 */

import type { SeatGrid } from "./grid";
import type { Layout, SectionShape } from "./layout";
import type { Palette } from "./palette";
import { FREE, HELD, OFF, type SeatStates, SOLD } from "./states";
import type { Tiers } from "./tiers";
import { type Size, toCanvas, type View, visible } from "./view";

/** Below this many pixels a seat cannot be told from its neighbour: sections are drawn instead. */
export const SEAT_PX_MIN = 3.2;
const GLYPH_PX_MIN = 9;
const LABEL_PX_MIN = 20;
const DIRTY_MAX = 4_000;

export interface Marks {
  mine: ReadonlySet<number>;
  asking: ReadonlySet<number>;
  offered: ReadonlySet<number>;
  focus: number | null;
}

/** buyer: what is free stands out. house: what is sold does. */
export type Look = "buyer" | "house";

export interface Words {
  stage: string;
  free(n: number): string;
}

export class MapPainter {
  private readonly pen: CanvasRenderingContext2D;
  private size: Size = { width: 1, height: 1 };
  private ratio = 1;
  private view: View = { scale: 1, x: 0, y: 0 };
  private whole = true;
  private dirty: number[] = [];
  private frame = 0;
  private readonly areas = new Map<string, number>();
  private marks: Marks = { mine: new Set(), asking: new Set(), offered: new Set(), focus: null };

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly layout: Layout,
    private readonly grid: SeatGrid,
    private readonly states: SeatStates,
    private readonly tiers: Tiers,
    private palette: Palette,
    private readonly words: Words,
    private readonly look: Look = "buyer",
  ) {
    const pen = canvas.getContext("2d", { alpha: false });
    if (!pen) throw new Error("this browser draws no canvas");
    this.pen = pen;
  }

  get seatPx(): number {
    return this.layout.pitch * this.view.scale;
  }

  get showsSeats(): boolean {
    return this.seatPx >= SEAT_PX_MIN;
  }

  resize(size: Size, ratio: number): void {
    this.size = size;
    this.ratio = ratio;
    this.canvas.width = Math.round(size.width * ratio);
    this.canvas.height = Math.round(size.height * ratio);
    this.redraw();
  }

  recolour(palette: Palette): void {
    this.palette = palette;
    this.redraw();
  }

  show(view: View): void {
    this.view = view;
    this.redraw();
  }

  mark(marks: Marks): void {
    const before = this.marks;
    this.marks = marks;
    const changed = [
      ...before.mine,
      ...marks.mine,
      ...before.asking,
      ...marks.asking,
      ...before.offered,
      ...marks.offered,
    ];
    if (before.focus !== marks.focus) this.redraw();
    else this.touch(changed);
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
  }

  private soon(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private draw(): void {
    this.pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    if (this.whole) this.drawAll();
    else for (const seat of this.dirty) this.drawAgain(seat);
    this.whole = false;
    this.dirty = [];
  }

  private drawAll(): void {
    const { pen, palette, size } = this;
    pen.fillStyle = palette.paper;
    pen.fillRect(0, 0, size.width, size.height);
    this.drawStage();
    const box = visible(this.view, size, this.layout.pitch);
    if (!this.showsSeats) {
      this.layout.sections.forEach((section, index) => {
        this.drawSection(section, index);
      });
      this.layout.sections.forEach((section, index) => {
        this.labelSection(section, index);
      });
      return;
    }
    pen.fillStyle = palette.card;
    for (const section of this.layout.sections) {
      this.outline(section);
      pen.fill();
    }
    this.grid.within(box, (seat) => this.drawSeat(seat));
    if (this.seatPx >= 12) this.drawRowLabels();
    this.drawFocus();
  }

  private drawStage(): void {
    const { pen, palette } = this;
    const across = Math.min(26, Math.max(8, (this.layout.box.right - this.layout.box.left) * 0.28));
    const width = across * this.view.scale;
    const height = (across / 8) * this.view.scale;
    const [x, y] = toCanvas(this.view, this.size, 0, 0);
    pen.fillStyle = palette.ink;
    pen.beginPath();
    pen.roundRect(x - width / 2, y - height / 2, width, height, 2);
    pen.fill();
    this.text(this.words.stage, x, y, Math.min(15, height * 0.62), palette.paper, width * 0.9);
  }

  private outline(section: SectionShape): void {
    const { pen } = this;
    pen.beginPath();
    if (section.outline && section.outline.length > 2) {
      for (const [x, y] of section.outline) pen.lineTo(...toCanvas(this.view, this.size, x, y));
      pen.closePath();
    } else {
      const box = this.layout.sectionBox(section);
      const [left, top] = toCanvas(this.view, this.size, box.left, box.top);
      pen.rect(left, top, (box.right - box.left) * this.view.scale, (box.bottom - box.top) * this.view.scale);
    }
  }

  private drawSection(section: SectionShape, index: number): void {
    const { pen, palette } = this;
    const free = this.states.freeIn[index] ?? 0;
    const tier = this.tiers.of[index] ?? -1;
    this.outline(section);
    pen.fillStyle = palette.gone;
    pen.fill();
    if (this.look === "house") {
      pen.globalAlpha = 1 - free / Math.max(1, section.seats);
      pen.fillStyle = palette.stock;
      pen.fill();
      pen.globalAlpha = 1;
    } else if (free > 0 && tier >= 0) {
      pen.globalAlpha = 0.35 + 0.65 * Math.min(1, (2 * free) / section.seats);
      pen.fillStyle = palette.tiers[tier] ?? palette.ink;
      pen.fill();
      pen.globalAlpha = 1;
    }
    pen.strokeStyle = palette.paper;
    pen.lineWidth = 1.5;
    pen.stroke();
  }

  /** Name and what is free, where they fit: a block of a ring is known by its number when there is room for no more. */
  private labelSection(section: SectionShape, index: number): void {
    const { palette } = this;
    const free = this.states.freeIn[index] ?? 0;
    const room = Math.sqrt(this.areaOf(section)) * this.view.scale;
    if (room < 14) return;
    const [x, y] = toCanvas(this.view, this.size, ...this.middle(section));
    const ink = this.look === "house" ? palette.ink : free > 0 ? palette.card : palette.soft;
    const px = Math.min(15, Math.max(10, room / 6));
    const number = /(\S*\d\S*)$/.exec(section.name)?.[1] ?? "";
    const fits = section.name.length * px * 0.55 <= room * 0.95;
    const name = fits ? section.name : number.length * px * 0.6 <= room ? number : "";
    const two = room > 54;
    this.text(name, x, two ? y - px * 0.6 : y, px, ink, room * 1.1, 700);
    if (two) this.text(this.words.free(free), x, y + px * 0.7, px * 0.8, ink, room * 1.1);
  }

  private areaOf(section: SectionShape): number {
    const known = this.areas.get(section.id);
    if (known !== undefined) return known;
    const box = this.layout.sectionBox(section);
    const edge = section.outline ?? [];
    let twice = 0;
    edge.forEach(([x, y], n) => {
      const [nextX, nextY] = edge[(n + 1) % edge.length] as [number, number];
      twice += x * nextY - nextX * y;
    });
    const area = edge.length > 2 ? Math.abs(twice) / 2 : (box.right - box.left) * (box.bottom - box.top);
    this.areas.set(section.id, area);
    return area;
  }

  private middle(section: SectionShape): [number, number] {
    if (section.label_at) return section.label_at;
    const box = this.layout.sectionBox(section);
    return [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  }

  private drawAgain(seat: number): void {
    const [x, y] = this.at(seat);
    const reach = this.seatPx * 0.56;
    this.pen.fillStyle = this.palette.card;
    this.pen.fillRect(x - reach, y - reach, 2 * reach, 2 * reach);
    this.drawSeat(seat);
    if (this.marks.focus === seat) this.drawFocus();
  }

  private at(seat: number): [number, number] {
    return toCanvas(this.view, this.size, this.layout.x[seat] as number, this.layout.y[seat] as number);
  }

  private drawSeat(seat: number): void {
    const { pen, palette, marks } = this;
    const state = this.states.of(seat);
    if (state === OFF && !marks.mine.has(seat)) return;
    const [x, y] = this.at(seat);
    const px = this.seatPx;
    if (this.look === "house") {
      this.drawHouseSeat(state, x, y, px);
      return;
    }
    if (marks.mine.has(seat) || marks.asking.has(seat)) {
      this.drawMine(seat, x, y, px);
      return;
    }
    if (state === FREE) {
      const half = px * 0.39;
      pen.fillStyle = palette.tiers[this.tiers.of[this.layout.sectionOf[seat] as number] ?? 0] ?? palette.ink;
      if (px < GLYPH_PX_MIN) pen.fillRect(x - half, y - half, 2 * half, 2 * half);
      else {
        pen.beginPath();
        pen.roundRect(x - half, y - half, 2 * half, 2 * half, half * 0.45);
        pen.fill();
        this.drawGlyph(seat, x, y, px);
      }
      if (marks.offered.has(seat)) this.ring(x, y, px * 0.5, palette.stock, Math.max(2, px * 0.14));
    } else if (state === HELD) {
      this.ring(x, y, px * 0.26, palette.held, Math.max(1, px * 0.1));
    } else {
      const half = px * 0.14;
      pen.fillStyle = palette.gone;
      pen.fillRect(x - half, y - half, 2 * half, 2 * half);
    }
  }

  private drawHouseSeat(state: number, x: number, y: number, px: number): void {
    const half = px * (state === SOLD ? 0.44 : 0.13);
    this.pen.fillStyle = state === SOLD ? this.palette.stock : this.palette.held;
    if (state === HELD)
      this.ring(x, y, px * 0.28, this.palette.tiers[0] ?? this.palette.ink, Math.max(1, px * 0.14));
    else this.pen.fillRect(x - half, y - half, 2 * half, 2 * half);
  }

  private drawMine(seat: number, x: number, y: number, px: number): void {
    const { pen, palette } = this;
    const half = px * 0.45;
    pen.beginPath();
    pen.roundRect(x - half, y - half, 2 * half, 2 * half, half * 0.4);
    pen.fillStyle = palette.stock;
    pen.globalAlpha = this.marks.asking.has(seat) ? 0.55 : 1;
    pen.fill();
    pen.globalAlpha = 1;
    pen.strokeStyle = palette.ink;
    pen.lineWidth = Math.max(1, px * 0.08);
    pen.stroke();
    if (px >= GLYPH_PX_MIN && !this.marks.asking.has(seat)) {
      pen.strokeStyle = palette.onStock;
      pen.lineWidth = Math.max(1.5, px * 0.12);
      pen.beginPath();
      pen.moveTo(x - px * 0.2, y + px * 0.01);
      pen.lineTo(x - px * 0.05, y + px * 0.17);
      pen.lineTo(x + px * 0.22, y - px * 0.16);
      pen.stroke();
    }
  }

  /** The seat's label where it fits; a ring with a dot where a wheelchair fits. */
  private drawGlyph(seat: number, x: number, y: number, px: number): void {
    if (this.layout.accessible.has(seat)) {
      this.ring(x, y + px * 0.06, px * 0.16, this.palette.card, Math.max(1.2, px * 0.07));
      this.pen.fillStyle = this.palette.card;
      this.pen.beginPath();
      this.pen.arc(x, y - px * 0.22, Math.max(1, px * 0.07), 0, 2 * Math.PI);
      this.pen.fill();
    } else if (px >= LABEL_PX_MIN) {
      this.text(this.layout.nameOf(seat).label, x, y, px * 0.38, this.palette.card, px * 0.7, 650);
    }
  }

  private drawRowLabels(): void {
    const box = visible(this.view, this.size, 2 * this.layout.pitch);
    for (const section of this.layout.sections) {
      for (const row of section.rows) {
        const x = this.layout.x[row.first_seat] as number;
        const y = this.layout.y[row.first_seat] as number;
        if (x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
        const turn = ((row.angle ?? 0) * Math.PI) / 180;
        const step = 0.95 * this.layout.pitch;
        const [px, py] = toCanvas(this.view, this.size, x - step * Math.cos(turn), y - step * Math.sin(turn));
        this.text(row.label, px, py, Math.min(13, this.seatPx * 0.5), this.palette.soft, 40);
      }
    }
  }

  private drawFocus(): void {
    const { focus } = this.marks;
    if (focus === null) return;
    const [x, y] = this.at(focus);
    const half = Math.max(7, this.seatPx * 0.66);
    this.pen.strokeStyle = this.palette.ink;
    this.pen.lineWidth = 3;
    this.pen.strokeRect(x - half, y - half, 2 * half, 2 * half);
  }

  private ring(x: number, y: number, radius: number, colour: string, width: number): void {
    this.pen.strokeStyle = colour;
    this.pen.lineWidth = width;
    this.pen.beginPath();
    this.pen.arc(x, y, radius, 0, 2 * Math.PI);
    this.pen.stroke();
  }

  private text(
    words: string,
    x: number,
    y: number,
    px: number,
    colour: string,
    width: number,
    weight = 600,
  ): void {
    if (px < 5) return;
    this.pen.font = `${weight} ${px}px ${this.palette.face}`;
    this.pen.fillStyle = colour;
    this.pen.textAlign = "center";
    this.pen.textBaseline = "middle";
    this.pen.fillText(words, x, y + px * 0.04, width);
  }
}
