/** The map's colours, read from the design tokens, so that a canvas follows the theme as the rest of the page does. */

export interface Palette {
  paper: string;
  card: string;
  sunk: string;
  ink: string;
  soft: string;
  line: string;
  stock: string;
  onStock: string;
  gone: string;
  held: string;
  tiers: string[];
  /** from the best seats to the least good */
  worths: string[];
  /** for what seats are kept */
  kept: string[];
  face: string;
}

const TOKENS = {
  paper: "--paper",
  card: "--card",
  sunk: "--sunk",
  ink: "--ink",
  soft: "--ink-soft",
  line: "--line",
  stock: "--stock",
  onStock: "--on-stock",
  gone: "--seat-gone",
  held: "--seat-held",
} as const;

export function readPalette(inside: HTMLElement): Palette {
  const probe = document.createElement("span");
  probe.hidden = true;
  inside.append(probe);
  const colour = (token: string) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const named = Object.fromEntries(Object.entries(TOKENS).map(([name, token]) => [name, colour(token)]));
  const tiers = [1, 2, 3, 4, 5, 6].map((n) => colour(`--tier-${n}`));
  const worths = [1, 2, 3, 4, 5].map((n) => colour(`--worth-${n}`));
  const kept = [6, 5, 4, 3, 2, 1].map((n) => colour(`--tier-${n}`));
  const face = getComputedStyle(probe).fontFamily;
  probe.remove();
  return { ...named, tiers, worths, kept, face } as unknown as Palette;
}
