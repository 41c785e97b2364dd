/** The drawing that stands for an event without a picture. */

import { describe, expect, it } from "vitest";
import { drawing } from "../shared/ui/picture";

describe("a drawing", () => {
  it("is always the same for the same sale", () => {
    expect(drawing("noche-de-son")).toEqual(drawing("noche-de-son"));
  });

  it("differs between sales", () => {
    const drawn = new Set(Array.from({ length: 50 }, (_, nth) => JSON.stringify(drawing(`sale-${nth}`))));
    expect(drawn.size).toBe(50);
  });

  it("has one of the six grounds, and seats of both kinds", () => {
    for (let nth = 0; nth < 200; nth++) {
      const { hue, taken, free } = drawing(`sale-${nth}`);
      expect([1, 2, 3, 4, 5, 6]).toContain(hue);
      expect(taken.length).toBeGreaterThan(0);
      expect(free.length).toBeGreaterThan(taken.length);
    }
  });
});
