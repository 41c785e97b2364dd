/** The map from far away: the stage, sections with how much of them is free, and what they are called. */

import type { Brush } from "./brush";
import type { SeatColours } from "./colours";
import type { SectionShape } from "./layout";
import { numberOf, stemOf } from "./section-names";
import type { SeatStates } from "./states";

/** buyer: what is free stands out. house: what is sold does. paint: every seat, however small, also those that are withheld. */
export type Look = "buyer" | "house" | "paint";

export interface Words {
  stage: string;
  free(n: number): string;
}

const LABEL_PX_MIN = 11;

export class SectionPainter {
  /** by what a name says before its number: the blocks of a ring are written alike, or they look like a mistake */
  private readonly rooms = new Map<string, number>();
  private readonly named: Uint8Array;
  /** what stands on each section: x, y, half width (0: nothing), half height */
  private readonly written: Float32Array;

  constructor(
    private readonly brush: Brush,
    private readonly states: SeatStates,
    private readonly colours: SeatColours,
    private readonly words: Words,
    private readonly look: Look,
  ) {
    this.named = new Uint8Array(brush.layout.sections.length);
    this.written = new Float32Array(4 * brush.layout.sections.length);
    for (const section of brush.layout.sections) {
      const stem = stemOf(section.name);
      this.rooms.set(stem, Math.min(this.rooms.get(stem) ?? Number.POSITIVE_INFINITY, this.roomFor(section)));
    }
  }

  /** Whether the section's whole name stood on it when sections were drawn last. */
  isNamed(section: number): boolean {
    return this.named[section] === 1;
  }

  /** What stands on sections, when they were drawn last. */
  eachLabel(visit: (x: number, y: number, halfWidth: number, halfHeight: number) => void): void {
    const { written } = this;
    for (let n = 0; n < written.length; n += 4) {
      const [x = 0, y = 0, halfWidth = 0, halfHeight = 0] = written.subarray(n, n + 4);
      if (halfWidth > 0) visit(x, y, halfWidth, halfHeight);
    }
  }

  /** Half the size it was drawn in. */
  drawStage(): { halfWidth: number; halfHeight: number } {
    const { pen, palette, layout, view } = this.brush;
    const across = Math.min(26, Math.max(8, (layout.box.right - layout.box.left) * 0.28));
    const width = across * view.scale;
    const height = width / 8;
    const [x, y] = this.brush.point(0, 0);
    pen.fillStyle = palette.ink;
    pen.beginPath();
    pen.roundRect(x - width / 2, y - height / 2, width, height, 2);
    pen.fill();
    this.brush.text(this.words.stage, x, y, Math.min(15, height * 0.62), palette.paper, width * 0.9);
    return { halfWidth: width / 2, halfHeight: height / 2 };
  }

  /** Plain ground for seats to be drawn on. */
  drawGround(): void {
    this.brush.pen.fillStyle = this.brush.palette.card;
    for (const section of this.brush.layout.sections) {
      this.brush.outline(section);
      this.brush.pen.fill();
    }
  }

  drawAll(): void {
    this.brush.layout.sections.forEach((section, index) => {
      this.fill(section, index);
    });
    // Names come last: a neighbour would cut them.
    this.brush.layout.sections.forEach((section, index) => {
      this.named[index] = this.label(section, index) ? 1 : 0;
    });
  }

  private fill(section: SectionShape, index: number): void {
    const { pen, palette } = this.brush;
    const free = this.states.freeIn[index] ?? 0;
    const tier = this.colours.tiers.of[index] ?? -1;
    this.brush.outline(section);
    pen.fillStyle = palette.gone;
    pen.fill();
    if (this.look === "house") {
      pen.globalAlpha = 1 - free / Math.max(1, section.seats);
      pen.fillStyle = palette.stock;
      pen.fill();
    } else if (free > 0 && tier >= 0) {
      pen.globalAlpha = 0.35 + 0.65 * Math.min(1, (2 * free) / section.seats);
      pen.fillStyle = this.colours.ofSection(index, palette);
      pen.fill();
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = palette.paper;
    pen.lineWidth = 1.5;
    pen.stroke();
  }

  /** Name and what is free, where they fit: a block of a ring is known by its number when there is room for no more. True when the whole name stands there. */
  private label(section: SectionShape, index: number): boolean {
    const { palette } = this.brush;
    const room = (this.rooms.get(stemOf(section.name)) ?? 0) * this.brush.view.scale;
    this.written.fill(0, 4 * index, 4 * index + 4);
    if (room < 14) return false;
    const [x, y] = this.brush.point(...this.middle(section));
    const free = this.states.freeIn[index] ?? 0;
    const onTop = free > 0 ? this.colours.onSection(index, palette) : palette.soft;
    const ink = this.look === "house" ? palette.ink : onTop;
    const px = Math.min(15, Math.max(LABEL_PX_MIN, room / 5));
    const number = numberOf(section.name);
    const longest = stemOf(section.name).length + (number ? 3 : 0);
    const fits = longest * px * 0.58 <= room;
    const name = fits ? section.name : number.length * px * 0.6 <= room ? number : "";
    const two = room > 60;
    if (name || two)
      this.written.set(
        [x, y, Math.max(px, Math.min(room, name.length * px * 0.6) / 2), two ? px * 1.3 : px * 0.6],
        4 * index,
      );
    this.brush.text(name, x, two ? y - px * 0.6 : y, px, ink, room, 700);
    if (two)
      this.brush.text(this.words.free(free), x, y + px * 0.7, Math.max(LABEL_PX_MIN, px * 0.8), ink, room);
    return fits;
  }

  private middle(section: SectionShape): [number, number] {
    if (section.label_at) return section.label_at;
    const box = this.brush.layout.sectionBox(section);
    return [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  }

  /** How wide a word may be at the section's middle: twice the way to the nearest edge, in layout units. */
  private roomFor(section: SectionShape): number {
    const [x, y] = this.middle(section);
    const box = this.brush.layout.sectionBox(section);
    const edge = section.outline ?? [];
    let least = Math.min(x - box.left, box.right - x, Math.max(y - box.top, box.bottom - y) * 2);
    edge.forEach(([ax, ay], n) => {
      const [bx, by] = edge[(n + 1) % edge.length] as [number, number];
      // Only edges that a line of text can meet: those that cross the height of the middle.
      if ((ay - y) * (by - y) > 0 || ay === by) return;
      const crossing = ax + ((y - ay) / (by - ay)) * (bx - ax);
      least = Math.min(least, Math.abs(crossing - x));
    });
    return 1.8 * least;
  }
}
