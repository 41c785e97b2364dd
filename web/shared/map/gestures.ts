/**
 * Fingers, mouse and wheel on the map, as pans, zooms, taps and, where that is wanted, traces.
 * Guarantees: a tap is a touch that hardly moved; while two fingers are down nothing is a tap, nor a trace.
 */

export type Point = readonly [number, number];

export interface Moves {
  pan(dxPx: number, dyPx: number): void;
  zoom(px: number, py: number, factor: number): void;
  tap(px: number, py: number, byFinger: boolean): void;
  hover(px: number | null, py: number): void;
  /** where it answers true, one finger or the mouse draws a line instead of moving the map */
  traces(): boolean;
  tracing(line: readonly Point[] | null): void;
  traced(line: readonly Point[]): void;
}

const TAP_PX_MAX = 8;

export function listenTo(canvas: HTMLCanvasElement, moves: Moves): () => void {
  const down = new Map<number, { x: number; y: number }>();
  let travelled = 0;
  let manyDown = false;
  let line: Point[] | null = null;
  const letGo = () => {
    if (line) moves.tracing(null);
    line = null;
  };

  const place = (event: MouseEvent): { x: number; y: number } => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const press = (event: PointerEvent) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    if (down.size === 0) {
      travelled = 0;
      manyDown = false;
      const { x, y } = place(event);
      line = moves.traces() ? [[x, y]] : null;
    } else {
      manyDown = true;
      letGo();
    }
    down.set(event.pointerId, place(event));
  };

  const move = (event: PointerEvent) => {
    const now = place(event);
    const before = down.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") moves.hover(now.x, now.y);
      return;
    }
    const dx = now.x - before.x;
    const dy = now.y - before.y;
    travelled += Math.hypot(dx, dy);
    if (down.size === 1) {
      const moved = travelled > TAP_PX_MAX;
      if (moved && line) {
        line.push([now.x, now.y]);
        moves.tracing(line);
      } else if (moved) moves.pan(dx, dy);
    } else if (down.size === 2) {
      const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        const factor =
          Math.hypot(now.x - other.x, now.y - other.y) /
          Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
        moves.pan(dx / 2, dy / 2);
        moves.zoom((now.x + other.x) / 2, (now.y + other.y) / 2, factor);
      }
    }
    down.set(event.pointerId, now);
  };

  const lift = (event: PointerEvent) => {
    if (!down.delete(event.pointerId)) return;
    if (event.type === "pointerup" && down.size === 0 && !manyDown && travelled <= TAP_PX_MAX) {
      const { x, y } = place(event);
      moves.tap(x, y, event.pointerType !== "mouse");
    } else if (event.type === "pointerup" && line && travelled > TAP_PX_MAX) moves.traced(line);
    letGo();
  };

  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const { x, y } = place(event);
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    moves.zoom(x, y, Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0018)));
  };

  const out = () => moves.hover(null, 0);

  canvas.addEventListener("pointerdown", press);
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("pointerleave", out);
  canvas.addEventListener("wheel", wheel, { passive: false });
  return () => {
    canvas.removeEventListener("pointerdown", press);
    canvas.removeEventListener("pointermove", move);
    canvas.removeEventListener("pointerup", lift);
    canvas.removeEventListener("pointercancel", lift);
    canvas.removeEventListener("pointerleave", out);
    canvas.removeEventListener("wheel", wheel);
  };
}
