/**
 * The face of an event: its picture, or one that is drawn of its id: a house seen from above, some of its seats taken.
 * Guarantees: its place is kept while it loads; the same id always looks the same.
 */

import type { PictureSize } from "../wire/contract";
import "./picture.css";

const HUES = 6;
const ROWS = 9;
const [WIDTH, HEIGHT] = [320, 180];
const [STAGE_X, STAGE_Y] = [250, 214];
const [FIRST_ROW, ROW_GAP, SEAT] = [52, 21, 5.2];

interface Drawing {
  hue: number;
  taken: string;
  free: string;
}

/** FNV-1a: a number that the id alone decides. */
function numberOf(id: string): number {
  let number = 0x811c9dc5;
  for (const character of id) number = Math.imul(number ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return number;
}

/** Numbers that are close become ones that are not. */
function mixed(number: number): number {
  const once = Math.imul(number ^ (number >>> 15), 0x2c1b3c6d);
  return (once ^ (once >>> 13)) >>> 0;
}

function dot(x: number, y: number): string {
  return `M${(x - SEAT).toFixed(1)} ${y.toFixed(1)}a${SEAT} ${SEAT} 0 1 0 ${2 * SEAT} 0a${SEAT} ${SEAT} 0 1 0 ${-2 * SEAT} 0z`;
}

export function drawing(id: string): Drawing {
  const number = numberOf(id);
  let taken = "";
  let free = "";
  for (let row = 0; row < ROWS; row++) {
    const radius = FIRST_ROW + row * ROW_GAP;
    const seats = 7 + row * 3;
    for (let seat = 0; seat < seats; seat++) {
      const angle = Math.PI + (Math.PI * (seat + 0.5)) / seats;
      const [x, y] = [STAGE_X + radius * Math.cos(angle), STAGE_Y + radius * Math.sin(angle)];
      if (x < -SEAT || x > WIDTH + SEAT || y > HEIGHT + SEAT) continue;
      if (mixed(number ^ (row * 64 + seat)) % 11 < 4) taken += dot(x, y);
      else free += dot(x, y);
    }
  }
  return { hue: (number % HUES) + 1, taken, free };
}

interface Props {
  id: string;
  pictures: readonly PictureSize[];
  /** empty where the name of the event stands beside it */
  alt: string;
  /** how wide it is shown, as the attribute of images says it */
  sizes: string;
  /** in sight at once */
  first?: boolean;
  class?: string;
}

export function Picture({ id, pictures, alt, sizes, first, class: place = "" }: Props) {
  const widest = pictures.at(-1);
  if (!widest) {
    const { hue, taken, free } = drawing(id);
    return (
      <svg
        class={`picture picture-drawn picture-${hue} ${place}`}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="xMaxYMid slice"
        aria-hidden="true"
      >
        <path class="picture-free" d={free} />
        <path class="picture-taken" d={taken} />
      </svg>
    );
  }
  return (
    <img
      class={`picture ${place}`}
      src={widest.address}
      srcset={pictures.map(({ address, width }) => `${address} ${width}w`).join(", ")}
      sizes={sizes}
      width={widest.width}
      height={widest.height}
      alt={alt}
      loading={first ? "eager" : "lazy"}
      fetchpriority={first ? "high" : "auto"}
      decoding="async"
    />
  );
}
