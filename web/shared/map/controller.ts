/**
 * The map as one thing: canvas, view, gestures, keys.
 * Owns: what is shown and which seat has the keyboard's attention. Knows nothing of carts: taps on seats are handed on.
 */

import { listenTo, type Point } from "./gestures";
import { SeatGrid } from "./grid";
import { isInside } from "./inside";
import type { Box, Layout } from "./layout";
import { MapPainter } from "./painter";
import { readPalette } from "./palette";
import type { Marks } from "./seat-painter";
import type { Look, Words } from "./section-painter";
import { FREE, type SeatStates } from "./states";
import type { Tiers } from "./tiers";
import {
  type Bounds,
  between,
  boundsOf,
  pan,
  type Size,
  toCanvas,
  toLayout,
  type View,
  whole,
  zoomAt,
} from "./view";

export interface MapEvents {
  seat(seat: number): void;
  focus(seat: number | null): void;
  /** a seat under the mouse; null when there is none */
  hover(seat: number | null): void;
  /** the map shows something else, or in another size */
  moved?(): void;
  /** whether a tap is meant for more than one seat: then nobody has to come closer to hit the right one */
  wide?(): boolean;
  /** where one finger draws a line around seats instead of moving the map */
  traces?(): boolean;
  tracing?(line: readonly Point[] | null): void;
  traced?(line: readonly Point[]): void;
}

