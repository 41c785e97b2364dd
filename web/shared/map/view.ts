/**
 * What part of the layout the canvas shows: scale and offset, as a pure value.
 * Guarantees: zooming keeps the point under the pointer; the layout can never be lost out of sight.
 */

import type { Box } from "./layout";

export interface Size {
  width: number;
  height: number;
}

export interface View {
  /** canvas pixels (CSS) per unit of the layout */
  scale: number;
  /** layout coordinates of the canvas' middle */
  x: number;
  y: number;
}

const FILL = 0.94;
/** a seat may grow to this many pixels */
export const SEAT_PX_MAX = 56;

export function whole(box: Box, size: Size): View {
  const width = Math.max(1e-6, box.right - box.left);
  const height = Math.max(1e-6, box.bottom - box.top);
  return {
    scale: Math.max(1e-6, FILL * Math.min(size.width / width, size.height / height)),
    x: (box.left + box.right) / 2,
    y: (box.top + box.bottom) / 2,
  };
}

export function toCanvas(view: View, size: Size, x: number, y: number): [number, number] {
  return [(x - view.x) * view.scale + size.width / 2, (y - view.y) * view.scale + size.height / 2];
}

export function toLayout(view: View, size: Size, px: number, py: number): [number, number] {
  return [(px - size.width / 2) / view.scale + view.x, (py - size.height / 2) / view.scale + view.y];
}

export function visible(view: View, size: Size, margin = 0): Box {
  const halfWidth = size.width / 2 / view.scale + margin;
  const halfHeight = size.height / 2 / view.scale + margin;
  return {
    left: view.x - halfWidth,
    right: view.x + halfWidth,
    top: view.y - halfHeight,
    bottom: view.y + halfHeight,
  };
}

export function zoomAt(view: View, size: Size, px: number, py: number, factor: number, bounds: Bounds): View {
  const [x, y] = toLayout(view, size, px, py);
  const scale = Math.min(bounds.scaleMax, Math.max(bounds.scaleMin, view.scale * factor));
  return clamp(
    { scale, x: x - (px - size.width / 2) / scale, y: y - (py - size.height / 2) / scale },
    bounds,
  );
}

export function pan(view: View, dxPx: number, dyPx: number, bounds: Bounds): View {
  return clamp({ ...view, x: view.x - dxPx / view.scale, y: view.y - dyPx / view.scale }, bounds);
}

export interface Bounds {
  box: Box;
  scaleMin: number;
  scaleMax: number;
}

export function boundsOf(box: Box, size: Size, pitch: number): Bounds {
  const scale = whole(box, size).scale;
  return { box, scaleMin: scale * 0.8, scaleMax: Math.max(scale * 1.5, SEAT_PX_MAX / pitch) };
}

export function clamp(view: View, { box }: Bounds): View {
  return {
    scale: view.scale,
    x: Math.min(box.right, Math.max(box.left, view.x)),
    y: Math.min(box.bottom, Math.max(box.top, view.y)),
  };
}

/** A step of an animated move from one view to another; `part` runs from 0 to 1. */
export function between(from: View, to: View, part: number): View {
  const eased = part < 0.5 ? 4 * part ** 3 : 1 - (-2 * part + 2) ** 3 / 2;
  return {
    scale: from.scale * (to.scale / from.scale) ** eased,
    x: from.x + (to.x - from.x) * eased,
    y: from.y + (to.y - from.y) * eased,
  };
}
