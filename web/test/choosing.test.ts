import { describe, expect, test } from "vitest";
import { nextBest } from "../buyer/sale/next-best";
import { together } from "../office/promo-counts";
import { Layout, type SectionShape } from "../shared/map/layout";
import { SeatStates } from "../shared/map/states";
import { TIERS_MAX, tiersOf } from "../shared/map/tiers";
import type { WindowCounts, WindowShape } from "../shared/wire/contract";

/** Two sections side by side, three rows of ten each: seats 0–29 and 30–59. */
function house(): { layout: Layout; states: SeatStates } {
  const sections: SectionShape[] = ["left", "right"].map((id, s) => ({
    id,
    name: id,
    rank: s,
    first_seat: s * 30,
    seats: 30,
    rows: [0, 1, 2].map((r) => ({
      label: String(r),
      first_seat: s * 30 + r * 10,
      seats: 10,
      x: s * 12,
      y: r * 1.6,
    })),
    outline: [],
    label_at: [0, 0],
  }));
  const layout = new Layout({ seats: 60, sections });
  const states = new SeatStates(60, layout.sectionOf, 2);
  states.replace(new Uint8Array(15));
  return { layout, states };
}

describe("what is offered to who lost a race", () => {
  test("the nearest free seat, never the lost one", () => {
    const { layout, states } = house();
    states.apply({ held: [4, 5, 6] });
    expect(nextBest(layout, states, [5], 1)).toEqual([15]);
    states.apply({ held: [15] });
    expect(nextBest(layout, states, [5], 1)).toEqual([14]);
  });

  test("as many together as were wanted, in one row", () => {
    const { layout, states } = house();
    states.apply({ held: [3, 4, 14, 24] });
    const offer = nextBest(layout, states, [3, 4], 3);
    expect(offer).toHaveLength(3);
    const [first = 0] = offer ?? [];
    expect(offer).toEqual([first, first + 1, first + 2]);
    expect(Math.floor(first / 10)).toBe(Math.floor((first + 2) / 10));
  });

  test("another section only when one's own has nothing, and null when nobody has", () => {
    const { layout, states } = house();
    const own = Array.from({ length: 30 }, (_, seat) => seat);
    states.apply({ sold: own });
    const [seat = 0] = nextBest(layout, states, [9], 1) ?? [];
    expect(layout.section(seat).id).toBe("right");
    states.apply({ sold: own.map((each) => each + 30) });
    expect(nextBest(layout, states, [9], 1)).toBeNull();
  });

  test("a seat the map still believes free is not offered when it is the lost one", () => {
    const { layout, states } = house();
    expect(nextBest(layout, states, [5], 1)).not.toContain(5);
  });
});

describe("price tiers", () => {
  const { layout } = house();

  test("sections of one price share a tier, the dearest first; without a price there is none", () => {
    expect([
      ...tiersOf(layout.sections, { left: { general: 50 }, right: { general: 90, half: 50 } }).of,
    ]).toEqual([1, 0]);
    expect([...tiersOf(layout.sections, { left: { general: 50 } }).of]).toEqual([0, -1]);
  });

  test("many prices are joined into few tiers, each with its range", () => {
    const sections = Array.from({ length: 20 }, (_, n) => ({
      ...(layout.sections[0] as SectionShape),
      id: `s${n}`,
    }));
    const prices = Object.fromEntries(
      sections.map((section, n) => [section.id, { general: 1000 + n * 100 }]),
    );
    const { tiers, of } = tiersOf(sections, prices);
    expect(tiers).toHaveLength(TIERS_MAX);
    expect(tiers[0]?.high).toBe(2900);
    expect(tiers[TIERS_MAX - 1]?.low).toBe(1000);
    sections.forEach((section, n) => {
      const tier = tiers[of[n] as number];
      const amount = prices[section.id]?.general as number;
      expect(amount >= (tier?.low ?? 0) && amount <= (tier?.high ?? 0)).toBe(true);
    });
  });
});

test("a promo's windows add up, but for what is left", () => {
  const window = (number: number, counts: WindowCounts): WindowShape => ({
    number,
    sale: "",
    opens_at: "",
    closes_at: "",
    state: "active",
    counts,
  });
  const promo = { windows: [window(1, { bought: 2, left: 0 }), window(2, { bought: 3, left: 7 })] };
  expect(together(promo)).toEqual({ bought: 5, left: 7 });
});
