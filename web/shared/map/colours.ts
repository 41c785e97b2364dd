/** Which colour a free seat has: that of its price, or of how good it is. */

import type { Layout } from "./layout";
import type { Palette } from "./palette";
import type { Tiers } from "./tiers";

/** From the best to the least good: as many seats in each. */
export const WORTH_STEPS = 5;

export function stepOf(worth: number): number {
  return Math.min(WORTH_STEPS - 1, Math.floor((1 - worth) * WORTH_STEPS));
}

export class SeatColours {
  private steps: Uint8Array | null = null;
  private readonly sectionSteps: Uint8Array;

  constructor(
    private readonly layout: Layout,
    public tiers: Tiers,
  ) {
    this.sectionSteps = new Uint8Array(layout.sections.length);
  }

  /** null: by price. */
  by(worth: Float32Array | null): void {
    this.steps = worth && Uint8Array.from(worth, stepOf);
    if (!worth) return;
    this.layout.sections.forEach(({ first_seat, seats }, index) => {
      let sum = 0;
      for (let seat = first_seat; seat < first_seat + seats; seat++) sum += worth[seat] as number;
      this.sectionSteps[index] = stepOf(sum / Math.max(1, seats));
    });
  }

  ofSeat(seat: number, palette: Palette): string {
    if (this.steps) return palette.worths[this.steps[seat] as number] ?? palette.ink;
    const zoned = this.tiers.ofSeat.get(seat);
    if (zoned !== undefined) return palette.tiers[zoned] ?? palette.ink;
    return this.ofSection(this.layout.sectionOf[seat] as number, palette);
  }

  /** For what is written on the seat. */
  onSeat(seat: number, palette: Palette): string {
    return this.steps?.[seat] === WORTH_STEPS - 1 ? palette.ink : palette.card;
  }

  ofSection(index: number, palette: Palette): string {
    if (this.steps) return palette.worths[this.sectionSteps[index] as number] ?? palette.ink;
    return palette.tiers[this.tiers.of[index] ?? -1] ?? palette.ink;
  }

  onSection(index: number, palette: Palette): string {
    return this.steps && this.sectionSteps[index] === WORTH_STEPS - 1 ? palette.ink : palette.card;
  }
}