const STAGE_ROOM = 4;
const FINGER_PX = 24;
const MOVE_MS = 420;
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class SeatMap {
  private readonly grid: SeatGrid;
  private readonly painter: MapPainter;
  private readonly box: Box;
  private size: Size = { width: 1, height: 1 };
  private view: View = { scale: 1, x: 0, y: 0 };
  private bounds: Bounds;
  private moving = 0;
  private sized = false;
  private focus: number | null = null;
  private marks: Omit<Marks, "focus"> = { mine: new Set(), asking: new Set(), offered: new Set() };
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly layout: Layout,
    private readonly states: SeatStates,
    tiers: Tiers,
    words: Words,
    private readonly events: MapEvents,
    look: Look = "buyer",
  ) {
    this.grid = new SeatGrid(layout);
    const host = canvas.parentElement as HTMLElement;
    this.painter = new MapPainter(canvas, layout, this.grid, states, tiers, readPalette(host), words, look);
    const { left, right, top, bottom } = layout.box;
    this.box = {
      left: Math.min(left, -STAGE_ROOM),
      right: Math.max(right, STAGE_ROOM),
      top: Math.min(top, -STAGE_ROOM),
      bottom: Math.max(bottom, STAGE_ROOM),
    };
    this.bounds = boundsOf(this.box, this.size, layout.pitch);
    this.stops.push(states.onChange((changed) => this.painter.touch(changed)));
    this.stops.push(
      listenTo(canvas, {
        pan: (dx, dy) => this.set(pan(this.view, dx, dy, this.bounds)),
        zoom: (x, y, factor) => this.set(zoomAt(this.view, this.size, x, y, factor, this.bounds)),
        tap: (x, y, byFinger) => this.tap(x, y, byFinger),
        hover: (x, y) => this.hover(x, y),
        traces: () => this.events.traces?.() ?? false,
        tracing: (line) => this.events.tracing?.(line),
        traced: (line) => this.events.traced?.(line),
      }),
    );
    const sizes = new ResizeObserver(() => this.resize());
    sizes.observe(host);
    this.stops.push(() => sizes.disconnect());
    this.watchTheme(host);
    canvas.addEventListener("keydown", (key) => this.key(key));
    canvas.addEventListener("blur", () => this.setFocus(null));
    void document.fonts.ready.then(() => this.painter.retype());
  }

  destroy(): void {
    for (const stop of this.stops) stop();
    cancelAnimationFrame(this.moving);
    this.painter.stop();
  }

  mark(marks: Omit<Marks, "focus">): void {
    this.marks = marks;
    this.painter.mark({ ...marks, focus: this.focus });
  }

  /** Where the seat is on the canvas, and how large; null when it is out of sight. */
  whereIs(seat: number): { x: number; y: number; seatPx: number } | null {
    const at = [this.layout.x[seat] as number, this.layout.y[seat] as number] as const;
    const [x, y] = toCanvas(this.view, this.size, ...at);
    const seen = x >= 0 && y >= 0 && x <= this.size.width && y <= this.size.height;
    return seen ? { x, y, seatPx: this.painter.seatPx } : null;
  }

  /** Free seats in colours that say how good they are, from 0 to 1; null: which price they have. */
  colourBy(worth: Float32Array | null): void {
    this.painter.colourBy(worth);
  }

  /** Other prices: what is shown stays in its place. */
  price(tiers: Tiers): void {
    this.painter.price(tiers);
  }

  /** The seats whose middle lies within a line on the canvas, which ends where it began. */
  within(line: readonly Point[]): number[] {
    const corners = line.map(([px, py]) => toLayout(this.view, this.size, px, py));
    const xs = corners.map(([x]) => x);
    const ys = corners.map(([, y]) => y);
    const box = {
      left: Math.min(...xs),
      right: Math.max(...xs),
      top: Math.min(...ys),
      bottom: Math.max(...ys),
    };
    const found: number[] = [];
    this.grid.within(box, (seat) => {
      if (isInside(corners, this.layout.x[seat] as number, this.layout.y[seat] as number)) found.push(seat);
    });
    return found;
  }

  showAll(): void {
    this.moveTo(whole(this.box, this.size));
  }

  zoomBy(factor: number): void {
    this.moveTo(zoomAt(this.view, this.size, this.size.width / 2, this.size.height / 2, factor, this.bounds));
  }

  /** Bring these seats into sight, close enough to tell them apart. */
  showSeats(seats: readonly number[]): void {
    if (seats.length === 0) return;
    const xs = seats.map((seat) => this.layout.x[seat] as number);
    const ys = seats.map((seat) => this.layout.y[seat] as number);
    const around = 9 * this.layout.pitch;
    this.moveTo(
      whole(
        {
          left: Math.min(...xs) - around,
          right: Math.max(...xs) + around,
          top: Math.min(...ys) - around,
          bottom: Math.max(...ys) + around,
        },
        this.size,
      ),
    );
  }

  showSection(index: number): void {
    const section = this.layout.sections[index];
    if (section) this.moveTo(whole(this.layout.sectionBox(section), this.size));
  }

  private watchTheme(host: HTMLElement): void {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const recolour = () => this.painter.recolour(readPalette(host));
    dark.addEventListener("change", recolour);
    const themes = new MutationObserver(recolour);
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.stops.push(() => {
      dark.removeEventListener("change", recolour);
      themes.disconnect();
    });
  }

  private resize(): void {
    const host = this.canvas.parentElement as HTMLElement;
    const size = { width: host.clientWidth, height: host.clientHeight };
    if (size.width === 0 || size.height === 0) return;
    this.size = size;
    this.bounds = boundsOf(this.box, size, this.layout.pitch);
    this.painter.resize(size, Math.min(3, devicePixelRatio || 1));
    if (!this.sized) this.view = whole(this.box, size);
    this.sized = true;
    this.set(this.view);
  }

  private show(): void {
    this.painter.show(this.view);
    this.events.moved?.();
  }

  private set(view: View): void {
    cancelAnimationFrame(this.moving);
    this.view = view;
    this.show();
    this.events.hover(null);
  }

  private moveTo(target: View): void {
    const scale = Math.min(this.bounds.scaleMax, Math.max(this.bounds.scaleMin, target.scale));
    const to = { ...target, scale };
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.set(to);
      return;
    }
    const from = this.view;
    const start = performance.now();
    const step = (now: number) => {
      const part = Math.min(1, (now - start) / MOVE_MS);
      this.view = between(from, to, part);
      this.show();
      if (part < 1) this.moving = requestAnimationFrame(step);
    };
    cancelAnimationFrame(this.moving);
    this.moving = requestAnimationFrame(step);
  }

  private under(px: number, py: number, reachPx: number): number | null {
    const [x, y] = toLayout(this.view, this.size, px, py);
    return this.grid.nearest(x, y, Math.max(0.6 * this.layout.pitch, reachPx / this.view.scale));
  }

  private tap(px: number, py: number, byFinger: boolean): void {
    const seat = this.under(px, py, byFinger ? FINGER_PX : 8);
    if (seat === null) return;
    if (this.events.wide?.()) {
      this.events.seat(seat);
      return;
    }
    // A finger covers many small seats: first come closer, then choose.
    const tooSmall = this.painter.seatPx < (byFinger ? 15 : 7);
    if (!this.painter.showsSeats) {
      this.showSection(this.layout.sectionOf[seat] as number);
      if (this.bounds.scaleMax > 0 && tooSmall) this.closer(px, py);
    } else if (tooSmall) this.closer(px, py);
    else this.events.seat(seat);
  }

  private closer(px: number, py: number): void {
    const [x, y] = toLayout(this.view, this.size, px, py);
    this.moveTo({ scale: Math.max(this.view.scale * 2.2, 22 / this.layout.pitch), x, y });
  }

  private hover(px: number | null, py: number): void {
    const seat = px === null || !this.painter.showsSeats ? null : this.under(px, py, 6);
    const still = this.events.traces?.() ? "crosshair" : "grab";
    this.canvas.style.cursor = seat !== null && this.states.of(seat) === FREE ? "pointer" : still;
    this.events.hover(seat);
  }

  private setFocus(seat: number | null): void {
    this.focus = seat;
    this.painter.mark({ ...this.marks, focus: seat });
    this.events.focus(seat);
  }

  private key(key: KeyboardEvent): void {
    if (key.altKey || key.ctrlKey || key.metaKey) return;
    const arrow = ARROWS[key.key];
    if (arrow) {
      const next = this.focus === null ? this.firstSeat() : this.grid.neighbour(this.focus, ...arrow);
      if (next !== null) this.walkTo(next);
    } else if ((key.key === "Enter" || key.key === " ") && this.focus !== null) this.events.seat(this.focus);
    else if (key.key === "+" || key.key === "=") this.zoomBy(1.6);
    else if (key.key === "-") this.zoomBy(1 / 1.6);
    else if (key.key === "0") this.showAll();
    else return;
    key.preventDefault();
  }

  /** The free seat nearest to the middle of what is shown. */
  private firstSeat(): number | null {
    let best: number | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (let seat = 0; seat < this.layout.seats; seat++) {
      if (this.states.of(seat) !== FREE) continue;
      const distance =
        ((this.layout.x[seat] as number) - this.view.x) ** 2 +
        ((this.layout.y[seat] as number) - this.view.y) ** 2;
      if (distance < least) {
        least = distance;
        best = seat;
      }
    }
    return best;
  }

  private walkTo(seat: number): void {
    const x = this.layout.x[seat] as number;
    const y = this.layout.y[seat] as number;
    const [px, py] = toCanvas(this.view, this.size, x, y);
    const margin = 48;
    const outside =
      px < margin || py < margin || px > this.size.width - margin || py > this.size.height - margin;
    const small = this.painter.seatPx < 12;
    if (outside || small) {
      cancelAnimationFrame(this.moving);
      this.view = { scale: small ? 22 / this.layout.pitch : this.view.scale, x, y };
      this.show();
    }
    this.setFocus(seat);
  }
}
