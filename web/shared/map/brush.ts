/** The strokes both parts of the map are drawn with, in canvas pixels (CSS) of the present view. */

import type { Layout, SectionShape } from "./layout";
import type { Palette } from "./palette";
import { type Size, toCanvas, type View } from "./view";

export class Brush {
  size: Size = { width: 1, height: 1 };
  view: View = { scale: 1, x: 0, y: 0 };

  constructor(
    readonly pen: CanvasRenderingContext2D,
    readonly layout: Layout,
    public palette: Palette,
  ) {}

  get seatPx(): number {
    return this.layout.pitch * this.view.scale;
  }

  point(x: number, y: number): [number, number] {
    return toCanvas(this.view, this.size, x, y);
  }

  at(seat: number): [number, number] {
    return this.point(this.layout.x[seat] as number, this.layout.y[seat] as number);
  }

  /** The path of a section's outline, or of the box around its seats. */
  outline(section: SectionShape): void {
    const { pen } = this;
    pen.beginPath();
    if (section.outline && section.outline.length > 2) {
      for (const [x, y] of section.outline) pen.lineTo(...this.point(x, y));
      pen.closePath();
    } else {
      const box = this.layout.sectionBox(section);
      const [left, top] = this.point(box.left, box.top);
      pen.rect(left, top, (box.right - box.left) * this.view.scale, (box.bottom - box.top) * this.view.scale);
    }
  }

  square(x: number, y: number, half: number, colour: string, turn = 0): void {
    const { pen } = this;
    pen.fillStyle = colour;
    if (turn === 0) pen.fillRect(x - half, y - half, 2 * half, 2 * half);
    else this.turned(x, y, turn, () => pen.fillRect(-half, -half, 2 * half, 2 * half));
  }

  rounded(x: number, y: number, half: number, radius: number, colour: string, turn = 0): void {
    const { pen } = this;
    pen.fillStyle = colour;
    pen.beginPath();
    if (turn === 0) pen.roundRect(x - half, y - half, 2 * half, 2 * half, radius);
    else this.turned(x, y, turn, () => pen.roundRect(-half, -half, 2 * half, 2 * half, radius));
    pen.fill();
  }

  private turned(x: number, y: number, turn: number, draw: () => void): void {
    const { pen } = this;
    pen.translate(x, y);
    pen.rotate(turn);
    draw();
    pen.rotate(-turn);
    pen.translate(-x, -y);
  }

  /** Ground for words that lie on seats. */
  plate(x: number, y: number, halfWidth: number, halfHeight: number, colour: string, edge: string): void {
    const { pen } = this;
    pen.fillStyle = colour;
    pen.strokeStyle = edge;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.roundRect(x - halfWidth, y - halfHeight, 2 * halfWidth, 2 * halfHeight, 3);
    pen.fill();
    pen.stroke();
  }

  /** The sign of a wheelchair, `px` high. */
  wheelchair(x: number, y: number, px: number, colour: string): void {
    const { pen } = this;
    const at = (dx: number, dy: number): [number, number] => [x + dx * px, y + dy * px];
    pen.fillStyle = pen.strokeStyle = colour;
    pen.beginPath();
    pen.arc(...at(-0.06, -0.36), 0.095 * px, 0, 2 * Math.PI);
    pen.fill();
    pen.lineWidth = Math.max(1, 0.1 * px);
    pen.lineJoin = pen.lineCap = "round";
    pen.beginPath();
    pen.moveTo(...at(-0.06, -0.2));
    pen.lineTo(...at(-0.06, 0.08));
    pen.lineTo(...at(0.16, 0.08));
    pen.lineTo(...at(0.28, 0.36));
    pen.moveTo(...at(-0.06, -0.06));
    pen.lineTo(...at(0.14, -0.06));
    pen.stroke();
    pen.beginPath();
    pen.arc(...at(-0.06, 0.16), 0.24 * px, 0.15 * Math.PI, 1.3 * Math.PI);
    pen.stroke();
    pen.lineJoin = "miter";
    pen.lineCap = "butt";
  }

  ring(x: number, y: number, radius: number, colour: string, width: number): void {
    this.pen.strokeStyle = colour;
    this.pen.lineWidth = width;
    this.pen.beginPath();
    this.pen.arc(x, y, radius, 0, 2 * Math.PI);
    this.pen.stroke();
  }

  text(words: string, x: number, y: number, px: number, colour: string, width?: number, weight = 600): void {
    if (px < 5 || words === "") return;
    this.pen.font = `${weight} ${px}px ${this.palette.face}`;
    this.pen.fillStyle = colour;
    this.pen.textAlign = "center";
    this.pen.textBaseline = "middle";
    this.pen.fillText(words, x, y + px * 0.04, width);
  }
}
